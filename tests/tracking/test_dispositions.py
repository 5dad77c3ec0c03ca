"""Every participant has one disposition at every wave, and the totals reconcile."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from followed import FORM, answer, enrol, entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remission.cohort import Study, open_study, record
from remission.tracking import DISPOSITIONS, dispositions, rates

Make = Callable[..., Study]
DAY_0 = date(2024, 1, 1)


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def said(study: Study, today: date) -> dict[tuple[str, str], str]:
    found = dispositions(study, today)
    return {(row["participant_id"], row["wave"]): row["disposition"] for row in found.to_dict("records")}


def test_each_disposition_by_hand(make: Make) -> None:
    study = make()
    enrol(study, dict.fromkeys("abcdefghij", DAY_0))
    # The allowed window of month_3 is days 46 to 136.
    answer(study, ("a", "month_3", 91), ("b", "month_3", 137))
    answer(study, ("c", "month_3", 91), items=9)
    record(study, entries("status_events",
        {"participant_id": "d", "kind": "death", "day": 100},
        {"participant_id": "e", "kind": "withdrawal", "day": 40},
        {"participant_id": "f", "kind": "death", "day": 137}), FORM)  # fmt: skip
    tries = [("g", "refused"), ("h", "institution"), ("i", "moved")]
    record(study, entries("contact_attempts", *[
        {"participant_id": who, "attempted_on": on(95), "channel": "phone", "outcome": outcome, "wave": "month_3"}
        for who, outcome in tries]), FORM)  # fmt: skip
    found = dispositions(study, on(140)).set_index(["wave", "participant_id"]).loc["month_3"]
    assert found["disposition"].to_dict() == {
        "a": "completed_in_window",
        "b": "completed_out_of_window",
        "c": "partial",
        "d": "deceased",
        "e": "withdrawn",
        "f": "not_located",
        "g": "refused",
        "h": "institutionalised",
        "i": "not_located",
        "j": "not_located",
    }
    assert found["gpra"].to_dict() == {
        "a": "11", "b": "12", "c": "11", "d": "01", "e": "24", "f": "32", "g": "21", "h": "22", "i": "31", "j": "32"
    }  # fmt: skip
    assert found["aapor"].tolist() == ["I", "I", "P", "NE", "R", "NC", "R", "O", "NC", "NC"]
    counted = rates(dispositions(study, on(140))).set_index("wave").loc["month_3"]
    # Ten due, two complete; RR1 leaves out the one who died: 2 of 9; cooperation: I 2, P 1, R 2, O 1.
    assert counted["due"] == 10
    assert counted["follow_up"] == pytest.approx(2 / 10)
    assert counted["follow_up_living"] == pytest.approx(2 / 9)
    assert counted["response_rate_1"] == pytest.approx(2 / 9)
    assert counted["response_rate_2"] == pytest.approx(3 / 9)
    assert counted["cooperation_1"] == pytest.approx(2 / 6)


@pytest.mark.parametrize(("day", "expected"), [(136, "not_yet_due"), (137, "not_located")])
def test_a_wave_is_due_when_its_window_has_closed(make: Make, day: int, expected: str) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    assert said(study, on(day))["a", "month_3"] == expected


def test_an_attempt_that_was_refused_counts_once_the_window_is_past(make: Make) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    record(study, entries("contact_attempts", {"participant_id": "a", "attempted_on": on(60), "channel": "text",
                                               "outcome": "refused", "wave": "month_3"}), FORM)  # fmt: skip
    assert said(study, on(100))["a", "month_3"] == "not_yet_due"
    assert said(study, on(137))["a", "month_3"] == "refused"


def test_without_a_date_nobody_can_say_unless_the_study_is_closed(make: Make) -> None:
    study = make()
    enrol(study, {"a": None})
    answer(study, ("a", "month_3", None))
    assert said(study, on(9999))["a", "month_6"] == "not_yet_due"
    assert said(study, on(9999))["a", "month_3"] == "completed_in_window"
    closed = make(lambda text: text + "\nclosed_on: 2026-01-01\n", name="closed")
    enrol(closed, {"a": None})
    assert said(closed, date(2025, 12, 31))["a", "month_6"] == "not_yet_due"
    assert said(closed, date(2026, 1, 1))["a", "month_6"] == "not_located"


def test_what_is_expected_decides_what_is_complete(make: Make) -> None:
    study = make(lambda text: text.replace("{name: month_3,", "{name: month_3, instruments: [ces_d, audit],"))
    enrol(study, {"a": DAY_0})
    answer(study, ("a", "month_3", 91))
    assert said(study, on(92))["a", "month_3"] == "partial"


def test_waves_that_count_from_discharge_or_the_last_visit(make: Make) -> None:
    def edit(text: str) -> str:
        text = text.replace("{name: month_3,", "{name: month_3, anchor: discharge, episode: first,")
        return text.replace("{name: month_6,  day: 183,", "{name: month_6, anchor: last_visit, day: 183,")

    study = make(edit)
    enrol(study, {"a": DAY_0, "b": DAY_0})
    care = [{"participant_id": "a", "admission_day": 0, "discharge_day": 30},
            {"participant_id": "a", "admission_day": 200, "discharge_day": 220}]  # fmt: skip
    record(study, entries("care_episodes", *care), FORM)
    found = dispositions(study, on(100)).set_index(["participant_id", "wave"])
    assert found.loc[("a", "month_3"), "target_on"] == pd.Timestamp(on(30 + 91))
    assert pd.isna(found.loc[("b", "month_3"), "target_on"])
    assert found.loc[("b", "month_3"), "disposition"] == "not_yet_due"
    answer(study, ("a", "month_3", 125))
    found = dispositions(study, on(130)).set_index(["participant_id", "wave"])
    assert found.loc[("a", "month_6"), "target_on"] == pd.Timestamp(on(125 + 183))


PEOPLE = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(-900, 100)), min_size=1, max_size=4)
WAVES = ["baseline", "month_3", "month_6", "month_12"]
ANSWERED = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(WAVES), st.one_of(st.none(), st.integers(-20, 800)),
              st.sampled_from([5, 20])), max_size=5, unique_by=lambda row: row[:2])  # fmt: skip
KINDS = st.sampled_from(["death", "withdrawal", "relocation"])
EVENTS = st.lists(
    st.tuples(st.sampled_from("abcd"), KINDS, st.one_of(st.none(), st.integers(-5, 800))),
    max_size=3,
    unique_by=lambda row: row[:2],
)
CAME_OF_IT = st.sampled_from(["refused", "institution", "no_answer", "moved"])
TRIES = st.lists(
    st.tuples(st.sampled_from("abcd"), CAME_OF_IT, st.one_of(st.none(), st.sampled_from(WAVES))),
    max_size=4,
    unique_by=lambda row: row[0],
)


@given(people=PEOPLE, answered=ANSWERED, events=EVENTS, tries=TRIES, today=st.integers(-1000, 1000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_totals_always_reconcile(
    tmp_path_factory: pytest.TempPathFactory, people: dict[str, int | None], answered: list[tuple[str, str, int, int]],
    events: list[tuple[str, str, int]], tries: list[tuple[str, str, str]], today: int,
) -> None:  # fmt: skip
    from remission.cohort import create_study

    study = create_study(tmp_path_factory.mktemp("d") / "s", "engagement")
    path = study.path / "study.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("\nasking:")] if "\nasking:" in text else text)
    study = open_study(study.path)
    enrol(study, {code: None if day is None else on(day) for code, day in people.items()})
    for who, wave, day, items in answered:
        if who in people:
            answer(study, (who, wave, day), items=items)
    for name, rows in (
        ("status_events", [{"participant_id": w, "kind": k, "day": d} for w, k, d in events if w in people]),
        ("contact_attempts", [{"participant_id": w, "attempted_on": on(0), "channel": "phone", "outcome": o, "wave": v}
                              for w, o, v in tries if w in people]),
    ):  # fmt: skip
        if rows:
            record(study, entries(name, *rows), FORM)
    moment = on(today)
    found = dispositions(study, moment)
    waves = study.protocol.waves
    assert len(found) == len(people) * len(waves)
    assert not found.duplicated(["participant_id", "wave"]).any()
    assert set(found["disposition"]) <= set(DISPOSITIONS)
    counted = rates(found).set_index("wave")
    has_answer = {(who, wave) for who, wave, _, _ in answered if who in people}
    over = {(who, kind): day for who, kind, day in events if who in people and kind in ("death", "withdrawal")}
    for wave in waves:
        row = counted.loc[wave.name]
        assert row[list(DISPOSITIONS)].sum() == row["enrolled"] == len(people)
        # What is due, counted from the dates alone.
        due = 0
        for code, day in people.items():
            past = day is not None and moment > on(day) + timedelta(days=wave.last_day)
            gone = any(who == code and (at is None or at <= wave.last_day) for (who, _), at in over.items())
            due += past or gone or (code, wave.name) in has_answer
        assert row["due"] == row["enrolled"] - row["not_yet_due"] == due
