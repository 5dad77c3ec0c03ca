"""Answers that the views share, kept by study folder and revision."""

import pandas as pd
import streamlit as st

from remission import questions, report
from remission.dashboard.opening import Key, at, key, names, study
from remission.estimate.result import Coefficients, Curve, MixedFit
from remission.questions import Comparison, Problem, data_quality
from remission.questions.follow_up import follow_up as count_follow_up
from remission.questions.follow_up import group_sizes as count_groups
from remission.questions.multiverse import definitions_of
from remission.questions.problem import answer_or_problem
from remission.questions.study_results import READING_DAYS
from remission.questions.wave_means import grouping, trajectory_means, wave_means

KEPT = 64


def follow_up(by: str | None = None) -> pd.DataFrame:
    """Count who was due and answered at each wave, of each group with ``by``."""
    return _follow_up(key(), by)


def group_sizes(by: str) -> pd.DataFrame:
    """Count participants by what was known of them at day 0."""
    return _group_sizes(key(), by)


def first_use() -> Curve | Problem:
    """Estimate time to the event for all participants."""
    return _first_use(key())


def comparison(by: str) -> Comparison | Problem:
    """Compare time to the event between groups known at day 0."""
    return _comparison(key(), by)


def cox_model(terms: str, over_time: bool) -> Coefficients | Problem:
    """Fit a hazard model on what was known at day 0, or with engagement that varies over time."""
    return _cox_model(key(), terms, over_time)


def trajectory(formula: str) -> tuple[MixedFit | Problem, pd.DataFrame]:
    """Fit a model over waves; with it come the observed means that belong to it."""
    return _trajectory(key(), formula)


def means(measure: str, by: str | None) -> pd.DataFrame:
    """Average a measure over those who answered, wave by wave."""
    return _means(key(), measure, by)


def missingness() -> pd.DataFrame:
    """Count missing answers by wave, instrument and item."""
    return _missingness(key())


def windows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count interviews by window, and list those outside."""
    return _windows(key())


def left_out() -> pd.DataFrame:
    """List what each question had to leave out, and why."""
    asked = study().protocol.questions
    answers: list[tuple[str, data_quality.Answered]] = [("time to the event", first_use())]
    answers += [(f"time to the event by {names().variable(by)}", comparison(by)) for by in asked.by]
    answers += [(terms, cox_model(terms, over_time=False)) for terms in asked.cox]
    answers += [(f"{terms}, engagement over time", cox_model(terms, over_time=True)) for terms in asked.over_time]
    answers += [(formula, trajectory(formula)[0]) for formula in asked.trajectories]
    return data_quality.left_out(answers)


def asked() -> list[questions.Question]:
    """List what study.yaml asks beyond curves, hazards and trajectories."""
    return list(questions.questions_of(study()))


def answer_to(kind: str, name: str) -> report.Section:
    """Answer one of those questions as a part of a page."""
    return report.answer_section(_answer_to(key(), kind, name), names(), time_axis(), READING_DAYS)


def exposures() -> list[str]:
    """Name what time to the event may be read by."""
    return questions.exposures_of(study())


def definitions() -> dict[str, str]:
    """Name the outcome definitions that the study sets side by side, each with its title; its own comes first."""
    return {one.name: one.title for one in definitions_of(study())}


def landmark_days() -> list[int]:
    """Name the days of the waves after day 0, and where there is none, day 183."""
    return [wave.day for wave in study().protocol.standing_waves if wave.day > 0] or [183]


def read_relapse(reading: questions.Reading) -> report.Section:
    """Read time to the event by an exposure as a part of a page."""
    found = _relapse(key(), reading)
    if isinstance(found, Problem):
        return report.Section("", found.sentence)
    return report.relapse_section(found, names(), time_axis(), READING_DAYS)


def time_axis() -> report.TimeAxis | None:
    """Return the study's own time axis, the same for every curve; None while there is no curve."""
    curve = first_use()
    return report.axis_of(curve) if isinstance(curve, Curve) else None


def covariates() -> list[str]:
    """Name what curves may be compared by: what study.yaml asks for first, then group and engagement."""
    return list(dict.fromkeys([*study().protocol.questions.by, "group", *study().protocol.all_levels]))


def formulas(measure: str) -> list[str]:
    """Name the models over waves that study.yaml asks for and that explain a measure."""
    asked = study().protocol.questions.trajectories
    return [formula for formula in asked if formula.split("~")[0].strip() == measure]


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _follow_up(held: Key, by: str | None) -> pd.DataFrame:
    return count_follow_up(at(held), by)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _group_sizes(held: Key, by: str) -> pd.DataFrame:
    return count_groups(at(held), by)


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _first_use(held: Key) -> Curve | Problem:
    return answer_or_problem(lambda: questions.time_to_first_use(at(held)))


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _comparison(held: Key, by: str) -> Comparison | Problem:
    return answer_or_problem(lambda: questions.compare_groups(at(held), by))


@st.cache_data(max_entries=KEPT, show_spinner="Fitting the model …")
def _cox_model(held: Key, terms: str, over_time: bool) -> Coefficients | Problem:
    fit = questions.engagement_over_time if over_time else questions.cox_model
    return answer_or_problem(lambda: fit(at(held), terms))


@st.cache_data(max_entries=KEPT, show_spinner="Fitting the model …")
def _trajectory(held: Key, formula: str) -> tuple[MixedFit | Problem, pd.DataFrame]:
    opened = at(held)
    fit = answer_or_problem(lambda: questions.trajectory(opened, formula))
    if isinstance(fit, Problem):
        return fit, wave_means(opened, formula.split("~")[0].strip(), grouping(opened, formula))
    return fit, trajectory_means(opened, formula, fit)


@st.cache_data(max_entries=KEPT, show_spinner="Answering …")
def _answer_to(held: Key, kind: str, name: str) -> questions.Asked:
    opened = at(held)
    one = next(one for one in questions.questions_of(opened) if (one.key, one.name) == (kind, name))
    return questions.Asked(one.key, one.name, one.heading, answer_or_problem(one.answer))


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _relapse(held: Key, reading: questions.Reading) -> questions.Relapse | Problem:
    return answer_or_problem(lambda: questions.relapse(at(held), reading))


@st.cache_data(max_entries=KEPT, show_spinner="Averaging …")
def _means(held: Key, measure: str, by: str | None) -> pd.DataFrame:
    return wave_means(at(held), measure, by)


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _missingness(held: Key) -> pd.DataFrame:
    return data_quality.missingness(at(held))


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _windows(held: Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    opened = at(held)
    return data_quality.windows(opened), data_quality.out_of_window(opened)
