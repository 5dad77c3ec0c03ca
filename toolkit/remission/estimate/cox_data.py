"""The rows, the design and the strata that a Cox formula asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.formula import Design, Response, build_design, required, split_sides


@dataclass(frozen=True)
class CoxRows:
    """What a Cox model is fitted to.

    Attributes
    ----------
    data : EventData
    design : Design
    layers : tuple of str
        Columns that stratify.
    """

    data: EventData
    design: Design
    layers: tuple[str, ...]


def cox_rows(formula: str, table: pd.DataFrame, strata: str | Sequence[str] | None, extra: Iterable[str]) -> CoxRows:
    """Read a formula, take the complete rows and build their design.

    Parameters
    ----------
    formula, table, strata
        As in ``cox``.
    extra : iterable of str
        Further columns that must not be missing.

    Raises
    ------
    NotEstimable
        No event.
    ImmortalTime
        A covariate or stratum was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.
    """
    response, right = split_sides(formula)
    exit, event, entry = event_names(response, formula)
    layers = (strata,) if isinstance(strata, str) else tuple(strata or ())
    explaining = [*sorted(required(right)), *layers]
    data = event_data(table, exit, event, entry, [*explaining, *extra])
    refuse_the_future(table, explaining, data.entry)
    if not data.event.any():
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    return CoxRows(data, build_design(right, data.table, intercept=False), layers)


def event_names(response: Response, formula: str) -> tuple[str, str, str | None]:
    """Return the columns of exit, event and entry.

    Raises
    ------
    DefinitionError
        The left side is no event.
    """
    if response.kind == "Event" and len(response.names) == 3:
        return response.names[1], response.names[2], response.names[0]
    if response.kind == "Event" and len(response.names) == 2:
        return response.names[0], response.names[1], None
    raise DefinitionError(
        f"The left side of {formula!r} is no event.", "Write Event(exit, event) or Event(entry, exit, event)."
    )
