"""The house keeps its own rules: map, docs, sizes, references."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from typer.main import get_command

import remission.estimate
from remission.cli import app

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "toolkit" / "remission"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__")


def commands(group: object, before: tuple[str, ...] = ()) -> dict[str, str]:
    """Name every command with its help, those of groups as ``group command``."""
    found = {}
    for name, command in getattr(group, "commands", {}).items():
        path = (*before, name)
        if hasattr(command, "commands"):
            found |= commands(command, path)
        else:
            found[" ".join(path)] = command.help or ""
    return found


COMMANDS = commands(get_command(app))


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_on_the_map(room: str) -> None:
    assert f"| `{room}/`" in (ROOT / "ARCHITECTURE.md").read_text()


def test_the_map_names_no_room_that_is_gone() -> None:
    named = re.findall(r"^\| `(\w+)/`", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE)
    assert named
    assert set(named) == set(ROOMS)


def test_every_dependency_has_its_reason_on_the_map() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("dependencies = [", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    reasons = (ROOT / "ARCHITECTURE.md").read_text().split("## Dependencies", 1)[1]
    assert [name for name in names if f"`{name}`" not in reasons] == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_readme_and_shows_an_example(command: str) -> None:
    assert f"remission {command}" in (ROOT / "README.md").read_text()
    assert f"Example: remission {command}" in COMMANDS[command]


@pytest.mark.parametrize("name", remission.estimate.__all__)
def test_every_estimator_cites_its_source(name: str) -> None:
    made = getattr(remission.estimate, name)
    if inspect.isfunction(made):
        assert "doi:" in (made.__doc__ or "")
        assert "References" in (made.__doc__ or "")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = (ast.get_docstring(node) or "").count("\n")
            assert node.end_lineno - node.lineno + 1 - docstring <= 45, node.name


@pytest.mark.parametrize("path", sorted((ROOT / "dashboards" / "views").glob("*.py")), ids=lambda p: p.name)
def test_views_stay_under_sixty_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60


def test_tables_say_what_a_row_is() -> None:
    from remission import tables

    for name in ("time_to_event", "risk_interval", "repeated", "landmark"):
        assert getattr(tables, name).__doc__.startswith("One row is")


def test_instruments_have_definition_examples_and_notice() -> None:
    for folder in (path for path in (ROOT / "instruments").iterdir() if path.is_dir()):
        held = {path.name for path in folder.iterdir()}
        assert {"instrument.yaml", "scoring_examples.csv", "NOTICE.md"} <= held, folder.name
