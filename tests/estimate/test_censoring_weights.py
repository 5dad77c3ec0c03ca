"""Weights for being lost: by hand, no effect, recovery of a known truth under dependent censoring."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import censoring_weights, cox

# Newton's method of the model for being lost, run to the last digits.
TOLERANCE = 1e-7


def stretches(people: pd.DataFrame, width: float = 10.0) -> pd.DataFrame:
    """Cut every participant's time into stretches of equal width."""
    rows = []
    for one in people.to_dict("records"):
        starts = np.arange(0, one["exit"], width)
        for start in starts:
            last = start == starts[-1]
            rows.append(
                {**one, "entry": start, "exit": one["exit"] if last else start + width}
                | {"event": one["event"] if last else 0, "lost": one["lost"] if last else 0}
            )
    return pd.DataFrame(rows)


def test_by_hand_with_one_loss() -> None:
    # Lost are 1 (x = 1) on day 5 with 3 of each x at risk, 2 (x = 0) on day 8 with 5 (x = 0) and 6 (x = 1) beside,
    # and 6 on day 9 with 5. With r = exp(beta) the baseline rises by 1 / (3 r + 3), 1 / (r + 2) and 1 / (r + 1).
    people = pd.DataFrame(
        {
            "participant_id": [1, 2, 3, 4, 5, 6],
            "x": [1, 0, 1, 0, 0, 1],
            "exit": [5.0, 8.0, 7.0, 7.5, 20.0, 9.0],
            "lost": [1, 1, 0, 0, 0, 1],
            "event": [0, 0, 1, 1, 1, 0],
        }
    )
    cut = stretches(people)
    r = np.exp(cox("Event(entry, exit, lost) ~ x", cut, ties="breslow").table["estimate"].item())
    found = censoring_weights(cut, "x", stabilised=False).set_index(["participant_id", "entry"])["censoring_weight"]
    hazard = 1 / (3 * r + 3) + 1 / (r + 2) + 1 / (r + 1)
    assert found[5, 0] == 1
    assert found[5, 10] == pytest.approx(np.exp(hazard), rel=TOLERANCE)
    stable = censoring_weights(cut, "x").set_index(["participant_id", "entry"])["censoring_weight"]
    assert stable[5, 10] == pytest.approx(np.exp(hazard - (1 / 6 + 1 / 3 + 1 / 2)), rel=TOLERANCE)


def test_losses_that_depend_on_nothing_leave_weights_of_1() -> None:
    random = np.random.default_rng(3)
    half = pd.DataFrame({"exit": random.uniform(1, 60, 40), "lost": random.integers(0, 2, 40)})
    people = pd.concat([half.assign(x=0), half.assign(x=1)], ignore_index=True)
    people = people.assign(event=1 - people["lost"], participant_id=range(80))
    assert censoring_weights(stretches(people), "x")["censoring_weight"].to_numpy() == pytest.approx(1, abs=TOLERANCE)


def known_truth(seed: int, people: int = 1500) -> pd.DataFrame:
    """Craving brings relapse and loss; arm halves the hazard of those who crave, and those lost differ by arm."""
    random = np.random.default_rng(seed)
    arm, craving = random.integers(0, 2, people), random.integers(0, 2, people)
    relapse = random.exponential(1 / (0.01 * np.exp(1.5 * craving - 0.7 * arm)))
    gone = random.exponential(1 / (0.002 * np.exp(2.5 * craving * arm)))
    exit = np.minimum(np.minimum(relapse, gone), 100)
    frame = {"participant_id": range(people), "arm": arm, "craving": craving, "exit": exit}
    return pd.DataFrame(frame).assign(
        event=(relapse <= exit).astype(int), lost=(gone <= exit).astype(int), full=relapse
    )


def test_weights_recover_what_no_loss_would_have_shown() -> None:
    plain, weighted, truth = [], [], []
    for seed in range(4):
        people = known_truth(seed)
        cut = censoring_weights(stretches(people), "arm * craving")
        formula = "Event(entry, exit, event) ~ arm"
        plain.append(cox(formula, cut).table["estimate"].item())
        options = {"weights": "censoring_weight", "cluster": "participant_id"}
        weighted.append(cox(formula, cut, **options).table["estimate"].item())
        everybody = people.assign(exit=people["full"].clip(upper=100), event=(people["full"] <= 100).astype(int))
        truth.append(cox("Event(exit, event) ~ arm", everybody).table["estimate"].item())
    off = np.mean(plain) - np.mean(truth)
    assert abs(off) > 0.08
    assert abs(np.mean(weighted) - np.mean(truth)) < abs(off) / 3


def test_truncation_pulls_in_the_tails_alone() -> None:
    cut = stretches(known_truth(1, 300))
    free = censoring_weights(cut, "arm * craving")["censoring_weight"]
    held = censoring_weights(cut, "arm * craving", truncate=0.05)["censoring_weight"]
    low, high = np.quantile(free, [0.05, 0.95])
    assert held.tolist() == free.clip(low, high).tolist()
    assert free.max() > high


def test_bad_requests_are_refused() -> None:
    cut = stretches(known_truth(1, 60))
    with pytest.raises(NotEstimable, match="Nobody was lost"):
        censoring_weights(cut.assign(lost=0), "arm")
    with pytest.raises(DefinitionError, match="truncate"):
        censoring_weights(cut, "arm", truncate=0.7)
    with pytest.raises(DefinitionError, match="arm is missing"):
        censoring_weights(cut.assign(arm=cut["arm"].astype(float).where(cut.index > 3)), "arm")
    with pytest.raises(DefinitionError, match="no column"):
        censoring_weights(cut.drop(columns="lost"), "arm")
    with pytest.raises(NotEstimable):
        censoring_weights(cut.assign(sure=cut["lost"]), "sure")


def test_nobody_is_at_risk_after_having_been_lost() -> None:
    copied = pd.DataFrame(
        {"participant_id": [1, 1, 2, 2], "entry": [0, 5, 0, 5], "exit": [5, 9, 5, 8], "lost": [1, 1, 0, 0], "x": 1.0}
    )
    with pytest.raises(DefinitionError, match="Participant 1 is lost at the end of a stretch after which others"):
        censoring_weights(copied, "x")
