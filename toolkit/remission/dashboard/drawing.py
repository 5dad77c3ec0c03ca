"""One way to draw, for every view."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from remission import questions, report
from remission.dashboard.answers import time_axis
from remission.dashboard.opening import names, study
from remission.estimate.result import Coefficients, Curve
from remission.locate import shipped
from remission.questions import Problem
from remission.questions.study_results import READING_DAYS

STYLE_FILE = "style.css"


def draw_section(part: report.Section, key: str) -> None:
    """Show a question's sentence, figure, tables, and what it rests on."""
    if part.asks:
        st.caption(part.asks)
    st.markdown(part.sentence)
    if part.chart is not None:
        _figure(part.chart, part.sentence, key)
    if part.drawing:
        _picture(part.drawing, part.sentence)
    twin = 1 if part.chart is not None or part.drawing else 0
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


def draw(chart: alt.VConcatChart, twin: pd.DataFrame, sentence: str, key: str) -> None:
    """Show a sentence, the figure that it describes, and the same as a table."""
    st.markdown(sentence)
    _figure(chart, sentence, key)
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


def offer_call(reading: questions.Reading, part: report.Section) -> None:
    """Offer the Python call behind a figure, and its numbers as a file."""
    with st.expander("Python call and numbers"):
        st.code(questions.as_python(reading, str(study().path)), language="python")
        for place, (caption, rows) in enumerate(part.tables):
            name = f"{reading.exposure}_{reading.way}_{place + 1}.csv"
            st.download_button(f"{caption} (CSV)", rows.to_csv(index=False), name, "text/csv", key=name)


def style_page() -> None:
    """Shrink wide figures to a narrow screen; their tables say the same at full size."""
    # The gate lets this style through by its digest: it must stand in the page as it stands in the file.
    style = (shipped("dashboards") / STYLE_FILE).read_text(encoding="utf-8")
    st.html(f"<style>{style}</style>")


def _figure(chart: alt.VConcatChart, sentence: str, key: str) -> None:
    undescribed = (report.dark_chart(chart) if _is_dark() else chart).copy(deep=False)
    undescribed["description"] = alt.Undefined
    # Streamlit would stretch each part of a figure on its own, labels and all, beyond the page.
    st.altair_chart(undescribed, width="content", theme=None, key=key, alt=sentence)


def _picture(drawing: str, sentence: str) -> None:
    """Show an SVG as an image; Streamlit takes bare SVG out of a page."""
    shown = report.dark_drawing(drawing) if _is_dark() else drawing
    packed = b64encode(shown.encode()).decode()
    st.html(f'<img src="data:image/svg+xml;base64,{packed}" alt="{escape(sentence)}">')


def _is_dark() -> bool:
    return st.context.theme.type == "dark"
