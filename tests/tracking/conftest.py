"""Studies whose people are followed up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from remission.cohort import Study, create_study, open_study

Make = Callable[..., Study]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a study of the template with waves at days 0, 91, 183, 365 and 730, its study.yaml edited."""

    def made(edit: Callable[[str], str] = lambda text: text, name: str = "s") -> Study:
        study = create_study(tmp_path / name, "engagement")
        path = study.path / "study.yaml"
        text = path.read_text()
        text = text[: text.index("\nasking:")] if "\nasking:" in text else text
        path.write_text(edit(text))
        return open_study(tmp_path / name)

    return made
