"""A chain from exposure to outcome."""

from dataclasses import replace
from zlib import crc32

import pandas as pd

from remission.questions.mechanism import Mechanism
from remission.report.names import Names
from remission.report.numbers import estimate, p_value, plain
from remission.report.path_diagram import path_diagram, path_sentence
from remission.report.section import Section, basis_of


def mechanism_section(found: Mechanism, names: Names) -> Section:
    """Draw the chain with its effects, and say what hidden confounding would have to be."""
    fit, called = found.effects, _at_waves(found, names)
    told = " ".join([path_sentence(fit, called), *fit.assumptions])
    sensitivity = fit.sensitivity["sentence"].drop_duplicates()
    tables = [
        ("Effects", _effects(fit.effects(), found, called)),
        ("Arrows, per unit", _effects(fit.arrows(), found, called)),
    ]
    if len(sensitivity):
        tables.append(("What hidden confounding would have to be", pd.DataFrame({"In words": sensitivity.tolist()})))
    asks = (
        "How much of the difference in the outcome goes along with changes in the measures between. No lot was drawn "
        "for mediators: the split holds only if nothing hidden moves both a mediator and the outcome."
    )
    name = f"path-{crc32(' '.join(fit.chain.names).encode()):x}"
    return Section("", told, None, tuple(tables), (basis_of(fit),), asks=asks, drawing=path_diagram(fit, called, name))


def _at_waves(found: Mechanism, names: Names) -> Names:
    called = {}
    for name, column in found.columns.items():
        measure, _, wave = name.partition("@")
        called[column] = f"{names.variable(measure)}, {plain(wave)}" if wave else names.variable(measure)
    return replace(names, variables={**names.variables, **called})


def _effects(rows: pd.DataFrame, found: Mechanism, names: Names) -> pd.DataFrame:
    written = [estimate(row["estimate"], row["conf_low"], row["conf_high"]) for _, row in rows.iterrows()]
    return pd.DataFrame(
        {
            "What": [_words(str(term), found, names) for term in rows["term"]],
            "Scale": [_words(str(scale), found, names) for scale in rows["scale"]],
            "Estimate (CI)": written,
            "p": [p_value(float(p)) for p in rows["p_value"]],
        }
    )


def _words(term: str, found: Mechanism, names: Names) -> str:
    for column in sorted(found.columns.values(), key=len, reverse=True):
        term = term.replace(column, names.variable(column))
    return term[:1].upper() + term[1:]
