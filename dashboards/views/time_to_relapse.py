"""How long until the event: for all, and by an exposure read as the reader chooses."""

import streamlit as st

from remission import dashboard, report
from remission.questions import WAYS, Problem, Reading
from remission.questions.study_results import READING_DAYS

WAY_NAMES = {"over_time": "as last told", "landmark": "as known on a day", "day_0": "at day 0"}

st.title("Time to relapse")
dashboard.need_participants()

names = dashboard.names()
curve = dashboard.first_use()
st.header("All participants")
if isinstance(curve, Problem):
    st.info(curve.sentence)
else:
    dashboard.draw_curve(curve, report.sentences.curve_sentence(curve, READING_DAYS, names), key="all")

st.header("By group or engagement")
left, right = st.columns(2)
definitions = dashboard.definitions()
definition = left.selectbox("What counts as the event", definitions, format_func=definitions.__getitem__)
exposure = right.selectbox("Compare by", dashboard.exposures(), format_func=names.variable)
way = left.segmented_control("Read it", WAYS, default=WAYS[0], required=True, format_func=WAY_NAMES.__getitem__)
days = dashboard.landmark_days()
day = right.selectbox("Day", days, index=min(1, len(days) - 1), disabled=way != "landmark")
reading = Reading(exposure, way, day, definition)
part = dashboard.read_relapse(reading)
dashboard.draw_section(part, key="relapse")
dashboard.offer_call(reading, part)

asked = dashboard.study().protocol.questions
for heading, models, over_time in (
    ("Hazard models on what was known at day 0", asked.cox, False),
    ("Hazard models with engagement that changes over time", asked.over_time, True),
):
    st.header(heading)
    if not models:
        st.info(f"study.yaml asks for none. Add one under `questions: {'over_time' if over_time else 'cox'}:`.")
    for terms in models:
        st.caption(f"Model: {terms}")
        dashboard.draw_coefficients(dashboard.cox_model(terms, over_time=over_time))
