from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
    compare,
    create_study,
    record,
)
from remission.cohort import participants as read_participants
from remission.cohort.recording import ROWS_AT_ONCE
from remission.errors import ImportRefused

Dump = Callable[[Study], list[str]]
Answers = Callable[..., pd.DataFrame]
FORM = BatchInfo("form", file_name="first.sav", file_sha256="a" * 64, mapping_sha256="b" * 64, who="coordinator")


def test_everything_new_is_recorded_once(study: Study, entries: Entries, dump: Dump) -> None:
    outcome = record(study, entries, FORM)
    assert outcome.batch_id == 1
    assert outcome.differences.participants_new == ("1", "2", "3")
    # 3 enrolments, 4 characteristics, 2 affiliations, 2 use reports, 1 status event, 3 responses, 4 answers.
    assert outcome.differences.new == {
        "enrolment": 3,
        "characteristic": 4,
        "affiliation": 2,
        "use_report": 2,
        "calendar_day": 2,
        "drug_test": 1,
        "sobriety_date": 1,
        "status_event": 1,
        "mutual_help_event": 0,
        "care_episode": 0,
        "consent": 0,
        "stop": 0,
        "contact_attempt": 0,
        "incentive": 0,
        "query_step": 0,
        "safety_step": 0,
        "response": 3,
        "answer": 4,
    }
    assert "3 new participants, 3 new responses with 4 answers" in outcome.sentence
    before = dump(study)
    again = record(study, entries, FORM)
    assert (again.batch_id, again.differences.nothing_new) == (None, True)
    assert again.differences.same == outcome.differences.new
    assert again.sentence.startswith("Nothing changed")
    assert dump(study) == before


def test_the_batch_says_where_facts_came_from(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    batch = batches(study).iloc[0]
    assert (batch["kind"], batch["file_name"], batch["file_sha256"]) == ("form", "first.sav", "a" * 64)
    assert batch["rows"] == 3 + 4 + 2 + 2 + (2 + 1 + 1) + 1 + 3 + 4
    assert datetime.now(UTC) - batch["recorded_at"] < timedelta(minutes=5)
    trail = audit_trail(study)
    assert trail[["batch_id", "who", "action", "table", "key"]].to_numpy().tolist() == [
        [1, "coordinator", "recorded", "batch", "1"]
    ]


def test_a_second_wave_adds_only_itself(study: Study, entries: Entries, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    more = ces_d_answers(
        ("1", "baseline", 0, "item1", 2, None),
        ("1", "baseline", 0, "item3", 1, None),
        ("2", "month_6", 180, "item1", 1, None),
    )
    outcome = record(study, Entries(answers=more), FORM)
    assert (outcome.batch_id, outcome.differences.new["answer"], outcome.differences.new["response"]) == (
        2,
        2,
        1,
    )
    assert outcome.differences.same["answer"] == 1
    assert len(answers(study)) == 6


@pytest.mark.parametrize(
    ("frame", "column", "value", "said"),
    [
        ("answers", "value", 1, r"Participant 1 at wave baseline .*ces_d\.item1: 2 → 1"),
        (
            "answers",
            "missing_reason",
            "refused",
            r"Participant 1 at wave baseline .*ces_d\.item1: 2 → refused",
        ),
        ("answers", "day", 5, r"Participant 1 is stated twice .*\(baseline, ces_d\)"),
        ("characteristics", "value", 38, "Participant 1 is already recorded .* age: 37 → 38"),
        ("participants", "arm", "control", "Participant 1 .* arm: clinic → control"),
        ("participants", "origin_date", "2024-03-02", "Participant 1 .* 2024-03-01 → 2024-03-02"),
        ("affiliations", "end_day", 50, "Participant 1 .* twelve_step from day 0, end_day: 40 → 50"),
        ("affiliations", "is_primary", False, "Participant 1 .* is_primary: True → False"),
        ("use_reports", "end_day", 20, "Participant 1 .* any abstinent from day 0, end_day: 29 → 20"),
        ("calendar_days", "quantity", 1.5, "Participant 1 .* alcohol on day 31, quantity: 0 → 1.5"),
        ("drug_tests", "result", "positive", "Participant 1 .* urine test for opioids .*: negative → positive"),
        ("sobriety_dates", "since_day", 20, "Participant 2 .* sobriety date told on day 90, since_day: 12 → 20"),
        ("status_events", "day", 301, "Participant 2 .* death, day: 300 → 301"),
    ],
)
def test_a_changed_value_is_refused_and_nothing_kept(
    study: Study, entries: Entries, dump: Dump, frame: str, column: str, value: object, said: str
) -> None:
    record(study, entries, FORM)
    before = dump(study)
    changed = getattr(entries, frame).astype(object)
    changed.loc[0, column] = value
    new = pd.DataFrame([("9", None, None, None)], columns=entries.participants.columns)
    newcomer = pd.concat([entries.participants.astype(object), new.astype(object)])
    frames = {"participants": newcomer, frame: changed}
    with pytest.raises(ImportRefused, match=said) as caught:
        record(study, replace(entries, **frames), FORM)
    assert "\n" not in str(caught.value)
    assert dump(study) == before


def test_a_changed_version_is_refused(
    study: Study, entries: Entries, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remission.cohort import facts

    record(study, entries, FORM)
    before = dump(study)
    kept = facts.instrument
    monkeypatch.setattr(facts, "instrument", lambda name, version, extra: kept(name))
    with pytest.raises(ImportRefused, match=r"Participant 1 at wave baseline .* → 99"):
        record(study, replace(entries, answers=entries.answers.assign(version="99")), FORM)
    assert dump(study) == before


def test_an_empty_field_is_filled_and_the_trail_says_so(study: Study, entries: Entries, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    later = Entries(
        participants=pd.DataFrame(
            [("2", "south", None, "2024-05-02")], columns=["participant_id", "site", "arm", "origin_date"]
        ),
        answers=ces_d_answers(("3", "baseline", 4, "item1", 3, None)),
        affiliations=pd.DataFrame(
            [("1", "smart", 41, 90, True)],
            columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"],
        ),
    )
    outcome = record(study, later, FORM)
    assert {table: count for table, count in outcome.differences.filled.items() if count} == {
        "enrolment": 2,
        "response": 1,
        "affiliation": 1,
    }
    assert read_participants(study).set_index("participant_id").loc["2", ["site", "arm"]].tolist() == [
        "south",
        "control",
    ]
    assert answers(study).set_index("participant_id").loc["3", "day"] == 4
    trail = audit_trail(study)
    filled = trail[trail["action"] == "filled"][["table", "key", "field", "new"]].to_numpy().tolist()
    assert sorted(filled) == [
        ["affiliation", '["1", "smart", 41]', "end_day", "90"],
        ["enrolment", '["2"]', "origin_date", "2024-05-02"],
        ["enrolment", '["2"]', "site", "south"],
        ["response", '["3", "baseline", "ces_d", ""]', "day", "4"],
    ]
    assert record(study, later, FORM).batch_id is None


def test_comparing_writes_nothing(study: Study, entries: Entries, dump: Dump, ces_d_answers: Answers) -> None:
    record(study, entries, FORM)
    before = dump(study)
    coming = ces_d_answers(
        ("1", "baseline", 0, "item1", 3, None),
        ("1", "month_6", 190, "item1", 0, None),
        ("4", "baseline", 0, "item1", 1, None),
    )
    found = compare(study, Entries(answers=coming))
    assert (found.new["answer"], found.same["answer"], found.changed["answer"]) == (1, 1, 1)
    assert (found.participants_new, found.participants_known) == (("4",), 1)
    assert found.changes.to_dict("records") == [
        {
            "table": "answer",
            "participant_id": "1",
            "wave": "baseline",
            "item": "ces_d.item1",
            "field": "value",
            "old": "2",
            "new": "3",
        }
    ]
    assert dump(study) == before


@pytest.mark.parametrize(
    ("frame", "row", "said"),
    [
        ("answers", {"wave": "month_7"}, "Participant 1 has the wave 'month_7'"),
        (
            "answers",
            {"item": "item99"},
            r"Participant 1 at wave baseline, ces_d\.item99: ces_d has no item item99",
        ),
        ("answers", {"value": 7}, r"Participant 1 at wave baseline, ces_d\.item1: "),
        ("answers", {"value": "often"}, r"ces_d\.item1 has the answer 'often'"),
        ("answers", {"instrument": "tarot"}, r"tarot\.item1: .*'tarot'"),
        ("answers", {"day": 1.5}, "answers hold the day 1.5"),
        ("answers", {"participant_id": None}, "Row 1 of the answers has no participant code"),
        ("characteristics", {"name": "star_sign"}, "Participant 1 has the characteristic 'star_sign'"),
        ("characteristics", {"value": "old"}, "Participant 1 has the value 'old' for age"),
        ("characteristics", {"name": "sex", "value": 3}, r"value 3 for sex.* 1 \(male\), 2 \(female\)"),
        ("participants", {"origin_date": "last spring"}, "Participant 1 has the origin date 'last spring'"),
        ("affiliations", {"group_name": "choir"}, "Participant 1 has the group 'choir'"),
        ("affiliations", {"end_day": -3}, "group affiliation of participant 1 ends on day -3"),
        ("affiliations", {"start_day": None}, "affiliations hold the day None"),
        ("calendar_days", {"quantity": -1}, "Participant 1 has no quantity from 0 to 200 on day 31"),
        ("calendar_days", {"quantity": 999}, "leave out days without an entry"),
        ("calendar_days", {"quantity": None}, "leave out days without an entry"),
        ("calendar_days", {"day": None}, "calendar days hold the day None"),
        ("drug_tests", {"result": "clean"}, "test result 'clean'"),
        ("drug_tests", {"substance": None}, "drug tests without a substance"),
        ("sobriety_dates", {"since_day": 91}, "told on day 90 a sobriety date on day 91"),
        ("use_reports", {"state": "lapsed"}, "Participant 1 has the state of use 'lapsed'"),
        (
            "use_reports",
            {"start_day": 31},
            "use report of participant 1 ends on day 29, before it starts on day 31",
        ),
    ],
)
def test_what_does_not_fit_the_study_is_refused(
    study: Study, entries: Entries, dump: Dump, frame: str, row: dict[str, object], said: str
) -> None:
    before = dump(study)
    spoiled = getattr(entries, frame).astype(object)
    for column, value in row.items():
        spoiled.loc[0, column] = value
    with pytest.raises(ImportRefused, match=said):
        record(study, replace(entries, **{frame: spoiled}), FORM)
    assert dump(study) == before


def test_a_missing_column_is_named(study: Study, entries: Entries) -> None:
    with pytest.raises(ImportRefused, match="The answers have no column value"):
        record(study, replace(entries, answers=entries.answers.drop(columns="value")), FORM)


def test_a_file_that_contradicts_itself_is_refused(study: Study, ces_d_answers: Answers) -> None:
    rows = ces_d_answers(("1", "baseline", 0, "item1", 2, None), ("1", "baseline", 0, "item1", 3, None))
    with pytest.raises(ImportRefused, match=r"Participant 1 is stated twice .*baseline, ces_d, item1"):
        record(study, Entries(answers=rows), FORM)


def test_a_row_that_states_nothing_is_left_out(study: Study, ces_d_answers: Answers) -> None:
    record(study, Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", None, None))), FORM)
    assert answers(study).empty


def test_a_row_with_a_reason_has_no_value(study: Study, ces_d_answers: Answers) -> None:
    record(study, Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", 99, "refused"))), FORM)
    row = answers(study).iloc[0]
    assert pd.isna(row["value"])
    assert row["missing_reason"] == "refused"


def test_an_error_midway_undoes_the_whole_batch(
    study: Study, entries: Entries, dump: Dump, ces_d_answers: Answers
) -> None:
    record(study, entries, FORM)
    before = dump(study)
    many = ces_d_answers(*[(f"p{i}", "baseline", 0, "item1", 1, None) for i in range(ROWS_AT_ONCE + 10)])
    told = []

    def interrupt(done: int, total: int) -> None:
        told.append((done, total))
        if done > 2 * ROWS_AT_ONCE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(study, Entries(answers=many), FORM, progress=interrupt)
    assert told[-1][0] > 2 * ROWS_AT_ONCE
    assert dump(study) == before


def test_progress_ends_at_the_total(study: Study, entries: Entries) -> None:
    told: list[tuple[int, int]] = []
    record(study, entries, FORM, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (23, 23)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(12)), cut=st.integers(1, 11))
def test_order_and_parts_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, ces_d_answers: Answers, order: list[int], cut: int
) -> None:
    rows = ces_d_answers(*[(f"p{i % 3}", "baseline", 0, f"item{i // 3 + 1}", i % 4, None) for i in range(12)])
    whole = create_study(tmp_path_factory.mktemp("whole") / "study")
    record(whole, Entries(answers=rows), FORM)
    parts = create_study(tmp_path_factory.mktemp("parts") / "study")
    shuffled = rows.iloc[order]
    for piece in (shuffled.iloc[:cut], shuffled.iloc[cut:], shuffled):
        record(parts, Entries(answers=piece), FORM)
    pd.testing.assert_frame_equal(answers(whole), answers(parts))
    assert len(batches(parts)) == 2
