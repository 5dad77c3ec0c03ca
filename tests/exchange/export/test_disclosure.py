"""What the dictionary of a file that came in may not carry out: names, codes, attributes, its own name."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from remission.cohort import Study, create_study, open_study
from remission.exchange import import_file, read_mapping
from remission.exchange.export.request import Format
from remission.exchange.export.spss_patch import patch

Out = Callable[..., Path]
MAPPING = """
title: file with secrets
id: pid
waves:
  baseline: {suffix: _0, day: 0}
characteristics:
  age: age
  region: zip5
  home: {variable: v9, codes: {1: Rosedale, 2: Other}}
answers:
  mutual_help_attendance:
    attended: {variable: att, codes: {1: 1, 2: 0}}
"""
EXTRA = (
    "characteristics:\n  region: {label: Where from, kind: number}\n"
    "  home: {label: County of living, kind: category, categories: {1: Rosedale, 2: Other}}\n"
)


@pytest.fixture
def telling(tmp_path: Path) -> Study:
    """Came in from a file whose dictionary names people."""
    made = create_study(tmp_path / "study", "follow-up")
    protocol = made.path / "study.yaml"
    protocol.write_text(protocol.read_text().replace("characteristics:\n", EXTRA, 1))
    frame = pd.DataFrame(
        {
            "pid": [400100020003.0, 400100020004.0, 400100020005.0],
            "age": [97.0, 40.0, 33.0],
            "zip5": [123456789.0, 234567891.0, 345678912.0],
            "v9": [1.0, 2.0, 2.0],
            "att_0": [1.0, 2.0, 1.0],
        }
    )
    path = tmp_path / "clinic_of_dr_marple.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"pid": "Number in the ledger", "att_0": "Seen on 2021-02-03"},
        variable_value_labels={
            "pid": {400100020003.0: "Hercule Poirot"},
            "age": {97.0: "ninety-seven"},
            "att_0": {1.0: "yes", 2.0: "no"},
        },
        variable_format={"pid": "F12.0"},
    )
    patch(path, {}, {"att_0": {"Interviewer": ("Ariadne Oliver",)}, "pid": {"Ledger": ("D:/ledger",)}}, {})
    (tmp_path / "map.yaml").write_text(MAPPING)
    opened = open_study(made.path)
    import_file(opened, path, read_mapping(tmp_path / "map.yaml"))
    return opened


def everything_of(folder: Path) -> str:
    """Put all that the files of a folder hold into one text, compressed parts too."""
    found = []
    for path in sorted(folder.iterdir()):
        found.append(path.read_bytes().decode("utf-8", errors="replace"))
        if path.suffix in (".sav", ".zsav"):
            frame, told = pyreadstat.read_sav(str(path))
            found.append(frame.to_csv() + str(vars(told)))
        elif path.suffix == ".dta":
            frame, told = pyreadstat.read_dta(str(path))
            found.append(frame.to_csv() + str(vars(told)))
        elif path.suffix == ".parquet":
            table = pq.read_table(path)
            found.append(table.to_pandas().to_csv() + table.schema.to_string(truncate_metadata=False))
    return "\n".join(found)


@pytest.mark.parametrize("kind", get_args(Format))
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_safe_harbor_carries_nothing_of_the_file_that_names_a_person(
    telling: Study, out: Out, kind: str, shape: str
) -> None:
    path = out(telling, f"x.{'csv' if kind == 'redcap' else kind}", format=kind, shape=shape, profile="safe-harbor")
    path.with_suffix(".json").unlink()
    held = everything_of(path.parent)
    for secret in (
        "Poirot",
        "400100020003",
        "ninety",
        ",97.0",
        "123456789",
        "Rosedale",
        "Oliver",
        "ledger",
        "2021-02-03",
        "marple",
    ):
        assert secret not in held, secret


def test_limited_leaves_names_attributes_and_postal_codes_of_the_file_out(telling: Study, out: Out) -> None:
    for kind in ("sav", "csv"):
        folder = out(telling, f"x.{kind}", profile="limited", shape="long").parent
        (folder / "x.json").unlink()
        held = everything_of(folder)
        for secret in ("Poirot", "123456789", "Oliver", "D:/ledger", "2021-02-03", "marple"):
            assert secret not in held, secret
        assert "400100020003" in held
        shutil.rmtree(folder)


def test_internal_takes_all_out_as_it_came(telling: Study, out: Out) -> None:
    held = everything_of(out(telling, "x.sav").parent)
    for kept in ("Poirot", "Oliver", "D:/ledger", "123456789", "2021-02-03"):
        assert kept in held


def test_names_of_remission_change_nothing_of_what_is_left_out(telling: Study, out: Out) -> None:
    path = out(telling, "x.csv", profile="safe-harbor", names="remission")
    assert not {"region", "home"} & set(pd.read_csv(path))
