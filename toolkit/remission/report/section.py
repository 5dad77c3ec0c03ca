"""One part of a report: a question with its sentence, figure, tables and what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from remission.estimate.result import Result
from remission.report.numbers import ABSENT, count


@dataclass(frozen=True)
class Basis:
    """What an estimate rests on, as text."""

    method: str
    reference: str
    options: tuple[tuple[str, str], ...]
    sample: str
    left_out: tuple[tuple[str, int], ...]
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One question of a report.

    Attributes
    ----------
    heading, sentence : str
    asks : str
        Which question it answers, and which it does not.
    chart : altair chart or None
    tables : tuple of (str, pandas.DataFrame)
        Captions and tables of text.
    bases : tuple of Basis
    drawing : str
        An SVG drawing in the chart's place; empty where there is none.
    """

    heading: str
    sentence: str
    chart: alt.VConcatChart | None = None
    tables: tuple[tuple[str, pd.DataFrame], ...] = ()
    bases: tuple[Basis, ...] = field(default=())
    asks: str = ""
    drawing: str = ""


def basis_of(result: Result) -> Basis:
    """Write down what a result rests on."""
    options = tuple(
        (str(name).replace("_", " "), _option(value))
        for name, value in result.method.options.items()
        if not isinstance(value, Mapping)
    )
    people = count(result.sample.participants, "participant", "participants")
    rows = count(result.sample.rows, "row", "rows")
    events = "" if result.sample.events is None else ", " + count(result.sample.events, "event", "events")
    failed = tuple(f"{check.name}: {check.sentence}" for check in result.checks if not check.passed)
    left_out = tuple((reason, number) for reason, number in result.sample.left_out if number)
    return Basis(result.method.name, result.method.reference, options, f"{people}, {rows}{events}", left_out, failed)


def _option(value: Any) -> str:
    if value is None or value in ([], ()):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
