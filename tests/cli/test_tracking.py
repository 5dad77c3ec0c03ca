"""The week's work, attempts, dispositions and amendments as a person types them."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from terminal import done, run

TODAY = date.today()
IN_STUDY = ("--study", "alumni")
WEEK = ("--week", TODAY.isoformat())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done("new", "alumni", "--template", "engagement", cwd=tmp_path)
    began = (TODAY - timedelta(days=91), TODAY - timedelta(days=10))
    rows = "".join(f"{code},{day}\n" for code, day in zip(("1017", "1018"), began, strict=True))
    (tmp_path / "people.csv").write_text(f"participant_id,origin_date\n{rows}")
    done("record", "people.csv", *IN_STUDY, "--as", "people", cwd=tmp_path)
    return tmp_path


def log(home: Path, *more: str) -> str:
    words = ("--participant", "1017", "--channel", "phone", "--outcome", "left_message", "--wave", "month_3")
    return done("contact", "log", *IN_STUDY, *words, *more, cwd=home)


def test_an_attempt_shows_in_the_weeks_work(home: Path) -> None:
    assert log(home) == "Noted."
    told = done("due", *IN_STUDY, *WEEK, "--csv", "week.csv", "--ics", "week.ics", cwd=home)
    assert "codes alone" in told
    week = pd.read_csv(home / "week.csv", dtype=str).set_index(["participant_id", "wave"])
    assert week.loc[("1017", "month_3"), "last_outcome"] == "left_message"
    assert week.loc[("1018", "baseline"), "attempts"] == "0"
    assert (home / "week.csv").stat().st_mode & 0o077 == 0
    calendar = (home / "week.ics").read_text()
    assert calendar.count("BEGIN:VEVENT") == len(week)
    assert "left message" in done("contact", "list", *IN_STUDY, "--participant", "1017", cwd=home).replace("_", " ")


def test_the_same_attempt_twice_is_one_unless_the_time_differs(home: Path) -> None:
    log(home, "--time", "09:00")
    assert "noted before" in log(home, "--time", "09:00")
    assert log(home, "--time", "17:30") == "Noted."
    listed = run("contact", "list", *IN_STUDY, "--participant", "1017", cwd=home).stdout
    assert listed.count("left_message") == 2


def test_nobody_who_asked_to_be_left_alone_is_in_the_weeks_work(home: Path) -> None:
    done("stop", "contact", *IN_STUDY, "--participant", "1017", "--why", "asked", cwd=home)
    told = done("due", *IN_STUDY, *WEEK, cwd=home)
    assert "1018" in told
    assert "1017" not in told


def test_dispositions_count_everybody_at_every_wave(home: Path) -> None:
    done("dispositions", *IN_STUDY, "--csv", "dispositions.csv", cwd=home)
    found = pd.read_csv(home / "dispositions.csv")
    assert (found.groupby("wave").size() == 2).all()
    assert set(found.loc[~found["due"], "disposition"]) == {"not_yet_due"}


def test_incentives_are_summed(home: Path) -> None:
    rows = f"1017,month_3,{TODAY},gift_card,2500,USD\n1018,baseline,{TODAY},gift_card,1050,USD\n"
    (home / "given.csv").write_text(f"participant_id,wave,given_on,form,amount,currency\n{rows}")
    done("record", "given.csv", *IN_STUDY, "--as", "incentives", cwd=home)
    told = done("incentives", *IN_STUDY, cwd=home)
    assert "gift_card" in told


def amended(home: Path) -> None:
    text = (home / "alumni" / "study.yaml").read_text()
    protocol = yaml.safe_load(text)
    wave = next(one for one in protocol["waves"] if one["name"] == "month_3")
    wave["day"] = int(wave["day"]) + 10
    (home / "new.yaml").write_text(yaml.safe_dump(protocol, sort_keys=False))


def test_an_amendment_is_shown_made_and_kept(home: Path) -> None:
    amended(home)
    before = (home / "alumni" / "study.yaml").read_bytes()
    told = done("protocol", "diff", "new.yaml", *IN_STUDY, cwd=home)
    assert "month_3" in told
    assert "Nothing was written" in told
    assert (home / "alumni" / "study.yaml").read_bytes() == before
    assert "never amended" in done("protocol", "history", *IN_STUDY, cwd=home)
    done("protocol", "amend", "new.yaml", *IN_STUDY, "--why", "ethics amendment 2", cwd=home)
    assert "ethics amendment 2" in done("protocol", "history", *IN_STUDY, cwd=home)
    assert yaml.safe_load((home / "alumni" / "study.yaml").read_text()) == yaml.safe_load(
        (home / "new.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("contact", "log", "--participant", "9", "--channel", "phone", "--outcome", "reached"), "No participant"),
        (
            (
                "contact",
                "log",
                "--participant",
                "1017",
                "--channel",
                "phone",
                "--outcome",
                "reached",
                "--on",
                "2999-01-01",
            ),
            "has not come yet",
        ),
        (("due", "--week", "next"), "is no date"),
        (("protocol", "diff", "people.csv"), "people.csv"),
        (("protocol", "diff", "nowhere.yaml"), "nowhere.yaml"),
        (("protocol", "amend", "alumni/study.yaml"), "No reason is given"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(home: Path, words: tuple[str, ...], said: str) -> None:
    found = run(*words, *IN_STUDY, cwd=home)
    assert found.returncode == 2
    assert said in found.stderr.replace("\n", " ")
    assert "Traceback" not in found.stderr
