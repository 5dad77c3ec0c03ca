"""The audit of a release: it knows nothing of how cells were chosen, and works out all that can be worked out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remission.disclosure.bounds import MOST_PEOPLE, Seen, attacker_bounds
from remission.disclosure.linked import Key, LinkedTables
from remission.disclosure.needs import Need


@dataclass(frozen=True)
class Recovered:
    """A cell that is known to be small, or whose protection is too narrow."""

    cell: Key
    low: int
    high: int
    why: str

    @property
    def sentence(self) -> str:
        """Say what was worked out."""
        words = ", ".join(f"{dimension} {value}" for dimension, value in sorted(self.cell)) or "everybody"
        span = str(self.low) if self.low == self.high else f"{self.low} to {_upper(self.high)}"
        return f"{words}: {span} ({self.why})."


def _upper(high: int) -> str:
    return "any number" if high >= MOST_PEOPLE else str(high)


@dataclass(frozen=True)
class Audit:
    """What an attacker finds.

    Attributes
    ----------
    recovered : tuple of Recovered
        Empty where the release is safe.
    cells, hidden : int
        Cells with a line in a table, and how many of them are hidden.
    unseen : int
        Cells that were bounded: the hidden ones and those without a line.
    narrowest : int or None
        Width of the narrowest interval that a hidden cell with a line has.
    bounds : numpy.ndarray
        Smallest and largest of every cell.
    """

    recovered: tuple[Recovered, ...]
    cells: int
    hidden: int
    unseen: int
    narrowest: int | None
    bounds: np.ndarray

    @property
    def passed(self) -> bool:
        """Tell whether nothing was recovered."""
        return not self.recovered

    @property
    def share_hidden(self) -> float:
        """Return the share of the lines of all tables that are hidden: the utility lost."""
        return self.hidden / self.cells if self.cells else 0.0


def audit(tables: LinkedTables, seen: Seen, threshold: int = 11, needs: Sequence[Need] = ()) -> Audit:
    """Attack what is seen, and say which small counts it gives away.

    A count is given away where its smallest and largest value both lie from 1 to ``threshold`` - 1, whether it is
    printed or not, and whether a table has a line for it or not. With ``needs`` (which only the study has) the
    intervals that were asked for are checked as well.

    Parameters
    ----------
    tables : LinkedTables
    seen : Seen
    threshold : int
    needs : sequence of Need

    Raises
    ------
    DefinitionError
        What is seen contradicts itself.
    """
    bounds = attacker_bounds(tables, seen)
    given_away = (bounds[:, 0] >= 1) & (bounds[:, 1] < threshold)
    found = [
        Recovered(tables.cells[cell], int(bounds[cell, 0]), int(bounds[cell, 1]), f"less than {threshold}")
        for cell in np.flatnonzero(given_away)
    ]
    for need in needs:
        low, high = (int(bound) for bound in bounds[need.cell])
        if not given_away[need.cell] and (low > need.low or high < need.high):
            asked = f"{need.why}: from {need.low} to {need.high} was asked for"
            found.append(Recovered(tables.cells[need.cell], low, high, asked))
    unseen = seen.low < seen.high
    widths = (bounds[:, 1] - bounds[:, 0])[unseen & tables.planned]
    return Audit(
        tuple(found),
        int(tables.planned.sum()),
        int((unseen & tables.planned).sum()),
        int(unseen.sum()),
        int(widths.min()) if len(widths) else None,
        bounds,
    )
