"""What study.yaml asks beyond curves, hazards and trajectories."""

import streamlit as st

from remission import dashboard

st.title("Further questions")
dashboard.need_participants()

asked = dashboard.asked()
if not asked:
    st.info("study.yaml asks for none. Add some under `questions:` (endings, what_if, alike, abstinence, cascade, …).")
    st.stop()

headings = [one.heading for one in asked]
chosen = st.selectbox("Question", range(len(headings)), format_func=lambda place: headings[place])
dashboard.draw_section(dashboard.answer_to(asked[chosen].key, asked[chosen].name), key=f"question-{chosen}")
