import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import typer
from typer.testing import CliRunner, Result

from remission.cli.profile import profile
from remission.errors import RemissionError
from remission.exchange.mapping import read_mapping

app = typer.Typer()
app.command()(profile)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "pid": ["007", "7", "012"],
            "email": ["ada@example.org", "bob@example.org", "eve@example.org"],
            "mood_t1": [1.0, 2.0, 9.0],
            "mood_t2": [2.0, 2.0, 1.0],
            "note": ["x", "y", "z"],
        }
    )
    path = tmp_path / "small.sav"
    labels = {1.0: "good", 2.0: "bad", 9.0: "Refused"}
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"mood_t1": labels, "mood_t2": labels})
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "80"})


def test_the_summary_says_what_is_there_what_is_odd_and_what_it_asks(small: Path) -> None:
    found = run(small)
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert "3 rows x 5 variables" in said
    assert "The id is likely pid" in said
    assert "'007', '7' in rows 1, 2" in said
    assert "_t1, _t2 (wave)" in said
    assert "missing: {9: refused}?" in said
    assert "email: an e-mail address." in said
    assert "example.org" not in said
    assert len(found.output.splitlines()) <= 40
    assert max(len(line) for line in found.output.splitlines()) <= 80


def test_variables_are_listed_by_pattern(small: Path) -> None:
    assert "mood_t1" in run(small, "--variables", "MOOD*").output
    refused = run(small, "--variables", "nothing*")
    assert isinstance(refused.exception, RemissionError)


def test_json_is_all_that_stands_on_standard_output(small: Path) -> None:
    told = json.loads(run(small, "--json").stdout)
    assert (told["rows"], told["id"]["variable"], told["id"]["n_variants"]) == (3, "pid", 1)
    assert told["waves"][0]["families"][0]["variables"] == ["mood_t1", "mood_t2"]
    assert {row["variable"]: row["valid"] for row in told["variables"]}["mood_t1"] == 3


def test_a_mapping_is_written_once_and_never_over_another(small: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "proposed.yaml"
    assert run(small, "--map", wanted).exit_code == 0
    written = wanted.read_text(encoding="utf-8")
    assert list(read_mapping(wanted).open_lines())
    again = run(small, "--map", wanted)
    assert isinstance(again.exception, RemissionError)
    assert wanted.read_text(encoding="utf-8") == written
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_page_holds_everything_and_asks_nothing_of_others(small: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "page.html"
    assert run(small, "--html", wanted).exit_code == 0
    page = wanted.read_text(encoding="utf-8")
    assert "mood_t1" in page
    assert "<script" not in page
    assert not [call for call in ("src=", "href=", "url(", "@import") if call in page]
    assert "example.org" not in page


def test_a_damaged_file_is_refused_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sav"
    broken.write_bytes(b"$FL2" + b"\0" * 300)
    assert isinstance(run(broken).exception, RemissionError)


def test_the_docstring_has_an_example() -> None:
    assert "Example: remission profile " in (profile.__doc__ or "")
