"""Files that others wrote, and a small file of our own with all that an SPSS file can say."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest


def others_folder(reference: Path, part: str) -> Path:
    folder = reference.parent / "spss" / part
    if not folder.is_dir():
        pytest.skip(f"the folder spss/{part} is not beside the reference data folder")
    return folder


@pytest.fixture(scope="session")
def files_of_others(reference: Path) -> Path:
    """Folder of files that other programs wrote."""
    return others_folder(reference, "files")


@pytest.fixture(scope="session")
def made_files(reference: Path) -> Path:
    """Folder of small files made for tests, damaged ones among them."""
    return others_folder(reference, "made")


@pytest.fixture
def long_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a .sav of many rows: a number, a code with a user-missing one, a text, a date."""

    def write(rows: int = 120_000, name: str = "long.sav", **options: object) -> Path:
        path = tmp_path / name
        frame = pd.DataFrame(
            {
                "pid": [float(row) for row in range(rows)],
                "freq": [float(row % 9 + 1) if row % 7 else None for row in range(rows)],
                "site": [("north", "süd", "")[row % 3] for row in range(rows)],
            }
        )
        pyreadstat.write_sav(frame, str(path), missing_ranges={"freq": [9]}, **options)
        return path

    return write
