"""One participant's page, and the changes that the team may want to ask about."""

from datetime import date

import pandas as pd
import streamlit as st

from remission import report
from remission.cohort import EVERYONE, participants
from remission.dashboard.answers import KEPT
from remission.dashboard.drawing import draw, show
from remission.dashboard.entering import note_look
from remission.dashboard.opening import Key, at, key, study
from remission.questions.person import Person
from remission.questions.person import person as read_person
from remission.questions.signals import signals as find_signals

CHOSEN = "participant"
LOOKED_AT = "looked_at"


def signals() -> pd.DataFrame:
    """List changes that the team may want to ask about."""
    return _signals(key())


def pick_participant() -> str:
    """Let the reader choose a participant; the code stays out of the address, and the log keeps who was looked at."""
    codes = list(participants(study().for_purpose(EVERYONE))["participant_id"])
    chosen = str(st.selectbox("Participant", codes, key=CHOSEN))
    if st.session_state.get(LOOKED_AT) != chosen:
        st.session_state[LOOKED_AT] = chosen
        note_look(f"participant {chosen}")
    return chosen


def draw_person(code: str) -> None:
    """Draw a participant over time: what was told, scores with the band of error, milestones."""
    found = _person(key(), code)
    draw(report.timeline_chart(found), report.timeline_table(found), report.person_sentence(found), key="timeline")
    st.header("Milestones")
    if found.milestones.empty:
        st.markdown("None is told yet.")
    else:
        show(report.milestone_table(found))
    st.header("Scores")
    draw(report.scores_chart(found), report.scores_table(found), report.scores_sentence(found), key="scores")


@st.cache_data(max_entries=KEPT, show_spinner="Reading …")
def _person(held: Key, code: str) -> Person:
    return read_person(at(held), code, date.fromisoformat(held[2]))


@st.cache_data(max_entries=KEPT, show_spinner="Comparing interviews …")
def _signals(held: Key) -> pd.DataFrame:
    return find_signals(at(held), date.fromisoformat(held[2]))
