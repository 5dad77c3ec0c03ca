"""Serve frozen releases: ``python -m remission.funder FOLDER --signers FILE``."""

import argparse
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from remission.door.access_log import AccessLog
from remission.door.accounts import Accounts
from remission.door.gate import Gate, may_see_releases
from remission.door.looks import prepare
from remission.door.passwords import fits
from remission.door.sessions import Door
from remission.errors import RemissionError
from remission.funder.bundle import folders_of, read_release
from remission.funder.confined import confine
from remission.funder.looks import all_words, templates
from remission.funder.server import funder_app
from remission.funder.signing import read_signers


def main() -> int:
    """Check the releases, shut the process in, and serve until Ctrl-C."""
    asked = argparse.ArgumentParser(prog="remission.funder", description="Serve frozen releases.")
    asked.add_argument("releases", type=Path)
    asked.add_argument("--signers", type=Path, required=True)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=8700)
    asked.add_argument("--name", action="append", default=[])
    asked.add_argument("--accounts", type=Path)
    said = asked.parse_args()
    releases, signers = said.releases.resolve(), said.signers.resolve()
    if not releases.is_dir():
        sys.stderr.write(f"There is no folder {releases}. Name the folder of frozen releases.\n")
        return 2
    try:
        read_signers(signers)
    except RemissionError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for folder in folders_of(releases):
        _tell_refused(folder, signers)
    all_words()
    for name in ("list.html", "message.html", "release.html"):
        templates().get_template(name)
    app: ASGIApp = funder_app(releases, signers, tuple(said.name))
    readable = [releases, signers]
    if said.accounts is not None:
        app = behind_gate(app, said.accounts.resolve(), tuple(said.name))
        readable.append(said.accounts.resolve())
    # Addresses and visitors are nobody's business, so no request is logged.
    config = uvicorn.Config(
        app, host=said.host, port=said.port, access_log=False, log_level="error", server_header=False, ws="none"
    )
    config.load()
    confine(readable)
    uvicorn.Server(config).run()
    return 0


def behind_gate(app: ASGIApp, accounts: Path, names: tuple[str, ...]) -> Gate:
    """Put the gate in front of the pages: nobody but accounts with the role funder; nothing is written."""
    door = Door(Accounts(accounts), AccessLog(None), fixed=True)
    prepare()
    # The first hash loads a library, which a confined process may not.
    fits("", None)
    return Gate(app, door, may=may_see_releases, hosts=names, secure=bool(names))


def _tell_refused(folder: Path, signers: Path) -> None:
    try:
        read_release(folder, signers)
    except RemissionError as error:
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    sys.exit(main())
