"""Time the dashboard in a real browser: the first paint of a view, and a choice that is changed.

``python tests/benchmark/dashboard.py 10000`` makes a study of so many participants and opens its views in Chromium.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from remission.cli.dashboard import free_port, start, stop, wait_until_it_answers
from remission.cohort import create_study
from remission.simulate import record_simulated

NAMES = ("chromium", "chromium-browser", "google-chrome")
VIEWS = {"Overview": "", "Time to relapse": "time_to_relapse", "Desk": "desk", "Participant": "participant"}
PEOPLE = 10_000
TIMES = 5
WAIT = 120_000


def run(workdir: Path, people: int = PEOPLE) -> list[dict[str, object]]:
    """Time views of a study of so many participants; nothing where no Chromium is installed."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        return []
    from playwright.sync_api import sync_playwright

    study = create_study(workdir / f"dashboard-{people}", "engagement")
    record_simulated(study, people, 2026)
    port = free_port(8700)
    process = start(study.path, port, headless=True)
    rows: list[dict[str, object]] = []
    try:
        address = wait_until_it_answers(process, port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for what in ("cold", "warm"):
                for title, path in VIEWS.items():
                    took = _timed(lambda path=path, title=title: _open(page, f"{address}/{path}", title))
                    rows.append({"case": f"dashboard, {people} people, {title}, {what}", "ours_s": took})
            took = _changed(page, address)
            rows.append({"case": f"dashboard, {people} people, a changed choice, warm", "ours_s": took})
            browser.close()
    finally:
        stop(process)
    return rows


def _timed(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _open(page: Any, address: str, title: str) -> None:
    page.goto(address)
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=WAIT)
    _settled(page)


def _settled(page: Any) -> None:
    page.locator('[data-testid="stStatusWidget"]').wait_for(state="detached", timeout=WAIT)
    page.locator('[data-stale="true"]').first.wait_for(state="detached", timeout=WAIT)


def _changed(page: Any, address: str) -> float:
    """Go to and fro between two values of the view's first choice; return the median of the later ones."""
    _open(page, f"{address}/time_to_relapse", "Time to relapse")
    where = '[data-testid="stMain"] [data-testid="stButtonGroup"] button'
    choices = page.locator(where)
    for place in (1, 0):
        choices.nth(place).click()
        page.wait_for_timeout(300)
        _settled(page)
    took = []
    for place in range(TIMES):
        took.append(_timed(lambda place=place: _click(page, choices.nth((place + 1) % 2))))
    return sorted(took)[TIMES // 2]


def _click(page: Any, choice: Any) -> None:
    before = page.locator('[data-testid="stMain"]').inner_text()
    choice.click()
    other = "text => document.querySelector('[data-testid=stMain]').innerText !== text"
    page.wait_for_function(other, arg=before, timeout=WAIT)
    _settled(page)


def main() -> None:
    """Print the times."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with tempfile.TemporaryDirectory() as folder:
        for row in run(Path(folder), people):
            sys.stdout.write(f"{row['case']}: {row['ours_s']:.2f} s\n")


if __name__ == "__main__":
    main()
