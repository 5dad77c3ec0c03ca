"""Hazard ratios that may go into a release."""

from typing import Any

import numpy as np

from remission.cohort import Study
from remission.errors import NotEstimable
from remission.estimate import cox
from remission.releasing.plan import ReleasePlan
from remission.releasing.sorted_people import Sorted
from remission.tables.time_to_event import time_to_event

FEWEST_SPARE = 10


def hazard_ratios(study: Study, plan: ReleasePlan, found: Sorted) -> list[dict[str, Any]]:
    """Compare hazards between the groups of a release, each with the largest one.

    A group takes part with ``threshold`` people and as many events and as many without one; the model needs at least
    10 events more than it has coefficients. Figures are rounded to one decimal.

    Raises
    ------
    NotEstimable
        Fewer than two groups are large enough, or the model cannot be fitted.
    """
    table = time_to_event(study.for_purpose("release"), definition=plan.outcome.definition or None)
    table = table.assign(compared=table["participant_id"].map(found.people[plan.by]).astype(object))
    sizes = table.groupby("compared")["event"].agg(["size", "sum"])
    enough = (sizes["sum"] >= plan.threshold) & (sizes["size"] - sizes["sum"] >= plan.threshold)
    kept = sizes[enough].sort_values("size", ascending=False, kind="stable").index
    if len(kept) < 2:
        raise NotEstimable(
            f"Fewer than two groups have {plan.threshold} people with the event and {plan.threshold} without.",
            "Leave `models` out, or put small groups together.",
        )
    rows = table[table["compared"].isin(kept)]
    if rows["event"].sum() - (len(kept) - 1) < FEWEST_SPARE:
        raise NotEstimable("The model has too few events.", "Leave `models` out.")
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
