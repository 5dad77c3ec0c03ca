"""Suppression held against Tau-Argus on 200 random tables: never less safe, and not many more cells."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.disclosure import (
    Dimension,
    LinkedTables,
    Need,
    Rule,
    Seen,
    Table,
    attacker_bounds,
    link,
    needs_of,
    suppress,
)

TABLES, SOME = 200, 25
# Argus is asked for intervals as wide as the count itself on both sides.
RULE, OPTIMAL = "FREQ(11,100)", "OPT(1)"
A = Dimension("a", tuple(f"r{number}" for number in range(5)), {})
B = Dimension("b", tuple(f"c{number}" for number in range(4)), {})
TIED = link([A, B], [Table(("a", "b"), {})])


def people_of(counts: np.ndarray) -> pd.DataFrame:
    rows = [(a, b) for i, a in enumerate(A.leaves) for j, b in enumerate(B.leaves) for _ in range(counts[i, j])]
    return pd.DataFrame(rows, columns=["a", "b"])


def hidden_by_argus(argus: Any, people: pd.DataFrame, folder: str) -> np.ndarray:
    found = argus.protect(
        people.assign(one=1), ["a", "b"], "one", safety_rules=RULE, suppress=OPTIMAL, workdir=folder
    ).tables[0]  # fmt: skip
    hidden = np.zeros(len(TIED.cells), dtype=bool)
    for row in found.rows:
        key = frozenset((name, row[name]) for name in ("a", "b") if row[name] != "Total")
        hidden[TIED.place[key]] = row["status"] in ("U", "M")
    return hidden


def met(tables: LinkedTables, counts: np.ndarray, hidden: np.ndarray, needs: list[Need]) -> list[bool]:
    bounds = attacker_bounds(tables, Seen.of(counts, ~hidden), [need.cell for need in needs])
    return [bool(bounds[need.cell, 0] <= need.low and bounds[need.cell, 1] >= need.high) for need in needs]


@pytest.mark.parametrize("number", [SOME, pytest.param(TABLES, marks=pytest.mark.slow)])
def test_never_less_safe_and_at_most_a_quarter_more_cells(
    number: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its solver leaves a file of statistics in the working folder.
    monkeypatch.chdir(tmp_path_factory.mktemp("solver"))
    argus = pytest.importorskip("pytauargus", reason="pytauargus is not installed")
    generator = np.random.default_rng(20)
    ours, theirs, theirs_met = 0, 0, 0
    for _ in range(number):
        people = people_of(generator.poisson(generator.choice([4, 12, 30], size=(5, 4))))
        counts = TIED.counts(people, [A, B])
        needs = needs_of(TIED, counts, Rule())
        chosen = suppress(TIED, counts, needs).hidden
        other = hidden_by_argus(argus, people, str(tmp_path_factory.mktemp("argus")))
        assert all(met(TIED, counts, chosen, needs))
        theirs_met += all(met(TIED, counts, other, needs))
        ours, theirs = ours + int(chosen.sum()), theirs + int(other.sum())
    assert ours <= 1.25 * theirs
    assert theirs_met < number
