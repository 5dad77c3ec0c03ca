"""``remission account``: who may see what."""

import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.screen import sentence, table
from remission.door import EVERYWHERE, ROLES
from remission.door.access_log import AccessLog
from remission.door.accounts import FILE, Accounts, parse_grants
from remission.door.passwords import secret_address
from remission.errors import RemissionError

app = typer.Typer(help="Accounts: who may see what.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
Place = Annotated[
    Path, typer.Option("--study", metavar="FOLDER", help="The study folder; for funders, the folder of releases.")
]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE:SITES", help=f"{', '.join(ROLES)}; repeatable, {EVERYWHERE} is every site."),
]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command("add")
def add(
    name: Name,
    study: Place,
    role: Roles = None,
    password_stdin: FromInput = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Only the organisation's own sign-in (door.yaml) opens it.")
    ] = False,
) -> None:
    """Make an account. Without a role it sees nothing.

    Example: remission account add maria --study my-study --role staff:north
    """
    accounts, grants = _accounts(study), parse_grants(role or [])
    accounts.require_free(name)
    accounts.add(name, None if no_password else _password(password_stdin), grants)
    _noted(study, f"account {name} was made")
    sentence(f"Made the account {name}: {_may_see(accounts, name)}.")


@app.command("roles")
def roles(name: Name, study: Place, role: Roles = None) -> None:
    """Give an account other roles in place of those that it has; it is signed out.

    Example: remission account roles maria --study my-study --role coordinator:north --role statistician:*
    """
    accounts = _accounts(study)
    accounts.set_grants(name, parse_grants(role or []))
    _noted(study, f"roles of {name} were changed")
    sentence(f"{name}: {_may_see(accounts, name)}.")


@app.command("password")
def password(name: Name, study: Place, password_stdin: FromInput = False) -> None:
    """Give an account another password; it is signed out.

    Example: remission account password maria --study my-study
    """
    _accounts(study).set_password(name, _password(password_stdin))
    _noted(study, f"password of {name} was changed")
    sentence(f"{name} has a new password and is signed out everywhere.")


@app.command("codes")
def codes(name: Name, study: Place, off: Annotated[bool, typer.Option("--off", help="Turn them off.")] = False) -> None:
    """Turn codes from an authenticator app on with a new secret, or off; the account is signed out.

    Example: remission account codes maria --study my-study
    """
    accounts = _accounts(study)
    if off:
        accounts.set_secret(name, None)
        sentence(f"{name} signs in with the password alone.")
    else:
        secret = accounts.new_secret(name)
        sentence(f"The secret of {name}, shown this once: {secret}")
        # One line however long, for a program that draws it as a picture.
        typer.echo(secret_address(secret, name))
    _noted(study, f"codes of {name} were turned {'off' if off else 'on'}")


@app.command("disable")
def disable(name: Name, study: Place) -> None:
    """Shut an account; whoever is signed in with it is out at once.

    Example: remission account disable maria --study my-study
    """
    _accounts(study).set_disabled(name, True)
    _noted(study, f"account {name} was shut")
    sentence(f"{name} is shut.")


@app.command("enable")
def enable(name: Name, study: Place) -> None:
    """Open an account that was shut.

    Example: remission account enable maria --study my-study
    """
    _accounts(study).set_disabled(name, False)
    _noted(study, f"account {name} was opened again")
    sentence(f"{name} may sign in again.")


@app.command("end-sessions")
def end_sessions(name: Name, study: Place) -> None:
    """Sign an account out everywhere.

    Example: remission account end-sessions maria --study my-study
    """
    _accounts(study).end_sessions(name)
    _noted(study, f"sessions of {name} were ended")
    sentence(f"{name} is signed out everywhere.")


@app.command("list")
def show(study: Place) -> None:
    """List accounts and what they may see.

    Example: remission account list --study my-study
    """
    accounts = _accounts(study)
    held = accounts.all()
    if not held:
        sentence("There is no account: the dashboard is open to whoever uses this computer, and to nobody else.")
        return
    rows = [
        {"account": name, "may see": _may_see(accounts, name), "codes": "on" if one.secret else "off"}
        | {"state": "shut" if one.disabled else "open"}
        for name, one in sorted(held.items())
    ]
    table(pd.DataFrame(rows), whole=("account",))


@app.command("log")
def log(study: Place, last: Annotated[int, typer.Option("--last", min=1, help="How many lines.")] = 50) -> None:
    """Show who signed in, opened which view and looked up whose name, the newest first.

    Example: remission account log --study my-study --last 20
    """
    lines = AccessLog(_folder(study) / AccessLog.FILE).lines(last)
    if not lines:
        sentence("Nothing is in the log yet.")
        return
    table(pd.DataFrame(lines, columns=["at", "account", "what"]), whole=("at",))


def _folder(place: Path) -> Path:
    if not place.is_dir():
        raise RemissionError(f"There is no folder {place}.", "Name the study's folder, or that of the releases.")
    return place.resolve()


def _accounts(place: Path) -> Accounts:
    return Accounts(_folder(place) / FILE)


def _noted(place: Path, what: str) -> None:
    AccessLog(_folder(place) / AccessLog.FILE).note("", f"{what} on the command line")


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    said: str = typer.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True)
    return said


def _may_see(accounts: Accounts, name: str) -> str:
    found = accounts.get(name)
    told = [
        f"{role} at {'every site' if site == EVERYWHERE else site}" for role, site in (found.grants if found else ())
    ]
    return ", ".join(told) or "nothing, as it has no role"
