"""Who looks at the dashboard, what they may open, and what happens when they sign out."""

import pandas as pd
import streamlit as st

from remission.cohort.entries import act_as
from remission.dashboard.opening import NOTED, SITES, folder
from remission.door import VIEWS, Identity, door_at
from remission.door.pages import ACCOUNT, SIGN_IN, session_cookie

WATCH_SECONDS = 20


def enter() -> Identity | None:
    """Let in who is signed in; everybody else is told to sign in, and the page ends there.

    Returns
    -------
    Identity or None
        None where no account exists yet, so that everybody at this computer may see everything.
    """
    door = door_at(folder())
    if not door.is_shut():
        act_as("")
        return None
    identity = door.identity(_token(), renew=True)
    if identity is None or not identity.views():
        st.session_state.clear()
        st.error("You are signed out." if identity is None else "There is nothing here for this account.")
        st.markdown(f"[Sign in]({SIGN_IN})" if identity is None else f"[Your account]({ACCOUNT})")
        st.stop()
    act_as(identity.account)
    return identity


def may_open(identity: Identity | None) -> tuple[str, ...]:
    """Name the views that somebody may open, in the order of the menu."""
    return tuple(view for view in VIEWS if view != "access") if identity is None else identity.views()


def look_at(identity: Identity | None, view: str) -> None:
    """Show from here on the participants that a view may show to whoever looks; the log keeps who opened what."""
    st.session_state[SITES] = None if identity is None else identity.sites(view)
    if identity is not None and st.session_state.get(NOTED) != view:
        st.session_state[NOTED] = view
        door_at(folder()).log.note(identity.account, f"opened {view}")


def note_look(what: str) -> None:
    """Keep in the log that whoever is signed in looked at something."""
    door = door_at(folder())
    if door.is_shut() and (identity := door.identity(_token())) is not None:
        door.log.note(identity.account, f"looked at {what}")


def show_account(identity: Identity | None) -> None:
    """Show whose session this is, and clear the page soon after it ends."""
    if identity is not None:
        st.markdown(f"[{identity.account}]({ACCOUNT})")
        _watch()


def accesses() -> pd.DataFrame:
    """Read who signed in and opened what, the newest first."""
    lines = door_at(folder()).log.lines()
    rows = [
        (line.get("at", "")[:16].replace("T", " "), line.get("account", ""), line.get("what", "")) for line in lines
    ]
    return pd.DataFrame(rows, columns=["When", "Account", "What"])


def accounts() -> pd.DataFrame:
    """List accounts with what they may see."""
    rows = [
        {
            "Account": name,
            "May see": ", ".join(f"{role} at {'every site' if site == '*' else site}" for role, site in one.grants),
            "Codes": "on" if one.secret else "off",
            "State": "shut" if one.disabled else "open",
        }
        for name, one in sorted(door_at(folder()).accounts.all().items())
    ]
    return pd.DataFrame(rows, columns=["Account", "May see", "Codes", "State"])


@st.fragment(run_every=WATCH_SECONDS)
def _watch() -> None:
    if door_at(folder()).identity(_token()) is None:
        st.rerun()


def _token() -> str | None:
    held = st.context.cookies
    return held.get(session_cookie(secure=True)) or held.get(session_cookie(secure=False))
