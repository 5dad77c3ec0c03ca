"""The study that the dashboard was started for, and the key under which its answers are kept."""

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import streamlit as st

from remission.cohort import Memory, Study, open_study, participants, permission, with_memory
from remission.door import door_at
from remission.errors import RemissionError, StudyError
from remission.report import Names, names_of

STUDY_VARIABLE = "REMISSION_STUDY"
TOLD = "told"
SITES = "sites"
NOTED = "view_noted"
Key = tuple[str, str, str, tuple[str, ...] | None]


def study() -> Study:
    """Open the study that the dashboard was started for, for the sites that whoever looks may see.

    Raises
    ------
    StudyError
        No study was named, or it cannot be opened.
    """
    return open_study(folder(), create_database=False).at_sites(_sites())


def folder() -> Path:
    """Return the folder of the study that the dashboard was started for.

    Raises
    ------
    StudyError
        None was named.
    """
    named = os.environ.get(STUDY_VARIABLE) or next(iter(sys.argv[1:]), None)
    if not named:
        raise StudyError("The dashboard was started without a study.", "Run `remission dashboard --study FOLDER`.")
    return Path(named).resolve()


def _sites() -> tuple[str, ...] | None:
    # Where signing in is needed, nobody's data are read until it is known who asks.
    unknown = () if door_at(folder()).is_shut() else None
    sites: tuple[str, ...] | None = st.session_state.get(SITES, unknown)
    return sites


def names() -> Names:
    """Return the names that study.yaml gives to variables and values."""
    return names_of(study().protocol)


def guarded(run: Callable[[], None]) -> None:
    """Run a page; an error that a person can mend is shown as its sentence."""
    try:
        run()
    except RemissionError as error:
        st.error(f"{error.cause} {error.cure}")


def tell(sentence: str) -> None:
    """Keep a sentence for the next drawing of the page, and draw it anew with what changed."""
    st.session_state[TOLD] = sentence
    st.rerun()


def show_told() -> None:
    """Show the sentence that was kept, once."""
    if sentence := st.session_state.pop(TOLD, ""):
        st.success(sentence)


def need_participants() -> None:
    """Stop a view of a study without participants, and say how to bring some in."""
    here = study()
    if participants(here).empty:
        st.info("This study has no participants yet. Bring a data file in, then reload this page:")
        command = f"remission import FILE.sav --study {here.path.name} --map mappings/MAPPING.yaml"
        st.code(f"{command} --dry-run\n{command}", language=None)
        st.stop()


def not_used() -> str:
    """Say how many participants are left out because they asked for it or gave no consent."""
    return permission(study()).sentence


def key() -> Key:
    """Name the study, its revision and the day: answers are kept by these."""
    opened = study()
    # Consents and stops begin and end with the day.
    return str(opened.path), opened.revision(), date.today().isoformat(), opened.sites


def at(held: Key) -> Study:
    """Open the study of a key, with what was read of it before."""
    return with_memory(open_study(Path(held[0]), create_database=False).at_sites(held[3]), _memory(held))


@st.cache_resource(max_entries=6, show_spinner=False)
def _memory(held: Key) -> Memory:
    return Memory()
