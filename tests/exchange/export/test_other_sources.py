"""Files of other shapes and kinds go out as they came: dates, texts, Stata's letters, one row a wave."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import Study, create_study, participants
from remission.exchange import import_file, read_file, read_mapping

Out = Callable[..., Path]
DATED = """
title: dates and texts
id: code
waves:
  baseline: {suffix: _0, day: seen_0}
  month_6: {suffix: _6, day: seen_6}
enrolment:
  origin_date: began
characteristics:
  sex: {variable: sex, codes: {m: male, f: female}}
answers:
  mutual_help_attendance:
    attended: {variable: att, codes: {"yes": 1, "no": 0}, missing: {"NA": refused}}
"""
LETTERS = """
title: one row a wave, Stata
id: pid
wave: visit
waves:
  baseline: {value: 1, day: day}
  month_6: {value: 2, day: day}
characteristics:
  age: age
answers:
  mutual_help_attendance:
    frequency: {variable: freq, missing: {.a: refused, .b: not_applicable}}
"""


def came_in(tmp_path: Path, path: Path, text: str) -> Study:
    made = create_study(tmp_path / "study", "follow-up")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text)
    import_file(made, path, read_mapping(mapping))
    return made


@pytest.fixture
def dated(tmp_path: Path) -> Study:
    frame = pd.DataFrame(
        {
            "code": ["007", "a12"],
            "began": [date(2024, 2, 1), date(2024, 3, 1)],
            "seen_0": [date(2024, 2, 1), date(2024, 3, 2)],
            "att_0": ["yes", "NA"],
            "seen_6": [date(2024, 8, 1), None],
            "att_6": ["no", ""],
            "sex": ["m", "f"],
        }
    )
    path = tmp_path / "dated.sav"
    formats = dict.fromkeys(("began", "seen_0", "seen_6"), "DATE11")
    pyreadstat.write_sav(frame, str(path), missing_ranges={"att_0": ["NA"]}, variable_format=formats)
    return came_in(tmp_path, path, DATED)


@pytest.fixture
def lettered(tmp_path: Path) -> Study:
    frame = pd.DataFrame(
        {
            "pid": [1.0, 1.0, 2.0],
            "visit": [1.0, 2.0, 1.0],
            "day": [0.0, 180.0, 0.0],
            "age": [30.0, 30.0, 50.0],
            "freq": pd.Series([3.0, "a", "b"], dtype=object),
        }
    )
    path = tmp_path / "l.dta"
    labels = {"freq": {3: "weekly", "a": "refused"}}
    pyreadstat.write_dta(frame, str(path), missing_user_values={"freq": ["a", "b"]}, variable_value_labels=labels)
    return came_in(tmp_path, path, LETTERS)


def test_dates_and_texts_go_out_as_they_came(dated: Study, out: Out, tmp_path: Path) -> None:
    path = out(dated, "x.sav")
    ours, theirs = read_file(path), read_file(tmp_path / "dated.sav")
    pd.testing.assert_frame_equal(ours.frame, theirs.frame)
    for name, variable in theirs.variables.items():
        assert ours.variables[name].format == variable.format
        assert ours.variables[name].missing_ranges == variable.missing_ranges
    assert import_file(dated, path, read_mapping(tmp_path / "m.yaml")).batch_id is None


@pytest.mark.parametrize("name", ["x.sav", "x.dta", "x.csv"])
@pytest.mark.parametrize("shape", ["wide", "long"])
@pytest.mark.parametrize("profile", ["internal", "limited"])
def test_dates_come_back_unchanged(dated: Study, out: Out, name: str, shape: str, profile: str) -> None:
    path = out(dated, name, shape=shape, profile=profile)
    text = path.with_name("x_codebook.csv").read_text()
    assert ("began" in text) == (profile == "internal")
    assert import_file(dated, path, read_mapping(path.with_name("x_map.yaml"))).batch_id is None


def test_limited_has_no_dates(dated: Study, out: Out) -> None:
    path = out(dated, "x.csv", profile="limited")
    assert "2024" not in path.read_text()
    assert read_file(path).frame.filter(like="day_month_6").iloc[0, 0] == 182
    assert participants(dated)["origin_date"].notna().all()


@pytest.mark.parametrize("name", ["x.sav", "x.dta", "x.csv"])
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_letters_come_back_unchanged(lettered: Study, out: Out, name: str, shape: str) -> None:
    path = out(lettered, name, shape=shape)
    assert import_file(lettered, path, read_mapping(path.with_name("x_map.yaml"))).batch_id is None


def test_a_long_stata_file_goes_out_as_it_came(lettered: Study, out: Out, tmp_path: Path) -> None:
    path = out(lettered, "x.dta", shape="long")
    ours, theirs = read_file(path), read_file(tmp_path / "l.dta")
    pd.testing.assert_frame_equal(ours.frame, theirs.frame)
    assert ours.tag("freq").tolist() == ["", ".a", ".b"]
    assert import_file(lettered, path, read_mapping(tmp_path / "m.yaml")).batch_id is None
