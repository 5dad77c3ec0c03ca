"""When exposure, mediators and outcome were measured, and what that allows to be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from remission.errors import DefinitionError

LAGGED, PARTLY, CROSS_SECTIONAL, UNTOLD = "lagged", "partly lagged", "cross-sectional", "timing not given"


@dataclass(frozen=True)
class Timing:
    """How the measurements follow one another.

    Attributes
    ----------
    label : {"lagged", "partly lagged", "cross-sectional", "timing not given"}
    sentence : str
    measured_at : dict of str to float
        Empty where it is not known.
    late : tuple of str
        Covariates measured after the exposure.
    """

    label: str
    sentence: str
    measured_at: Mapping[str, float]
    late: tuple[str, ...] = ()


def timing_of(
    table: pd.DataFrame,
    measured_at: Mapping[str, float] | None,
    chain: tuple[str, ...],
    parallel: bool,
    covariates: tuple[str, ...] = (),
) -> Timing:
    """Read when each column was measured and refuse an order in which nothing can be mediated.

    Parameters
    ----------
    table : pandas.DataFrame
        Its ``attrs["measured_day"]`` serves where ``measured_at`` is not given.
    measured_at : mapping of str to float, or None
    chain : tuple of str
        Exposure, mediators, outcome.
    parallel : bool
    covariates : tuple of str
        Columns.

    Raises
    ------
    DefinitionError
        A mediator was measured before the exposure, after the outcome, or (in series) before the one that it follows.
    """
    given = table.attrs.get("measured_day", {}) if measured_at is None else measured_at
    if not all(name in given for name in chain):
        if measured_at is not None:
            absent = next(name for name in chain if name not in given)
            raise DefinitionError(f"measured_at does not say when '{absent}' was measured.", "Name its wave or day.")
        return Timing(
            UNTOLD,
            "It is not known when exposure, mediators and outcome were measured (measured_at), so the order in which "
            "they act is assumed, not seen.",
            {},
        )
    when = {name: _moment(name, given[name]) for name in (*chain, *covariates) if name in given}
    _refuse_backwards(chain, when, parallel)
    late = tuple(name for name in covariates if when.get(name, -np.inf) > when[chain[0]])
    label, sentence = _label(chain, when, parallel)
    return Timing(label, sentence, when, late)


def _moment(name: str, value: object) -> float:
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = np.nan
    if not np.isfinite(found):
        raise DefinitionError(f"measured_at of '{name}' is {value!r}, no number.", "Give the day or the wave's number.")
    return found


def _refuse_backwards(chain: tuple[str, ...], when: Mapping[str, float], parallel: bool) -> None:
    first, *between, last = chain
    for name in between:
        if when[name] < when[first]:
            raise DefinitionError(
                f"The mediator '{name}' was measured at {when[name]:g}, before the exposure '{first}' at "
                f"{when[first]:g}: nothing passes through it.",
                "Take it from a later wave, or make it a covariate.",
            )
        if when[name] > when[last]:
            raise DefinitionError(
                f"The mediator '{name}' was measured at {when[name]:g}, after the outcome '{last}' at "
                f"{when[last]:g}: the outcome may have caused it.",
                "Take it from an earlier wave, or the outcome from a later one.",
            )
    for before, after in [] if parallel else pairwise(between):
        if when[after] < when[before]:
            raise DefinitionError(
                f"In the series '{before}' comes before '{after}', but '{after}' was measured at {when[after]:g}, "
                f"before {when[before]:g}.",
                "Name mediators in the order in which they were measured, or use parallel=True.",
            )


def _label(chain: tuple[str, ...], when: Mapping[str, float], parallel: bool) -> tuple[str, str]:
    first, *between, last = chain
    steps = (
        [(first, name) for name in between] + [(name, last) for name in between] if parallel else list(pairwise(chain))
    )
    together = [(before, after) for before, after in steps if when[before] == when[after]]
    if not together:
        return LAGGED, "Each measurement comes after the one that it is explained by."
    named = "; ".join(f"'{before}' and '{after}'" for before, after in together)
    if len(together) == len(steps):
        return CROSS_SECTIONAL, (
            f"All measurements are of one time ({named}): the chain is cross-sectional. The data cannot tell it from "
            "one that runs the other way, and such estimates can be far from those over time."
        )
    return PARTLY, f"Measured at one time: {named}. There the data do not show what came first."
