"""How soon a person on a slow line sees the first heading of the survey."""

import shutil
import statistics
import threading
from pathlib import Path

import pandas as pd

LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
ROUNDS = 5


def run(workdir: Path) -> list[dict[str, object]]:
    """Time the first heading at 400 kbit/s and 400 ms; nothing where there is no browser."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if browser is None:
        return []
    address, stop = _served(workdir)
    seconds = []
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            for _ in range(ROUNDS):
                page = chromium.new_context(viewport={"width": 320, "height": 568}).new_page()
                page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
                page.goto(address)
                paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                page.wait_for_function(f"{paint} > 0")
                seconds.append(page.evaluate(paint) / 1000)
            chromium.close()
    finally:
        stop()
    return [{"case": "survey, first heading at 400 kbit/s and 400 ms", "ours_s": statistics.median(seconds)}]


def _served(workdir: Path):  # type: ignore[no-untyped-def]
    import uvicorn

    from remission.asking import invite, survey_app
    from remission.cohort import BatchInfo, Entries, create_study, record

    study = create_study(workdir / "asking", "engagement")
    people = pd.DataFrame({"participant_id": ["1"], "site": None, "arm": None, "origin_date": None})
    record(study, Entries(participants=people), BatchInfo("form"))
    token = invite(study, "baseline")["token"].iloc[0]
    server = uvicorn.Server(uvicorn.Config(survey_app(study), port=8699, access_log=False, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return f"http://127.0.0.1:8699/q/{token}/1", stop
