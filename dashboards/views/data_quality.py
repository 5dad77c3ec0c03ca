"""What is missing, what lies outside its window, and what the analyses had to leave out."""

import streamlit as st

from remission import dashboard, report

st.title("Data quality")
dashboard.need_participants()

names = dashboard.names()
missing = dashboard.missingness()
st.header("Missing answers")
dashboard.draw(
    report.missing_chart(missing), report.missing_table(missing), report.missing_sentence(missing), key="missing"
)

counts, outside = dashboard.windows()
st.header("Interviews and their windows")
st.markdown(report.window_sentence(outside))
dashboard.show(report.window_table(counts))
if not outside.empty:
    with st.expander("Interviews outside the window"):
        st.dataframe(outside, width="stretch", hide_index=True)

st.header("Left out of the analyses")
rows = dashboard.left_out()
if rows.empty:
    st.markdown("Nothing was left out.")
else:
    dashboard.show(report.left_out_table(rows))
