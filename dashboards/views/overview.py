"""Who takes part, and who was reached at each wave."""

import streamlit as st

from remission import dashboard, report

st.title("Overview")
dashboard.need_participants()

names = dashboard.names()
follow_up = dashboard.follow_up()
st.header("Follow-up")
dashboard.draw(
    report.follow_up_chart(follow_up),
    report.follow_up_table(follow_up),
    report.sentences.follow_up_sentence(follow_up),
    key="follow-up",
)

st.header("Participant flow")
dashboard.draw_flow()

st.header("Participants")
choices = dashboard.covariates()
by = st.segmented_control("Show by", choices, default=choices[0], required=True, format_func=names.variable)
sizes = dashboard.group_sizes(by)
st.markdown(report.group_sentence(sizes))
dashboard.show(report.group_table(sizes, names))

st.header(f"Follow-up by {names.variable(by)}")
dashboard.show(report.follow_up_by_table(dashboard.follow_up(by), names))
