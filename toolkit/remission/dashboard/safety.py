"""Answers that ask for a person's attention, and the steps taken about them."""

import pandas as pd
import streamlit as st

from remission import report
from remission import safety as attention
from remission.asking import raised_by_links
from remission.cohort import EVERYONE
from remission.dashboard.answers import KEPT
from remission.dashboard.opening import Key, at, key, study


def flags() -> pd.DataFrame:
    """List what asks for attention, as it is at this moment."""
    # Answers that are not handed in change no revision.
    kept = raised_by_links(study().for_purpose(EVERYONE))
    return _flags(key(), tuple(kept.astype(str).agg(" ".join, axis=1)) if len(kept) else ())


def take_safety_step(name: str, step: str, person: str, note: str) -> str:
    """Take a step about a flag and say what came of it."""
    one = attention.take_step(study().for_purpose(EVERYONE), name, step, person=person, note=note)
    return f"{one['flag']} is {one['state']}" + (f"; {one['person']} looks." if one["person"] else ".")


def warn_of_flags() -> None:
    """Say above everything else that answers wait for a person."""
    found = flags()
    if (found["state"] == "open").any():
        st.error(f"{report.safety_sentence(found)} See the view Safety.")


# Hours pass: what is kept is a minute old at most.
@st.cache_data(max_entries=KEPT, ttl=60, show_spinner="Looking …")
def _flags(held: Key, kept: tuple[str, ...]) -> pd.DataFrame:
    return attention.flags(at(held))
