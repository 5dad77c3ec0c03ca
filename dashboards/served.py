"""The dashboard as it is served: the views behind the gate, and the page on which a name is looked up."""

import logging
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from remission import locator
from remission.door import Gate
from remission.door.settings import gate_settings

SORRY = "Something went wrong; nothing half-done was kept. Reload the page. If it goes on, tell who keeps the study."


def tell_nothing(error: Exception) -> bool:
    """Keep the text of an unexpected error from page and log: it may hold what somebody said."""
    logging.getLogger("remission.dashboard").error("%s in a view", type(error).__name__)
    st.error(SORRY)
    return True


app = st.App(
    Path(__file__).with_name("app.py"),
    routes=locator.routes(),
    middleware=[Middleware(Gate, **gate_settings())],
    on_script_error=tell_nothing,
)
