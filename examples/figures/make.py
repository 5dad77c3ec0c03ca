"""Make the three figures of the README from the demo study.

Usage: ``python examples/figures/make.py DEMO_STUDY_FOLDER``. The second needs Chromium on the path and the
test extra (``python -m pip install -e '.[test]'``).
"""

import shutil
import sys
import threading
from io import BytesIO
from pathlib import Path

import altair as alt
import uvicorn
import vl_convert
from PIL import Image
from playwright.sync_api import sync_playwright

from remission.asking import invite, revoke, survey_app
from remission.cli.dashboard import free_port, start, stop, wait_until_it_answers
from remission.cohort import open_study, participants
from remission.questions import compare_groups
from remission.report import curve_chart, names_of

HERE = Path(__file__).resolve().parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def draw_curve(folder: Path) -> None:
    """Draw time to first use by group, as the dashboard shows it."""
    study = open_study(folder)
    chart = curve_chart(compare_groups(study, "group").curve, names=names_of(study.protocol))
    picture = vl_convert.vegalite_to_png(chart.to_dict(), vl_version=VERSION, scale=1.5)
    (HERE / "time_to_first_use.png").write_bytes(picture)


def photograph_dashboard(folder: Path) -> None:
    """Take a picture of the dashboard's main view."""
    port = free_port(8750)
    server = start(folder, port, headless=True)
    try:
        address = wait_until_it_answers(server, port)
        with sync_playwright() as browsers:
            browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_page(viewport={"width": 1280, "height": 940})
            page.goto(f"{address}/time_to_relapse")
            page.wait_for_selector('[role="graphics-document"], .vega-embed svg, .vega-embed canvas', timeout=60_000)
            page.wait_for_timeout(3_000)
            page.screenshot(path=HERE / "dashboard.png")
            browser.close()
    finally:
        stop(server)


def photograph_survey(folder: Path) -> None:
    """Take a picture of two pages of the survey, side by side, as a small phone shows them."""
    study = open_study(folder)
    who = participants(study)["participant_id"].iloc[0]
    questions, port = survey_app(study), free_port(8760)
    token = invite(study, "month_3", [who])["token"].iloc[0]
    server = uvicorn.Server(uvicorn.Config(questions, port=port, access_log=False, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    try:
        with sync_playwright() as browsers:
            browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_page(viewport={"width": 320, "height": 640}, device_scale_factor=1.5)
            shots = []
            for place in ("", "/2"):
                page.goto(f"http://127.0.0.1:{port}/q/{token}{place}")
                shots.append(Image.open(BytesIO(page.screenshot())))
            browser.close()
        both = Image.new("RGB", (shots[0].width * 2 + 24, shots[0].height), "#777777")
        both.paste(shots[0], (0, 0))
        both.paste(shots[1], (shots[0].width + 24, 0))
        both.save(HERE / "survey.png", optimize=True)
    finally:
        server.should_exit = True
        revoke(study, who)


if __name__ == "__main__":
    draw_curve(Path(sys.argv[1]))
    photograph_dashboard(Path(sys.argv[1]))
    photograph_survey(Path(sys.argv[1]))
