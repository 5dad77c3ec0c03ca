"""What looks wrong in the data, who is to clear it up, and for how long it has waited."""

import streamlit as st

from remission import dashboard, report

STEPS = {"assigned": "Give it to", "settled": "Leave the data as they are", "reopened": "Open it again"}

st.title("Queries")
dashboard.need_participants()

found = dashboard.queries()
st.markdown(report.query_sentence(found))
if found.empty:
    st.stop()
dashboard.show(report.query_counts(found))

st.header("One by one")
left, right = st.columns(2)
state = left.segmented_control("State", dashboard.QUERY_STATES, default="open", required=True)
owners = ["everybody", *sorted(set(found["owner"]))]
owner = right.selectbox("Owner", owners, format_func=lambda name: name or "nobody")
shown = found[(found["state"] == state) & ((owner == "everybody") | (found["owner"] == owner))]
if shown.empty:
    st.info("There is none.")
    st.stop()
st.dataframe(report.query_table(shown), width="stretch", hide_index=True)
if state == "corrected":
    st.stop()

st.header("Take a step")
steps = ["reopened"] if state == "settled" else ["assigned", "settled"]
with st.form("step", clear_on_submit=True):
    name = st.selectbox("Query", shown["query"])
    step = st.radio("What to do", steps, format_func=STEPS.__getitem__, horizontal=True)
    to = st.text_input("To whom")
    note = st.text_input("Why, in a few words")
    if st.form_submit_button("Record it"):
        dashboard.guarded(lambda: dashboard.tell(dashboard.settle_query(name, step, to, note)))
dashboard.show_told()
