"""Length of attendance, and what came after."""

from collections.abc import Sequence

from remission.estimate.result import Test
from remission.questions import Problem
from remission.questions.duration import Duration
from remission.report import sentences
from remission.report.coefficient_table import coefficient_table
from remission.report.curve_chart import curve_chart
from remission.report.names import Names
from remission.report.readings import curve_table
from remission.report.section import Section, basis_of
from remission.report.time_axis import TimeAxis


def duration_section(found: Duration, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    """Draw curves after the landmark by weeks attended, with the adjusted model beside them."""
    landmark = found.asked.landmark
    last = int(found.curve.table["time"].max())
    later = [day for day in (*times, landmark + 180, landmark + 365) if landmark < day <= last] or [last]
    told = sentences.comparison_sentence(found.curve, found.test, sorted(set(later)), names)
    tables = [("The curves at some days", curve_table(found.curve, sorted(set(later)), names))]
    bases = [basis_of(found.curve)]
    if isinstance(found.test, Test):
        bases.append(basis_of(found.test))
    if not isinstance(found.model, Problem):
        tables.append(("Hazard after the landmark, adjusted", coefficient_table(found.model, names)))
        bases.append(basis_of(found.model))
    asks = (
        f"Whether those who attended longer by day {landmark} do better after it. Only who was still free of the event "
        "and followed on that day is compared, because others could not have attended so long."
    )
    chart = curve_chart(found.curve, axis, later, names)
    return Section("", told, chart, tuple(tables), tuple(bases), asks=asks)
