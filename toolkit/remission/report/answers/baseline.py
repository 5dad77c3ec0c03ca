"""Who is in the study, side by side for groups."""

from math import isnan

import pandas as pd

from remission.questions.baseline import IMBALANCED, WHOLE, Baseline
from remission.report import sentences
from remission.report.interval_chart import Interval, interval_chart
from remission.report.names import Names
from remission.report.numbers import ABSENT, count, listing, percent, quantity
from remission.report.section import Section

ASKS = (
    "How groups differ at day 0. Standardised differences do not grow with the number of participants; above "
    f"{IMBALANCED:g} they are worth adjusting for. P-values are not given: chance did not form these groups."
)


def baseline_section(found: Baseline, names: Names) -> Section:
    """Show counts and means by group, with the largest standardised difference of each variable."""
    told = baseline_sentence(found, names)
    known = found.differences[found.differences["difference"].notna()]
    lines = [
        Interval(names.variable(str(row["variable"])), row["difference"], 0.0, row["difference"])
        for _, row in known.sort_values("difference", ascending=False).iterrows()
    ]
    chart = interval_chart(
        lines,
        "Largest standardised difference between two groups",
        told,
        margin=(0.0, IMBALANCED),
        note=f"Shaded: up to {IMBALANCED:g}.",
    )
    return Section("", told, chart, (("At day 0: mean (SD), or number (%)", baseline_frame(found, names)),), asks=ASKS)


def baseline_sentence(found: Baseline, names: Names) -> str:
    """Say who is compared, and which variables lie apart."""
    labels = names.strata(found.by, [name for name in found.sizes if name != WHOLE])
    sizes = listing([f"{found.sizes[code]} in “{label}”" for code, label in labels.items()])
    wide = found.differences[found.differences["difference"] > IMBALANCED]
    apart = [names.variable(str(name)) for name in wide["variable"]]
    said = f"Groups lie apart by more than {IMBALANCED:g} in {listing(apart)}." if apart else "No variable lies apart."
    people = count(found.sizes[WHOLE], "participant", "participants")
    return f"{people}: {sizes}. {said} {sentences.caution(found.by, names)}".rstrip()


def baseline_frame(found: Baseline, names: Names) -> pd.DataFrame:
    """Write the table as text: one line a number, one line a level of a category."""
    labels = {WHOLE: "All", **names.strata(found.by, [name for name in found.sizes if name != WHOLE])}
    heads = {code: f"{label} (n = {found.sizes[code]})" for code, label in labels.items()}
    apart = {str(row["variable"]): row for _, row in found.differences.iterrows()}
    lines = []
    for (variable, level), rows in found.rows.groupby(["variable", "level"], sort=False):
        cells = {str(row["group"]): _cell(row) for _, row in rows.iterrows()}
        shown = names.variable(str(variable))
        level_name = names.strata(str(variable), [str(level)])[str(level)] if level else ""
        first = not level or level == found.rows.loc[found.rows["variable"] == variable, "level"].iloc[0]
        difference = float(apart[str(variable)]["difference"]) if first else float("nan")
        missing = str(int(apart[str(variable)]["missing"])) if first else ""
        lines.append(
            {
                "": f"{shown}: {level_name}" if level_name else shown,
                **{head: cells.get(code, ABSENT) for code, head in heads.items()},
                "Missing": missing,
                "Difference": "" if isnan(difference) else f"{difference:.2f}",
            }
        )
    return pd.DataFrame(lines)


def _cell(row: pd.Series) -> str:
    if not row["of"]:
        return ABSENT
    if row["level"]:
        return f"{row['n']} ({percent(row['n'] / row['of'])})"
    return f"{quantity(row['mean'])} ({quantity(row['sd'])})"
