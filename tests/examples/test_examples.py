"""The numbered scripts run, and print what their opening prose expects."""

import ast
import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))


def printed(name: str, where: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(where)
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_example_runs_and_leaves_nothing_behind(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(script.name, tmp_path, monkeypatch, capsys).strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_example_opens_with_what_is_simulated_and_expected(script: Path) -> None:
    opening = ast.get_docstring(ast.parse(script.read_text())) or ""
    assert "imulated" in opening
    assert "Expected:" in opening


def test_the_numbers_have_no_hole() -> None:
    assert [int(path.name[:2]) for path in SCRIPTS] == list(range(1, len(SCRIPTS) + 1))


def test_scores_are_those_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed("01_instruments.py", tmp_path, monkeypatch, capsys).splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines[-3:]}
    assert rows == {"first": ["6.0", "4", "4"], "second": ["NaN", "3", "4"], "third": ["1.0", "4", "4"]}


def test_a_cohort_shrinks_and_is_recorded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed("02_cohort.py", tmp_path, monkeypatch, capsys)
    seen = [int(count) for count in re.findall(r"^  (?:baseline|month_\d+) +(\d+)$", text, flags=re.MULTILINE)]
    assert seen[0] == 200
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < 200
    assert "Second time: Nothing changed" in text


def test_outcomes_are_those_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed("03_outcomes.py", tmp_path, monkeypatch, capsys)
    rows = dict(re.findall(r"^ *(\w+) +([\d.]+ +[01]) ", text, flags=re.MULTILINE))
    found = {who: [float(number) for number in row.split()] for who, row in rows.items()}
    assert found == {
        "first": [50, 1],
        "second": [0, 1],
        "third": [180, 0],
        "fourth": [90, 0],
        "fifth": [20, 0],
    }
    assert "Left out: 1" in text


def test_cutting_changes_neither_events_nor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed("04_tables.py", tmp_path, monkeypatch, capsys)
    counts = re.findall(r"(\d+) rows +(\d+) events +(\d+) days", text)
    assert len(counts) == 2
    assert int(counts[0][0]) < int(counts[1][0])
    assert counts[0][1:] == counts[1][1:]
    assert "Refused. 'involvement@month_6'" in text


def test_the_interval_holds_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed("05_estimates.py", tmp_path, monkeypatch, capsys)
    rows = re.findall(r"^  (\S+) +[\d.]+ \(([\d.]+) to ([\d.]+)\)$", text, flags=re.MULTILINE)
    assert len(rows) == 5
    for term, low, high in rows:
        assert float(low) < (0.8 if term == "involvement" else 1.0) < float(high), term


def test_a_survey_is_handed_in_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed("07_asking.py", tmp_path, monkeypatch, capsys)
    assert text.count("5 pages") == 2
    assert "Before handing in: {'state': 'open', 'answers': 20}" in text
    assert "After handing in:  {'state': 'finished', 'answers': 0}" in text
    assert "20 answers, declined: ['ties']" in text
