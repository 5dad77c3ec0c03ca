"""Stored values changed with a reason, and batches taken back."""

import json
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remission.cohort import (
    BatchInfo,
    Entries,
    Study,
    answers,
    audit_trail,
    batches,
    import_sources,
    plan_undo,
    record,
    record_pieces,
    undo,
    use_reports,
)
from remission.cohort.schema import METADATA
from remission.cohort.trail.contents import FACTS
from remission.errors import ImportRefused, StudyError

FORM = BatchInfo("sav", file_name="first.sav", file_sha256="a" * 64, who="coordinator")
Answers = Callable[..., pd.DataFrame]


def facts(study: Study) -> dict[str, list[tuple[object, ...]]]:
    """Give all rows of all tables but those that say what was done."""
    with study.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(METADATA.tables[name].select())), key=repr)
            for name in FACTS
        }


def first_use(day: int, used: bool, who: str = "1") -> pd.DataFrame:
    rows = [(who, "any", 0, day - 1 if used else day, "abstinent", "interview")]
    rows += [(who, "any", day, day, "used", "interview")] if used else []
    return pd.DataFrame(rows, columns=["participant_id", "substance", "start_day", "end_day", "state", "source"])


def test_a_change_with_a_reason_is_written_and_told(study: Study, entries: Entries, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    coming = Entries(
        answers=ces_d_answers(
            ("1", "baseline", 0, "item1", 3, None),
            ("1", "month_6", 190, "item1", None, "refused"),
        )
    )
    with pytest.raises(ImportRefused, match=r"already recorded with another value for ces_d\.item1: 2 → 3"):
        record(study, coming, FORM)

    def whence(lines: pd.DataFrame) -> pd.DataFrame:
        return lines.assign(row=range(1, len(lines) + 1), variable="F1A")

    outcome = record(study, coming, FORM, accept="typed wrongly", whence=whence)
    assert outcome.sentence.endswith("and 2 stored values changed.")
    held = answers(study, wave="baseline").set_index(["participant_id", "item"])
    assert held.loc[("1", "item1"), "value"] == 3
    assert answers(study, wave="month_6")["missing_reason"].tolist() == ["refused"]
    trail = audit_trail(study)
    told = trail[trail["action"] == "changed"].to_dict("records")
    assert [(line["key"], line["field"], line["old"], line["new"], line["reason"]) for line in told] == [
        ('["1", "baseline", "ces_d", "", "item1"]', "value", "2", "3", "typed wrongly"),
        ('["1", "month_6", "ces_d", "", "item1"]', "value", "0", None, "typed wrongly"),
        ('["1", "month_6", "ces_d", "", "item1"]', "missing_reason", None, "refused", "typed wrongly"),
    ]
    assert {(line["who"], line["variable"], line["batch_id"]) for line in told} == {("coordinator", "F1A", 2)}


def test_changes_need_a_reason(study: Study, entries: Entries) -> None:
    with pytest.raises(ImportRefused, match="No reason is given"):
        record(study, entries, FORM, accept="  ")


def test_undoing_a_change_puts_the_old_value_back(study: Study, entries: Entries, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    before = facts(study)
    coming = ces_d_answers(("1", "baseline", 0, "item1", None, "unknown"), ("9", "baseline", 0, "item1", 1, None))
    record(study, Entries(answers=coming), FORM, accept="the sheet was misread")
    assert facts(study) != before
    plan = plan_undo(study, 2)
    assert (plan.removed["answer"], plan.removed["participant"], plan.restored) == (1, 1, 2)
    undo(study, 2, "wrong sheet")
    assert facts(study) == before
    assert batches(study)["undone_at"].notna().tolist() == [False, True]
    trail = audit_trail(study)
    assert trail.iloc[-1][["action", "key", "reason"]].tolist() == ["undone", "2", "wrong sheet"]


def test_undoing_the_first_batch_empties_the_study(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    undo(study, 1, "wrong file")
    assert not any(facts(study).values())
    assert record(study, entries, FORM).batch_id == 2


def test_a_batch_that_others_rest_on_is_not_taken_back(study: Study, entries: Entries, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    record(study, Entries(answers=ces_d_answers(("1", "baseline", 0, "item3", 1, None))), FORM)
    record(study, Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", 3, None))), FORM, accept="misread")
    before = facts(study)
    with pytest.raises(StudyError, match="Batches 2, 3 rest on batch 1"):
        undo(study, 1, "wrong file")
    assert facts(study) == before
    undo(study, 3, "misread twice")
    with pytest.raises(StudyError, match="Batch 2 rests on batch 1"):
        undo(study, 1, "wrong file")
    undo(study, 2, "not needed")
    undo(study, 1, "wrong file")
    assert not any(facts(study).values())


@pytest.mark.parametrize(
    ("batch_id", "why", "said"),
    [(7, "x", "There is no batch 7"), (1, " ", "No reason is given"), (2, "x", "what a participant answered")],
)
def test_what_cannot_be_taken_back_is_refused(
    study: Study, entries: Entries, ces_d_answers: Answers, batch_id: int, why: str, said: str
) -> None:
    record(study, entries, FORM)
    record(study, Entries(answers=ces_d_answers(("3", "month_6", 180, "item1", 1, None))), BatchInfo("survey"))
    with pytest.raises(StudyError, match=said):
        undo(study, batch_id, why)


def test_nothing_is_taken_back_twice(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    undo(study, 1, "wrong file")
    with pytest.raises(StudyError, match="was taken back on"):
        undo(study, 1, "wrong file")


def test_a_source_that_is_stated_anew_withdraws_what_it_said(study: Study) -> None:
    record(study, Entries(use_reports=first_use(30, True)), FORM)
    before = facts(study)
    anew = Entries(use_reports=first_use(45, True), restates=("interview",))
    with pytest.raises(ImportRefused, match="any abstinent from day 0, end_day: 29 → 44"):
        record(study, anew, FORM)
    record(study, anew, FORM, accept="the interview was misread")
    held = use_reports(study)
    assert held[["start_day", "end_day", "state"]].to_numpy().tolist() == [[0, 44, "abstinent"], [45, 45, "used"]]
    trail = audit_trail(study)
    gone = trail[trail["action"] == "withdrawn"].iloc[0]
    assert json.loads(gone["old"])["start_day"] == "30"
    undo(study, 2, "it was right before")
    assert facts(study) == before


def test_a_source_says_nothing_about_people_and_substances_it_does_not_name(study: Study) -> None:
    record(study, Entries(use_reports=pd.concat([first_use(30, True), first_use(9, False, "2")])), FORM)
    other = first_use(50, True).assign(source="diary")
    assert record(study, Entries(use_reports=other, restates=("diary",)), FORM).batch_id == 2
    again = Entries(use_reports=first_use(30, True), restates=("interview", "diary"))
    assert record(study, again, FORM).batch_id is None


def test_pieces_are_one_batch_and_all_or_nothing(study: Study, ces_d_answers: Answers) -> None:
    first = Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", 1, None)))
    second = Entries(answers=ces_d_answers(("2", "baseline", 0, "item1", 2, None)))
    outcome = record_pieces(study, [first, second, first], FORM)
    assert (outcome.batch_id, outcome.differences.new["answer"], outcome.differences.same["answer"]) == (1, 2, 1)
    assert batches(study)["rows"].tolist() == [sum(outcome.differences.new.values())]
    before = facts(study)
    contradictory = Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", 3, None)))
    third = Entries(answers=ces_d_answers(("3", "baseline", 0, "item1", 2, None)))
    with pytest.raises(ImportRefused, match="1 → 3"):
        record_pieces(study, [third, contradictory], FORM)
    assert facts(study) == before


def test_how_a_file_came_in_is_kept_until_it_is_undone(study: Study, entries: Entries) -> None:
    record(study, entries, BatchInfo("sav", file_name="a.sav", mapping="title: x", dictionary="{}"))
    assert [(one.batch_id, one.file_name, one.mapping) for one in import_sources(study)] == [(1, "a.sav", "title: x")]
    undo(study, 1, "wrong file")
    assert import_sources(study) == []


ANSWERS = st.dictionaries(
    st.tuples(st.sampled_from("123"), st.sampled_from(["baseline", "month_6"]), st.sampled_from(["item1", "item2"])),
    st.one_of(st.integers(0, 3), st.sampled_from(["refused", "unknown"])),
    min_size=1,
    max_size=6,
)


@given(files=st.lists(ANSWERS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undoing_batches_from_the_newest_restores_every_state(
    study: Study, ces_d_answers: Answers, files: list[dict[tuple[str, str, str], object]]
) -> None:
    states, made = [facts(study)], []
    for file in files:
        rows = [
            (who, wave, 0 if wave == "baseline" else 180, item, None if isinstance(said, str) else said)
            + ((said,) if isinstance(said, str) else (None,))
            for (who, wave, item), said in file.items()
        ]
        batch = record(study, Entries(answers=ces_d_answers(*rows)), FORM, accept="as the file says").batch_id
        if batch is not None:
            made.append(batch)
            states.append(facts(study))
    for batch in reversed(made):
        assert facts(study) == states.pop()
        undo(study, batch, "back")
    assert facts(study) == states.pop()
    assert not states
