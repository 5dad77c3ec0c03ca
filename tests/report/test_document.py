"""The report: whole, self-contained, accessible, and in its place only when complete."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from remission.errors import StudyError
from remission.questions import Problem, StudyResults
from remission.report import write_report

MIXED = "depression ~ months + (1 | participant_id)"


class Page(HTMLParser):
    """Collects what the tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "rect", "path", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def text(results: StudyResults, means: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = write_report(results, tmp_path_factory.mktemp("report") / "r.html", means={MIXED: means})
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_asks_nothing_of_anyone(text: str, page: Page) -> None:
    assert page.all("script") == page.all("link") == page.all("iframe") == page.all("img") == []
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert all((attrs.get("href") or "#").startswith("#") for attrs in page.all("a"))
    outside = re.findall(r"https?://[^\s\"'<)]+", text)
    assert {address for address in outside if "www.w3.org" not in address} == set()
    assert not re.search(r"\son\w+=", text)


def test_it_says_what_it_is_about(text: str) -> None:
    assert "Recovery &lt;after&gt; treatment &amp; beyond" in text
    for words in (
        "Internal report.",
        "The event is the first day of any reported use",
        "the day treatment ended",
        "revision 3-3-0-abc",
        "Kaplan and Meier 1958",
        "ties: efron",
        "40 participants, 40 rows",
        "3: age is missing",
        "Check failed, converged: The partial likelihood did not settle.",
        "The arm of nobody is known. Import it.",
        "remission 0.",
        "pandas 2.",
    ):
        assert words in text, words


def test_every_figure_has_a_title_a_description_and_a_table(page: Page, text: str) -> None:
    figures = page.all("figure")
    drawings = [attrs for attrs in page.all("svg") if attrs.get("role") == "img"]
    assert len(figures) == len(drawings) == 4
    for attrs in drawings:
        for name in (attrs.get("aria-labelledby") or "").split():
            assert re.search(rf'<(title|desc) id="{name}">[^<]{{3,}}<', text), name
    for part in text.split("<section")[1:]:
        assert ("<figure" not in part) or ("<table>" in part)


def test_ids_are_unique_and_references_hold(page: Page, text: str) -> None:
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:href="#|url\(#)([^")]+)', text):
        assert target in ids


def test_tables_have_captions_and_scopes(page: Page) -> None:
    assert len(page.all("table")) == len(page.all("caption")) > 5
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.all("th"))


def test_headings_and_language(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.open == []


def test_print_and_dark_are_provided_for(text: str) -> None:
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
    drawn = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', text.split("<body>")[1]))
    restyled = set(re.findall(r'\[fill="(#[0-9A-Fa-f]{6})"\]', text))
    assert drawn
    assert drawn <= restyled


def test_a_report_without_data_is_still_a_report(tmp_path: Path, results: StudyResults) -> None:
    nothing = Problem("No participant has an outcome. Import data first.")
    bare = StudyResults(
        title="Empty",
        time_origin="day 0",
        revision="0",
        definition=results.definition,
        follow_up=results.follow_up.assign(due=0, answered=0, rate=float("nan")),
        times=results.times,
        first_use=nothing,
        by={"group": nothing},
        cox={"age": nothing},
        over_time={},
        trajectories={MIXED: nothing},
    )
    text = write_report(bare, tmp_path / "empty.html").read_text(encoding="utf-8")
    assert text.count("No participant has an outcome. Import data first.") == 4
    assert "No interview is due yet." in text


def test_a_failed_writing_leaves_the_old_report_and_nothing_else(
    results: StudyResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("the old one")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("remission.report.in_place.os.replace", full_disk)
    monkeypatch.setattr("remission.report.document.render", lambda *_: "<html></html>")
    with pytest.raises(StudyError, match=r"report\.html cannot be written \(No space left on device\)"):
        write_report(results, target)
    assert target.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_only_the_owner_can_read_it(results: StudyResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remission.report.document.render", lambda *_: "<html></html>")
    path = write_report(results, tmp_path / "new" / "report.html")
    assert path.stat().st_mode & 0o077 == 0
