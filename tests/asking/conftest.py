"""A study that asks two participants."""

from pathlib import Path

import pandas as pd
import pytest
from visitor import TODAY, Client, link_to

from remission.asking import survey_app
from remission.cohort import BatchInfo, Entries, Study, create_study, record


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study", "engagement")
    people = pd.DataFrame(
        {"participant_id": ["1017", "1018"], "site": None, "arm": None, "origin_date": ["2024-03-01", None]}
    )
    record(made, Entries(participants=people), BatchInfo("form"))
    return made


@pytest.fixture
def client(study: Study) -> Client:
    return Client(survey_app(study, today=lambda: TODAY))


@pytest.fixture
def path(study: Study) -> str:
    return link_to(study, "1017")
