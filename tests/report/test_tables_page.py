"""Titled tables as a page."""

import stat
from pathlib import Path

import pandas as pd
import pytest

from remission.errors import StudyError
from remission.report import write_tables

TABLES = [
    ("Values <that> would change", pd.DataFrame({"old_value": [1.0, None], "said": ["<script>", None]})),
    ("Counts", pd.DataFrame({"what": ["rows"], "n": [3]})),
]


def test_a_page_shows_every_cell_and_trusts_none(tmp_path: Path) -> None:
    path = write_tables("Import of a.sav", "Into a study.", TABLES, tmp_path / "new" / "page.html")
    page = path.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Values &lt;that&gt; would change" in page
    assert '<th scope="col" class="number">old value</th>' in page
    assert '<td class="number"></td><td></td>' in page
    assert "http" not in page
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot be written"):
        write_tables("x", "y", TABLES, tmp_path / "file" / "page.html")
