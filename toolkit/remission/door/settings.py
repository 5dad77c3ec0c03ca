"""How the gate in front of the dashboard is made, from the environment that `remission dashboard` gives its server."""

import os
from pathlib import Path
from typing import Any

from remission.door.policy import streamlit_policy
from remission.door.second import read_second_door
from remission.door.sessions import door_at

STUDY_VARIABLE, NAMES_VARIABLE = "REMISSION_STUDY", "REMISSION_NAMES"


def gate_settings() -> dict[str, Any]:
    """Return what the gate is made with.

    Where names are given, it stands behind a web server that speaks HTTPS, and without an account nobody gets in.
    """
    names = tuple(name for name in os.environ.get(NAMES_VARIABLE, "").split(",") if name)
    folder = Path(os.environ[STUDY_VARIABLE]).resolve()
    return {
        "door": door_at(folder),
        "other": read_second_door(folder),
        "policy": streamlit_policy(),
        "hosts": names,
        "secure": bool(names),
        "open_without_accounts": not names,
    }
