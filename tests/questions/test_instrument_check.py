"""An instrument checked on a study's answers: by hand, and on HELP's depression scale."""

from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.errors import DefinitionError, NotEstimable
from remission.estimate.result import Result
from remission.questions import Problem, check_instrument
from remission.report.instrument_tables import items_at, reliability_by_wave

ITEMS = ("member", "pleased", "ties", "identifies")
SHEETS = {
    "baseline": {"1": (1, 1, 1, 1), "2": (7, 7, 7, 7), "3": (2, 3, 2, 4), "4": (5, 4, 6, 5), "5": (3, 3, None, 2)},
    "month_3": {"1": (2, 1, 2, 2), "2": (7, 6, 7, 7), "3": (6, 6, 7, 6), "4": (5, 5, 5, 5)},
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "engagement")


def told(sheets: dict[str, dict[str, tuple[int | None, ...]]]) -> Entries:
    rows = [
        {"participant_id": who, "wave": wave, "item": item, "value": value}
        for wave, people in sheets.items()
        for who, values in people.items()
        for item, value in zip(ITEMS, values, strict=True)
    ]
    frame = pd.DataFrame(rows).assign(day=None, instrument="recovery_identity", version="1.0")
    return Entries(answers=frame.assign(missing_reason=frame["value"].isna().map({True: "refused", False: None})))


def test_waves_by_hand(study: Study) -> None:
    record(study, told(SHEETS), BatchInfo("form"))
    (found,) = check_instrument(study, "recovery_identity")
    # Means 1, 7, 2.75, 5 at baseline: 15.75 / 4; one of four at the lowest, one at the highest.
    assert found.waves.iloc[0][["wave", "sheets", "scored", "with_gaps"]].tolist() == ["baseline", 5, 4, 0]
    assert found.waves.iloc[0][["mean", "floor", "ceiling"]].tolist() == pytest.approx([3.9375, 0.25, 0.25])
    assert found.waves.iloc[1][["wave", "sheets", "floor"]].tolist() == ["month_3", 4, 0]
    assert isinstance(found.reliability, Result)
    assert reliability_by_wave(found.reliability)["wave"].tolist() == ["baseline", "month_3"]
    items = items_at(found.reliability, "baseline").set_index("item")
    assert items.loc["ties", "missing"] == pytest.approx(1 / 5)
    assert items.loc["member", "mean"] == pytest.approx((1 + 7 + 2 + 5 + 3) / 5)
    assert isinstance(found.retest, Result)
    assert found.change is None
    assert found.flagged.empty


def test_too_few_sheets_are_a_sentence_and_the_rest_still_shows(study: Study) -> None:
    record(study, told({"baseline": {"1": (1, 2, 3, 4)}}), BatchInfo("form"))
    (found,) = check_instrument(study, "recovery_identity")
    assert isinstance(found.reliability, Problem)
    assert found.retest is None
    assert found.waves["scored"].tolist() == [1]


def test_nobody_in_common_between_waves_is_a_sentence(study: Study) -> None:
    apart = {"baseline": SHEETS["baseline"], "month_3": {f"x{who}": one for who, one in SHEETS["month_3"].items()}}
    record(study, told(apart), BatchInfo("form"))
    (found,) = check_instrument(study, "recovery_identity")
    assert isinstance(found.retest, Problem)


def test_everyone_the_same_is_a_sentence(study: Study) -> None:
    record(study, told({"baseline": {str(n): (4, 4, 4, 4) for n in range(6)}}), BatchInfo("form"))
    (found,) = check_instrument(study, "recovery_identity")
    assert isinstance(found.reliability, Problem)


def test_flags_are_listed(study: Study) -> None:
    items = {f"item{number}": 0 for number in range(1, 11)} | {"item9": 2}
    answers = pd.DataFrame([{"item": item, "value": value} for item, value in items.items()]).assign(
        participant_id="7", wave="baseline", day=0, instrument="phq9", version="1.0", missing_reason=None
    )
    version = study.instrument("phq9").version
    record(study, Entries(answers=answers.assign(version=version)), BatchInfo("form"))
    flagged = {found.scale.name: found.flagged for found in check_instrument(study, "phq9")}
    assert flagged["self_harm"].to_dict("records") == [{"participant_id": "7", "wave": "baseline"}]
    assert flagged["total"].empty


def test_what_nobody_answered_is_refused(study: Study) -> None:
    with pytest.raises(NotEstimable, match="Nobody answered ces_d"):
        check_instrument(study, "ces_d")
    with pytest.raises(DefinitionError, match="no instrument 'absent'"):
        check_instrument(study, "absent")
