"""Commands as a person types them, run in this process: starting Python anew takes seconds."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from remission.cli import main


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


def run(*words: str, cwd: Path) -> Said:
    """Run a command in a folder and give what it said and its exit code."""
    out, err, code = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["remission", *words])
        try:
            main()
        except SystemExit as ending:
            code = int(ending.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def done(*words: str, cwd: Path) -> str:
    found = run(*words, cwd=cwd)
    assert found.returncode == 0, found.stderr
    return " ".join(found.stdout.split())
