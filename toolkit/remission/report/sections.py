"""The parts of a report: each question with its sentence, figure, tables and what it rests on."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from remission.estimate.result import Coefficients, Curve, MixedFit, Test
from remission.questions import Comparison, Problem, StudyResults
from remission.report import sentences
from remission.report.answers import answer_section
from remission.report.coefficient_table import coefficient_table
from remission.report.curve_chart import curve_chart
from remission.report.follow_up_chart import follow_up_chart, follow_up_table
from remission.report.names import Names
from remission.report.numbers import quantity
from remission.report.readings import curve_table
from remission.report.section import Section, basis_of
from remission.report.time_axis import TimeAxis, axis_of
from remission.report.trajectory_chart import trajectory_chart, trajectory_table


def sections(results: StudyResults, names: Names, means: Mapping[str, pd.DataFrame]) -> Iterator[Section]:
    """Yield the sections of a report in their order.

    Parameters
    ----------
    results : StudyResults
    names : Names
    means : mapping of str to pandas.DataFrame
        Formula of a model over waves to the observed means that belong to it.
    """
    yield _follow_up(results)
    event = results.definition.title
    axis = axis_of(results.first_use) if isinstance(results.first_use, Curve) else None
    yield _curve(f"Time to {event}", results.first_use, None, axis, results.times, names)
    for name, answer in results.by.items():
        heading = f"Time to {event} by {names.variable(name)}"
        if isinstance(answer, Problem):
            yield Section(heading, answer.sentence)
        else:
            yield _curve(heading, answer.curve, answer, axis, results.times, names)
    for heading, fit in results.models():
        formula = next((text for text, found in results.trajectories.items() if found is fit), "")
        yield _model(heading, fit, means.get(formula), names)
    for asked in results.others:
        yield answer_section(asked, names, axis, results.times)


def _follow_up(results: StudyResults) -> Section:
    told = sentences.follow_up_sentence(results.follow_up)
    tables = (("Interviews due and answered, wave by wave", follow_up_table(results.follow_up)),)
    return Section("Follow-up", told, follow_up_chart(results.follow_up), tables)


def _curve(
    heading: str,
    curve: Curve | Problem,
    comparison: Comparison | None,
    axis: TimeAxis | None,
    times: Sequence[int],
    names: Names,
) -> Section:
    if isinstance(curve, Problem):
        return Section(heading, curve.sentence)
    test = comparison.test if comparison else None
    told = (
        sentences.comparison_sentence(curve, test, times, names)
        if test
        else (sentences.curve_sentence(curve, times, names))
    )
    tables = (("The curve at some days", curve_table(curve, times, names)),)
    bases = (basis_of(curve), *((basis_of(test),) if isinstance(test, Test) else ()))
    return Section(heading, told, curve_chart(curve, axis, times, names), tables, bases)


def _model(heading: str, fit: Coefficients | Problem, means: pd.DataFrame | None, names: Names) -> Section:
    if isinstance(fit, Problem):
        return Section(heading, fit.sentence)
    tables = [("Coefficients", coefficient_table(fit, names))]
    chart = None
    if isinstance(fit, MixedFit):
        tables.append(("What varies between participants", variance_table(fit, names)))
    if means is not None and not means.empty:
        by = str(means.attrs.get("by") or "")
        chart = trajectory_chart(means, fit.estimand.event, by, names)
        tables.insert(0, ("Observed means and the model's", trajectory_table(means, by, names)))
    return Section(heading, sentences.coefficients_sentence(fit, names), chart, tuple(tables), (basis_of(fit),))


def variance_table(fit: MixedFit, names: Names) -> pd.DataFrame:
    """Write the variances and covariances of a mixed model as text."""
    table = fit.variances()
    terms = [
        "residual" if group == "residual" else names.term(str(term)) + (f" with {names.term(str(other))}" * cross)
        for group, term, other, cross in zip(
            table["group"], table["term"], table["other"], table["term"] != table["other"], strict=True
        )
    ]
    kinds = ["covariance" if " with " in term else "variance" for term in terms]
    sizes = [quantity(float(value)) for value in table["covariance"]]
    return pd.DataFrame({"Term": terms, "Kind": kinds, "Estimate": sizes})
