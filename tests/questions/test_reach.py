"""The reach curve by hand and by a known truth; the forecast by hand."""

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.errors import NotEstimable
from remission.questions.reach import follow_up_forecast, reach_curve, reach_table, sum_of_chances
from remission.report import forecast_sentences, reach_sentence
from remission.survey import instrument

TODAY = date.today()
COLUMNS = ("participant_id", "attempted_on", "time", "channel", "outcome", "wave", "point")
Trial = tuple[str, list[str]]


def enrol(folder: Path, people: list[str]) -> Study:
    """Day 0 was 95 days ago: the window of month_3 is open."""
    study = create_study(folder / "s", "engagement")
    path = study.path / "study.yaml"
    text = path.read_text()
    # Without `asking` any answer makes an interview complete.
    path.write_text(text[: text.index("\nasking:")] if "\nasking:" in text else text)
    study = open_study(study.path)
    rows = pd.DataFrame({"participant_id": people, "site": None, "arm": None})
    record(study, Entries(participants=rows.assign(origin_date=TODAY - timedelta(days=95))), BatchInfo("form"))
    return study


def tried(study: Study, trials: list[Trial]) -> None:
    rows = [
        (who, TODAY - timedelta(days=20 - number), "", "phone", outcome, "month_3", None)
        for who, outcomes in trials
        for number, outcome in enumerate(outcomes)
    ]
    record(study, Entries(contact_attempts=pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)), BatchInfo("form"))


def answered(study: Study, people: list[str]) -> None:
    form = instrument("meeting_attendance")
    frame = pd.DataFrame(
        [
            {"participant_id": who, "item": item.name, "value": 0.0, "wave": "month_3", "day": 91}
            for who in people
            for item in form.items
        ]
    )
    record(
        study,
        Entries(answers=frame.assign(instrument=form.name, version=form.version, missing_reason=None)),
        BatchInfo("form"),
    )


@pytest.fixture
def by_hand(tmp_path: Path) -> Study:
    """Ten completed at once, two refuse at once; of eight, four are completed at the second attempt."""
    people = [f"P{number:02d}" for number in range(25)]
    study = enrol(tmp_path, people)
    trials = [(who, ["completed"]) for who in people[:10]] + [(who, ["refused"]) for who in people[10:12]]
    trials += [(who, ["no_answer", "completed"]) for who in people[12:16]]
    trials += [(who, ["no_answer", "no_answer"]) for who in people[16:20]]
    tried(study, trials)
    return study


def test_the_curve_by_hand(by_hand: Study) -> None:
    table = reach_curve(by_hand).table
    reached = table[(table["event"] == "reached") & (table["time"] >= 1)].set_index("time")
    # 10 of 20; then 8 of 20 are still tried, half of whom are completed: 0.5 + 0.4 x 0.5.
    assert reached.loc[1, "estimate"] == pytest.approx(0.5)
    assert reached.loc[2, "estimate"] == pytest.approx(0.7)
    assert reached.loc[2, "n_at_risk"] == 8
    assert reach_sentence(reach_curve(by_hand)) == (
        "The first attempt completes 50 % of interviews; with up to 2 attempts, 70 % are completed."
    )


def test_who_answered_after_the_attempts_was_reached_by_the_last(by_hand: Study) -> None:
    answered(by_hand, ["P16"])
    rows = reach_table(by_hand).set_index("participant_id")
    assert rows.loc["P16", ["exit", "cause"]].tolist() == [2.0, "reached"]
    assert rows.loc["P17", "cause"] == ""
    assert "P24" not in rows.index


def test_too_few_were_tried(tmp_path: Path) -> None:
    people = [f"P{number}" for number in range(19)]
    study = enrol(tmp_path, people)
    with pytest.raises(NotEstimable, match=r"^0 interviews were tried"):
        reach_curve(study)
    tried(study, [(who, ["completed"]) for who in people])
    with pytest.raises(NotEstimable, match=r"^19 interviews were tried"):
        reach_curve(study)


def test_nobody_was_completed(tmp_path: Path) -> None:
    people = [f"P{number}" for number in range(25)]
    study = enrol(tmp_path, people)
    tried(study, [(who, ["no_answer"]) for who in people])
    with pytest.raises(NotEstimable, match="one that was completed"):
        reach_curve(study)


def test_a_known_truth_is_recovered(tmp_path: Path) -> None:
    """Each attempt completes 30 % and meets a refusal of 5 %; after it, 30 % are given up whatever would come."""
    random = np.random.default_rng(20261124)
    people = [f"P{number}" for number in range(1500)]
    study = enrol(tmp_path, people)
    trials = []
    for who in people:
        outcomes = []
        for _ in range(4):
            outcomes.append(str(random.choice(["completed", "refused", "no_answer"], p=[0.3, 0.05, 0.65])))
            if outcomes[-1] != "no_answer" or random.random() < 0.3:
                break
        trials.append((who, outcomes))
    tried(study, trials)
    table = reach_curve(study).table
    reached = table[table["event"] == "reached"].set_index("time")
    for attempt in range(1, 5):
        truth = 0.3 * (1 - 0.65**attempt) / 0.35
        assert reached.loc[attempt, "conf_low"] < truth < reached.loc[attempt, "conf_high"]


def test_the_forecast_by_hand(by_hand: Study) -> None:
    """Of 25 due, 14 answered and two refused; five were never tried, four twice in vain."""
    answered(by_hand, [f"P{number:02d}" for number in (*range(10), *range(12, 16))])
    waves = follow_up_forecast(by_hand).waves.set_index("wave")
    row = waves.loc["month_3"]
    assert row[["due", "answered", "open", "need"]].tolist() == [25, 14, 9, 6]
    assert row["at_most"] == pytest.approx(23 / 25)
    # Ten and more were given one attempt, so the curve is read up to there: 0.5 for whoever was not tried yet.
    assert row["expected"] == pytest.approx(2.5)
    assert row["chance"] == 0.0
    assert waves.loc["baseline", ["answered", "open"]].tolist() == [0, 0]


def test_sentences_for_every_standing(by_hand: Study) -> None:
    answered(by_hand, [f"P{number:02d}" for number in (*range(10), *range(12, 16))])
    told = forecast_sentences(follow_up_forecast(by_hand, 0.5))
    assert told[0] == "Baseline: 0 of 25 answered (0 %); 50 % is out of reach: at most 0 can answer (0 %)."
    assert told[1] == "Month 3: 14 of 25 answered (56 %); 50 % is reached."
    aim = forecast_sentences(follow_up_forecast(by_hand, 0.64))[1]
    assert aim.startswith("Month 3: 14 of 25 answered (56 %); 64 % takes 2 of the 9 that are still open; ")
    # Five chances of one half: at least two come with probability 1 - 6/32.
    assert aim.endswith(f"a chance of {100 * (1 - 6 / 32):.0f} %.")


def test_nothing_is_forecast_without_attempts(tmp_path: Path) -> None:
    study = enrol(tmp_path, ["A", "B"])
    assert "too few attempts are noted" in forecast_sentences(follow_up_forecast(study))[1]


@pytest.mark.parametrize("goal", [0.0, 1.2, math.nan])
def test_a_goal_that_is_no_share(goal: float, tmp_path: Path) -> None:
    with pytest.raises(NotEstimable, match="no share"):
        follow_up_forecast(enrol(tmp_path, ["A"]), goal)


def test_sums_of_chances() -> None:
    from scipy.stats import binom

    assert sum_of_chances(np.array([])).tolist() == [1.0]
    np.testing.assert_allclose(sum_of_chances(np.array([0.5, 0.2])), [0.4, 0.5, 0.1])
    np.testing.assert_allclose(sum_of_chances(np.full(30, 0.3)), binom.pmf(range(31), 30, 0.3), atol=1e-15)
