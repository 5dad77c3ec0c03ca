"""Long files, dates, groups, changes of standing, changed meanings: each by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.cohort import (
    Study,
    affiliations,
    answers,
    audit_trail,
    batches,
    characteristics,
    participants,
    status_events,
    undo,
    use_reports,
)
from remission.errors import DefinitionError, ImportRefused
from remission.exchange import Mapping, apply_plan, plan_import
from remission.exchange.files import Clock, DataFile, Dictionary, Variable
from remission.exchange.intake import plan as planning
from remission.exchange.intake.report import sections
from remission.exchange.mapping import as_mapping

DATES = Clock(86_400.0, 0)


def days(*texts: str | None) -> list[float]:
    return [
        np.nan if text is None else float(date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal())
        for text in texts
    ]


def made(columns: dict[str, list[Any]], name: str = "made.csv", **variables: Variable) -> DataFile:
    """Build a file in memory; what is not said of a variable follows from its cells."""
    frame = pd.DataFrame({key: pd.Series(cells) for key, cells in columns.items()})
    frame = frame.apply(lambda column: column if column.dtype == object else column.astype(float))
    told = {key: Variable(kind="text" if frame[key].dtype == object else "number") for key in frame} | variables
    return DataFile(Dictionary(Path(name), "0" * 64, "csv", len(frame), told), frame)


def mapped(**keys: Any) -> Mapping:
    given = {"title": "made", "id": "pid", "waves": {"baseline": {"day": 0}}, "text": "title: made"} | keys
    return as_mapping(given, "made.yaml")


def aged(**keys: Any) -> dict[str, Any]:
    return {"characteristics": {"age": {"variable": "age", **keys}}}


LONG = {
    "pid": ["a", "a", "b", "b"],
    "visit": ["BL", "06m", "BL", "06m"],
    "day": [0, 190, 0, 170],
    "arm": ["x", "", "y", "y"],
    "age": [40, None, 51, 51],
    "att": [1, 0, 1, 9],
}
LONG_MAPPING: dict[str, Any] = {
    "wave": "visit",
    "waves": {"baseline": {"value": "BL", "day": "day"}, "month_6": {"value": ["06m", "m6"], "day": "day"}},
    "enrolment": {"arm": {"variable": "arm", "codes": {"x": "clinic", "y": "control"}}},
    "characteristics": {"age": "age"},
    "answers": {"mutual_help_attendance": {"attended": {"variable": "att", "missing": {9: "refused"}}}},
}


def test_a_long_file_by_hand(study: Study) -> None:
    plan = plan_import(study, made(LONG), mapped(**LONG_MAPPING))
    assert (plan.problems, plan.unmatched) == ((), ())
    apply_plan(study, plan)
    told = answers(study)[["participant_id", "wave", "day", "value", "missing_reason"]]
    assert told.astype(object).mask(told.isna(), None).to_numpy().tolist() == [
        ["a", "baseline", 0, 1, None],
        ["a", "month_6", 190, 0, None],
        ["b", "baseline", 0, 1, None],
        ["b", "month_6", 170, None, "refused"],
    ]
    assert participants(study)["arm"].tolist() == ["clinic", "control"]
    assert characteristics(study)["age"].tolist() == [40, 51]
    assert plan.missing.to_numpy().tolist() == [["att", "9", "", "refused", 1]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"visit": ["BL", "06m", "BL", "12m"]}, "row 4, variable visit: it holds '12m', which the mapping gives to no"),
        ({"visit": ["BL", "06m", "BL", ""]}, "row 4, variable visit: it is empty"),
        ({"visit": ["BL", "BL", "BL", "06m"]}, "rows 1 and 2: pid is a and a, the same participant twice at baseline"),
        ({"pid": ["7", "007", "b", "b"]}, "pid is 7 and 007; are they the same participant"),
        ({"arm": ["x", "y", "y", "y"]}, "rows 1 and 2, variable arm: participant a has 'x' and 'y' there"),
        ({"day": [0, 190, 170, 0]}, r"row 4 \(b\): the interview of month_6 is on day 0, not after"),
        ({"day": [0, 190.5, 0, 170]}, r"row 2 \(a\), variable day: day 190.5 is no whole day"),
    ],
)
def test_faults_of_a_long_file_are_named(study: Study, change: dict[str, list[Any]], said: str) -> None:
    plan = plan_import(study, made({**LONG, **change}), mapped(**LONG_MAPPING))
    with pytest.raises(ImportRefused, match=said):
        plan.refuse_if_faulty()


def test_rows_of_repeating_forms_are_counted_and_left_out(study: Study) -> None:
    columns = {name: [*cells, cells[-1]] for name, cells in LONG.items()}
    file = made({**columns, "redcap_repeat_instrument": ["", "", "", "", "visits"]})
    plan = plan_import(study, file, mapped(**LONG_MAPPING))
    assert plan.problems == ()
    assert plan.left_out == (("rows of repeating REDCap instruments, which the study has no place for", 1),)


DATED = {
    "pid": [1, 2, 3],
    "intake": days("2024-01-31", "2024-02-28", "2024-03-01"),
    "seen_6": days("2024-08-01", None, "2024-12-31"),
    "att_6": [1, None, 0],
    "slip": days("2024-03-01", "2024-03-01", None),
    "slipped": [1, 0, None],
}
DATED_MAPPING: dict[str, Any] = {
    "waves": {"month_6": {"suffix": "_6", "day": "seen_6"}},
    "enrolment": {"origin_date": "intake"},
    "answers": {"mutual_help_attendance": {"attended": "att"}},
    "first_use": [{"day": "slip", "used": "slipped", "source": "interview"}],
}
DATE_VARIABLES = {name: Variable(kind="date", clock=DATES) for name in ("intake", "seen_6", "slip")}


def test_dates_become_days_from_day_0(study: Study) -> None:
    plan = plan_import(study, made(DATED, **DATE_VARIABLES), mapped(**DATED_MAPPING))
    assert plan.problems == ()
    # 31 January to 1 August of a leap year: 183 days; 1 March to 31 December: 305, outside 91 to 275.
    assert plan.windows.to_numpy().tolist() == [["month_6", 2, 0, 1, "3"]]
    apply_plan(study, plan)
    assert answers(study)["day"].tolist() == [183, 305]
    assert participants(study)["origin_date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-01-31",
        "2024-02-28",
        "2024-03-01",
    ]
    # 2024-01-31 + 30 = 2024-03-01; 2024-02-28 + 2 = 2024-03-01.
    assert use_reports(study)[["participant_id", "start_day", "end_day", "state"]].to_numpy().tolist() == [
        ["1", 0, 29, "abstinent"],
        ["1", 30, 30, "used"],
        ["2", 0, 2, "abstinent"],
    ]


def test_dates_need_a_day_0_and_cannot_lie_ahead(study: Study) -> None:
    without = {key: value for key, value in DATED_MAPPING.items() if key != "enrolment"}
    plan = plan_import(study, made(DATED, **DATE_VARIABLES), mapped(**without))
    assert any("row 1 (1), variable seen_6: it is a date, and day 0" in problem for problem in plan.problems)
    ahead = {**DATED, "seen_6": days("2924-08-01", None, None)}
    plan = plan_import(study, made(ahead, **DATE_VARIABLES), mapped(**DATED_MAPPING))
    assert any("variable seen_6: 2924-08-01 is yet to come" in problem for problem in plan.problems)
    numbers = plan_import(study, made(DATED, seen_6=DATE_VARIABLES["seen_6"]), mapped(**DATED_MAPPING))
    assert any("variable intake: it holds numbers, and the mapping needs dates" in one for one in numbers.problems)


def test_groups_and_changes_of_standing(study: Study) -> None:
    columns = {
        "pid": [1, 2, 3, 4],
        "grp": [1, 0, 2, 9],
        "since": [10, None, None, 5],
        "smart": [0, 1, 0, 0],
        "died": [None, 300, None, None],
        "left": [0, 0, 1, 0],
        "left_day": [None, None, 90, None],
    }
    mapping = mapped(
        groups=[
            {
                "variable": "grp",
                "codes": {0: "", 1: "twelve_step", 2: "lifering"},
                "missing": {9: "refused"},
                "start": "since",
            },
            {"group": "smart", "variable": "smart", "start": 0, "primary": False},
        ],
        status=[
            {"kind": "death", "day": "died"},
            {"kind": "withdrawal", "variable": "left", "when": 1, "day": "left_day"},
        ],
    )
    plan = plan_import(study, made(columns), mapping)
    assert plan.problems == ()
    assert plan.left_out == (("in a group by grp, without the day on which it began", 1),)
    apply_plan(study, plan)
    assert affiliations(study)[["participant_id", "group_name", "start_day", "is_primary"]].to_numpy().tolist() == [
        ["1", "twelve_step", 10, True],
        ["2", "smart", 0, False],
    ]
    assert status_events(study).to_numpy().tolist() == [["2", "death", 300.0], ["3", "withdrawal", 90.0]]


def test_extended_missing_values_need_and_get_reasons(study: Study) -> None:
    file = made({"pid": [1, 2], "att": [1, None]})
    file = replace(file, tags={"att": pd.Series(["", ".r"], dtype=object)})
    source = {"mutual_help_attendance": {"attended": {"variable": "att"}}}
    plan = plan_import(study, file, mapped(answers=source))
    assert plan.problems == (
        "made.csv, variable att: the code .r is declared user-missing, and the mapping gives no reason for it",
    )
    source["mutual_help_attendance"]["attended"] = {"variable": "att", "missing": {".r": "refused"}}  # type: ignore[dict-item]
    apply_plan(study, plan_import(study, file, mapped(answers=source)))
    assert answers(study)["missing_reason"].tolist() == [None, "refused"]


def test_what_is_undecided_stops_the_import(study: Study) -> None:
    file = made({"pid": [1], "att": [1], "x": [0]})
    answered = {"mutual_help_attendance": {"attended": {"variable": "att", "decide": "is it this question?"}}}
    mapping = mapped(answers=answered, undecided=[{"variables": ["x"], "why": "no label"}])
    plan = plan_import(study, file, mapping)
    assert plan.unmatched == ()
    assert plan.problems == (
        'made.yaml: answers.mutual_help_attendance.attended is still marked decide: "is it this question?"',
        "made.yaml: nobody has decided where x goes (no label)",
    )
    with pytest.raises(ImportRefused, match=r"still marked decide: .is it this question\?. \(1 more\)"):
        apply_plan(study, plan)
    assert batches(study).empty


def test_codes_the_other_way_round_are_noticed(study: Study) -> None:
    answered = {"mutual_help_attendance": {"attended": "att"}}
    turned = Variable(value_labels={0.0: "Yes", 1.0: "No"})
    plan = plan_import(study, made({"pid": [1], "att": [1]}, att=turned), mapped(answers=answered))
    assert plan.problems == (
        "made.csv, variable att: 0 is 'Yes' there, and mutual_help_attendance.attended calls 1 so",
    )
    sex = Variable(value_labels={1.0: "Female", 2.0: "Male"})
    plan = plan_import(study, made({"pid": [1], "sex": [1]}, sex=sex), mapped(characteristics={"sex": "sex"}))
    assert plan.problems == ("made.csv, variable sex: 1 is 'Female' there, and study.yaml, sex, calls 2 so",)
    told = {"sex": {"variable": "sex", "codes": {1: 2, 2: 1}}}
    plan = plan_import(study, made({"pid": [1], "sex": [1]}, sex=sex), mapped(characteristics=told))
    apply_plan(study, plan)
    assert characteristics(study)["sex"].tolist() == ["female"]


def test_another_meaning_than_last_time_needs_a_reason(study: Study) -> None:
    answered = {"mutual_help_attendance": {"frequency": "freq"}}
    first = Variable(label="How often", value_labels={1.0: "daily", 2.0: "weekly"})
    apply_plan(study, plan_import(study, made({"pid": [1], "freq": [1]}, freq=first), mapped(answers=answered)))
    second = replace(first, label="How  OFTEN", value_labels={1.0: "weekly", 2.0: "weekly", 3.0: "rarely"})
    plan = plan_import(study, made({"pid": [2], "freq": [1]}, freq=second), mapped(answers=answered))
    assert plan.dictionary_changes.to_numpy().tolist() == [
        ["freq", "label of 1", "daily", "weekly"],
        ["freq", "label of 3", "", "rarely"],
    ]
    with pytest.raises(ImportRefused, match="1 was 'daily' at the last import and is 'weekly' now"):
        apply_plan(study, plan)
    assert apply_plan(study, plan, accept="the label was wrong before").batch_id == 2


def test_changed_answers_are_accepted_with_a_reason_row_and_variable(study: Study) -> None:
    mapping = mapped(**LONG_MAPPING)
    apply_plan(study, plan_import(study, made(LONG), mapping))
    plan = plan_import(study, made({**LONG, "att": [1, 1, 1, 0], "age": [40, None, 52, 52]}), mapping)
    assert (plan.problems, len(plan.to_accept)) == ((), 1)
    assert ("Values that would change: 3") in [title for title, _ in sections(plan)]
    with pytest.raises(ImportRefused, match=r"age: 51 → 52 \(2 more differ\)"):
        apply_plan(study, plan)
    outcome = apply_plan(study, plan, accept="typed wrongly")
    assert outcome.sentence.endswith("and 3 stored values changed.")
    trail = audit_trail(study)
    told = trail[trail["action"] == "changed"][["field", "old", "new", "row", "variable"]]
    assert sorted(told.astype(object).mask(told.isna(), None).to_numpy().tolist(), key=str) == [
        ["missing_reason", "refused", None, 4, "att"],
        ["number", "51", "52", 3, "age"],
        ["value", "0", "1", 2, "att"],
        ["value", None, "0", 4, "att"],
    ]
    undo(study, 2, "right before")
    assert characteristics(study)["age"].tolist() == [40, 51]


def test_a_long_file_goes_in_piece_by_piece(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PEOPLE_AT_ONCE", 7)
    people = [f"p{number}" for number in range(30)]
    columns = {
        "pid": [*people, *people],
        "visit": ["BL"] * 30 + ["06m"] * 30,
        "day": [0] * 30 + [180] * 30,
        "arm": ["x", "y"] * 30,
        "age": list(range(30, 60)) * 2,
        "att": [0, 1] * 30,
    }
    told: list[tuple[int, int]] = []
    plan = plan_import(study, made(columns), mapped(**LONG_MAPPING), progress=lambda *args: told.append(args))
    assert (len(plan.entries), told[-1]) == (5, (5, 5))
    seen: list[tuple[int, int]] = []
    outcome = apply_plan(study, plan, progress=lambda *args: seen.append(args))
    assert outcome.batch_id == 1
    assert outcome.differences.new == plan.differences.new
    assert (plan.differences.new["answer"], len(plan.differences.participants_new)) == (60, 30)
    assert seen[-1][0] == sum(outcome.differences.new.values()) == batches(study)["rows"].iloc[0] + 0
    again = plan_import(study, made(columns), mapped(**LONG_MAPPING))
    assert apply_plan(study, again).batch_id is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"wave": "visit", "waves": {"baseline": {}}}, "waves.baseline: say which value of visit it has"),
        ({"waves": {"baseline": {"value": 1}}}, "value needs the key wave"),
        ({"groups": [{"group": "smart", "codes": {1: "smart"}}]}, "either a group, or a variable"),
        ({"groups": [{"group": "smart"}]}, "name the variable that says who was in the group"),
        ({"status": [{"kind": "death"}]}, "name the variable that tells it"),
        ({"answers": {"ces_d": {"item1": {"codes": {1: 2}}}}}, "name a variable"),
    ],
)
def test_mappings_that_say_too_little_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        mapped(**keys)


def test_irregular_names_are_given_wave_by_wave(study: Study) -> None:
    mapping = mapped(
        waves={"baseline": {"day": 0}, "month_6": {"day": 180}},
        answers={"mutual_help_attendance": {"attended": {"at": {"baseline": "BaselineAtt", "month_6": "Att6mo"}}}},
    )
    apply_plan(study, plan_import(study, made({"pid": [1], "BaselineAtt": [1], "Att6mo": [0]}), mapping))
    assert answers(study)[["wave", "value"]].to_numpy().tolist() == [["baseline", 1.0], ["month_6", 0.0]]


CODED: dict[str, Any] = {
    "characteristics": {
        "age": {"variable": "age", "missing": {"999": "unknown", "refused": "refused"}},
        "sex": {"variable": "sex", "codes": {"1": "2", 2: 1}, "missing": {"dk": "unknown"}},
    },
    "answers": {
        "mutual_help_attendance": {
            "attended": {"variable": "att", "codes": {1: "0", "0": 1}, "missing": {"refused": "refused"}}
        }
    },
}


@pytest.mark.parametrize(
    "columns",
    [
        {"pid": [1, 2], "age": [999, 33], "sex": [1, 2], "att": [1, 0]},
        {"pid": [1, 2], "age": ["999", "33"], "sex": ["01", "2.0"], "att": ["1", "0"]},
    ],
)
def test_codes_are_the_same_as_numbers_and_as_texts(study: Study, columns: dict[str, list[Any]]) -> None:
    apply_plan(study, plan_import(study, made(columns), mapped(**CODED)))
    people = characteristics(study)
    assert people["age"].isna().tolist() == [True, False]
    assert people["sex"].tolist() == ["female", "male"]
    assert answers(study)["value"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"att": ["1", "7"]}, "row 2, variable att: the mapping has no code '7'; list all codes"),
        ({"att": [1, 2]}, "row 2, variable att: the mapping has no code 2; list all codes"),
        ({"age": ["30", "inf"]}, "row 2, variable age: 'inf' is no number"),
        ({"age": ["30", "Jane Doe of Elm Street"]}, "row 2, variable age: a text of 22 letters is no number"),
        ({"sex": ["1", "3"]}, "row 2, variable sex: the mapping has no code '3'"),
        ({"pid": ["anna@example.org", "2"]}, "row 1: pid looks like a name or an address"),
        ({"pid": [1234567890123456.0, 2.0**53]}, "row 2: pid is 9.0072e"),
    ],
)
def test_what_a_mapping_does_not_foresee_stops_it(study: Study, columns: dict[str, list[Any]], said: str) -> None:
    whole = {"pid": [1, 2], "age": [30, 40], "sex": [1, 2], "att": [1, 0], **columns}
    plan = plan_import(study, made(whole), mapped(**CODED))
    assert [problem for problem in plan.problems if said in problem], plan.problems


def test_long_numbers_stay_apart(study: Study) -> None:
    plan = plan_import(study, made({"pid": [1234567890123456.0, 1234567890123457.0]}), mapped())
    assert plan.differences.participants_new == ("1234567890123456", "1234567890123457")


def test_a_category_that_is_none_is_named_by_row(study: Study) -> None:
    plan = plan_import(study, made({"pid": [1, 2], "sex": [1, 3]}), mapped(characteristics={"sex": "sex"}))
    assert plan.problems == ("made.csv, row 2, variable sex: 3 is none of the categories of sex in study.yaml",)


def test_codes_that_are_changed_are_held_against_the_labels_too(study: Study) -> None:
    sex = Variable(value_labels={1.0: "Female", 2.0: "Male"})
    told = {"sex": {"variable": "sex", "codes": {1: 1, 2: 2}}}
    plan = plan_import(study, made({"pid": [1], "sex": [1]}, sex=sex), mapped(characteristics=told))
    assert plan.problems == ("made.csv, variable sex: 1 is 'Female' there, and study.yaml, sex, calls 2 so",)


def test_membership_needs_a_clear_yes(study: Study) -> None:
    spell = {"group": "smart", "variable": "member"}
    turned = Variable(value_labels={1.0: "Yes", 2.0: "No"})
    plan = plan_import(study, made({"pid": [1, 2], "member": [1, 2]}, member=turned), mapped(groups=[spell]))
    apply_plan(study, plan)
    assert affiliations(study)["participant_id"].tolist() == ["1"]
    for cells in ([2, 1], ["perhaps", "yes"]):
        unclear = plan_import(study, made({"pid": [1, 2], "member": cells}), mapped(groups=[spell]))
        assert any("says neither yes nor no" in problem for problem in unclear.problems)
    listed = plan_import(study, made({"pid": [1, 2], "member": [2, 1]}), mapped(groups=[{**spell, "when": 2}]))
    assert listed.problems == ()
    assert listed.entries.kept[0].affiliations["participant_id"].tolist() == ["1"]


def test_day_0_does_not_move_below_what_is_stored(study: Study) -> None:
    apply_plan(study, plan_import(study, made(DATED, **DATE_VARIABLES), mapped(**DATED_MAPPING)))
    moved = {**DATED, "intake": days("2024-02-10", "2024-02-28", "2024-03-01")}
    plan = plan_import(study, made(moved, **DATE_VARIABLES), mapped(**DATED_MAPPING))
    with pytest.raises(ImportRefused, match="day 0 of participant 1 is recorded as 2024-01-31"):
        apply_plan(study, plan, accept="typo")


def test_the_trail_names_the_row_in_which_a_value_stood(study: Study) -> None:
    long = {**LONG, "age": [None, 40, 51, 51]}
    apply_plan(study, plan_import(study, made(long), mapped(**LONG_MAPPING)))
    plan = plan_import(study, made({**long, "age": [None, 41, 51, 51]}), mapped(**LONG_MAPPING))
    apply_plan(study, plan, accept="typed wrongly")
    trail = audit_trail(study)
    assert trail[trail["action"] == "changed"][["row", "variable"]].to_numpy().tolist() == [[2, "age"]]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"characteristics": {"age": {"at": {"baseline": "age"}}}}, "age: it does not change over the waves"),
        ({"waves": {"baseline": {"day": True}}}, "write yes, no, on and off in quotation marks"),
        ({"waves": {"baseline": {"day": 10**20}}}, "less than or equal to 36525"),
        (aged(codes={True: 1}), "in quotation marks"),
        (
            {"characteristics": {"age": {"variable": "age", "codes": {1: 2}, "missing": {"1": "refused"}}}},
            "1 stands twice",
        ),
        (
            {"characteristics": {"age": {"variable": "age", "codes": {1: 2, "1.0": 3}}}},
            "codes: the code 1 stands twice",
        ),
    ],
)
def test_mappings_that_say_two_things_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        mapped(**keys)
