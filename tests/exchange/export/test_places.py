"""What an export may replace: an earlier export of the study, and nothing that somebody else made."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remission.cohort import Study
from remission.exchange.export import ExportRefused, ExportRequest, export, plan_export

Out = Callable[..., Path]


def test_a_file_of_somebody_else_is_replaced_only_on_request(study: Study, out: Out, tmp_path: Path) -> None:
    place = tmp_path / "out" / "x.csv"
    place.parent.mkdir()
    place.write_text("a colleague's table")
    with pytest.raises(ExportRefused, match=r"x\.csv is there already, and it is not as this study exported it"):
        out(study, "x.csv")
    assert [each.name for each in place.parent.iterdir()] == ["x.csv"]
    assert place.read_text() == "a colleague's table"
    assert out(study, "x.csv", replace=True).read_text().startswith("participant_id")


def test_an_export_that_was_edited_is_somebody_elses(study: Study, out: Out) -> None:
    path = out(study, "x.csv")
    path.write_text(path.read_text() + "007,added\r\n")
    with pytest.raises(ExportRefused, match="not as this study exported it"):
        out(study, "x.csv")


def test_syntax_that_stands_beside_is_not_overwritten(study: Study, out: Out, tmp_path: Path) -> None:
    mine = tmp_path / "out" / "x.sps"
    mine.parent.mkdir()
    mine.write_text("FREQUENCIES ALL.")
    with pytest.raises(ExportRefused, match=r"x\.sps would go beside x\.sav"):
        out(study, "x.sav")
    assert mine.read_text() == "FREQUENCIES ALL."


def test_two_formats_do_not_share_one_codebook(study: Study, out: Out) -> None:
    first = out(study, "x.csv")
    held = first.with_name("x_map.yaml").read_text()
    with pytest.raises(ExportRefused, match=r"belongs to x\.csv, and would be that of x\.dta"):
        out(study, "x.dta")
    assert first.with_name("x_map.yaml").read_text() == held


@pytest.mark.parametrize("name", ["cohort.db", "cohort.db-wal", "study.yaml", "mappings/help.csv"])
def test_the_study_itself_is_never_written_over(study: Study, name: str) -> None:
    before = {each: each.read_bytes() for each in study.path.rglob("*") if each.is_file()}
    with pytest.raises(ExportRefused, match="belongs to the study itself"):
        export(study, ExportRequest(study.path / name, format="csv", replace=True))
    assert {each: each.read_bytes() for each in study.path.rglob("*") if each.is_file()} == before


def test_what_is_no_ordinary_file_is_refused(study: Study, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(ExportRefused, match="is no ordinary file"):
        plan_export(study, ExportRequest(pipe, format="csv", replace=True))
    with pytest.raises(ExportRefused, match="is a folder"):
        plan_export(study, ExportRequest(tmp_path, format="csv", replace=True))
    with pytest.raises(ExportRefused, match="is a folder"):
        ExportRequest(Path(), format="csv")


@pytest.mark.parametrize(
    ("name", "said"),
    [("x.sps", "is the name of the file that goes beside the data"), (f"{'n' * 260}.sav", "cannot be written")],
)
def test_names_that_cannot_be_are_refused(study: Study, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ExportRefused, match=said):
        plan_export(study, ExportRequest(tmp_path / name))


def test_a_wave_that_nobody_answered_is_said(study: Study, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"waves": ("month_24",), "instruments": ("audit",)}
    said = plan_export(study, ExportRequest(tmp_path / "x.sav", **asked)).remarks
    assert "There are no answers at wave month_24." in said
    assert "There are no answers of audit." in said


def test_what_a_killed_export_left_is_taken_away_by_the_next(study: Study, out: Out, tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from remission.exchange.export.in_place import drafts_beside\n"
        "with drafts_beside(Path(sys.argv[1]), str) as drafts:\n"
        "    drafts.text(Path(sys.argv[1]), 'a12'); drafts.text(Path(sys.argv[1]).with_suffix('.sps'), 'a12')\n"
        "    os._exit(9)\n"
    )
    folder = tmp_path / "out"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", script, str(folder / "x.sav")], check=False)
    assert len([each for each in folder.iterdir() if each.name.startswith(".x-")]) == 2
    out(study, "x.sav")
    assert not [each for each in folder.iterdir() if each.name.startswith(".")]
