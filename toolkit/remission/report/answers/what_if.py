"""A comparison under several fates of those who were lost."""

from math import exp, isfinite, nan

import pandas as pd

from remission.questions.what_if import WhatIf
from remission.report.interval_chart import Interval, interval_chart
from remission.report.names import Names
from remission.report.numbers import ABSENT, interval, ratio
from remission.report.section import Section, basis_of

LIMITS = ("estimate", "conf_low", "conf_high")
PLAIN = ("as given", "complete cases", "lost =")


def what_if_section(found: WhatIf, names: Names) -> Section:
    """Show the hazard ratios of every scenario, and what one would have to believe."""
    panel = found.panel.table
    terms = [str(term) for term in panel["term"].dropna().drop_duplicates()]
    first = terms[0] if terms else ""
    told = _told(found, first, names)
    main = panel[(panel["term"] == first) & panel["scenario"].str.startswith(PLAIN)]
    lines = [Interval(str(row["scenario"]), *(_ratio(row[name]) for name in LIMITS)) for _, row in main.iterrows()]
    title = f"Hazard ratio, {names.term(first)}"
    chart = interval_chart(lines, title, told, ratio=True, note="Each line supposes something else about the lost.")
    asks = (
        f"How far the comparison rests on those who were lost by day {found.window_end}: as if the lost were like "
        "those who stayed, without them, and with all of them relapsed or free."
    )
    believed = pd.DataFrame({"In words": [_in_words(sentence, terms, names) for sentence in found.panel.believe]})
    tables = [("Hazard ratios (95 % CI) under each supposition", _table(found, terms, names))]
    if len(believed):
        tables.append(("What you would have to believe for the conclusion to change", believed))
    return Section("", told, chart, tuple(tables), (basis_of(found.panel),), asks=asks)


def _told(found: WhatIf, term: str, names: Names) -> str:
    rows = found.panel.table[found.panel.table["term"] == term]
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return "No supposition gives an estimate."
    ordered = [row for _, row in rows.sort_values("estimate").iterrows()]
    given, low, high = rows.iloc[0], ordered[0], ordered[-1]
    return (
        f"The hazard ratio of “{names.term(term)}” is {_written(given)} as given. It runs from {_written(low)} to "
        f"{_written(high)} between the suppositions on those who were lost."
    )


def _table(found: WhatIf, terms: list[str], names: Names) -> pd.DataFrame:
    rows = []
    scenarios = found.panel.table["scenario"].astype(str).drop_duplicates()
    codes = tuple(name[len("worst for ") :].partition(":")[0] for name in scenarios if name.startswith("worst for "))
    for scenario, group in found.panel.table.groupby("scenario", sort=False):
        told = {str(row["term"]): row for _, row in group.iterrows()}
        line: dict[str, object] = {"Supposition": _in_words(str(scenario), terms, names, found.by, codes)}
        line |= {names.term(term): _written(told[term]) if term in told else ABSENT for term in terms}
        rows.append({**line, "Events": group["events"].iloc[0], "Note": group["note"].iloc[0] or ""})
    table = pd.DataFrame(rows)
    return table if table["Note"].astype(bool).any() else table.drop(columns="Note")


def _written(row: pd.Series) -> str:
    value, low, high = (ratio(_ratio(row[name])) for name in LIMITS)
    return f"{value} {interval(low, high)}"


def _ratio(logarithm: float) -> float:
    return exp(logarithm) if isfinite(logarithm) and logarithm < 700 else nan


def _in_words(sentence: str, terms: list[str], names: Names, by: str = "", codes: tuple[str, ...] = ()) -> str:
    for term in terms:
        sentence = sentence.replace(term, f"“{names.term(term)}”")
    for code, label in names.strata(by, codes).items():
        for kind in ("worst", "best"):
            sentence = sentence.replace(f"{kind} for {code}:", f"{kind} for {label}:")
    return sentence
