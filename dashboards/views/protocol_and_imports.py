"""What the study set out to do, how that changed, and what was brought in."""

import streamlit as st

from remission import dashboard, report

st.title("Protocol and imports")

protocol = dashboard.study().protocol
st.header("Waves")
st.caption(f"Day 0: {protocol.time_origin}.")
dashboard.show(report.wave_table(protocol))

st.header("Measures")
dashboard.show(report.measure_table(protocol))

st.header("Versions")
versions = dashboard.versions()
if versions.empty:
    st.markdown("The protocol was never amended; study.yaml is the only version.")
else:
    dashboard.show(versions)

dashboard.need_participants()
st.header("What was brought in")
batches = dashboard.brought_in()
st.markdown(report.batch_sentence(batches))
st.dataframe(report.batch_table(batches), width="stretch", hide_index=True)
