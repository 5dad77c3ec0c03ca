"""A study with a release that was frozen, made once; tests that change it work on a copy."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from served import CANARY, CANARY_DATE, CANARY_NAME, CANARY_SITE

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.releasing import (
    Draft,
    ReleasePlan,
    add_signer,
    freeze,
    keep_draft,
    make_draft,
    read_plan,
    releases_of,
    sign_draft,
)
from remission.releasing.plan import TEMPLATE
from remission.simulate import record_simulated
from remission.vault import create_vault, new_key

PLAN = TEMPLATE
SIGNERS = ("study lead", "data manager")
DAY = date(2026, 1, 15)


@pytest.fixture(scope="session")
def plan() -> ReleasePlan:
    return read_plan(PLAN)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory, plan: ReleasePlan) -> tuple[Path, Draft]:
    """Return a folder with a study whose first release is drafted, and two signing keys."""
    folder = tmp_path_factory.mktemp("releases")
    study = create_study(folder / "study", "engagement")
    record_simulated(study, 240, 11)
    canary = pd.DataFrame([{"participant_id": CANARY, "site": CANARY_SITE, "arm": None, "origin_date": CANARY_DATE}])
    record(study, Entries(participants=canary), BatchInfo("form"))
    create_vault(study, new_key(folder / "vault.key", study.path)).put(CANARY, {"name": CANARY_NAME}, [])
    for name in SIGNERS:
        add_signer(releases_of(study), name, folder / f"{name[0]}.key")
    made = make_draft(study, plan, DAY)
    keep_draft(study, made)
    return folder, made


@pytest.fixture
def drafted(first: tuple[Path, Draft], tmp_path: Path) -> tuple[Path, Study]:
    folder = tmp_path / "copy"
    shutil.copytree(first[0], folder)
    return folder, open_study(folder / "study")


@pytest.fixture(scope="session")
def frozen_once(first: tuple[Path, Draft], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frozen") / "copy"
    shutil.copytree(first[0], folder)
    study = open_study(folder / "study")
    places = releases_of(study)
    draft = places.drafts / "release-0001"
    for name in SIGNERS:
        sign_draft(places, draft, folder / f"{name[0]}.key")
    freeze(study, 1, DAY)
    return folder


@pytest.fixture
def frozen(frozen_once: Path, tmp_path: Path) -> tuple[Path, Study]:
    folder = tmp_path / "copy"
    shutil.copytree(frozen_once, folder)
    return folder, open_study(folder / "study")
