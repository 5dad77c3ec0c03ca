"""A small SPSS file, its mapping, and a study that can take it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import Study, create_study
from remission.exchange.files import DataFile, Dictionary, Variable
from remission.exchange.profile.profile import Profile

MAPPING = """
title: a small file
id: pid
waves:
  baseline: {suffix: _0, day: 0}
  month_6: {suffix: _6, day: days_6}
enrolment:
  arm: {variable: arm, codes: {0: control, 1: clinic}}
characteristics:
  age: age
  sex: sex
answers:
  mutual_help_attendance:
    attended: att
    frequency: {variable: freq, missing: {8: not_applicable, 9: refused}}
first_use:
  - {substance: any, day: use_day, used: use_yes, source: interview}
ignored:
  - {variables: [spare*], reason: not needed}
"""


def small_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pid": [1.0, 2.0, 3.0],
            "arm": [0.0, 1.0, 1.0],
            "age": [30.0, 41.0, None],
            "sex": [1.0, 2.0, 1.0],
            "att_0": [1.0, 0.0, 1.0],
            "freq_0": [3.0, 8.0, 9.0],
            "att_6": [1.0, None, 0.0],
            "freq_6": [1.0, None, 8.0],
            "days_6": [180.0, None, 200.0],
            "use_day": [10.0, 170.0, 0.0],
            "use_yes": [1.0, 0.0, 1.0],
            "spare1": [1.0, 1.0, 1.0],
        }
    )


def write_small(frame: pd.DataFrame, path: Path) -> Path:
    labels = {
        "freq_0": {1.0: "daily", 8.0: "not applicable", 9.0: "refused"},
        "sex": {1.0: "Male", 2.0: "Female"},
    }
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label="small",
        column_labels={"att_0": "Attended (month 0)"},
        variable_value_labels={name: found for name, found in labels.items() if name in frame},
        missing_ranges={name: [8, 9] for name in ("freq_0", "freq_6") if name in frame},
        variable_measure={"att_0": "nominal"},
    )
    return path


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "follow-up")


@pytest.fixture
def mapping_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = MAPPING, **changes: str) -> Path:
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mapping.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def small_file(tmp_path: Path) -> Callable[..., Path]:
    def write(**changes: list[object]) -> Path:
        return write_small(small_frame().assign(**changes), tmp_path / "small.sav")

    return write


def make_profile(
    columns: dict[str, list[Any]], months: tuple[float, ...] = (), pieces: int = 1, **said: dict[str, Any]
) -> Profile:
    frame = pd.DataFrame(
        {
            name: pd.Series(cells, dtype=object if isinstance(cells[0], str) else float)
            for name, cells in columns.items()
        }
    )
    variables = {}
    for name in columns:
        facts = {key: each[name] for key, each in said.items() if name in each}
        kind = "text" if frame[name].dtype == object else "number"
        variables[name] = Variable(**{"kind": kind, **facts})
    dictionary = Dictionary(Path("made.sav"), "0" * 64, "sav", len(frame), variables)
    profile = Profile(dictionary, months)
    size = -(-len(frame) // pieces)
    for start in range(0, len(frame), size):
        profile.add(DataFile(dictionary, frame.iloc[start : start + size]))
    return profile


@pytest.fixture
def made() -> Callable[..., Profile]:
    return make_profile
