"""Endings side by side."""

from collections.abc import Sequence

import pandas as pd

from remission.estimate.result import Test
from remission.questions.endings import Endings
from remission.report import sentences
from remission.report.curve_chart import curve_chart
from remission.report.names import Names
from remission.report.numbers import percent, plain
from remission.report.readings import curve_table
from remission.report.section import Section, basis_of
from remission.report.time_axis import TimeAxis

ASKS = (
    "How likely each ending is to come first, among all who started. One minus the curve of those still free would "
    "count people as if they could no longer die or be locked up."
)


def endings_section(found: Endings, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    """Draw the incidence of each ending, with all endings counted."""
    told = sentences.comparison_sentence(found.curve, found.test, times, names)
    tables = (
        ("The curves at some days", curve_table(found.curve, times, names)),
        ("How observation ended", _counts(found, names)),
    )
    tests = (basis_of(found.test),) if isinstance(found.test, Test) else ()
    chart = curve_chart(found.curve, axis, times, names)
    return Section("", told, chart, tables, (basis_of(found.curve), *tests), asks=ASKS)


def _counts(found: Endings, names: Names) -> pd.DataFrame:
    codes = found.counts[found.by].astype(object).map(str)
    labels = names.strata(found.by, codes.unique())
    return pd.DataFrame(
        {
            names.variable(found.by).capitalize(): codes.map(labels),
            "Ending": [plain(ending) for ending in found.counts["ending"]],
            "Participants": found.counts["participants"],
            "% of the group": [percent(float(share)) for share in found.counts["share"]],
        }
    )
