"""Fixtures that every room's tests may use."""

from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of real data sets and stored R results, or a skip that says so."""
    if not REFERENCE.is_dir():
        pytest.skip("the reference data folder ../shared/reference is not beside this checkout")
    return REFERENCE
