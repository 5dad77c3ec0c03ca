"""The staff's desk: this week's work, how to try people next, attempts noted at once, follow-up against its goal."""

import os
from datetime import date, datetime

import pandas as pd
import streamlit as st

from remission import report
from remission.cohort import EVERYONE, participants, undo
from remission.cohort.vocabulary import CHANNELS, OUTCOMES
from remission.dashboard.answers import KEPT
from remission.dashboard.drawing import draw, show
from remission.dashboard.opening import Key, at, key, study, tell
from remission.estimate.result import Curve
from remission.questions.problem import Problem, answer_or_problem
from remission.questions.reach import Forecast, follow_up_forecast, reach_curve
from remission.tracking import due, next_contacts, note_attempt
from remission.tracking.due import VERIFICATION

LAST = "last_attempt"
VAULT_KEY_VARIABLE = "REMISSION_VAULT_KEY"
ANYWHERE = "all sites"


def week() -> pd.DataFrame:
    """List this week's work with each person's site and how to try them next."""
    return _week(key())


def pick_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """Let the reader choose a site and a state; return the tasks that are left."""
    left, right = st.columns(2)
    sites = [ANYWHERE, *sorted({str(name) for name in tasks["site"].dropna()})]
    site = left.selectbox("Site", sites)
    states = list(dict.fromkeys(tasks["state"]))
    state = right.pills("State", states, selection_mode="multi", default=states)
    return tasks[((site == ANYWHERE) | (tasks["site"] == site)) & tasks["state"].isin(state)].reset_index(drop=True)


def offer_attempt(tasks: pd.DataFrame) -> None:
    """Note an attempt in two clicks: the person, and what came of it; the last one can be taken back."""
    labels = [f"{row['participant_id']}, {str(row['wave']).replace('_', ' ')}" for _, row in tasks.iterrows()]
    left, right = st.columns(2)
    chosen = left.selectbox("Person", range(len(tasks)), format_func=labels.__getitem__)
    one = tasks.iloc[chosen]
    channel = right.selectbox("Tried by", CHANNELS, index=CHANNELS.index(one["channel"]), format_func=_plain)
    st.caption(f"Next best: {_plain(one['channel'])}, because {one['reason']}.")
    with st.container(horizontal=True):
        for outcome in OUTCOMES:
            if st.button(_plain(outcome).capitalize(), key=f"outcome-{outcome}"):
                _note(one, channel, outcome)
    if LAST in st.session_state and st.button("Take the last one back"):
        undo(study().for_purpose(EVERYONE), st.session_state.pop(LAST), "taken back on the desk")
        tell("It was taken back.")


def offer_locator() -> None:
    """Lead to the page on which names are looked up, where the vault's key was given."""
    if os.environ.get(VAULT_KEY_VARIABLE):
        st.markdown("[Contact details](/locator): one person at a time, with a reason that is kept.")


def draw_forecast() -> None:
    """Show follow-up wave by wave against 80 %, and what it takes."""
    found = _forecast(key())
    if isinstance(found, Problem):
        st.info(found.sentence)
        return
    for sentence in report.forecast_sentences(found):
        st.markdown(f"- {sentence}")
    show(report.forecast_table(found))


def draw_reach() -> None:
    """Draw how many attempts it takes to reach people."""
    found = _reach(key())
    if isinstance(found, Problem):
        st.info(found.sentence)
        return
    draw(report.reach_chart(found), report.reach_table(found), report.reach_sentence(found), key="reach")


def _note(one: pd.Series, channel: str, outcome: str) -> None:
    wave = None if one["wave"] == VERIFICATION else str(one["wave"])
    now = f"{datetime.now():%H:%M}"
    done = note_attempt(study().for_purpose(EVERYONE), str(one["participant_id"]), channel, outcome, wave, time=now)
    if done.batch_id is None:
        tell("That was noted a moment ago.")
    st.session_state[LAST] = done.batch_id
    tell(f"Noted for {one['participant_id']}: {_plain(channel)}, {_plain(outcome)}.")


def _plain(word: str) -> str:
    return word.replace("_", " ")


@st.cache_data(max_entries=KEPT, show_spinner="Looking up the week …")
def _week(held: Key) -> pd.DataFrame:
    whole = at(held).for_purpose(EVERYONE)
    tasks = due(at(held), date.fromisoformat(held[2]))
    sites = participants(whole).set_index("participant_id")["site"]
    return pd.concat([tasks.assign(site=tasks["participant_id"].map(sites)), next_contacts(whole, tasks)], axis=1)


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _forecast(held: Key) -> Forecast | Problem:
    return answer_or_problem(lambda: follow_up_forecast(at(held), today=date.fromisoformat(held[2])))


@st.cache_data(max_entries=KEPT, show_spinner="Estimating …")
def _reach(held: Key) -> Curve | Problem:
    return answer_or_problem(lambda: reach_curve(at(held), today=date.fromisoformat(held[2])))
