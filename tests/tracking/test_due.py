"""The week's work: who is in it, and who must never be."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from followed import FORM, answer, enrol, entries

from remission.cohort import Study, record
from remission.tracking import due
from remission.tracking.calendar_file import calendar_of

Make = Callable[..., Study]
DAY_0 = date(2024, 1, 1)
CONSENT = "\nconsent:\n  forms:\n    v1: {purposes: [analysis, contact]}\n"
VERIFY = "\ntracking:\n  verification_every_days: 30\n  attempts_at_most: 3\n"


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def attempt(study: Study, who: str, day: int, outcome: str, wave: str | None = "month_3", time: str = "") -> None:
    row = {"participant_id": who, "attempted_on": on(day), "time": time, "channel": "phone", "outcome": outcome,
           "wave": wave}  # fmt: skip
    record(study, entries("contact_attempts", row), FORM)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        # month_3: allowed 46 to 136, optimum 77 to 105.
        (39, None),
        (40, "opens this week"),
        (46, "in allowed window"),
        (77, "in optimum window"),
        (105, "in optimum window"),
        (106, "overdue"),
        (136, "overdue"),
    ],
)
def test_a_task_is_named_by_where_the_week_stands(make: Make, day: int, state: str | None) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    found = due(study, on(day))
    mine = found[found["wave"] == "month_3"]
    assert mine["state"].tolist() == ([] if state is None else [state])


def test_a_task_goes_when_the_window_closes(make: Make) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    assert "month_3" not in set(due(study, on(137))["wave"])


def test_nobody_is_listed_who_must_not_be_contacted(make: Make) -> None:
    study = make(lambda text: text + CONSENT + VERIFY)
    people = ["dead", "left", "stopped", "silent", "withdrew", "fine"]
    enrol(study, dict.fromkeys(people, DAY_0))
    agreed = [{"participant_id": who, "version": "v1", "purpose": "contact", "signed_on": DAY_0,
               "withdrawn_on": on(80) if who == "withdrew" else None} for who in people if who != "silent"]  # fmt: skip
    record(study, entries("consents", *agreed), FORM)
    record(study, entries("stops", {"participant_id": "stopped", "kind": "contact", "since_on": on(50)}), FORM)
    gone = [{"participant_id": "dead", "kind": "death", "day": 60},
            {"participant_id": "left", "kind": "withdrawal", "day": None}]  # fmt: skip
    record(study, entries("status_events", *gone), FORM)
    assert set(due(study, on(91))["participant_id"]) == {"fine"}
    assert set(due(study, on(70))["participant_id"]) == {"fine", "withdrew"}


def test_what_is_settled_or_tried_enough_is_not_listed(make: Make) -> None:
    study = make(lambda text: text + VERIFY)
    enrol(study, dict.fromkeys(["done", "no", "tired", "open"], DAY_0))
    answer(study, ("done", "month_3", 80))
    attempt(study, "no", 80, "refused")
    for number in range(3):
        attempt(study, "tired", 80 + number, "no_answer")
    attempt(study, "open", 80, "left_message")
    found = due(study, on(91)).set_index("participant_id")
    assert list(found.index) == ["open"]
    assert found.loc["open", ["attempts", "last_outcome", "last_channel"]].tolist() == [1, "left_message", "phone"]


def test_people_are_checked_on_between_interviews(make: Make) -> None:
    study = make(lambda text: text + VERIFY)
    enrol(study, {"a": DAY_0, "b": DAY_0})
    answer(study, ("a", "month_3", 90))
    attempt(study, "b", 120, "verified", wave=None)
    # Day 137 begins the window of month_6; until then both have been heard from within 30 days or not.
    found = due(study, on(121), days=7)
    checks = found[found["wave"] == "verification"]
    assert checks["participant_id"].tolist() == ["a"]
    assert checks["target_on"].tolist() == [pd.Timestamp(on(120))]
    assert checks["state"].tolist() == ["check contact"]


def test_nothing_is_due_in_a_closed_study_or_at_a_retired_wave(make: Make) -> None:
    closed = make(lambda text: text + "\nclosed_on: 2024-03-01\n" + VERIFY, name="closed")
    enrol(closed, {"a": DAY_0})
    assert due(closed, on(91)).empty
    retired = make(lambda text: text.replace("{name: month_3,", "{name: month_3, retired: true,"), name="retired")
    enrol(retired, {"a": DAY_0})
    assert due(retired, on(91)).empty


def test_the_calendar_holds_codes_and_neutral_words(make: Make) -> None:
    study = make()
    enrol(study, {"1017": DAY_0})
    tasks = due(study, on(91))
    made = calendar_of(tasks, "m" * 32)
    text = made.decode()
    assert "SUMMARY:Call 1017" in text
    assert "DTSTART;VALUE=DATE:20240401" in text
    for word in ("recover", "treat", "alcohol", "substance", "relapse", "month_3:"):
        assert word not in text.lower()

    def uid(given: bytes) -> list[str]:
        return [line for line in given.decode().splitlines() if line.startswith("UID")]

    assert uid(made) == uid(calendar_of(due(study, on(98)), "m" * 32))
