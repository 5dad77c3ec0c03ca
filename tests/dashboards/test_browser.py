"""The dashboard in a real browser: what is drawn, and what the console and the network say."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from remission.cohort import Study
from remission.locate import shipped

pytestmark = pytest.mark.browser
VIEWS = {
    "Overview": "overview",
    "Desk": "desk",
    "Safety": "safety",
    "Signals": "signals",
    "Participant": "participant",
    "Time to relapse": "time_to_relapse",
    "Trajectories": "trajectories",
    "Further questions": "further_questions",
    "Data quality": "data_quality",
    "Queries": "queries",
    "Protocol and imports": "protocol_and_imports",
}

UNDRAWN = ("Desk", "Safety", "Signals", "Queries", "Protocol and imports")


@contextmanager
def served(study: Study) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(shipped("dashboards") / "served.py")]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    environment = {**os.environ, "REMISSION_STUDY": str(study.path)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_healthy(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except urllib.error.HTTPError as error:
            if error.code == 401:
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the dashboard did not start")


@pytest.fixture(scope="module")
def full_address(full: Study) -> Iterator[str]:
    with served(full) as address:
        yield address


@contextmanager
def page_of(browser: Any, address: str) -> Iterator[tuple[Any, list[str], list[str]]]:
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    complaints: list[str] = []
    strangers: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    local = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(local) else strangers.append(r.url))
    page.goto(address)
    yield page, complaints, strangers
    page.close()


def settle(page: Any, title: str) -> None:
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
    page.locator('[data-testid="stStatusWidget"]').wait_for(state="detached", timeout=60_000)


def first_chart(page: Any) -> Any:
    chart = page.locator('[data-testid="stVegaLiteChart"][role="graphics-document"]').first
    chart.locator("svg").wait_for(timeout=60_000)
    return chart


def test_every_view_draws_in_a_browser(browser: Any, full_address: str, tmp_path: Path) -> None:
    with page_of(browser, full_address) as (page, complaints, strangers):
        for title, name in VIEWS.items():
            page.locator('[data-testid="stSidebarNav"]').get_by_text(title, exact=True).click()
            settle(page, title)
            if title in UNDRAWN:
                continue
            if title == "Further questions":
                page.locator('img[alt*="participants were enrolled"]').wait_for(timeout=60_000)
                continue
            chart = first_chart(page)
            assert len(chart.get_attribute("aria-label") or "") > 20
            picture = page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)
            assert len(picture) > 20_000
        assert complaints == []
        assert strangers == []


def test_the_figure_fits_the_page(browser: Any, full_address: str) -> None:
    with page_of(browser, full_address) as (page, _, _):
        page.locator('[data-testid="stSidebarNav"]').get_by_text("Time to relapse", exact=True).click()
        settle(page, "Time to relapse")
        drawn = first_chart(page).locator("svg").bounding_box()
        room = page.locator('[data-testid="stMain"]').bounding_box()
        assert drawn["x"] + drawn["width"] <= room["x"] + room["width"]


def test_an_empty_study_says_what_to_do(browser: Any, empty: Study) -> None:
    with served(empty) as address, page_of(browser, address) as (page, complaints, _):
        settle(page, "Overview")
        page.get_by_text("This study has no participants yet").wait_for(timeout=60_000)
        assert page.locator('[data-testid="stVegaLiteChart"]').count() == 0
        assert complaints == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(browser: Any, full_address: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for title, name in VIEWS.items():
        page.goto(f"{full_address}/{name}")
        settle(page, title)
        page.locator('[data-stale="true"]').first.wait_for(state="detached", timeout=60_000)
        page.wait_for_timeout(1000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, (title, [told(fault) for fault in found.response["violations"]])
    context.close()


def told(fault: dict[str, Any]) -> tuple[str, str]:
    return fault["id"], fault["nodes"][0]["html"][:200]
