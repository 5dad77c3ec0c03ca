"""The PDF: tagged, with alternative texts, and the same for the same results."""

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from remission.errors import StudyError
from remission.questions import StudyResults
from remission.report import write_pdf
from remission.report.names import PLAIN
from remission.report.pdf import typst_source


def parts_of(path: Path) -> bytes:
    """Return the PDF with its packed streams opened."""
    held = path.read_bytes()
    opened = [held]
    for found in re.finditer(rb"stream\r?\n", held):
        try:
            opened.append(zlib.decompressobj().decompress(held[found.end() :]))
        except zlib.error:
            continue
    return b"\n".join(opened)


def test_it_is_tagged_and_every_figure_has_words(results: StudyResults, tmp_path: Path) -> None:
    path = write_pdf(results, tmp_path / "r.pdf")
    assert path.read_bytes().startswith(b"%PDF-")
    held = parts_of(path)
    assert b"/StructTreeRoot" in held
    assert b"pdfuaid" in held
    drawings = typst_source(results, PLAIN, {}).count("#image(")
    assert drawings == 3
    assert held.count(b"/Alt") >= drawings


def test_the_same_results_give_the_same_bytes(results: StudyResults, tmp_path: Path) -> None:
    first, second = (write_pdf(results, tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first == second


def test_words_of_the_study_are_no_instructions(results: StudyResults, tmp_path: Path) -> None:
    hostile = replace(results, title='#panic("x") \\ $ "] ) /* */ <script>', time_origin='day "0" #read("/etc/passwd")')
    path = write_pdf(hostile, tmp_path / "r.pdf")
    assert path.stat().st_size > 10_000
    assert b"root:" not in parts_of(path)


def test_a_failed_writing_leaves_the_old_file(
    results: StudyResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.pdf"
    target.write_bytes(b"old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("remission.report.in_place.os.replace", full_disk)
    with pytest.raises(StudyError, match=r"r\.pdf cannot be written"):
        write_pdf(results, target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.pdf"]
