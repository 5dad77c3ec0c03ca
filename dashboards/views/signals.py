"""Changes between the last two interviews that the team may want to ask about."""

import streamlit as st

from remission import dashboard, report

st.title("Signals")
dashboard.need_participants()

found = dashboard.signals()
st.markdown(report.signal_sentence(found))
st.caption("A signal is a reason to ask, and no judgement. What counts stands in study.yaml under signals.")
if found.empty:
    st.stop()

left, right = st.columns(2)
kinds = list(dict.fromkeys(found["signal"]))
kind = left.pills("Kind", kinds, selection_mode="multi", default=kinds)
older = right.toggle("From longer ago too", value=not found["recent"].any())
shown = found[found["signal"].isin(kind) & (found["recent"].astype(bool) | older)]
if shown.empty:
    st.info("There is none.")
else:
    st.dataframe(report.signal_table(shown), width="stretch", hide_index=True)
