"""The week's work of those who keep in touch: whom to try, how, and what it takes to reach enough."""

import streamlit as st

from remission import dashboard, report

st.title("Desk")
dashboard.need_participants()
dashboard.warn_of_flags()

st.header("This week")
tasks = dashboard.week()
dashboard.show_told()
if tasks.empty:
    st.markdown("Nothing is due this week.")
else:
    chosen = dashboard.pick_tasks(tasks)
    st.markdown(report.week_sentence(chosen))
    st.dataframe(report.week_table(chosen), width="stretch", hide_index=True)
    if len(chosen):
        st.header("Note an attempt")
        dashboard.guarded(lambda: dashboard.offer_attempt(chosen))

dashboard.offer_locator()

st.header("Follow-up against 80 %")
dashboard.draw_forecast()

st.header("How many attempts it takes")
dashboard.draw_reach()
