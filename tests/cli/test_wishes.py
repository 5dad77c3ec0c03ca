"""What participants no longer want, from the command line."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import terminal

from remission.cohort import open_study, participants, permission, stops


def done(*words: object) -> str:
    return terminal.done(*map(str, words), cwd=Path.cwd())


def run(*words: object) -> terminal.Said:
    return terminal.run(*map(str, words), cwd=Path.cwd())


PEOPLE = "participant_id,origin_date\n1017,2026-08-01\n1018,2026-09-01\n"


@pytest.fixture
def alumni(tmp_path: Path) -> Path:
    done("new", tmp_path / "alumni", "--template", "engagement")
    (tmp_path / "people.csv").write_text(PEOPLE)
    done("record", tmp_path / "people.csv", "--study", tmp_path / "alumni", "--as", "people")
    return tmp_path / "alumni"


def test_a_stop_and_its_end(alumni: Path) -> None:
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    args = ("--study", alumni, "--participant", "1017", "--why", "asked")
    said = done("stop", "contact", *args, "--from", yesterday)
    assert "Nobody contacts them any more" in said
    assert permission(open_study(alumni), "contact").refused == {"1017"}
    assert "stopped before" in done("stop", "contact", *args)
    refused = run(
        "survey",
        "invite",
        "--study",
        alumni,
        "--wave",
        "month_3",
        "--participant",
        "1017",
        "--address",
        "http://127.0.0.1:8600",
        "--out",
        alumni.parent / "links.csv",
    )
    assert refused.returncode != 0
    assert "not to be contacted" in refused.stderr
    assert "Lifted" in done("resume", "contact", *args)
    assert permission(open_study(alumni), "contact").refused == frozenset()
    assert len(stops(open_study(alumni))) == 1


def test_use_stops_from_now_on_and_the_past_is_not_forgotten(alumni: Path) -> None:
    done("stop", "use", "--study", alumni, "--participant", "1018", "--why", "by letter")
    assert participants(open_study(alumni))["participant_id"].tolist() == ["1017"]
    assert "1 asked that their data be used no more" in done("analyze", "--study", alumni)
    refused = run("resume", "use", "--study", alumni, "--participant", "1018", "--why", "a mistake")
    assert "remission undo" in refused.stderr
    shown = done("audit", "show", "--study", alumni)
    assert "by letter" in shown


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("stop", "contact", "--participant", "99", "--why", "x"), "No participant has the code 99"),
        (("stop", "use", "--participant", "1017"), "No reason is given"),
        (("stop", "use", "--participant", "1017", "--why", "x", "--from", "1.1.2026"), "is no date"),
        (("resume", "use", "--participant", "1017", "--why", "x"), "No stop of use is in force"),
        (("erase", "--participant", "99", "--why", "x", "--yes"), "No participant has the code 99"),
        (("erase", "--participant", "1017", "--yes"), "No reason is given"),
        (("consent", "withdraw", "--participant", "1017", "--why", "x"), "has no such consent"),
        (("audit", "verify", "--noted", "zzz"), "is no entry"),
        (("analyze", "--as-of", "yesterday"), "is no date"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(alumni: Path, command: tuple[str, ...], said: str) -> None:
    before = (alumni / "cohort.db").read_bytes()
    outcome = run(*command, "--study", alumni)
    assert outcome.returncode == 2
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert (alumni / "cohort.db").read_bytes() == before


def test_an_erased_person_is_gone_and_the_trail_holds(alumni: Path) -> None:
    head = done("audit", "head", "--study", alumni).strip()
    args = ("--study", alumni, "--participant", "1018", "--why", "in writing")
    assert "nothing was erased" in done("erase", *args, "--dry-run")
    assert "Erased" in done("erase", *args, "--yes")
    assert participants(open_study(alumni))["participant_id"].tolist() == ["1017"]
    assert "holds" in done("audit", "verify", "--study", alumni, "--noted", head)
    wrong = run("audit", "verify", "--study", alumni, "--noted", "1:" + "0" * 64)
    assert wrong.returncode == 1
    assert "cut off or made anew" in wrong.stdout


def test_data_as_they_stood(alumni: Path, tmp_path: Path) -> None:
    before = (date.today() - timedelta(days=1)).isoformat()
    refused = run("export", "--study", alumni, "--out", tmp_path / "then.csv", "--as-of", before)
    assert "no participants to export" in refused.stderr
    done("export", "--study", alumni, "--out", tmp_path / "now.csv", "--as-of", date.today().isoformat())
    assert (tmp_path / "now.csv").read_text(encoding="utf-8-sig").count("\n") == 3
