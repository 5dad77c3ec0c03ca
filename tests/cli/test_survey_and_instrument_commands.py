"""``remission survey`` and ``remission instrument`` as a person types them."""

import csv
import json
from pathlib import Path

import pytest
from terminal import done, run

from remission.survey import instrument

ENROL = ("record", "people.csv", "--study", "my-study", "--as", "people")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    done("new", "my-study", "--template", "engagement", cwd=home)
    (home / "people.csv").write_text("participant_id,origin_date\n1017,2024-03-01\n1018,\n")
    assert "2 new in enrolment" in done(*ENROL, "--dry-run", cwd=home)
    done(*ENROL, cwd=home)
    return home


def test_links_are_written_once_into_a_private_file(home: Path) -> None:
    ask = ("survey", "invite", "--study", "my-study", "--wave", "month_6", "--address", "https://survey.example.org/")
    assert "2 links are in links.csv" in done(*ask, "--out", "links.csv", cwd=home)
    assert (home / "links.csv").stat().st_mode & 0o777 == 0o600
    with (home / "links.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["participant_id"] for row in rows] == ["1017", "1018"]
    assert all(row["link"].startswith("https://survey.example.org/q/") for row in rows)
    again = run(*ask, "--out", "links.csv", cwd=home)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert "no file was written" in done(*ask, "--out", "more.csv", cwd=home)
    assert not (home / "more.csv").exists()
    status = done("survey", "status", "--study", "my-study", cwd=home)
    assert "open" in status
    assert rows[0]["link"].rsplit("/", 1)[1] not in status
    assert "1 link is closed" in done("survey", "revoke", "--study", "my-study", "--participant", "1017", cwd=home)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--address", "http://example.org"), "keeps answers private"),
        (("--wave", "month_99"), "no wave 'month_99'"),
        (("--participant", "9999"), "No participant has the code 9999"),
        (("--language", "fr"), "has no wording in the language 'fr'"),
    ],
)
def test_a_refused_invitation_leaves_no_file(home: Path, change: tuple[str, str], told: str) -> None:
    words = {"--study": "my-study", "--wave": "month_12", "--address": "https://a.example", "--out": "never.csv"}
    words[change[0]] = change[1]
    found = run("survey", "invite", *[word for pair in words.items() for word in pair], cwd=home)
    assert found.returncode == 2
    assert told in found.stderr
    assert not (home / "never.csv").exists()


def test_the_booklet_is_written(home: Path) -> None:
    done("survey", "booklet", "--study", "my-study", "--wave", "baseline", "--language", "es", cwd=home)
    assert "Prefiero no decirlo" in (home / "booklet.html").read_text()


def test_instruments_are_listed_and_shown(tmp_path: Path) -> None:
    listed = done("instrument", "list", cwd=tmp_path)
    assert "phq9" in listed
    assert "aaas (Alcoholics Anonymous Affiliation Scale): the band edges" in listed
    shown = done("instrument", "show", "audit", cwd=tmp_path)
    assert "[drinking" in shown
    assert "none ship" in shown
    refused = run("instrument", "show", "aaas", cwd=tmp_path)
    assert refused.returncode == 2
    assert "listed but not scored" in refused.stderr


def test_words_are_loaded_and_a_dry_run_loads_none(home: Path) -> None:
    words = ["part,name,value,text", "intro,,,Lately", "item,item1,,One", "item,item2,,Two"]
    listed = instrument("phq2").items[0].choices
    (home / "words.csv").write_text("\n".join([*words, *[f"choice,{listed},{n},L{n}" for n in range(4)]]))
    ask = ("instrument", "wording", "words.csv", "--instrument", "phq2", "--study", "my-study")
    assert "nothing was written" in done(*ask, "--dry-run", cwd=home)
    assert not (home / "my-study" / "wordings").exists()
    done(*ask, cwd=home)
    assert (home / "my-study" / "wordings" / "phq2.en.csv").is_file()


@pytest.mark.parametrize(("kind", "name"), [("redcap", "a.csv"), ("xlsform", "a.xlsx"), ("fhir", "a.json")])
def test_an_instrument_goes_out_and_says_what_did_not_fit(tmp_path: Path, kind: str, name: str) -> None:
    told = done("instrument", "export", name, "--to", kind, "--instrument", "audit", cwd=tmp_path)
    assert "What did not fit" in told
    assert "scoring" in told
    assert (tmp_path / name).is_file()
    again = run("instrument", "export", name, "--to", kind, "--instrument", "audit", cwd=tmp_path)
    assert again.returncode == 2


def test_a_study_goes_out_to_redcap_and_comes_back_as_drafts(home: Path, tmp_path: Path) -> None:
    done("instrument", "export", "project", "--to", "redcap", "--study", "my-study", cwd=home)
    assert {path.name for path in (home / "project").iterdir()} == {
        "dictionary.csv",
        "events.csv",
        "event_instruments.csv",
    }
    done("new", "other", cwd=tmp_path)
    files = {name: str(home / "project" / f"{name}.csv") for name in ("dictionary", "events", "event_instruments")}
    ask = ("instrument", "read", files["dictionary"], "--study", "other", "--events", files["events"])
    ask = (*ask, "--event-map", files["event_instruments"])
    told = done(*ask, "--dry-run", cwd=tmp_path)
    assert "name: month_3" in told
    assert not (tmp_path / "other" / "instruments").exists()
    done(*ask, cwd=tmp_path)
    drafts = {path.name for path in (tmp_path / "other" / "instruments").iterdir()}
    assert {"site_meeting_attendance", "site_recovery_identity"} <= drafts
    assert "phq9" in done("instrument", "list", "--study", "other", cwd=tmp_path)
    file = tmp_path / "other" / "study.yaml"
    asking = "asking: {sender: us, help_line: '112', contact: us, forms: {every: [site_recovery_identity]}}\n"
    file.write_text(file.read_text() + asking)
    refused = run("survey", "status", "--study", "other", cwd=tmp_path)
    assert "is a draft, and a draft is not asked" in refused.stderr


def test_a_check_of_an_instrument_nobody_answered_says_so(home: Path) -> None:
    found = run("instrument", "check", "ces_d", "--study", "my-study", cwd=home)
    assert found.returncode == 2
    assert "Nobody answered ces_d" in found.stderr


def test_help_s_depression_scale_is_checked(reference: Path, tmp_path: Path) -> None:
    done("new", "study", "--template", "follow-up", cwd=tmp_path)
    sav = str(reference / "data" / "help_wide.sav")
    done("import", sav, "--study", "study", "--map", "mappings/help.yaml", cwd=tmp_path)
    told = done("instrument", "check", "ces_d", "--study", "study", cwd=tmp_path)
    stored = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["cesd"]
    alpha = stored["alpha"]["raw_alpha"]
    low, high = stored["alpha_ci_feldt"]["lower.ci"], stored["alpha_ci_feldt"]["upper.ci"]
    assert f"{alpha:.2f} ({low:.2f} to" in told
    assert f"{high:.2f})" in told
    assert f"{stored['omega_total_1factor_minres']:.2f}" in told
    assert "Reliable change" in told
    done("instrument", "check", "ces_d", "--study", "study", "--people", "people.csv", cwd=tmp_path)
    with (tmp_path / "people.csv").open() as file:
        people = list(csv.DictReader(file))
    assert {row["status"] for row in people} == {"improved", "unchanged", "deteriorated"}
    assert (tmp_path / "people.csv").stat().st_mode & 0o777 == 0o600
