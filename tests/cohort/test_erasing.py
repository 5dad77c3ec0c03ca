"""An erased person is nowhere, and the trail still holds."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import (
    BatchInfo,
    Entries,
    Study,
    audit_trail,
    erase,
    participants,
    plan_erasure,
    record,
    undo,
)
from remission.cohort.erasing import LEDGER, erase_uids
from remission.cohort.trail.verify import verify_trail
from remission.errors import StudyError

CODE = "Q7CANARY"
SITE = "sitecanary"
Answers = Callable[..., pd.DataFrame]


@pytest.fixture
def with_canary(study: Study, entries: Entries, ces_d_answers: Answers) -> Study:
    """A study with a person whose values can be searched for in raw files."""
    record(study, entries, BatchInfo("sav"))
    person = pd.DataFrame([(CODE, SITE, None, "2024-03-09")], columns=["participant_id", "site", "arm", "origin_date"])
    record(study, Entries(participants=person, answers=ces_d_answers((CODE, "baseline", 0, "item1", 3, None))), FORM)
    record(study, Entries(answers=ces_d_answers((CODE, "baseline", 0, "item1", 1, None))), FORM, accept="misread")
    record(study, Entries(answers=ces_d_answers((CODE, "month_6", 180, "item1", 1, None))), FORM)
    undo(study, 4, "another's sheet")
    return study


FORM = BatchInfo("form", who="coordinator")


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.sqlite_only
def test_nothing_of_an_erased_person_is_left_in_any_file(with_canary: Study) -> None:
    (with_canary.path / "cohort-before-20240101T000000.db").write_bytes(SITE.encode())
    plan = plan_erasure(with_canary, CODE)
    assert (plan.rows["answer"], plan.rows["response"], plan.rows["enrolment"]) == (1, 1, 1)
    assert CODE.encode() in raw(with_canary.path)
    assert SITE.encode() in raw(with_canary.path)
    erase(with_canary, CODE, "asked for it")
    left = raw(with_canary.path)
    assert CODE.encode() not in left
    assert SITE.encode() not in left
    assert b"2024-03-09" not in left
    assert CODE not in set(participants(with_canary)["participant_id"])


def test_the_trail_still_holds_and_says_that_somebody_was_erased(with_canary: Study) -> None:
    erase(with_canary, CODE, "asked for it")
    verdict = verify_trail(with_canary)
    assert verdict.faults == []
    assert (verdict.erased, verdict.participants) == (1, 3)
    last = audit_trail(with_canary)
    assert CODE not in last.to_string()


def test_the_pseudonym_is_noted_so_that_backups_bring_nobody_back(with_canary: Study) -> None:
    plan = erase(with_canary, CODE, "asked for it")
    assert (with_canary.path / LEDGER).read_text().split() == [plan.uid]
    assert (with_canary.path / LEDGER).stat().st_mode & 0o777 == 0o600
    assert erase_uids(with_canary.engine, [plan.uid, "unknown"], "x", "again") == 0


def test_others_are_left_as_they_were(with_canary: Study) -> None:
    before = participants(with_canary)
    erase(with_canary, CODE, "asked for it")
    after = participants(with_canary)
    assert after.to_dict() == before[before["participant_id"] != CODE].reset_index(drop=True).to_dict()


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("code", "why", "said"), [("nobody", "x", "No participant has the code"), ("1", " ", "reason")]
)
def test_what_cannot_be_erased_is_refused(with_canary: Study, code: str, why: str, said: str) -> None:
    before = raw(with_canary.path)
    with pytest.raises(StudyError, match=said):
        erase(with_canary, code, why)
    assert raw(with_canary.path) == before


def test_a_batch_of_an_erased_person_can_still_be_taken_back(with_canary: Study) -> None:
    erase(with_canary, CODE, "asked for it")
    undo(with_canary, 3, "not needed")
    undo(with_canary, 2, "not needed")
    assert verify_trail(with_canary).faults == []
