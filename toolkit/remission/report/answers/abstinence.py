"""Abstinence at the interviews."""

import pandas as pd

from remission.estimate.result import Coefficients, Estimates
from remission.questions import Problem
from remission.questions.abstinence import Abstinence
from remission.report import sentences
from remission.report.answers.alike import verdict_table
from remission.report.coefficient_table import coefficient_table
from remission.report.interval_chart import Interval, interval_chart
from remission.report.names import Names
from remission.report.numbers import percent, plain
from remission.report.section import Section, basis_of

ASKS = (
    "How abstinence at later interviews goes with what was known before. Odds ratios between groups of people "
    "(averages) and of one person against itself (conditional) answer two questions and differ in size."
)


def abstinence_section(found: Abstinence, names: Names) -> Section:
    """Show the shares abstinent with both ends of what is unknown, and both models beside one another."""
    tables = [("Abstinent at each interview", _shares(found.shares))]
    bases = []
    for caption, fit in (
        ("Averages: odds ratios between groups of people", found.averages),
        ("Conditional: odds ratios of one person against itself", found.conditional),
    ):
        if isinstance(fit, Coefficients):
            tables.append((caption, coefficient_table(fit, names)))
            bases.append(basis_of(fit))
    told = [_model_words(found.averages, names), *_alike_words(found.alike, names), *found.meaning, found.definition]
    if isinstance(found.alike, Estimates):
        verdicts = found.alike.table.assign(shown=[names.term(str(term)) for term in found.alike.table["term"]])
        tables.append(("Does involvement work alike in all groups?", verdict_table(verdicts, True)))
        bases.append(basis_of(found.alike))
    finding = " ".join(told)
    lines = [
        Interval(plain(row["wave"]), 100 * row["share"], 100 * row["share_if_missing_used"], 100 * row["share"])
        for _, row in found.shares.iterrows()
    ]
    chart = interval_chart(
        lines, "Abstinent, %", finding, note="Points: of those known. Bars reach to the share if all unknown had used."
    )
    return Section("", finding, chart, tuple(tables), tuple(bases), asks=ASKS)


def _model_words(fit: Coefficients | Problem, names: Names) -> str:
    return fit.sentence if isinstance(fit, Problem) else sentences.coefficients_sentence(fit, names)


def _alike_words(found: Estimates | Problem | None, names: Names) -> list[str]:
    if found is None:
        return []
    if isinstance(found, Problem):
        return [found.sentence]
    told = [f"{names.term(str(row['term']))}: {row['verdict']}" for _, row in found.table.iterrows()]
    return [f"Whether involvement goes with abstinence alike in all groups, by the margin declared: {'; '.join(told)}."]


def _shares(shares: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Wave": [plain(wave) for wave in shares["wave"]],
            "Due": shares["due"],
            "Known": shares["known"],
            "Abstinent": shares["abstinent"],
            "% of those known": [percent(float(share)) for share in shares["share"]],
            "% if all unknown had used": [percent(float(share)) for share in shares["share_if_missing_used"]],
        }
    )
