"""How long until the event: for all, by group, by engagement, and in hazard models."""

import streamlit as st

from remission import dashboard, report
from remission.questions import Problem
from remission.questions.study_results import READING_DAYS

EVERYONE = "all participants"

st.title("Time to relapse")
dashboard.need_participants()

names = dashboard.names()
choices = [EVERYONE, *dashboard.covariates()]
by = st.segmented_control("Compare by", choices, default=choices[1], required=True, format_func=names.variable)

if by == EVERYONE:
    curve = dashboard.first_use()
    if isinstance(curve, Problem):
        st.info(curve.sentence)
    else:
        dashboard.draw_curve(curve, report.sentences.curve_sentence(curve, READING_DAYS, names), key="all")
else:
    found = dashboard.comparison(by)
    if isinstance(found, Problem):
        st.info(found.sentence)
    else:
        told = report.sentences.comparison_sentence(found.curve, found.test, READING_DAYS, names)
        dashboard.draw_curve(found.curve, told, key=f"by-{by}")

asked = dashboard.study().protocol.questions
st.subheader("Hazard models on what was known at day 0")
if not asked.cox:
    st.info("study.yaml asks for none. Add one under `questions: cox:` and reload this page.")
for terms in asked.cox:
    st.caption(f"Model: {terms}")
    dashboard.draw_coefficients(dashboard.cox_model(terms, over_time=False))

st.subheader("Hazard models with engagement that changes over time")
if not asked.over_time:
    st.info("study.yaml asks for none. Add one under `questions: over_time:` and reload this page.")
for terms in asked.over_time:
    st.caption(f"Model: {terms}")
    dashboard.draw_coefficients(dashboard.cox_model(terms, over_time=True))
