"""Integer programs, without the lines that the solver (HiGHS) prints now and then, whatever it is asked."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scipy.optimize import milp

OUTPUT = 1


def solve(*program: Any, **options: Any) -> Any:
    """Call ``scipy.optimize.milp`` with nothing reaching the terminal, or a file that takes our output."""
    with _silent():
        return milp(*program, **options)


@contextmanager
def _silent() -> Iterator[None]:
    try:
        held = os.dup(OUTPUT)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, OUTPUT)
    try:
        yield
    finally:
        # The solver's lines wait in C's own buffer until it is emptied.
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        os.dup2(held, OUTPUT)
        os.close(nowhere)
        os.close(held)
