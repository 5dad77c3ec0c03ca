"""Studies and entries for the tests of the cohort room."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import Entries, Study, create_study
from remission.cohort.schema import METADATA
from remission.survey.library import instrument

Answers = Callable[..., pd.DataFrame]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "follow-up")


@pytest.fixture(scope="session")
def ces_d_answers() -> Answers:
    """Build a frame of CES-D answers from rows of participant, wave, day, item, value, reason."""
    version = instrument("ces_d").version

    def build(*rows: tuple[str, str, float | None, str, float | None, str | None]) -> pd.DataFrame:
        columns = ["participant_id", "wave", "day", "item", "value", "missing_reason"]
        return pd.DataFrame(list(rows), columns=columns).assign(instrument="ces_d", version=version)

    return build


@pytest.fixture
def entries(ces_d_answers: Answers) -> Entries:
    """Two participants with one fact of every kind; participant 3 is known from an answer alone."""
    return Entries(
        participants=pd.DataFrame(
            [("1", "north", "clinic", "2024-03-01"), ("2", None, "control", None)],
            columns=["participant_id", "site", "arm", "origin_date"],
        ),
        characteristics=pd.DataFrame(
            [
                ("1", "age", 37, None),
                ("1", "sex", 2, None),
                ("2", "sex", "male", None),
                ("2", "age", None, "refused"),
            ],
            columns=["participant_id", "name", "value", "missing_reason"],
        ),
        answers=ces_d_answers(
            ("1", "baseline", 0, "item1", 2, None),
            ("1", "baseline", 0, "item2", None, "refused"),
            ("1", "month_6", 190, "item1", 0, None),
            ("3", "baseline", None, "item1", 3, None),
        ),
        affiliations=pd.DataFrame(
            [("1", "twelve_step", 0, 40, True), ("1", "smart", 41, None, True)],
            columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"],
        ),
        use_reports=pd.DataFrame(
            [("1", "any", 0, 29, "abstinent", "interview"), ("1", "any", 30, 30, "used", "interview")],
            columns=["participant_id", "substance", "start_day", "end_day", "state", "source"],
        ),
        calendar_days=pd.DataFrame(
            [("1", 31, "alcohol", "tlfb", 0), ("1", 32, "alcohol", "tlfb", 2.5)],
            columns=["participant_id", "day", "substance", "source", "quantity"],
        ),
        drug_tests=pd.DataFrame(
            [("1", 14, "opioids", "urine", "negative")],
            columns=["participant_id", "day", "substance", "specimen", "result"],
        ),
        sobriety_dates=pd.DataFrame(
            [("2", 90, "any", 12)], columns=["participant_id", "reported_day", "substance", "since_day"]
        ),
        status_events=pd.DataFrame([("2", "death", 300)], columns=["participant_id", "kind", "day"]),
    )


@pytest.fixture
def dump() -> Callable[[Study], list[str]]:
    """Everything a study's database holds, row by row."""

    def everything(study: Study) -> list[str]:
        with study.engine.connect() as connection:
            return [
                f"{name} {row}"
                for name, table in sorted(METADATA.tables.items())
                for row in sorted(map(repr, connection.execute(table.select()).all()))
            ]

    return everything
