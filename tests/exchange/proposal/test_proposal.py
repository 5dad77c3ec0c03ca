from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from remission.cohort import Study, create_study
from remission.exchange.mapping import Mapping, as_mapping
from remission.exchange.profile.profile import Profile
from remission.exchange.proposal import propose
from remission.exchange.proposal.lines import listed, scalar

Made = Callable[..., Profile]
NO_YES = {0.0: "No", 1.0: "Yes"}
HOW_OFTEN = {1.0: "Daily", 2.0: "2-3 times/week", 3.0: "Weekly", 4.0: "Every 2 weeks", 5.0: "Once/month"}
GAD = {0.0: "none", 1.0: "some", 2.0: "more", 3.0: "most"}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "follow-up")


def mapped(profile: Profile, study: Study | None = None) -> Mapping:
    return as_mapping(yaml.safe_load(propose(profile, study)), "proposal")


@pytest.mark.parametrize(
    "value", ["a: b", "yes", "n", "1", "#x", "a, b", 'it\'s "so"', "ñ", "", "F1A_*", 3.0, -9.0, 0.5]
)
def test_scalars_read_back_the_same(value: Any) -> None:
    assert yaml.safe_load("{a: " + scalar(value) + "}") == {"a": value}
    assert yaml.safe_load("[" + scalar(value) + "]") == [value]


def test_long_lists_are_broken_and_read_back() -> None:
    names = [f"variable_{n}" for n in range(60)]
    text = "variables: " + listed(names, 2)
    assert max(map(len, text.splitlines())) < 130
    assert yaml.safe_load(text) == {"variables": names}


def test_waves_take_the_study_names_by_the_months_that_labels_tell(made: Made, study: Study) -> None:
    columns = {"pid": [1, 2, 3]} | {name: [0, 1, 2] for name in ("a_t1", "a_t2", "b_t1", "b_t2")}
    labels = {
        name: f"{name[0]} drinks, {when}"
        for name in columns
        if "_" in name
        for when in [{"1": "baseline", "2": "6 months"}[name[-1]]]
    }
    found = mapped(made(columns, label=labels), study)
    assert list(found.waves) == ["baseline", "month_6"]
    assert [wave.suffix for wave in found.waves.values()] == ["_t1", "_t2"]
    assert not any(wave.decide for wave in found.waves.values())


def test_waves_that_only_have_a_number_are_asked(made: Made, study: Study) -> None:
    found = mapped(made({"pid": [1, 2], "a_t1": [1, 2], "a_t2": [1, 2]}), study)
    assert [wave.decide for wave in found.waves.values()] == [
        "is wave 1 of the file the wave baseline of the study?",
        "is wave 2 of the file the wave month_6 of the study?",
    ]


def test_a_wave_that_the_study_lacks_is_asked(made: Made, study: Study) -> None:
    found = mapped(made({"pid": [1, 2], "a_3m": [1, 2], "a_6m": [1, 2]}), study)
    assert "the study has no wave month_3" in found.waves["month_3"].decide
    assert found.waves["month_6"].decide == ""


def test_a_file_without_waves_says_so_and_stays_open(made: Made) -> None:
    profile = made({"pid": [1, 2], "x": [1, 2]})
    assert "No wave was found" in propose(profile)
    assert any("no wave stands in names or rows" in phrase for phrase in mapped(profile).open_lines())


def test_days_since_baseline_are_the_day_of_the_interview(made: Made, study: Study) -> None:
    columns = {"pid": [1, 2], "x_0m": [1, 2], "x_6m": [1, 2], "days_6m": [180, 190]}
    labels = {"days_6m": "Days from baseline to the interview (month 6)"}
    found = mapped(made(columns, label=labels), study)
    assert found.waves["baseline"].day == 0
    assert found.waves["month_6"].day == "days_6m"


def test_rows_as_waves_give_values(made: Made, study: Study) -> None:
    columns = {"record_id": ["a", "a", "b", "b"], "redcap_event_name": ["baseline_arm_1", "month_6_arm_1"] * 2}
    found = mapped(made(columns | {"x": [1, 2, 3, 4]}), study)
    assert found.wave == "redcap_event_name"
    assert {name: wave.value for name, wave in found.waves.items()} == {
        "baseline": ("baseline_arm_1",),
        "month_6": ("month_6_arm_1",),
    }


def test_codes_for_no_answer_are_typed_by_their_labels(made: Made, study: Study) -> None:
    codes = HOW_OFTEN | {8.0: "Not applicable", 9.0: "Refused/missing"}
    columns = {"pid": list(range(7))}
    columns |= {f"att_{n}m": [0, 1, 1, 0, 1, 1, 1] for n in (0, 6)}
    columns |= {f"freq_{n}m": [1, 2, 3, 4, 5, 8, 9] for n in (0, 6)}
    labels = {f"att_{n}m": "AA or self-help group" for n in (0, 6)} | {
        f"freq_{n}m": "How often AA or self-help" for n in (0, 6)
    }
    profile = made(
        columns,
        label=labels,
        value_labels={f"att_{n}m": NO_YES for n in (0, 6)} | {f"freq_{n}m": codes for n in (0, 6)},
        missing_ranges={f"freq_{n}m": ((8.0, 8.0), (9.0, 9.0)) for n in (0, 6)},
    )
    lines = mapped(profile, study).answers["mutual_help_attendance"]
    assert lines["attended"].variable == "att"
    assert lines["frequency"].missing == {8.0: "not_applicable", 9.0: "refused"}
    assert "is it refused or not_recorded?" in lines["frequency"].decide


def test_items_whose_names_do_not_follow_are_named_wave_by_wave(made: Made) -> None:
    names = [f"gad7_t{wave}_{item}" for wave in (1, 2) for item in range(1, 8)]
    columns = {"pid": [1, 2, 3, 4]} | {name: [0, 1, 2, 3] for name in names}
    found = mapped(made(columns, value_labels=dict.fromkeys(names, GAD)))
    first = found.answers["gad7"]["item1"]
    assert first.at == {"wave_1": "gad7_t1_1", "wave_2": "gad7_t2_1"}
    assert first.decide == ""


def test_characteristics_are_sure_where_codes_and_labels_agree(made: Made, study: Study) -> None:
    profile = made(
        {"pid": [1, 2, 3], "AGE": [30, 41, 22], "gender": [1, 2, 1], "drug": [1, 2, 3]},
        label={"AGE": "Age in years", "gender": "Gender", "drug": "Primary substance"},
        value_labels={"gender": {1.0: "Male", 2.0: "Female"}, "drug": {1.0: "Alcohol", 2.0: "Heroin", 3.0: "Cocaine"}},
    )
    found = mapped(profile, study).characteristics
    assert (found["age"].variable, found["age"].decide) == ("AGE", "")
    assert (found["sex"].variable, found["sex"].decide) == ("gender", "")
    # Codes in another order must never be taken for those of the study.
    assert "primary_substance" not in found or found["primary_substance"].decide


def test_identifying_columns_are_ignored_and_the_rest_is_undecided(made: Made) -> None:
    found = mapped(
        made({"pid": [1, 2], "email": ["a@b.org", "c@d.org"], "mood": [1, 2], "x_t1": [1, 2], "x_t2": [2, 3]})
    )
    assert [group.variables for group in found.ignored] == [("email",)]
    left = {name for group in found.undecided for name in group.variables}
    assert left == {"mood", "x_t*"}
    assert list(found.open_lines())


def test_a_guessed_id_is_undecided(made: Made) -> None:
    found = mapped(made({"lfdnr": [1, 2], "x": [1, 1]}))
    assert found.id == "lfdnr"
    assert found.undecided[0].variables == ("lfdnr",)


def test_a_file_that_says_where_its_variables_go_needs_no_decision(made: Made, study: Study) -> None:
    marks: dict[str, dict[str, tuple[str, ...]]] = {"pid": {"remission_target": ("id",)}}
    for item in ("attended", "frequency"):
        for wave, short in (("baseline", "b"), ("month_6", "m")):
            marks[f"{item}_{short}"] = {
                "remission_target": (f"mutual_help_attendance.{item}",),
                "remission_wave": (wave,),
                "remission_instrument": ("mutual_help_attendance",),
            }
    marks["age"] = {"remission_target": ("characteristic.age",)}
    columns = {name: [1, 0] for name in marks} | {"pid": [1, 2]}
    found = mapped(made(columns, attributes=marks), study)
    assert list(found.waves) == ["baseline", "month_6"]
    assert found.answers["mutual_help_attendance"]["attended"].at == {"baseline": "attended_b", "month_6": "attended_m"}
    assert found.characteristics["age"].variable == "age"
    assert list(found.open_lines()) == []


def test_first_use_and_deaths_are_undecided_with_their_reason(made: Made) -> None:
    profile = made(
        {"pid": [1, 2], "used": [0, 1], "days": [180, 12], "dead": [0, 1]},
        label={"used": "Used alcohol since discharge", "days": "Days to first drink", "dead": "Died"},
    )
    why = {name: group.why for group in mapped(profile).undecided for name in group.variables}
    assert "first use" in why["days"]
    assert why["days"] == why["used"]
    assert why["dead"] == "may tell deaths"


def test_a_total_without_its_items_is_undecided_by_name(made: Made) -> None:
    profile = made({"pid": [1, 2], "auditc_t1": [3, 9], "auditc_t2": [0, 12], "phq9": [30, 2]})
    why = {name: group.why for group in mapped(profile).undecided for name in group.variables}
    assert why["auditc_t*"] == "may be a total of auditc, whose items were not found"
    assert "total" not in why["phq9"]


def test_a_code_far_from_the_answers_is_typed_but_asked(made: Made) -> None:
    names = [f"gad7_{n}" for n in range(1, 8)]
    columns: dict[str, list[Any]] = {"pid": [1, 2, 3, 4]} | {name: [0, 1, 2, 3] for name in names}
    columns |= {"pid": [1, 2, 3, 4, 5]} | {name: [0, 1, 2, 3, 9 if name == "gad7_2" else 1] for name in names}
    lines = mapped(made(columns, value_labels=dict.fromkeys(names, GAD))).answers["gad7"]
    assert lines["item2"].missing == {9.0: "not_recorded"}
    assert "9 lies far from the other values" in lines["item2"].decide
    assert lines["item1"].decide == ""
