"""Studies to export: one asked by its own surveys, one that came in as two files, and HELP."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.exchange import import_file, read_mapping
from remission.exchange.export import ExportRequest, export

FIRST = """
title: baseline file
id: pid
waves:
  baseline: {suffix: _0, day: 0}
enrolment:
  arm: {variable: arm, codes: {0: control, 1: clinic}}
characteristics:
  age: age
  sex: {variable: sex, missing: {9: refused}}
answers:
  mutual_help_attendance:
    attended: {variable: att, codes: {1: 1, 2: 0}}
    frequency: {variable: freq, missing: {8: not_applicable, 9: refused}}
first_use:
  - {substance: any, day: use_day, used: use_yes, source: interview}
"""
SECOND = """
title: follow-up file
id: pid
waves:
  month_6: {suffix: _6, day: days}
answers:
  mutual_help_attendance:
    attended: {variable: att, codes: {1: 1, 2: 0}}
    frequency: {variable: freq, missing: {8: not_applicable, 9: refused}}
  recent_use:
    drinks_30: drinks
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Asked by surveys alone: no file, every reason, a date of day 0, a code with a leading zero."""
    made = create_study(tmp_path / "study", "follow-up")
    people = pd.DataFrame(
        {
            "participant_id": ["007", "a12", "b3"],
            "site": ["north", None, "south"],
            "arm": ["clinic", "control", "clinic"],
            "origin_date": ["2024-02-29", "2024-03-01", None],
        }
    )
    known = pd.DataFrame(
        [("007", "age", 93.0, None), ("a12", "age", None, "refused"), ("007", "sex", 2, None), ("b3", "sex", 1, None)],
        columns=["participant_id", "name", "value", "missing_reason"],
    )
    record(made, Entries(participants=people, characteristics=known, answers=answered(made)), BatchInfo("survey"))
    return made


def answered(study: Study) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        ("007", "baseline", 0, "mutual_help_attendance", "attended", 1.0, None),
        ("007", "baseline", 0, "mutual_help_attendance", "frequency", 3.0, None),
        ("a12", "baseline", 2, "mutual_help_attendance", "attended", 0.0, None),
        ("a12", "baseline", 2, "mutual_help_attendance", "frequency", None, "not_applicable"),
        ("a12", "month_6", 190, "mutual_help_attendance", "attended", None, "refused"),
        ("a12", "month_6", 190, "mutual_help_attendance", "frequency", None, "not_recorded"),
        ("007", "month_6", 183, "recent_use", "drinks_30", 4.0, None),
        ("007", "month_6", 183, "recent_use", "days_used_30", None, "unknown"),
        ("007", "month_6", 183, "recent_use", "used_since_last", None, "not_asked"),
    ]
    columns = ["participant_id", "wave", "day", "instrument", "item", "value", "missing_reason"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(version=[study.instrument(name).version for name in found["instrument"]])


@pytest.fixture
def two_files(tmp_path: Path) -> Study:
    """Came in as two files, one a wave, with codes of their own and user-missing codes."""
    made = create_study(tmp_path / "study", "follow-up")
    first = pd.DataFrame(
        {
            "arm": [0.0, 1.0, 1.0],
            "pid": [1.0, 2.0, 3.0],
            "age": [30.0, 41.0, None],
            "sex": [1.0, 9.0, 2.0],
            "att_0": [1.0, 2.0, 1.0],
            "freq_0": [3.0, 8.0, 9.0],
            "use_day": [10.0, 170.0, 0.0],
            "use_yes": [1.0, 0.0, 1.0],
        }
    )
    second = pd.DataFrame(
        {"pid": [1.0, 3.0], "days": [180.0, 200.0], "att_6": [2.0, 1.0], "freq_6": [8.0, 2.0], "drinks_6": [0.0, 12.0]}
    )
    took = {"att_0": {1.0: "yes", 2.0: "no"}, "att_6": {1.0: "yes", 2.0: "no"}, "sex": {1.0: "Male", 9.0: "Refused"}}
    gone = {"freq_0": [8, 9], "freq_6": [8, 9], "sex": [9]}
    for name, frame, text in (("one", first, FIRST), ("two", second, SECOND)):
        path, mapping = tmp_path / f"{name}.sav", tmp_path / f"{name}.yaml"
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels={"att_0": "Went to a group", "pid": "Number"},
            variable_value_labels={key: each for key, each in took.items() if key in frame},
            missing_ranges={key: each for key, each in gone.items() if key in frame},
            variable_measure={"age": "scale", "att_0": "nominal"},
            variable_format={"pid": "F4.0", "att_0": "F1.0"},
        )
        mapping.write_text(text)
        import_file(made, path, read_mapping(mapping))
    return made


@pytest.fixture(scope="session")
def help_folder(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("help")
    made = create_study(folder / "study", "follow-up")
    import_file(made, reference / "data" / "help_wide.sav", read_mapping(made.mappings_folder / "help.yaml"))
    return folder


@pytest.fixture
def help_study(help_folder: Path, tmp_path: Path) -> Study:
    shutil.copytree(help_folder / "study", tmp_path / "help")
    return open_study(tmp_path / "help")


@pytest.fixture
def out(tmp_path: Path) -> Callable[..., Path]:
    """Export a study to a file in a folder of its own."""

    def write(study: Study, name: str, **asked: Any) -> Path:
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        path = folder / name
        ending = path.suffix.lstrip(".")
        told = export(study, ExportRequest(path, **{"format": ending, "profile": "internal", **asked}))
        (folder / f"{path.stem}.json").write_text(json.dumps(told))
        return path

    return write
