"""How a measure changes over the waves: observed means and the model through them."""

import streamlit as st

from remission import dashboard, report
from remission.questions import Problem

st.title("Trajectories")
dashboard.need_participants()

names = dashboard.names()
measures = list(dashboard.study().protocol.measures)
asked = [measure for measure in measures if dashboard.formulas(measure)]
measure = st.selectbox("Measure", asked + [name for name in measures if name not in asked], format_func=names.variable)
formulas = dashboard.formulas(measure)

if not formulas:
    means = dashboard.means(measure, None)
    told = report.trajectory_sentence(means, measure, "", names)
    chart = report.trajectory_chart(means, measure, "", names)
    dashboard.draw(chart, report.trajectory_table(means, "", names), told, key=measure)
    st.info("study.yaml asks for no model of this measure. Add one under `questions: trajectories:`.")

for formula in formulas:
    st.caption(f"Model: {formula}")
    fit, means = dashboard.trajectory(formula)
    by = means.attrs.get("by", "")
    told = report.trajectory_sentence(means, measure, by, names)
    chart = report.trajectory_chart(means, measure, by, names)
    dashboard.draw(chart, report.trajectory_table(means, by, names), told, key=formula)
    dashboard.draw_coefficients(fit)
    if not isinstance(fit, Problem):
        with st.expander("What varies between participants"):
            dashboard.show(report.variance_table(fit, names))
