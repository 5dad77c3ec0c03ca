"""What a coordinator looks at: queries on the data, participant flow, the protocol, what was brought in."""

from datetime import date

import pandas as pd
import streamlit as st

from remission import queries as clearing
from remission import report
from remission.cohort import EVERYONE, batches
from remission.cohort.amending import protocol_history
from remission.dashboard.answers import KEPT
from remission.dashboard.drawing import draw_section
from remission.dashboard.opening import Key, at, key, study
from remission.questions.flow import Flow
from remission.questions.flow import flow as count_flow
from remission.questions.problem import Problem, answer_or_problem
from remission.report.answers.flow import flow_section


def queries() -> pd.DataFrame:
    """List the queries on the data, of everybody."""
    return _queries(key())


def settle_query(name: str, step: str, owner: str, note: str) -> str:
    """Take a step about a query and say what came of it."""
    one = clearing.take_step(study().for_purpose(EVERYONE), name, step, owner=owner, note=note)
    return f"{one['query']} is {one['state']}" + (f"; {one['owner']} has it." if one["owner"] else ".")


def draw_flow() -> None:
    """Draw what became of everybody, wave by wave."""
    found = _flow(key())
    if isinstance(found, Problem):
        st.info(found.sentence)
    else:
        draw_section(flow_section(found), key="flow")


def versions() -> pd.DataFrame:
    """Read the versions of the protocol, written for readers; empty where it was never amended."""
    found = protocol_history(study())
    return report.version_table(found) if len(found) else found


def brought_in() -> pd.DataFrame:
    """Read what was brought in."""
    return batches(study())


@st.cache_data(max_entries=KEPT, show_spinner="Looking through the data …")
def _queries(held: Key) -> pd.DataFrame:
    return clearing.queries(at(held).for_purpose(EVERYONE), date.fromisoformat(held[2]))


@st.cache_data(max_entries=KEPT, show_spinner="Counting …")
def _flow(held: Key) -> Flow | Problem:
    return answer_or_problem(lambda: count_flow(at(held)))
