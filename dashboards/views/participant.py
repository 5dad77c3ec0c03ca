"""One participant over time, for those who look after them."""

import streamlit as st

from remission import dashboard, report

st.title("Participant")
dashboard.need_participants()

code = dashboard.pick_participant()
dashboard.draw_person(code)

st.header("To ask about")
mine = dashboard.signals()
mine = mine[mine["participant_id"] == code]
if mine.empty:
    st.markdown("No change since the interview before.")
else:
    dashboard.show(report.signal_table(mine))
