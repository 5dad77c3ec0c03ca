"""The memory of a revision: computed once, handed out as copies, bounded, and apart by purpose."""

from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import (
    EVERYONE,
    BatchInfo,
    Entries,
    Memory,
    Study,
    create_study,
    participants,
    record,
    with_memory,
)
from remission.cohort import reading as room
from remission.cohort.memory import remembered
from remission.tables.outcome import outcome_table


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "s", "engagement")
    people = pd.DataFrame({"participant_id": ["1", "2"], "site": None, "arm": None, "origin_date": "2024-03-01"})
    use = pd.DataFrame({"participant_id": ["1", "2"], "start_day": 0, "end_day": [40, 80], "state": "abstinent"})
    stop = pd.DataFrame({"participant_id": ["2"], "kind": "use", "since_on": "2024-04-01"})
    entries = Entries(people, use_reports=use.assign(substance="any", source="interview"), stops=stop)
    record(made, entries, BatchInfo("form"))
    return made


def test_it_is_read_once(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = with_memory(study)
    first = participants(looked)
    monkeypatch.setattr(room, "of_participant", lambda *_: pytest.fail("read again"))
    pd.testing.assert_frame_equal(participants(looked), first)


def test_without_a_memory_everything_is_read_anew(study: Study) -> None:
    before = len(participants(study.for_purpose(EVERYONE)))
    more = pd.DataFrame({"participant_id": ["3"], "site": None, "arm": None, "origin_date": None})
    record(study, Entries(more), BatchInfo("form"))
    assert len(participants(study.for_purpose(EVERYONE))) == before + 1


def test_nobody_changes_what_another_one_reads(study: Study) -> None:
    looked = with_memory(study)
    spoilt = participants(looked)
    spoilt.loc[:, "participant_id"] = "X"
    again = participants(looked)
    again.attrs["x"] = 1
    assert participants(looked)["participant_id"].tolist() == ["1"]
    assert participants(looked).attrs == {}


def test_purposes_are_held_apart(study: Study) -> None:
    looked = with_memory(study)
    assert len(participants(looked)) == 1
    assert len(participants(looked.for_purpose(EVERYONE))) == 2


def test_a_table_and_its_attributes_come_back_alike(study: Study) -> None:
    looked = with_memory(study)
    first, second = outcome_table(looked), outcome_table(looked)
    pd.testing.assert_frame_equal(first, second)
    assert first.attrs == second.attrs == outcome_table(study).attrs


def test_it_holds_no_more_than_it_may(study: Study) -> None:
    memory = Memory(kept=2)
    looked = with_memory(study, memory)
    asked: list[int] = []

    @remembered
    def square(_: Study, number: int) -> int:
        asked.append(number)
        return number**2

    assert [square(looked, n) for n in (1, 2, 3, 3, 1)] == [1, 4, 9, 9, 1]
    assert asked == [1, 2, 3, 1]
    assert len(memory) == 2


def test_what_cannot_be_a_key_is_computed(study: Study) -> None:
    @remembered
    def total(_: Study, numbers: list[int]) -> int:
        return sum(numbers)

    assert total(with_memory(study), [1, 2]) == 3
