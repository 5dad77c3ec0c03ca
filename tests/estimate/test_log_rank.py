"""Log-rank family: by hand, collapse, invariants, R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, log_rank

# Closed forms in both programs.
TOLERANCE = 1e-9


def test_by_hand() -> None:
    # Group a: events on days 1 and 3. Group b: event on day 2, censored on day 4.
    # Day 1: 2 of 4 at risk in a, expected 1/2, variance 1/4. Day 2: 1 of 3, 1/3, 2/9.
    # Day 3: 1 of 2, 1/2, 1/4. Observed 2, expected 4/3, variance 13/18: (2/3)^2 / (13/18) = 8/13.
    table = pd.DataFrame({"exit": [1, 3, 2, 4], "event": [1, 1, 1, 0], "group": list("aabb")})
    test = log_rank(table)
    assert test.tidy().iloc[0][["statistic", "df"]].tolist() == pytest.approx([8 / 13, 1])
    groups = test.method.options["groups"]
    assert groups["a"]["observed"] == 2
    assert groups["a"]["expected"] == pytest.approx(4 / 3)


def test_without_ties_it_is_the_score_test_of_cox() -> None:
    random = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "exit": random.permutation(60) + 1,
            "event": random.integers(0, 2, 60),
            "group": random.integers(0, 3, 60),
        }
    )
    fit = cox("Event(exit, event) ~ C(group)", table, ties="breslow")
    assert log_rank(table).tidy()["statistic"].item() == pytest.approx(fit.glance()["score"].item(), rel=1e-9)


def test_one_stratum_is_no_strata_and_order_does_not_matter() -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame(
        {
            "exit": random.integers(0, 20, 80),
            "event": random.integers(0, 2, 80),
            "group": random.integers(0, 3, 80),
        }
    ).assign(site="only")
    plain = log_rank(table).tidy()
    pd.testing.assert_frame_equal(plain, log_rank(table, strata="site").tidy())
    pd.testing.assert_frame_equal(plain, log_rank(table.sample(frac=1, random_state=1)).tidy(), rtol=1e-9)
    swapped = table.assign(group=table["group"].map({0: "z", 1: "y", 2: "x"}))
    pd.testing.assert_frame_equal(plain, log_rank(swapped).tidy(), rtol=1e-9)


@pytest.fixture(scope="module")
def ps(reference: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    stored = json.loads((reference / "results" / "survival_core.json").read_text())["ps"]
    return pd.read_csv(reference / "data" / "pharmacoSmoking.csv"), stored


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"by": "grp"}, ("logrank", "chisq")),
        ({"by": "grp", "weights": "peto"}, ("peto", "chisq")),
        ({"by": "grp", "strata": "ageGroup2"}, ("logrank_strat_ageGroup2", "chisq")),
        ({"by": "employment"}, ("logrank_employment3", "chisq")),
        ({"by": "ageGroup4", "trend": True}, ("trend_logrank_ageGroup4", "chisq")),
        ({"by": "grp", "weights": "gehan"}, ("weighted", "gehan", "chisq")),
        ({"by": "grp", "weights": "tarone-ware"}, ("weighted", "tarone_ware", "chisq")),
        ({"by": "grp", "weights": "fleming-harrington", "rho": 1.0}, ("weighted", "FH_1_0", "chisq")),
        ({"by": "grp", "weights": "fleming-harrington", "gamma": 1.0}, ("weighted", "FH_0_1", "chisq")),
        (
            {"by": "grp", "weights": "fleming-harrington", "rho": 1.0, "gamma": 1.0},
            ("weighted", "FH_1_1", "chisq"),
        ),
    ],
)
def test_against_r(ps: tuple[pd.DataFrame, dict[str, Any]], options: dict[str, Any], key: tuple[str, ...]) -> None:
    table, stored = ps
    expected: Any = stored
    for part in key:
        expected = expected[part]
    found = log_rank(table, exit="ttr", event="relapse", **options).tidy()
    assert found["statistic"].item() == pytest.approx(expected, rel=TOLERANCE)


def test_observed_and_expected_against_r(ps: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, stored = ps
    test = log_rank(table, by="employment", exit="ttr", event="relapse")
    groups = test.method.options["groups"]
    assert [group["observed"] for group in groups.values()] == stored["logrank_employment3"]["obs"]
    expected = [group["expected"] for group in groups.values()]
    assert expected == pytest.approx(stored["logrank_employment3"]["exp"], rel=TOLERANCE)
    assert test.tidy()["p_value"].item() == pytest.approx(stored["logrank_employment3"]["p"], rel=1e-8)


def test_nothing_to_compare_is_said() -> None:
    table = pd.DataFrame({"exit": [1, 2], "event": [1, 0], "group": ["a", "a"]})
    with pytest.raises(NotEstimable, match="one value"):
        log_rank(table)
    with pytest.raises(NotEstimable, match="No event"):
        log_rank(table.assign(event=0, group=["a", "b"]))
    with pytest.raises(DefinitionError, match="weights"):
        log_rank(table.assign(group=["a", "b"]), weights="wilcoxon")


def test_groups_never_at_risk_together_are_said() -> None:
    table = pd.DataFrame({"entry": [0, 5], "exit": [2, 7], "event": [1, 1], "group": ["a", "b"]})
    with pytest.raises(NotEstimable, match="one group alone"):
        log_rank(table, entry="entry")


def test_a_trend_that_no_event_can_show_is_said() -> None:
    # The one event that came while somebody else was at risk came while all at risk were in one group.
    table = pd.DataFrame({"entry": [0, 5, 0], "exit": [2, 7, 4], "event": [1, 1, 0], "group": [0, 1, 0]})
    with pytest.raises(NotEstimable, match="one group alone"):
        log_rank(table, entry="entry", trend=True)
    with pytest.raises(NotEstimable, match="one group alone"):
        log_rank(pd.DataFrame({"exit": [3, 3], "event": [1, 1], "group": [0, 1]}), trend=True)


def test_weights_of_nothing_are_said() -> None:
    # Before the only time of events nobody has had one, so late events alone weigh nothing.
    table = pd.DataFrame({"exit": [3, 3, 5, 6], "event": [1, 1, 0, 0], "group": list("abab")})
    for trend in (False, True):
        with pytest.raises(NotEstimable, match="0 at every time"):
            log_rank(table, weights="fleming-harrington", gamma=1.0, trend=trend)
    with pytest.raises(NotEstimable, match="no finite number"):
        log_rank(table, weights="fleming-harrington", gamma=-1.0)
    with pytest.raises(DefinitionError, match="no powers"):
        log_rank(table, weights="fleming-harrington", rho=float("nan"))


def test_tiny_weights_are_no_reason_to_refuse() -> None:
    # One event of ten comes first and weighs nothing; only day 2 counts, with a weight of 0.1 ** 30.
    table = pd.DataFrame({"exit": [1, 2, 2, *[3] * 7], "event": [1, 1, 1, *[0] * 7], "group": list("abbabababa")})
    found = log_rank(table, weights="fleming-harrington", gamma=30.0).tidy()["statistic"].item()
    alone = log_rank(table[table["exit"] > 1]).tidy()["statistic"].item()
    assert found == pytest.approx(alone, rel=TOLERANCE)
