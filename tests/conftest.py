"""Fixtures that every room's tests may use."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of real data sets and stored R results, or a skip that says so."""
    if not REFERENCE.is_dir():
        pytest.skip("the reference data folder ../shared/reference is not beside this checkout")
    return REFERENCE


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(NAMES)})")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def on_a_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where REMISSION_TEST_POSTGRESQL names a server, keep every study there, each in a schema of its own."""
    address = os.environ.get("REMISSION_TEST_POSTGRESQL")
    if not address or request.node.get_closest_marker("sqlite_only"):
        yield
        return
    from sqlalchemy import URL, Engine, create_engine, make_url

    from remission.cohort import engine, study

    server = create_engine(make_url(address), isolation_level="AUTOCOMMIT")
    made: set[str] = set()

    def default_url(path: Path) -> URL:
        schema = "s" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:20]
        if schema not in made:
            made.add(schema)
            with server.connect() as connection:
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        return make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})

    opened: list[Engine] = []
    real = engine.make_engine

    def remembered(url: URL, foreign_keys: bool = True) -> Engine:
        opened.append(real(url, foreign_keys))
        return opened[-1]

    monkeypatch.setattr(engine, "make_engine", remembered)
    monkeypatch.setattr(study, "default_url", default_url)
    yield
    for held in opened:
        held.dispose()
    engine._cached_engine.cache_clear()
    with server.connect() as connection:
        for schema in made:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    server.dispose()
