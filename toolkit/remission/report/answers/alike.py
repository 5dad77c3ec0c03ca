"""Verdicts on whether groups do alike."""

import pandas as pd

from remission.estimate.result import Estimates
from remission.questions.alike import Alike
from remission.report.interval_chart import Interval, interval_chart
from remission.report.names import Names
from remission.report.numbers import estimate, interval, p_value, quantity, ratio
from remission.report.section import Section, basis_of

RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")
WORDS = {
    "hazard_ratio": "Hazard ratio",
    "risk_difference": "Difference in the share free of the event",
    "restricted_mean": "Difference in days free of the event",
}
ASKS = (
    "Whether groups do alike within a margin that was declared beforehand. A large p-value for a difference would not "
    "show that; neither does an inconclusive verdict."
)


def alike_section(found: Alike, names: Names) -> Section:
    """Draw each group's difference from the reference against the margin, with the verdict."""
    ratios = found.asked.scale == "hazard_ratio"
    reference = names.strata(found.asked.by, [found.asked.reference])[found.asked.reference]
    verdicts = found.verdicts.table.assign(shown=_labels(found, names))
    title = f"{WORDS[found.asked.scale]}, against {reference} ({_level(found.verdicts)} % interval)"
    told = verdict_sentence(verdicts, reference)
    lines = [_line(row) for _, row in verdicts.iterrows()]
    first = verdicts.iloc[0]
    chart = interval_chart(
        lines,
        title,
        told,
        ratio=ratios,
        margin=(float(first["margin_low"]), float(first["margin_high"])),
        note="Shaded: the margin declared beforehand. Bars: the intervals that are held against it.",
    )
    day = "" if ratios else f" Read at day {found.asked.day}."
    table = ("Each group against the margin", verdict_table(verdicts, ratios))
    return Section("", told + day, chart, (table,), (basis_of(found.verdicts), basis_of(found.basis)), asks=ASKS)


def verdict_table(verdicts: pd.DataFrame, ratios: bool) -> pd.DataFrame:
    """Write verdicts as text; ``verdicts`` carries the column ``shown`` with what each row is called."""
    write = ratio if ratios else quantity
    return pd.DataFrame(
        {
            "Group": verdicts["shown"],
            "Estimate (interval)": [_written(row, ratios) for _, row in verdicts.iterrows()],
            "Margin": [f"{write(row['margin_low'])} to {write(row['margin_high'])}" for _, row in verdicts.iterrows()],
            "p, alike": [p_value(float(p)) for p in verdicts["p_value"]],
            "p, different": [p_value(float(p)) for p in verdicts["p_difference"]],
            "Verdict": verdicts["verdict"],
        }
    )


def verdict_sentence(verdicts: pd.DataFrame, reference: str) -> str:
    """Say which groups came to which verdict."""
    told = []
    for verdict, rows in verdicts.groupby("verdict", sort=False):
        groups = ", ".join(f"“{name}”" for name in rows["shown"])
        told.append(f"{verdict} for {groups}")
    return f"Against “{reference}” the verdict is {'; '.join(told)}."


def _labels(found: Alike, names: Names) -> list[str]:
    if found.asked.scale == "hazard_ratio":
        return [names.term(str(term)).partition(": ")[2] for term in found.verdicts.table["term"]]
    groups = [str(contrast).partition(" - ")[0] for contrast in found.verdicts.table["contrast"]]
    labels = names.strata(found.asked.by, list(dict.fromkeys(groups)))
    return [labels.get(group, group) for group in groups]


def _line(row: pd.Series) -> Interval:
    return Interval(str(row["shown"]), float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))


def _written(row: pd.Series, ratios: bool) -> str:
    numbers = [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    if not ratios:
        return estimate(*numbers)
    value, low, high = (ratio(number) for number in numbers)
    return f"{value} {interval(low, high)}"


def _level(verdicts: Estimates) -> str:
    return f"{100 * (2 * float(verdicts.method.options.get('conf_level', 0.95)) - 1):g}"
