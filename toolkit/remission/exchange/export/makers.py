"""One column from facts: with the dictionary of the file it came from, or with the project's own."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from remission.exchange.export.coding import Code, Coding, code_word, declared, own_coding, turned_round
from remission.exchange.export.column import REASON_WORDS, Column, Target
from remission.exchange.export.sources import Claim
from remission.exchange.files import Variable
from remission.exchange.mapping import Source

DISCRETE = 3


@dataclass(frozen=True)
class Draft:
    """A column to be made.

    ``cells`` and ``reasons`` are the study's; ``lowest`` is the least value allowed; ``known`` gives codes for values
    in a file that needs no line in its mapping; ``labels`` number values in words where there is no file.
    """

    target: Target
    wish: str
    label: str
    cells: pd.Series
    reasons: pd.Series
    measure: str = "scale"
    choices: dict[float, str] = field(default_factory=dict)
    lowest: float | None = None
    labels: dict[Code, str] = field(default_factory=dict)
    has_reasons: bool = True


def own_column(draft: Draft, coding: Coding | None = None) -> Column:
    """Make a column with the project's own dictionary; ``coding`` where its codes are shared with others."""
    chosen = coding or own_coding(draft.cells.dropna(), draft.lowest, draft.labels)
    value_labels: dict[Code, str] = {float(value): label for value, label in draft.choices.items()}
    value_labels |= {chosen.code_of.get(value, value): label for value, label in draft.labels.items()}
    ranges: tuple[tuple[Any, Any], ...] = ()
    missing: dict[Code, str] = {}
    if draft.has_reasons:
        missing = dict(chosen.missing)
        value_labels |= {code: REASON_WORDS[reason] for code, reason in missing.items()}
        ranges = missing_ranges([code for code in missing if isinstance(code, float)])
    variable = Variable(
        label=draft.label, value_labels=value_labels, missing_ranges=ranges, measure=draft.measure, kind="number"
    )
    return Column(
        name=draft.wish,
        target=draft.target,
        variable=variable,
        cells=chosen.cells(draft.cells, draft.reasons, as_text=False),
        reasons=draft.reasons,
        codes=dict(chosen.codes),
        missing=missing,
    )


def text_column(target: Target, wish: str, label: str, values: pd.Series, measure: str = "nominal") -> Column:
    """Make a column of texts."""
    texts = pd.Series(["" if value is None or pd.isna(value) else str(value) for value in values], dtype=object)
    variable = Variable(label=label, measure=measure, kind="text")
    return Column(wish, target, variable, texts, pd.Series([None] * len(texts), dtype=object))


def number_column(target: Target, wish: str, label: str, values: pd.Series, measure: str = "scale") -> Column:
    """Make a column of numbers without reasons."""
    variable = Variable(label=label, measure=measure, kind="number")
    return Column(wish, target, variable, values.astype(float), pd.Series([None] * len(values), dtype=object))


def sourced_column(draft: Draft, claim: Claim, coding: Coding, remarks: list[str]) -> Column:
    """Make a column with the dictionary of the file it came from."""
    variable, left = declared(claim.variable, coding)
    for code, label in coding.added.items():
        remarks.append(f"{claim.name}: the file had no code for '{label}'; {code_word(code)} is added.")
    for code in left:
        remarks.append(
            f"{claim.name}: {code_word(code)} is labelled and not declared user-missing; SPSS takes no more."
        )
    return Column(
        name=claim.name,
        target=draft.target,
        variable=variable,
        cells=coding.cells(draft.cells, draft.reasons, as_text=variable.kind == "text"),
        reasons=draft.reasons,
        codes=coding.codes,
        missing=coding.missing,
        sourced=True,
    )


def coding_of(
    source: Source, variable: Variable, values: pd.Series, reasons: pd.Series, known: dict[Code, Code]
) -> Coding:
    """Turn a mapping's line round for the values that occur."""
    return turned_round(
        source.codes, source.missing, variable, list(values.dropna().unique()), list(reasons.dropna().unique()), known
    )


def missing_ranges(codes: list[float]) -> tuple[tuple[float, float], ...]:
    """Declare codes: up to three singly, codes in a row as one range, of others the first three."""
    ordered = sorted(codes)
    in_a_row = ordered == [ordered[0] + step for step in range(len(ordered))] if ordered else False
    if len(ordered) > DISCRETE and in_a_row:
        return ((ordered[0], ordered[-1]),)
    return tuple((code, code) for code in ordered[:DISCRETE])
