"""What the dashboard's views share: the study, cached answers, and one way to draw.

Nothing that holds a database connection is cached. Answers are kept by study folder and revision, so an
import or an edit of study.yaml turns them over.
"""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from remission import questions, report
from remission.cohort import Study, open_study, participants, permission
from remission.errors import RemissionError, StudyError
from remission.estimate.result import Coefficients, Curve, MixedFit
from remission.questions import Comparison, Problem, data_quality
from remission.questions.follow_up import follow_up as count_follow_up
from remission.questions.follow_up import group_sizes as count_groups
from remission.questions.problem import answer_or_problem
from remission.questions.study_results import READING_DAYS
from remission.questions.wave_means import grouping, trajectory_means, wave_means

STUDY_VARIABLE = "REMISSION_STUDY"
KEPT = 64
Key = tuple[str, str, str]


def study() -> Study:
    """Open the study that the dashboard was started for.

    Raises
    ------
    StudyError
        No study was named, or it cannot be opened.
    """
    named = os.environ.get(STUDY_VARIABLE) or next(iter(sys.argv[1:]), None)
    if not named:
        raise StudyError("The dashboard was started without a study.", "Run `remission dashboard --study FOLDER`.")
    return open_study(Path(named), create_database=False)


def names() -> report.Names:
    """Return the names that study.yaml gives to variables and values."""
    return report.names_of(study().protocol)


def guarded(run: Callable[[], None]) -> None:
    """Run a page; an error that a person can mend is shown as its sentence."""
    try:
        run()
    except RemissionError as error:
        st.error(f"{error.cause} {error.cure}")


def follow_up(by: str | None = None) -> pd.DataFrame:
    """Count who was due and answered at each wave, of each group with ``by``."""
    return _follow_up(_key(), by)


def group_sizes(by: str) -> pd.DataFrame:
    """Count participants by what was known of them at day 0."""
    return _group_sizes(_key(), by)


def first_use() -> Curve | Problem:
    """Estimate time to the event for all participants."""
    return _first_use(_key())


def comparison(by: str) -> Comparison | Problem:
    """Compare time to the event between groups known at day 0."""
    return _comparison(_key(), by)


def cox_model(terms: str, over_time: bool) -> Coefficients | Problem:
    """Fit a hazard model on what was known at day 0, or with engagement that varies over time."""
    return _cox_model(_key(), terms, over_time)


def trajectory(formula: str) -> tuple[MixedFit | Problem, pd.DataFrame]:
    """Fit a model over waves; with it come the observed means that belong to it."""
    return _trajectory(_key(), formula)


def means(measure: str, by: str | None) -> pd.DataFrame:
    """Average a measure over those who answered, wave by wave."""
    return _means(_key(), measure, by)


def missingness() -> pd.DataFrame:
    """Count missing answers by wave, instrument and item."""
    return _missingness(_key())


def windows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count interviews by window, and list those outside."""
    return _windows(_key())


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


def answer_to(key: str, name: str) -> report.Section:
    """Answer one of those questions as a part of a page."""
    return report.answer_section(_answer_to(_key(), key, name), names(), time_axis(), READING_DAYS)


def draw_section(part: report.Section, key: str) -> None:
    """Show a question's sentence, figure, tables, and what it rests on."""
    if part.asks:
        st.caption(part.asks)
    st.markdown(part.sentence)
    if part.chart is not None:
        undescribed = part.chart.copy(deep=False)
        undescribed["description"] = alt.Undefined
        st.altair_chart(undescribed, width="content", theme=None, key=key, alt=part.sentence)
    if part.drawing:
        st.image(part.drawing)
    twin = 1 if part.chart is not None else 0
    for caption, rows in part.tables[:twin]:
        with st.expander("Show as table"):
            st.caption(caption)
            show(rows)
    for caption, rows in part.tables[twin:]:
        st.caption(caption)
        show(rows)
    for basis in part.bases:
        for failed in basis.failed:
            st.warning(f"Check failed, {failed}")
        left_out = "; ".join(f"{number}: {reason}" for reason, number in basis.left_out)
        st.caption(f"{basis.method}: {basis.sample}." + (f" Left out: {left_out}." if left_out else ""))


def time_axis() -> report.TimeAxis | None:
    """Return the study's own time axis, the same for every curve; None while there is no curve."""
    curve = first_use()
    return report.axis_of(curve) if isinstance(curve, Curve) else None


def covariates() -> list[str]:
    """Name what curves may be compared by: what study.yaml asks for first, then group and engagement."""
    return list(dict.fromkeys([*study().protocol.questions.by, "group", "engagement_level"]))


def formulas(measure: str) -> list[str]:
    """Name the models over waves that study.yaml asks for and that explain a measure."""
    asked = study().protocol.questions.trajectories
    return [formula for formula in asked if formula.split("~")[0].strip() == measure]


def draw(chart: alt.VConcatChart, twin: pd.DataFrame, sentence: str, key: str) -> None:
    """Show a sentence, the figure that it describes, and the same as a table."""
    st.markdown(sentence)
    # Streamlit would stretch each part of a figure on its own, labels and all, beyond the page.
    undescribed = chart.copy(deep=False)
    undescribed["description"] = alt.Undefined
    st.altair_chart(undescribed, width="content", theme=None, key=key, alt=sentence)
    with st.expander("Show as table"):
        show(twin)


def show(table: pd.DataFrame) -> None:
    """Show a table that a screen reader can read."""
    st.table(table, hide_index=True)


def draw_curve(curve: Curve, sentence: str, key: str, days: Sequence[int] = READING_DAYS) -> None:
    """Show a curve on the study's own time axis, with its twin."""
    chart = report.curve_chart(curve, time_axis(), days, names())
    draw(chart, report.curve_table(curve, days, names()), sentence, key)


def draw_coefficients(fit: Coefficients | Problem) -> None:
    """Show a model's sentence, its table and the checks that failed."""
    if isinstance(fit, Problem):
        st.info(fit.sentence)
        return
    st.markdown(report.sentences.coefficients_sentence(fit, names()))
    show(report.coefficient_table(fit, names()))
    for check in (check for check in fit.checks if not check.passed):
        st.warning(f"Check failed, {check.name}: {check.sentence}")


def need_participants() -> None:
    """Stop a view of a study without participants, and say how to bring some in."""
    here = study()
    if participants(here).empty:
        st.info("This study has no participants yet. Bring a data file in, then reload this page:")
        command = f"remission import FILE.sav --study {here.path.name} --map mappings/MAPPING.yaml"
        st.code(f"{command} --dry-run\n{command}", language=None)
        st.stop()


def not_used() -> str:
    """Say how many participants are left out because they asked for it or gave no consent."""
    return permission(study()).sentence


def _key() -> Key:
    opened = study()
    # Consents and stops begin and end with the day.
    return str(opened.path), opened.revision(), date.today().isoformat()


def _open(key: Key) -> Study:
    return open_study(Path(key[0]), create_database=False)


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _follow_up(key: Key, by: str | None) -> pd.DataFrame:
    return count_follow_up(_open(key), by)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _group_sizes(key: Key, by: str) -> pd.DataFrame:
    return count_groups(_open(key), by)


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _first_use(key: Key) -> Curve | Problem:
    return answer_or_problem(lambda: questions.time_to_first_use(_open(key)))


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _comparison(key: Key, by: str) -> Comparison | Problem:
    return answer_or_problem(lambda: questions.compare_groups(_open(key), by))


@st.cache_data(max_entries=KEPT, show_spinner="Fitting the model …")
def _cox_model(key: Key, terms: str, over_time: bool) -> Coefficients | Problem:
    fit = questions.engagement_over_time if over_time else questions.cox_model
    return answer_or_problem(lambda: fit(_open(key), terms))


@st.cache_data(max_entries=KEPT, show_spinner="Fitting the model …")
def _trajectory(key: Key, formula: str) -> tuple[MixedFit | Problem, pd.DataFrame]:
    opened = _open(key)
    fit = answer_or_problem(lambda: questions.trajectory(opened, formula))
    if isinstance(fit, Problem):
        return fit, wave_means(opened, formula.split("~")[0].strip(), grouping(opened, formula))
    return fit, trajectory_means(opened, formula, fit)


@st.cache_data(max_entries=KEPT, show_spinner="Answering …")
def _answer_to(key: Key, kind: str, name: str) -> questions.Asked:
    opened = _open(key)
    one = next(one for one in questions.questions_of(opened) if (one.key, one.name) == (kind, name))
    return questions.Asked(one.key, one.name, one.heading, answer_or_problem(one.answer))


@st.cache_data(max_entries=KEPT, show_spinner="Averaging …")
def _means(key: Key, measure: str, by: str | None) -> pd.DataFrame:
    return wave_means(_open(key), measure, by)


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _missingness(key: Key) -> pd.DataFrame:
    return data_quality.missingness(_open(key))


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _windows(key: Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    opened = _open(key)
    return data_quality.windows(opened), data_quality.out_of_window(opened)
