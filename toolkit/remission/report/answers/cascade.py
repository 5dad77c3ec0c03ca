"""From referral to sustained attendance, with the loss at each step."""

from collections.abc import Sequence

import pandas as pd

from remission.questions import Problem
from remission.questions.cascade import Cascade
from remission.report import sentences
from remission.report.curve_chart import curve_chart
from remission.report.names import Names
from remission.report.numbers import count, percent
from remission.report.readings import curve_table
from remission.report.section import Section, basis_of
from remission.report.time_axis import TimeAxis

ASKS = (
    "Where people are lost between a professional's referral and going to meetings for good, and how each part fared "
    "afterwards, among those free of the event and followed when the steps were counted."
)


def cascade_section(found: Cascade, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    """Show the steps and the curve after them."""
    told = _told(found)
    steps = (f"Steps reached by day {found.landmark}", _steps(found.steps))
    if isinstance(found.curve, Problem):
        return Section("", f"{told} {found.curve.sentence}", None, (steps,), asks=ASKS)
    later = [day for day in times if day > found.landmark] or [found.asked.day]
    said = sentences.curve_sentence(found.curve, later, names)
    caution = sentences.caution("step", names)
    tables = (steps, ("Free of the event, by the furthest step", curve_table(found.curve, later, names)))
    chart = curve_chart(found.curve, axis, later, names)
    return Section("", f"{told} {said} {caution}", chart, tables, (basis_of(found.curve),), asks=ASKS)


def _told(found: Cascade) -> str:
    rows = found.steps.set_index("step")
    parts = [
        f"{int(row['reached'])} of {int(row['of'])} came to “{step}” ({percent(row['share'], 0)} %)"
        for step, row in rows.iloc[1:].iterrows()
    ]
    rule = (
        f"Sustained is {count(found.asked.meetings_at_least, 'meeting', 'meetings')} or more in each four weeks of "
        f"{found.asked.weeks}; a first meeting counts within {found.asked.within_days} days."
    )
    return f"{'; '.join(parts)}. {rule}"


def _steps(steps: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Step": [str(step).capitalize() for step in steps["step"]],
            "Reached": steps["reached"],
            "Of those before": steps["of"],
            "%": [percent(float(share)) for share in steps["share"]],
            "Did not go on": steps["lost"],
            "Not followed so long": steps["unknown"],
        }
    )
