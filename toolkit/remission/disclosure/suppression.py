"""Secondary suppression: the fewest further cells to hide so that no protected cell can be worked out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog

from remission.disclosure.bounds import MOST_PEOPLE, Component, Seen, components
from remission.disclosure.linked import LinkedTables
from remission.disclosure.needs import Need
from remission.disclosure.solver import solve
from remission.errors import NotEstimable

TINY = 1e-7
MOST_ROUNDS = 200
# A margin tells more than an inner cell.
MARGIN_WEIGHT = 0.5
POOLED = 6


@dataclass(frozen=True)
class Suppression:
    """Which cells are hidden.

    Attributes
    ----------
    hidden : numpy.ndarray
        Truth value for each cell; cells that no table has a line for count as not hidden.
    primary : numpy.ndarray
        Those hidden for what they are.
    rounds : int
        How often the integer program was solved.
    """

    hidden: np.ndarray
    primary: np.ndarray
    rounds: int


@dataclass
class _Cuts:
    """Conditions on what is hidden, collected until they suffice."""

    lines: list[np.ndarray] = field(default_factory=list)
    least: list[float] = field(default_factory=list)

    def add(self, line: np.ndarray, least: float) -> None:
        self.lines.append(line)
        self.least.append(least)


def suppress(
    tables: LinkedTables,
    counts: np.ndarray,
    needs: Sequence[Need],
    known: Collection[int] = (),
    worth: np.ndarray | None = None,
) -> Suppression:
    """Choose what to hide so that each need holds for an attacker who knows all that is shown.

    The master program is integer (which cells to hide, the fewest, margins last); a need that an attacker's linear
    program breaks adds the inequality of its dual, until none breaks. Then each need is checked in whole numbers.

    Parameters
    ----------
    tables : LinkedTables
    counts : numpy.ndarray
        The true counts.
    needs : sequence of Need
    known : collection of int
        Cells that an attacker knows from earlier releases: hiding them hides nothing.
    worth : numpy.ndarray, optional
        How much it costs to hide each cell; 1 for inner cells and 1.5 for margins where not given.

    Raises
    ------
    NotEstimable
        No choice of cells protects one, because earlier releases told too much.

    References
    ----------
    Fischetti M, Salazar JJ (2001), doi:10.1287/mnsc.47.7.1008.9805.
    """
    told = np.zeros(len(counts), dtype=bool)
    told[list(known)] = True
    may_hide = tables.planned & ~told
    primary = np.zeros(len(counts), dtype=bool)
    for need in needs:
        if tables.planned[need.cell]:
            primary[need.cell] = True
    _refuse_known(primary & told, tables)
    weights = _usual_worth(tables) if worth is None else worth
    weights = weights + 1e-4 * np.log1p(counts)
    cuts, hidden = _Cuts(), primary.copy()
    for rounds in range(1, MOST_ROUNDS + 1):
        if not _broken(tables, counts, needs, hidden, told, cuts):
            return Suppression(hidden, primary & hidden, rounds)
        hidden = _fewest(weights, primary, may_hide, cuts)
    raise NotEstimable("No suppression was found in time.", "Show fewer tables, or fewer lines in them.")


def _usual_worth(tables: LinkedTables) -> np.ndarray:
    deepest = max((len(key) for key, planned in zip(tables.cells, tables.planned, strict=True) if planned), default=0)
    return np.array([1.0 + MARGIN_WEIGHT * (len(key) < deepest) for key in tables.cells])


def _refuse_known(both: np.ndarray, tables: LinkedTables) -> None:
    if both.any():
        cell = name(tables, int(np.flatnonzero(both)[0]))
        raise NotEstimable(
            f"An earlier release told the count of {cell}, which must be hidden now.", "Wait until more has changed."
        )


def name(tables: LinkedTables, cell: int) -> str:
    """Name a cell in words."""
    return ", ".join(f"{dimension} {value}" for dimension, value in sorted(tables.cells[cell])) or "everybody"


def _fewest(weights: np.ndarray, primary: np.ndarray, may_hide: np.ndarray, cuts: _Cuts) -> np.ndarray:
    choices = np.flatnonzero(may_hide)
    lower = primary[choices].astype(float)
    solved = solve(
        weights[choices],
        integrality=np.ones(len(choices), dtype=np.int64),
        bounds=Bounds(lower, np.ones(len(choices))),
        constraints=LinearConstraint(np.array(cuts.lines)[:, choices], np.array(cuts.least), np.inf),
        options={"time_limit": 60.0},
    )
    if solved.x is None:
        raise NotEstimable(
            "A small count cannot be protected, whatever is hidden: earlier releases told too much.",
            "Wait until more has changed, or show less.",
        )
    hidden = np.zeros(len(weights), dtype=bool)
    hidden[choices] = solved.x > 0.5
    return hidden


def _broken(
    tables: LinkedTables, counts: np.ndarray, needs: Sequence[Need], hidden: np.ndarray, told: np.ndarray, cuts: _Cuts
) -> bool:
    """Tell whether a need is broken where ``hidden`` is hidden, and add what that asks of the choice."""
    free = (hidden | ~tables.planned) & ~told
    part_of = {int(cell): part for part in components(tables, Seen.of(counts, ~free)) for cell in part.cells}
    before = len(cuts.lines)
    reached: dict[tuple[int, int], bool] = {}
    for part in {id(each): each for each in part_of.values()}.values():
        _together(part, [need for need in needs if part_of.get(need.cell) is part], reached)
    for need in needs:
        own = part_of.get(need.cell)
        for sign, aim in ((1, need.high), (-1, need.low)):
            if own is None:
                cuts.add(_next_to(tables, np.array([need.cell])), 1.0)
            elif not reached.get((need.cell, sign)):
                _relaxed(tables, counts, need.cell, sign, aim, own, needs, reached, cuts, told)
    if len(cuts.lines) == before:
        for need in needs:
            part = part_of[need.cell]
            sure = reached[need.cell, 1] and reached[need.cell, -1]
            if not sure and not _holds(part.bound(need.cell), need):
                cuts.add(_next_to(tables, part.cells), 1.0)
    return len(cuts.lines) > before


def _together(part: Component, needs: Sequence[Need], reached: dict[tuple[int, int], bool]) -> None:
    """Look for tables that show many needs to hold at once: far fewer programs than one a need."""
    where = {int(cell): place for place, cell in enumerate(part.cells)}
    for sign in (1, -1):
        for _ in range(POOLED):
            open_needs = [need for need in needs if not reached.get((need.cell, sign))]
            if len(open_needs) < 2:
                break
            goal, high = np.zeros(len(part.cells)), part.high.copy()
            for need in open_needs:
                goal[where[need.cell]] = -sign
                # No more than is needed, so that others get their share.
                high[where[need.cell]] = max(need.high, part.low[where[need.cell]])
            solved = _solved(part, goal, high)
            before = len(reached)
            if solved.x is not None:
                _note(part, solved.x, needs, reached)
            if len(reached) == before:
                break


def _holds(bounds: tuple[int, int], need: Need) -> bool:
    return bounds[0] <= need.low and bounds[1] >= need.high


def _next_to(tables: LinkedTables, cells: np.ndarray) -> np.ndarray:
    """Mark the cells outside that share a sum with these: one of them must be hidden, or nothing changes."""
    rows = np.unique(tables.relations[:, cells].nonzero()[0])
    line = np.zeros(len(tables.cells))
    line[np.unique(tables.relations[rows].nonzero()[1])] = 1.0
    line[cells] = 0.0
    return line


def _relaxed(
    tables: LinkedTables,
    counts: np.ndarray,
    cell: int,
    sign: int,
    aim: int,
    part: Component,
    needs: Sequence[Need],
    reached: dict[tuple[int, int], bool],
    cuts: _Cuts,
    told: np.ndarray,
) -> None:
    """Push a cell as far as the relaxation lets it; note what its table also shows of others, or add a cut."""
    goal = -float(sign) * (part.cells == cell)
    solved = _solved(part, goal, part.high)
    if sign * (-sign * solved.fun - aim) >= -TINY:
        _note(part, solved.x, needs, reached)
        reached.setdefault((cell, sign), False)
        return
    need = sign * (aim - counts[cell])
    price = np.zeros(tables.relations.shape[0])
    price[_rows_of(tables, part)] = solved.eqlin.marginals
    gain = tables.relations.T @ price
    gain[cell] += sign
    rise = MOST_PEOPLE - counts.astype(float)
    line = np.where(gain > TINY, gain * rise, 0.0) + np.where(gain < -TINY, -gain * counts, 0.0)
    line = np.where(told, 0.0, np.minimum(line, float(need)))
    always = float(line[~tables.planned].sum())
    cuts.add(np.where(tables.planned, line, 0.0), need - always)


def _solved(part: Component, goal: np.ndarray, high: np.ndarray) -> Any:
    limits = np.column_stack([part.low, high])
    return linprog(goal, A_eq=part.sums.tocsc(), b_eq=part.low_sum, bounds=limits, method="highs")  # type: ignore[call-overload]


def _rows_of(tables: LinkedTables, part: Component) -> np.ndarray:
    return np.unique(tables.relations[:, part.cells].nonzero()[0])


def _note(part: Component, table: np.ndarray, needs: Sequence[Need], reached: dict[tuple[int, int], bool]) -> None:
    """Note which needs a table shows to hold; only one of whole numbers proves it."""
    if np.abs(table - np.round(table)).max() > TINY:
        return
    value = dict(zip(part.cells.tolist(), np.round(table).astype(int).tolist(), strict=True))
    for need in needs:
        if need.cell in value:
            if value[need.cell] >= need.high:
                reached[need.cell, 1] = True
            if value[need.cell] <= need.low:
                reached[need.cell, -1] = True
