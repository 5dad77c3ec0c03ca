"""Whether the door holds: accounts, their files, and the settings of the dashboard's server."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from remission.cohort import EVERYONE, open_study, participants
from remission.door import EVERYWHERE, Accounts
from remission.door.accounts import FILE
from remission.door.second import read_second_door
from remission.errors import AccountError, RemissionError
from remission.keeping.finding import Finding, fault, ok, warning
from remission.locate import shipped

# What a setting must be; one that is not named anywhere is safe as Streamlit ships it.
SAFE: dict[str, tuple[object, ...]] = {
    "browser.gatherUsageStats": (False,),
    "client.showErrorDetails": ("none", False),
    "client.showErrorLinks": (False,),
    "server.enableXsrfProtection": (True,),
    "server.enableCORS": (True,),
    "server.enableAgentApi": (False,),
    "server.enableStaticServing": (False,),
    "global.developmentMode": (False,),
    "logger.level": ("error", "warning", "info"),
}
NEEDED = ("browser.gatherUsageStats", "client.showErrorDetails", "client.showErrorLinks")
WORDS = {"true": True, "false": False}


def look_at_door(folder: Path) -> Iterator[Finding]:
    """Look at who may sign in, and at what could open the dashboard wider than it should be."""
    yield from _accounts(folder)
    yield from _settings()


def _accounts(folder: Path) -> Iterator[Finding]:
    try:
        held = Accounts(folder / FILE).all()
        read_second_door(folder)
    except AccountError as error:
        yield fault("accounts", error.cause, error.cure)
        return
    if not held:
        yield ok("accounts", "There is none: the dashboard is open to whoever uses this computer, and to nobody else.")
        return
    without = [name for name, one in held.items() if one.password and not one.secret and not one.disabled]
    if without:
        yield warning(
            "accounts",
            f"{len(without)} of {len(held)} accounts sign in with a password alone.",
            "Turn codes on: on the page of the account, or with `remission account codes`.",
        )
    named = {site for one in held.values() for _, site in one.grants} - {EVERYWHERE}
    if strangers := sorted(named - _sites(folder)):
        yield warning(
            "accounts",
            f"Roles are given for sites at which nobody is enrolled: {', '.join(strangers)}.",
            "Correct them with `remission account roles`.",
        )
    if not without and not strangers:
        yield ok("accounts", f"{len(held)} accounts, all with codes or the organisation's own sign-in.")


def _sites(folder: Path) -> set[str]:
    try:
        found = participants(open_study(folder, create_database=False).for_purpose(EVERYONE))["site"]
    except RemissionError:
        return set()
    return {str(site) for site in found.dropna()}


def _settings() -> Iterator[Finding]:
    ours = shipped("dashboards") / ".streamlit" / "config.toml"
    sources: list[tuple[str, Mapping[str, Any]]] = []
    for file in (ours, Path.home() / ".streamlit" / "config.toml", Path.cwd() / ".streamlit" / "config.toml"):
        if file.is_file():
            try:
                sources.append((str(file), _flat(tomllib.loads(file.read_text(encoding="utf-8")))))
            except (OSError, ValueError):
                yield fault("dashboard", f"{file} cannot be read.", "Correct it, or take it away.")
    sources.append(("the environment", _environment()))
    wrong = [
        f"{name} is {told[name]!r} in {where}"
        for where, told in sources
        for name in told
        if name in SAFE and told[name] not in SAFE[name]
    ]
    lacking = [name for name in NEEDED if name not in dict(sources).get(str(ours), {})]
    for said in wrong:
        yield fault("dashboard", f"An unsafe setting: {said}.", "Take it away, or set it as remission ships it.")
    for name in lacking:
        yield fault("dashboard", f"{name} is not set in {ours}.", "Install remission again.")
    if not wrong and not lacking:
        yield ok("dashboard", "Its settings tell nobody of errors, send no statistics and keep their protections.")


def _flat(said: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in said.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return found


def _environment() -> dict[str, Any]:
    found = {}
    for name in SAFE:
        section, key = name.split(".")
        spelled = "".join(f"_{letter}" if letter.isupper() else letter for letter in key)
        said = os.environ.get(f"STREAMLIT_{section}_{spelled}".upper())
        if said is not None:
            found[name] = WORDS.get(said.lower(), said)
    return found
