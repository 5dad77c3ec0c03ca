"""Wheel and sdist hold everything, and an installed wheel does the main job."""

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=True)
    wheel = next(distributions.glob("*.whl"))
    python = home / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True, timeout=900)
    return home


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(home / "venv" / "bin" / "remission"), *words]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_wheel_holds_every_definition_view_mapping_and_migration(distributions: Path) -> None:
    names = set(zipfile.ZipFile(next(distributions.glob("*.whl"))).namelist())
    shipped = {
        f"remission/{path.relative_to(ROOT).as_posix()}"
        for folder in ("instruments", "dashboards")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    package = {
        path.relative_to(ROOT / "toolkit").as_posix()
        for path in (ROOT / "toolkit" / "remission").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped <= names
    assert package <= names
    assert "remission/mappings/help.yaml" in names
    assert not [name for name in names if name.startswith(("tests/", "examples/", "toolkit/"))]


def test_sdist_holds_sources_tests_and_examples(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {
        "instruments/meeting_attendance/instrument.yaml",
        "dashboards/app.py",
        "examples/mappings/help.yaml",
        "tests/conftest.py",
        "toolkit/remission/locate.py",
        "LICENSE",
    } <= names


def test_editable_install_finds_shipped_folders() -> None:
    from remission.locate import shipped

    assert (shipped("instruments") / "meeting_attendance" / "instrument.yaml").is_file()
    assert (shipped("dashboards") / "app.py").is_file()
    assert (shipped("mappings") / "help.yaml").is_file()


def test_installed_wheel_runs_the_demo(installed: Path) -> None:
    done = run(installed, "demo", "--no-open", "--participants", "200", "--port", "8720")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert (installed / "demo-study" / "report.html").stat().st_size > 10_000
    assert "The dashboard answered at http://127.0.0.1:" in done.stdout
    asked = run(installed, "survey", "booklet", "--study", "demo-study", "--wave", "baseline", "--language", "es")
    assert asked.returncode == 0, asked.stderr
    assert "Prefiero no decirlo" in (installed / "booklet.html").read_text()


def test_installed_wheel_analyses_as_json(installed: Path) -> None:
    if not (installed / "demo-study").is_dir():
        run(installed, "demo", "--no-open", "--participants", "200", "--port", "8730")
    done = run(installed, "analyze", "--study", "demo-study", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["first_use"]["glance"]["n_participants"] == 200
