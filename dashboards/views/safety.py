"""Answers that ask for a person's attention: who is to look, since when, and what was done."""

import streamlit as st

from remission import dashboard, report

STEPS = {
    "seen": "I have seen it",
    "handled": "It is handled",
    "assigned": "Give it to somebody",
    "reopened": "Open it again",
}
POSSIBLE = {"open": ["seen", "handled", "assigned"], "seen": ["handled", "assigned", "reopened"]}

st.title("Safety")
dashboard.need_participants()

found = dashboard.flags()
st.markdown(report.safety_sentence(found))
st.caption("Nobody is called by this page. Look at it as often as your safety plan says.")
dashboard.show_told()
if found.empty:
    st.stop()

left, right = st.columns(2)
state = left.segmented_control("State", dashboard.FLAG_STATES, default="open", required=True)
persons = ["everybody", *sorted(set(found["person"]))]
person = right.selectbox("Person", persons, format_func=lambda name: name or "nobody")
shown = found[(found["state"] == state) & ((person == "everybody") | (found["person"] == person))]
if shown.empty:
    st.info("There is none.")
    st.stop()
st.dataframe(report.safety_table(shown), width="stretch", hide_index=True)
if state == "corrected":
    st.stop()

st.header("Take a step")
with st.form("step", clear_on_submit=True):
    name = st.selectbox("Flag", shown["flag"])
    steps = POSSIBLE.get(state, ["reopened"] if state == "handled" else ["seen", "handled"])
    step = st.radio("What happened", steps, format_func=STEPS.__getitem__, horizontal=True)
    to = st.text_input("To whom, where it is given to somebody")
    note = st.text_input("What was done, in a few words")
    if st.form_submit_button("Record it"):
        dashboard.guarded(lambda: dashboard.tell(dashboard.take_safety_step(name, step, to, note)))
