"""The funder's page in a real browser: access, width, first paint, print, no script and nothing from elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, serving

from remission.cohort import open_study
from remission.releasing import releases_of

pytestmark = pytest.mark.browser
FIRST_PAINT_MS = 3000
PAGES = ("/en/", "/en/1", "/es/1")


@pytest.fixture(scope="module")
def served(frozen_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(releases_of(open_study(frozen_once / "study")), tmp_path_factory.mktemp("log") / "log.txt") as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_are_accessible_at_both_widths_in_both_themes(
    served: Served, browser: Any, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(served.address + path)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, [fault["id"] for fault in found.response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        assert paint < FIRST_PAINT_MS
        assert page.locator("html").get_attribute("lang") == path[1:3]
    assert [url for url in asked if not url.startswith(served.address)] == []
    context.close()


@pytest.mark.parametrize("path", ["/en/1", "/es/1"])
def test_it_prints_on_two_pages(served: Served, browser: Any, path: str) -> None:
    page = browser.new_page()
    page.goto(served.address + path)
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2
    page.close()


def test_absolute_numbers_come_first_and_limits_are_as_large_as_strengths(served: Served, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served.address}/en/1")
    text = page.locator("main").inner_text()
    assert text.index("of 100") < text.index("Hazard ratios")
    assert "Groups chose themselves" in text
    page.close()
    page = browser.new_page()
    page.goto(f"{served.address}/en/1")
    fonts = page.evaluate("[...document.querySelectorAll('.both li')].map(x => getComputedStyle(x).fontSize)")
    assert len(set(fonts)) == 1
    for number, card in enumerate(page.locator(".card").all()):
        told = card.inner_text()
        assert "interview" in told, number
        if card.locator("svg").count():
            filled = card.locator("svg circle.on").count()
            assert filled + card.locator("svg circle.off").count() == 100
            assert f"{filled} of 100 free of" in told
            assert (
                card.locator("svg")
                .get_attribute("aria-label")
                .endswith(f"{filled} of 100 free of use of any substance.")
            )
    page.close()


def test_the_keyboard_reaches_every_table_and_link(served: Served, browser: Any) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 568}).new_page()
    page.goto(f"{served.address}/en/1")
    wanted = page.locator("a, summary, .wide").count()
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("[...document.querySelectorAll('a, summary, .wide')].indexOf(document.activeElement)")
        )
    assert set(range(wanted)) <= reached
    page.close()
