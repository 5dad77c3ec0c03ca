"""The commands as a person types them: what they print, what they refuse, what they leave behind."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission import __version__


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "remission", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def help_study(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("help")
    shutil.copy(reference / "data" / "help_wide.sav", home / "help_wide.sav")
    made = run("new", "help-study", "--template", "follow-up", cwd=home)
    assert made.returncode == 0, made.stderr
    done = run("import", "help_wide.sav", "--study", "help-study", "--map", "mappings/help.yaml", cwd=home)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return home


@pytest.fixture
def empty_study(tmp_path: Path) -> Path:
    assert run("new", "study", cwd=tmp_path).returncode == 0
    return tmp_path


def test_version(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout.strip() == f"remission {__version__}"


def test_new_makes_the_folder_of_the_readme(empty_study: Path) -> None:
    held = {path.name for path in (empty_study / "study").iterdir()}
    assert {"study.yaml", "cohort.db", "mappings", "releases"} <= held
    assert (empty_study / "study" / "mappings" / "help.yaml").is_file()


def test_new_refuses_a_folder_in_use(empty_study: Path) -> None:
    before = digest(empty_study / "study" / "cohort.db")
    done = run("new", "study", cwd=empty_study)
    assert_refused(done)
    assert digest(empty_study / "study" / "cohort.db") == before


def test_dry_run_writes_nothing(reference: Path, empty_study: Path) -> None:
    database = empty_study / "study" / "cohort.db"
    before = digest(database)
    source = str(reference / "data" / "help_wide.sav")
    done = run("import", source, "--study", "study", "--map", "mappings/help.yaml", "--dry-run", cwd=empty_study)
    assert done.returncode == 0, done.stderr
    assert "nothing was written" in done.stdout
    assert digest(database) == before


def test_same_file_again_changes_nothing(help_study: Path) -> None:
    before = digest(help_study / "help-study" / "cohort.db")
    done = run("import", "help_wide.sav", "--study", "help-study", "--map", "mappings/help.yaml", cwd=help_study)
    assert done.returncode == 0, done.stderr
    assert digest(help_study / "help-study" / "cohort.db") == before


def test_analyze_prints_and_gives_json(help_study: Path) -> None:
    shown = run("analyze", "--study", "help-study", cwd=help_study)
    assert shown.returncode == 0, shown.stderr
    assert "Groups chose themselves" in shown.stdout
    scripted = run("analyze", "--study", "help-study", "--json", cwd=help_study)
    found = json.loads(scripted.stdout)
    assert found["first_use"]["glance"]["n_participants"] == 252
    assert found["first_use"]["glance"]["n_events"] == 194


def test_report_is_one_self_contained_file(help_study: Path) -> None:
    done = run("report", "--study", "help-study", cwd=help_study)
    assert done.returncode == 0, done.stderr
    page = (help_study / "help-study" / "report.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    outside = set(re.findall(r"(?:src|href)=\"(https?:[^\"]+)", page))
    assert {link for link in outside if not link.startswith("https://doi.org/")} == set()


def test_every_command_refuses_an_absent_study(tmp_path: Path) -> None:
    for command in ("analyze", "report", "dashboard"):
        assert_refused(run(command, "--study", "nowhere", cwd=tmp_path))


@pytest.mark.parametrize("kind", ["text", "empty", "truncated", "absent"])
def test_import_refuses_what_is_no_whole_spss_file(kind: str, empty_study: Path) -> None:
    database = empty_study / "study" / "cohort.db"
    before = digest(database)
    make_bad_file(kind, empty_study / "bad.sav")
    done = run("import", "bad.sav", "--study", "study", "--map", "mappings/help.yaml", cwd=empty_study)
    assert_refused(done)
    assert "bad.sav" in done.stderr.replace("\n", "")
    assert digest(database) == before


def make_bad_file(kind: str, path: Path) -> None:
    if kind == "text":
        path.write_text("participant,wave\n1,2\n")
    elif kind == "empty":
        path.touch()
    elif kind == "truncated":
        frame = pd.DataFrame({f"v{i}": range(500) for i in range(20)})
        pyreadstat.write_sav(frame, str(path))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def assert_refused(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith(".")
