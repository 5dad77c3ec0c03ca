"""How to try a person next: each rule by a hand-made case."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from followed import enrol, entries

from remission.cohort import BatchInfo, Study, contact_attempts, record
from remission.errors import ImportRefused, StudyError
from remission.tracking import next_contacts, note_attempt

Make = Callable[..., Study]
TODAY = date.today()


def tried(study: Study, *rows: tuple[str, int, str, str]) -> None:
    for who, days_ago, channel, outcome in rows:
        note_attempt(study, who, channel, outcome, "month_3", TODAY - timedelta(days=days_ago))


def next_of(study: Study, who: str = "A") -> tuple[str, str]:
    found = next_contacts(study, pd.DataFrame({"participant_id": [who], "wave": ["month_3"]}))
    return found.loc[0, "channel"], found.loc[0, "reason"]


@pytest.fixture
def study(make: Make) -> Study:
    made = make()
    enrol(made, {"A": date(2026, 1, 1), "B": date(2026, 1, 1)})
    return made


def test_nothing_is_known(study: Study) -> None:
    assert next_of(study) == ("phone", "nothing is known yet of what reaches people here")


def test_the_channel_that_reached_the_person_last(study: Study) -> None:
    tried(study, ("A", 9, "text", "reached"), ("A", 5, "phone", "no_answer"))
    assert next_of(study) == ("text", f"it reached them on {TODAY - timedelta(days=9)}")


def test_a_channel_that_led_nowhere_since_is_dropped(study: Study) -> None:
    tried(study, ("A", 9, "phone", "reached"), ("A", 5, "phone", "wrong_contact"))
    assert next_of(study) == ("text", "phone led nowhere")


def test_three_silent_attempts_lead_to_the_contact_person_and_then_a_letter(study: Study) -> None:
    tried(study, ("A", 9, "phone", "no_answer"), ("A", 8, "text", "left_message"), ("A", 7, "phone", "no_answer"))
    assert next_of(study) == ("contact_person", "3 attempts without an answer: ask the contact person")
    tried(study, ("A", 6, "contact_person", "no_answer"))
    assert next_of(study) == ("letter", "4 attempts without an answer: write")


def test_an_appointment_is_kept(study: Study) -> None:
    tried(study, ("A", 3, "email", "appointment"))
    assert next_of(study) == ("email", f"an appointment was made on {TODAY - timedelta(days=3)}")


def test_what_reaches_people_here_takes_ten_first_attempts(make: Make) -> None:
    study = make(name="many")
    enrol(study, {f"P{number}": date(2026, 1, 1) for number in range(20)} | {"A": date(2026, 1, 1)})
    tried(study, *[(f"P{n}", 5, "text", "reached" if n < 6 else "no_answer") for n in range(9)])
    assert next_of(study)[0] == "phone"
    tried(study, ("P9", 5, "text", "no_answer"))
    assert next_of(study) == ("text", "it reached 60% of 10 at the first attempt")


def test_an_attempt_is_noted_once(study: Study) -> None:
    first = note_attempt(study, "A", "phone", "no_answer", time="10:05", who="staff")
    assert first.batch_id is not None
    assert note_attempt(study, "A", "phone", "no_answer", time="10:05").batch_id is None
    with pytest.raises(ImportRefused):
        note_attempt(study, "A", "phone", "reached", time="10:05")
    assert len(contact_attempts(study)) == 1


def test_nobody_is_enrolled_by_a_slip(study: Study) -> None:
    with pytest.raises(StudyError):
        note_attempt(study, "X", "phone", "no_answer")
    with pytest.raises(StudyError, match="has not come yet"):
        note_attempt(study, "A", "phone", "no_answer", on=TODAY + timedelta(days=1))


def test_attempts_come_by_list_too(study: Study) -> None:
    row = {"participant_id": "A", "attempted_on": TODAY, "time": "", "channel": "visit", "outcome": "reached"}
    record(study, entries("contact_attempts", {**row, "wave": None, "point": None}), BatchInfo("form"))
    assert next_of(study)[0] == "visit"
