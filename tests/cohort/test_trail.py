"""The trail proves itself, finds what was changed past it, and gives every past state back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from remission.cohort import (
    BatchInfo,
    Entries,
    Study,
    answers,
    audit_trail,
    record,
    study_as_of,
    trail_head,
    undo,
)
from remission.cohort.engine import make_engine, writing
from remission.cohort.past_study import OF_TODAY
from remission.cohort.revisions import MIGRATIONS, _config, bring_up_to_date
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import Head
from remission.cohort.trail.contents import FACTS
from remission.cohort.trail.guards import drop_guards, put_guards
from remission.cohort.trail.verify import verify_trail
from remission.errors import ImportRefused, StudyError

FORM = BatchInfo("sav", file_name="first.sav", file_sha256="a" * 64, who="coordinator")
Answers = Callable[..., pd.DataFrame]


def facts(study: Study) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of all tables of facts."""
    with study.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(METADATA.tables[name].select())), key=repr)
            for name in FACTS
            if name not in OF_TODAY
        }


@contextmanager
def past_the_trail(study: Study) -> Iterator[Connection]:
    """Open a connection that neither triggers nor references hold back, as an administrator could."""
    if study.engine.dialect.name == "postgresql":
        with study.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
        return
    free = make_engine(study.engine.url, foreign_keys=False)
    with writing(free) as connection:
        drop_guards(connection)
        yield connection
        put_guards(connection)
    free.dispose()


@pytest.fixture
def eventful(study: Study, entries: Entries, ces_d_answers: Answers) -> Study:
    """A study with a first batch, an addition, a correction and a batch taken back."""
    record(study, entries, FORM)
    record(study, Entries(answers=ces_d_answers(("2", "baseline", 0, "item1", 1, None))), BatchInfo("survey"))
    record(study, Entries(answers=ces_d_answers(("1", "baseline", 0, "item1", 3, None))), FORM, accept="misread")
    record(study, Entries(answers=ces_d_answers(("9", "baseline", 0, "item1", 3, None))), FORM)
    undo(study, 4, "not ours")
    return study


def test_an_untouched_trail_holds(eventful: Study) -> None:
    verdict = verify_trail(eventful, trail_head(eventful))
    assert verdict.faults == []
    assert (verdict.participants, verdict.head) == (3, trail_head(eventful))
    assert "holds" in verdict.sentence


TAMPERING = {
    "an answer": ("UPDATE answer SET value = 2 WHERE item = 'item1' AND response_id = 1", "is not what entry"),
    "an answer never corrected": ("UPDATE answer SET missing_reason = 'unknown' WHERE item = 'item2'", "not what is"),
    "a site": ("UPDATE enrolment SET site = 'south' WHERE site = 'north'", "What batch 1 brought for participant 1"),
    "a code": ("UPDATE participant SET participant_id = '7' WHERE participant_id = '2'", "for participant 7"),
    "an answer gone": ("DELETE FROM answer WHERE item = 'item2'", "What batch 1 brought"),
    "an answer added": ("INSERT INTO answer (response_id, item, value, batch_id) VALUES (1, 'item5', 1, 1)", "batch 1"),
    "an answer moved": ("UPDATE answer SET batch_id = 3 WHERE item = 'item2'", "What batch 1 brought"),
    "a person gone": (
        "DELETE FROM status_event; DELETE FROM characteristic WHERE participant = 2; "
        "DELETE FROM answer WHERE response_id IN (SELECT id FROM response WHERE participant = 2); "
        "DELETE FROM response WHERE participant = 2; DELETE FROM enrolment WHERE participant = 2; "
        "DELETE FROM participant WHERE id = 2",
        "who is gone",
    ),
    "a batch": ("UPDATE batch SET file_name = 'other.sav' WHERE id = 1", "Batch 1 was changed"),
    "a batch's date": ("UPDATE batch SET recorded_at = '2020-01-01' WHERE id = 2", "Batch 2 was changed"),
    "an undone batch": ("UPDATE batch SET undone_at = NULL", "disagree on whether it was taken back"),
    "the mark": ("UPDATE study_mark SET uid = 'x'", "Entry 1 of the trail was changed"),
}


@pytest.mark.parametrize("name", sorted(TAMPERING))
def test_a_stored_row_changed_past_the_trail_is_found(eventful: Study, name: str) -> None:
    statements, said = TAMPERING[name]
    with past_the_trail(eventful) as connection:
        for statement in statements.split("; "):
            assert connection.execute(text(statement)).rowcount > 0
    faults = verify_trail(eventful).faults
    assert faults
    assert said in " ".join(faults)


IN_THE_TRAIL = {
    "who": "UPDATE audit_entry SET who = 'another' WHERE id = 3",
    "reason": "UPDATE audit_entry SET reason = 'other' WHERE action = 'changed'",
    "moment": "UPDATE audit_entry SET at = '2020-01-01' WHERE id = 2",
    "detail": "UPDATE audit_detail SET new = '1' WHERE new = '3'",
    "salt": "UPDATE audit_detail SET salt = 'f' WHERE entry_id = 2",
    "detail gone": "DELETE FROM audit_detail WHERE entry_id = 2",
    "entry gone": "DELETE FROM audit_detail WHERE entry_id = 3; DELETE FROM audit_entry WHERE id = 3",
    "order": (
        "UPDATE audit_entry SET id = 900 WHERE id = 2; UPDATE audit_entry SET id = 2 WHERE id = 3; "
        "UPDATE audit_entry SET id = 3 WHERE id = 900"
    ),
    "end": "DELETE FROM audit_detail WHERE entry_id > 5; DELETE FROM audit_entry WHERE id > 5",
    "erased": "INSERT INTO erasure (uid, erased_at) SELECT uid, '2024-01-01' FROM participant WHERE id = 1",
}


@pytest.mark.parametrize("name", sorted(IN_THE_TRAIL))
def test_a_trail_that_was_changed_is_found(eventful: Study, name: str) -> None:
    with past_the_trail(eventful) as connection:
        for statement in IN_THE_TRAIL[name].split("; "):
            connection.execute(text(statement))
    assert verify_trail(eventful).faults


@pytest.mark.parametrize("table", ["audit_entry", "audit_detail"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_trail(eventful: Study, table: str, act: str) -> None:
    statement = act.format(table, "who" if table == "audit_entry" else "salt")
    with pytest.raises(DatabaseError, match="only ever added to"), eventful.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_trail_cut_off_or_made_anew_is_found_with_a_noted_head(eventful: Study) -> None:
    noted = trail_head(eventful)
    record(
        eventful,
        Entries(participants=pd.DataFrame({"participant_id": ["77"]}).assign(site=None, arm=None, origin_date=None)),
        FORM,
    )
    assert verify_trail(eventful, noted).faults == []
    other = Head(noted.number, "0" * 64)
    assert "was noted" in verify_trail(eventful, other).faults[0]
    assert "was noted" in verify_trail(eventful, Head(noted.number + 50, noted.hash)).faults[0]


def test_the_trail_of_one_participant(eventful: Study) -> None:
    mine = audit_trail(eventful, "1")
    assert mine["action"].tolist() == ["changed"]
    assert json.loads(mine["key"].iloc[0])[0] == "1"
    assert mine[["old", "new", "reason"]].iloc[0].tolist() == ["2", "3", "misread"]


def test_answers_as_they_stood(eventful: Study) -> None:
    trail = audit_trail(eventful)
    changed = trail[trail["action"] == "changed"]["at"].iloc[0].to_pydatetime()
    before = study_as_of(eventful, changed - timedelta(microseconds=1))
    told = answers(before)
    assert told[(told["participant_id"] == "1") & (told["item"] == "item1")]["value"].tolist() == [2, 0]
    with pytest.raises(StudyError, match="may not be written"):
        record(
            before,
            Entries(participants=pd.DataFrame({"participant_id": ["7"]}).assign(site=None, arm=None, origin_date=None)),
            FORM,
        )
    nothing = study_as_of(eventful, datetime(2020, 1, 1, tzinfo=UTC))
    assert answers(nothing).empty
    assert facts(study_as_of(eventful, datetime.now(UTC))) == facts(eventful)


SAID = st.dictionaries(
    st.tuples(st.sampled_from("123"), st.sampled_from(["baseline", "month_6"]), st.sampled_from(["item1", "item2"])),
    st.one_of(st.integers(0, 3), st.sampled_from(["refused", "unknown"])),
    max_size=5,
)
USED = st.dictionaries(st.sampled_from("123"), st.tuples(st.integers(1, 60), st.booleans()), max_size=2)
LEFT = st.dictionaries(st.sampled_from("123"), st.sampled_from([None, 40, 41]), max_size=2)
STEP = st.one_of(st.tuples(SAID, USED, LEFT), st.integers(1, 5))


def step_entries(said: dict[Any, Any], used: dict[Any, Any], left: dict[Any, Any], build: Answers) -> Entries:
    rows = [
        (*key[:2], 0 if key[1] == "baseline" else 180, key[2], None, told)
        if isinstance(told, str)
        else (*key[:2], 0 if key[1] == "baseline" else 180, key[2], told, None)
        for key, told in said.items()
    ]
    reports = [(who, "any", 0, day, "abstinent", "interview") for who, (day, _) in used.items()] + [
        (who, "any", day + 1, day + 1, "used", "interview") for who, (day, did) in used.items() if did
    ]
    spells = [(who, "smart", 0, end, True) for who, end in left.items()]
    return Entries(
        answers=build(*rows),
        use_reports=pd.DataFrame(
            reports, columns=["participant_id", "substance", "start_day", "end_day", "state", "source"]
        ),
        affiliations=pd.DataFrame(
            spells, columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"]
        ),
        restates=("interview",),
    )


@given(steps=st.lists(STEP, min_size=1, max_size=7))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_past_state_is_given_back(
    tmp_path_factory: pytest.TempPathFactory, ces_d_answers: Answers, steps: list[Any]
) -> None:
    from remission.cohort import create_study

    study = create_study(tmp_path_factory.mktemp("past") / "study", "follow-up")
    states = [(datetime.now(UTC), facts(study))]
    for step in steps:
        try:
            if isinstance(step, int):
                undo(study, step, "back")
            else:
                record(study, step_entries(*step, ces_d_answers), FORM, accept="as told")
        except (StudyError, ImportRefused):
            continue
        states.append((datetime.now(UTC), facts(study)))
    assert verify_trail(study).faults == []
    for moment, state in states:
        assert facts(study_as_of(study, moment)) == state
    moments = audit_trail(study)["at"].tolist()
    known = [state for _, state in states]
    for moment in moments:
        assert facts(study_as_of(study, moment.to_pydatetime())) in known


@pytest.mark.sqlite_only
def test_an_older_database_is_sealed_when_it_is_opened(eventful: Study, ces_d_answers: Answers) -> None:
    with writing(make_engine(eventful.engine.url, foreign_keys=False)) as connection:
        command.downgrade(_config(connection, MIGRATIONS), "0003")
    bring_up_to_date(eventful.engine)
    assert verify_trail(eventful).faults == []
    trail = audit_trail(eventful)
    assert [action for action in trail["action"] if action == "sealed"] == ["sealed"] * 3
    assert trail[trail["action"] == "changed"][["who", "old", "new", "reason"]].to_numpy().tolist()[0][1:] == [
        "2",
        "3",
        "misread",
    ]
    with pytest.raises(StudyError, match="reaches back to"):
        study_as_of(eventful, datetime(2024, 1, 1, tzinfo=UTC))
    undo(eventful, 3, "it was right before")
    told = answers(eventful)
    assert told[(told["participant_id"] == "1") & (told["item"] == "item1")]["value"].tolist() == [2, 0]
    assert verify_trail(eventful).faults == []
    with writing(eventful.engine) as connection:
        connection.execute(text("UPDATE answer SET value = 1 WHERE value = 0"))
    assert "What batch 1 brought" in verify_trail(eventful).faults[0]
