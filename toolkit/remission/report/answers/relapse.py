"""Time to the event by an exposure, in the way of reading that was chosen."""

from collections.abc import Sequence

from remission.estimate.result import Test
from remission.questions import Problem
from remission.questions.relapse import Relapse, asks
from remission.report import sentences
from remission.report.coefficient_table import coefficient_table
from remission.report.curve_chart import curve_chart
from remission.report.names import Names
from remission.report.readings import curve_table
from remission.report.section import Section, basis_of
from remission.report.time_axis import TimeAxis


def relapse_section(found: Relapse, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    """Draw the curves, with their reading at some days and the hazard ratios beside them."""
    exposure = found.reading.exposure
    named = names.variable(exposure)
    told, tables, bases, chart = [], [], [], None
    days = [day for day in times if found.reading.way != "landmark" or day > found.reading.day]
    if isinstance(found.curve, Problem):
        told.append(found.curve.sentence)
    else:
        days = days or [int(found.curve.table["time"].max())]
        chart = curve_chart(found.curve, axis, days, names)
        tables.append(("The curves at some days", curve_table(found.curve, days, names)))
        bases.append(basis_of(found.curve))
        if found.test is None:
            told.append(sentences.curve_sentence(found.curve, days, names))
        else:
            told.append(sentences.comparison_sentence(found.curve, found.test, days, names))
    if isinstance(found.test, Test):
        bases.append(basis_of(found.test))
    if isinstance(found.model, Problem):
        told.append(found.model.sentence)
    else:
        ahead = sentences.caution(exposure, names)
        told = [said.removesuffix(ahead).rstrip() for said in told] if ahead else told
        told.append(sentences.coefficients_sentence(found.model, names))
        tables.append(("Hazard ratios", coefficient_table(found.model, names)))
        bases.append(basis_of(found.model))
    heading = f"Time to the event by {named}"
    return Section(heading, " ".join(told), chart, tuple(tables), tuple(bases), asks=asks(found.reading, f"“{named}”"))
