"""Hazard ratios that may go into a release."""

from typing import Any

import numpy as np

from remission.cohort import Study
from remission.estimate import cox
from remission.releasing.plan import ReleasePlan
from remission.releasing.sorted_people import Sorted
from remission.tables.time_to_event import time_to_event

FEWEST_SPARE = 10


def hazard_ratios(study: Study, plan: ReleasePlan, found: Sorted, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare hazards between the groups of a release, each with the largest one.

    A group takes part with ``threshold`` people and as many events and as many without one, where the counts of the day
    that stands first are printed: limits of a hazard ratio tell roughly how many events there were. The model needs at
    least 10 events more than it has coefficients. Figures are rounded to one decimal.

    Returns
    -------
    list of dict
        ``group against ratio low high``; empty where fewer than two groups may take part or events are too few.
    """
    table = time_to_event(study.for_purpose("release"), definition=plan.outcome.definition or None)
    table = table.assign(compared=table["participant_id"].map(found.people[plan.by]).astype(object))
    sizes = table.groupby("compared")["event"].agg(["size", "sum"])
    enough = (sizes["sum"] >= plan.threshold) & (sizes["size"] - sizes["sum"] >= plan.threshold)
    enough &= sizes.index.isin(_printed(plan, content))
    kept = sizes[enough].sort_values("size", ascending=False, kind="stable").index
    rows = table[table["compared"].isin(kept)]
    if len(kept) < 2 or rows["event"].sum() - (len(kept) - 1) < FEWEST_SPARE:
        return []
    names = {name: f"g{number}" for number, name in enumerate(kept)}
    fit = cox("Event(exit, event) ~ C(compared)", rows.assign(compared=rows["compared"].map(names)))
    reference, *others = kept
    told = fit.tidy().set_index("term")
    lines = []
    for name in others:
        row = told.loc[f"C(compared)[T.{names[name]}]"]
        low, ratio, high = (round(float(np.exp(row[column])), 1) for column in ("conf_low", "estimate", "conf_high"))
        lines.append({"group": name, "against": reference, "ratio": ratio, "low": low, "high": high})
    return lines


def _printed(plan: ReleasePlan, content: dict[str, Any]) -> set[str]:
    """Name the groups whose counts on the day that stands first are all printed."""
    counts = {frozenset(cell["key"].items()): cell["count"] for cell in content["cells"]}
    day, by = plan.outcome.headline, content["by"]
    leaves = next(each["leaves"] for each in content["dimensions"] if each["name"] == by)
    lines = [f"{what}_{day}" for what in ("event_by", "left_by", "free_at")]
    return {
        group for group in leaves if all(counts[frozenset({(by, group), ("time", line)})] is not None for line in lines)
    }
