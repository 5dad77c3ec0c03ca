"""The solver's own lines reach nobody, and its answers do."""

import ctypes
import os

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint

from remission.disclosure import solver


def test_answers_come_and_lines_do_not(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def chatty(*program: object, **options: object) -> object:
        os.write(1, b"solver says\n")
        ctypes.CDLL(None).puts(b"solver says more")
        return real(*program, **options)

    real = solver.milp
    monkeypatch.setattr(solver, "milp", chatty)
    limits = LinearConstraint(np.array([[2.0, 1.0]]), -np.inf, 4.0)
    found = solver.solve(np.array([-1.0, -1.0]), constraints=limits, bounds=Bounds(0, 3), integrality=np.ones(2))
    print("after")
    assert found.x.sum() == 3
    assert capfd.readouterr().out == "after\n"
