"""The questions of study.yaml beyond curves, hazards and trajectories: each with its heading and how to answer it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from remission.cohort import Study
from remission.estimate.workers import ALONE, Crew
from remission.questions.abstinence import Abstinence, abstinence
from remission.questions.alike import Alike, alike
from remission.questions.baseline import Baseline, baseline
from remission.questions.cascade import Cascade, cascade
from remission.questions.duration import Duration, duration
from remission.questions.endings import Endings, compare_endings
from remission.questions.flow import Flow, flow
from remission.questions.mechanism import Mechanism, mechanism
from remission.questions.missing import Missing, missing
from remission.questions.problem import Problem
from remission.questions.what_if import WhatIf, what_if

Finding = Baseline | Flow | Endings | WhatIf | Alike | Abstinence | Cascade | Duration | Mechanism | Missing


@dataclass(frozen=True)
class Question:
    """A question: its key in study.yaml, its own words there, its heading, and how to answer it."""

    key: str
    name: str
    heading: str
    answer: Callable[[], Finding]


@dataclass(frozen=True)
class Asked:
    """A question with its answer."""

    key: str
    name: str
    heading: str
    answer: Finding | Problem


def questions_of(study: Study, crew: Crew = ALONE) -> Iterator[Question]:
    """Yield the questions in the order in which they are shown; ``crew`` computes resamples and copies."""
    asked = study.protocol.questions
    if asked.flow:
        yield Question("flow", "flow", "Participant flow", partial(flow, study))
    for by in asked.baseline:
        yield Question("baseline", by, f"Who is in the study, by {_plain(by)}", partial(baseline, study, by))
    for by in asked.endings:
        yield Question("endings", by, f"What came first, by {_plain(by)}", partial(compare_endings, study, by))
    for by in asked.what_if:
        heading = f"If those who were lost fared otherwise: {_plain(by)}"
        yield Question("what_if", by, heading, partial(what_if, study, by))
    for number, each in enumerate(asked.alike, start=1):
        heading = f"Do groups do alike? {_plain(each.by)}, {_plain(each.scale)}"
        yield Question("alike", f"{number}: {each.by} {each.scale}", heading, partial(alike, study, each))
    for ask in asked.abstinence:
        heading = f"Abstinence at the interviews: {ask.terms}"
        yield Question("abstinence", ask.terms, heading, partial(abstinence, study, ask))
    if asked.cascade:
        yield Question(
            "cascade", "cascade", "From referral to sustained attendance", partial(cascade, study, asked.cascade)
        )
    for spell in asked.duration:
        heading = f"Weeks with a meeting by day {spell.landmark}, and what came after"
        yield Question("duration", f"day {spell.landmark}", heading, partial(duration, study, spell))
    for chain in asked.mechanisms:
        way = " → ".join([chain.exposure, *chain.mediators, chain.outcome])
        yield Question("mechanisms", way, f"Mechanism: {way}", partial(mechanism, study, chain, crew))
    for one in asked.missing:
        heading = f"What is missing: {_plain(one.measure)} at {_plain(one.at)}, {one.terms}"
        yield Question("missing", f"{one.measure}@{one.at} {one.terms}", heading, partial(missing, study, one, crew))


def _plain(name: str) -> str:
    return name.replace("_", " ")
