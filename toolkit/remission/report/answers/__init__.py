"""The further questions of study.yaml as parts of a report: one module a question."""

from collections.abc import Sequence
from dataclasses import replace

from remission.questions import Problem
from remission.questions.abstinence import Abstinence
from remission.questions.alike import Alike
from remission.questions.asked import Asked
from remission.questions.baseline import Baseline
from remission.questions.cascade import Cascade
from remission.questions.duration import Duration
from remission.questions.endings import Endings
from remission.questions.flow import Flow
from remission.questions.mechanism import Mechanism
from remission.questions.missing import Missing
from remission.questions.what_if import WhatIf
from remission.report.answers.abstinence import abstinence_section
from remission.report.answers.alike import alike_section
from remission.report.answers.baseline import baseline_section
from remission.report.answers.cascade import cascade_section
from remission.report.answers.duration import duration_section
from remission.report.answers.endings import endings_section
from remission.report.answers.flow import flow_section
from remission.report.answers.mechanism import mechanism_section
from remission.report.answers.missing import missing_section
from remission.report.answers.what_if import what_if_section
from remission.report.names import Names
from remission.report.section import Section
from remission.report.time_axis import TimeAxis


def answer_section(asked: Asked, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    """Turn a question with its answer into a part of a report, or of a page.

    Parameters
    ----------
    asked : Asked
    names : Names
    axis : TimeAxis or None
        The study's own, for curves.
    times : sequence of int
        Days at which curves are read.
    """
    found = asked.answer
    if isinstance(found, Problem):
        return Section(asked.heading, found.sentence)
    return replace(_section(found, names, axis, times), heading=asked.heading)


def _section(found: object, names: Names, axis: TimeAxis | None, times: Sequence[int]) -> Section:
    match found:
        case Endings():
            return endings_section(found, names, axis, times)
        case Cascade():
            return cascade_section(found, names, axis, times)
        case Duration():
            return duration_section(found, names, axis, times)
        case Flow():
            return flow_section(found)
        case Baseline():
            return baseline_section(found, names)
        case Alike():
            return alike_section(found, names)
        case WhatIf():
            return what_if_section(found, names)
        case Abstinence():
            return abstinence_section(found, names)
        case Mechanism():
            return mechanism_section(found, names)
        case Missing():
            return missing_section(found, names)
    raise TypeError(f"no section for {type(found).__name__}")
