"""The survey in a real browser as a small phone sees it: weight, width, access, keyboard, and a killed server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from visitor import PAGES, link_to

from remission.asking import link_status
from remission.cohort import Study, answers

pytestmark = pytest.mark.browser
MOST_BYTES, MOST_REQUESTS = 15_000, 3
PHONE = {"width": 320, "height": 568}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(study: Study, port: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "remission", "survey", "serve", "--study", str(study.path), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/alive", timeout=1):
                    break
            except OSError:
                assert server.poll() is None, server.communicate()[0]
                time.sleep(0.1)
        yield server
    finally:
        server.kill()
        server.communicate()


def fill(page: Any, number: int) -> None:
    for name, value in PAGES[number].items():
        if name.endswith(".n"):
            page.fill(f'[name="{name}"]', value)
        else:
            page.check(f'[name="{name}"][value="{value}"]')


def press(page: Any) -> None:
    """Press the page's button and wait until the page it leads to stands."""
    with page.expect_navigation():
        page.click("button")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_whole_survey_on_a_small_phone_without_script(study: Study, browser: Any, scheme: str) -> None:
    port = free_port()
    path = link_to(study, "1017")
    with served(study, port):
        context = browser.new_context(viewport=PHONE, color_scheme=scheme)
        page = context.new_page()
        loads: list[Any] = []
        page.on("response", lambda load: loads.append(load))
        plain = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        plain.goto(f"http://127.0.0.1:{port}{path}")
        assert plain.locator("h1").inner_text() == "Questions"
        page.goto(f"http://127.0.0.1:{port}{path}")
        look(page, loads)
        press(page)
        press(page)
        assert page.get_by_role("alert").is_visible()
        look(page, loads)
        for number in PAGES:
            fill(page, number)
            press(page)
            look(page, loads)
        press(page)
        assert page.get_by_text("Your answers are saved.").is_visible()
        look(page, loads)
        context.close()
    assert len(answers(study)) == 20


def look(page: Any, loads: list[Any]) -> None:
    """Weigh the page, measure its width, and let axe judge it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    assert len(loads) <= MOST_REQUESTS, [load.url for load in loads]
    sizes = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    weight = page.evaluate(f"{sizes}.reduce((sum, each) => sum + each.transferSize, 0)")
    assert 0 < weight <= MOST_BYTES
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        "[...document.querySelectorAll('button,label.c,.leave,.back,input[type=text]')]"
        ".filter(x => x.getBoundingClientRect().height < 47.5).map(x => x.outerHTML)"
    )
    assert small == []
    found = axe.Axe().run(page)
    assert found.violations_count == 0, [fault["id"] for fault in found.response["violations"]]
    loads.clear()


def test_the_keyboard_alone_is_enough(study: Study, browser: Any) -> None:
    port = free_port()
    path = link_to(study, "1017")
    with served(study, port):
        page = browser.new_context(viewport=PHONE).new_page()
        page.goto(f"http://127.0.0.1:{port}{path}")
        walk_to(page, "button")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/1$"))
        walk_to(page, '[name="a.meetings_30d.n"]')
        page.keyboard.type("4")
        for name in ("home_group", "sponsor_or_friend", "led_meeting", "service"):
            walk_to(page, f'[name="a.{name}"]')
            page.keyboard.press("Space")
            page.keyboard.press("ArrowDown")
        walk_to(page, "button")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/2$"))
    assert link_status(study).loc[0, "answers"] == 5


def walk_to(page: Any, wanted: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"Tab never reaches {wanted}")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_what_was_said_to_be_saved_outlives_a_killed_server(study: Study, browser: Any) -> None:
    port = free_port()
    path = link_to(study, "1017")
    page = browser.new_context(viewport=PHONE).new_page()
    with served(study, port) as server:
        page.goto(f"http://127.0.0.1:{port}{path}")
        press(page)
        fill(page, 1)
        press(page)
        assert "Answers saved so far: 5." in page.locator("main").inner_text()
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        said = server.stdout.read() if server.stdout else ""
    assert path.rsplit("/", 1)[1] not in said
    with served(study, port):
        page.goto(f"http://127.0.0.1:{port}{path}")
        assert "Answers saved so far: 5." in page.locator("main").inner_text()
