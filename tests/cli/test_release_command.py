"""Releases from the command line, on a study too small to show much."""

from pathlib import Path

import pytest
from terminal import done, run

from remission.cohort import create_study
from remission.releasing.plan import TEMPLATE
from remission.simulate import record_simulated


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    record_simulated(create_study(folder / "study", "engagement"), 120, 3)
    return folder


def test_from_plan_to_attack(folder: Path) -> None:
    assert "no release yet" in done("release", "list", "--study", "study", cwd=folder)
    done("release", "plan", "release.yaml", cwd=folder)
    text = (folder / "release.yaml").read_text()
    kept = text.replace("models: true", "models: false").replace("[month_3, month_6, month_12]", "[month_12]")
    (folder / "release.yaml").write_text(kept)
    said = done("release", "draft", "release.yaml", "--study", "study", "--dry-run", cwd=folder)
    assert "An attacker recovers no count. Nothing was written." in said
    assert not (folder / "study" / "releases" / "drafts").exists()
    done("release", "draft", "release.yaml", "--study", "study", cwd=folder)
    again = run("release", "draft", "release.yaml", "--study", "study", cwd=folder)
    assert again.returncode == 2
    assert "Give --replace" in again.stderr
    assert "0 cells recovered" in done("release", "audit", "1", "--study", "study", cwd=folder)
    for name in ("A", "B"):
        done("release", "key", name, "--study", "study", "--out", f"{name}.key", cwd=folder)
        done("release", "sign", "1", "--study", "study", "--key", f"{name}.key", cwd=folder)
    assert "is frozen" in done("release", "freeze", "1", "--study", "study", cwd=folder)
    assert "frozen" in done("release", "list", "--study", "study", cwd=folder)
    assert "0 cells recovered" in done("attack", "study/releases/frozen/release-0001", cwd=folder)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("by: group", "by: shoe_size", "no covariate 'shoe_size'"),
        ("days: [91, 183, 365]", "days: [91, 100, 365]", "at least 30 apart"),
        ("headline: 183", "headline: 200", "headline is one of the days"),
        ("by: group", "by: group\nthreshold: 5", "threshold"),
        ("by: group", "by: group\nfilter: sex", "filter: this key is not known"),
        ("lifering, women_for_sobriety", "lifering, men_for_sobriety", "no value 'men_for_sobriety'"),
        ("characteristics: [sex, age]", "characteristics: [sex, height]", "no characteristic 'height'"),
        ("wave: month_12", "wave: month_24", "retained.wave is one of follow_up"),
        ("cuts: {age: [35, 50]}", "cuts: {age: [50, 35]}", "Give rising cuts"),
    ],
)
def test_a_plan_with_a_fault_is_refused_in_one_sentence(folder: Path, line: str, instead: str, said: str) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert line in text
    (folder / "wrong.yaml").write_text(text.replace(line, instead))
    found = run("release", "draft", "wrong.yaml", "--study", "study", "--dry-run", cwd=folder)
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.strip().count("\n") == 0


def test_a_key_in_the_study_folder_is_refused(folder: Path) -> None:
    found = run("release", "key", "C", "--study", "study", "--out", "study/C.key", cwd=folder)
    assert found.returncode == 2
    assert "would lie in the study folder" in found.stderr
