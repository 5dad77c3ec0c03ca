"""What a database says when it refuses, as a cause and a cure in one sentence each."""

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

Saying = tuple[str, str]

LOCKED = ("is locked by another program.", "Close it there, or wait a moment and try again.")
FULL = ("cannot grow, because the disk is full.", "Free some space and try again.")
RULE = ("refused a row that breaks one of its rules.", "Nothing was kept; try again.")
SILENT = ("does not answer.", "Check that the server runs and that the address in study.yaml is right.")
GONE = ("stopped answering.", "Try again when the server runs; nothing is recorded twice.")
PASSWORD = ("refused the password.", "Put the right one into ~/.pgpass or PGPASSWORD.")
NO_PASSWORD = ("asks for a password.", "Put it into ~/.pgpass or PGPASSWORD.")
NO_USER = ("knows no such user.", "Correct the user in the address.")
NO_DATABASE = ("is not there.", "Make it on the server, or correct the address in study.yaml.")
NO_SCHEMA = ("has no schema of that name.", "Make it with CREATE SCHEMA, or correct the address.")
NO_TABLE = ("lacks a table.", "Check the address in study.yaml, or put the database back from a backup.")
NO_RIGHT = ("does not give this user the right to do that.", "Ask whoever runs the server for it.")
NOT_FROM_HERE = ("lets this user not in from here.", "Ask whoever runs the server to allow it in pg_hba.conf.")
NO_WRITING = ("may only be read.", "Check the permissions, or whether the server is a standby.")
CROWDED = ("has no connection left.", "Close other programs that use it, or wait a moment and try again.")
COLLISION = ("was changed by another program at the same moment.", "Nothing was kept; try again.")
STOPPED = ("was told to stop before it was done.", "Nothing was kept; try again.")
VALUE = ("cannot hold one of the values.", "Nothing was kept; correct the value and try again.")
ENCRYPTION = (
    "and this computer do not agree on an encrypted connection.",
    "Check sslmode in the address and the server's certificate.",
)

OF_FILES = (
    ("locked", LOCKED),
    ("not a database", ("is not a database.", "Put the study's own file back from a backup.")),
    ("malformed", ("is damaged.", "Put it back from a backup.")),
    ("unable to open", ("cannot be opened.", "Check that the folder exists and that you may write in it.")),
    ("readonly", ("may not be written to.", "Check the permissions of the file and its folder.")),
    ("disk is full", FULL),
    (
        "disk i/o",
        ("cannot be read or written by the disk.", "Check that it is not full and not damaged, and try again."),
    ),
    ("constraint", RULE),
)
# The codes of PostgreSQL (appendix A of its manual); its words come in the server's language.
OF_CODES = (
    ("55P03", LOCKED),
    ("40", COLLISION),
    ("53100", FULL),
    ("53300", CROWDED),
    ("23", RULE),
    ("22", VALUE),
    ("3D000", NO_DATABASE),
    ("3F000", NO_SCHEMA),
    ("42P01", NO_TABLE),
    ("42501", NO_RIGHT),
    ("25006", NO_WRITING),
    ("57014", STOPPED),
    ("57P", GONE),
    ("08", GONE),
)
# What libpq says before there is a code.
OF_CONNECTING = (
    ("password authentication", PASSWORD),
    ("no password supplied", NO_PASSWORD),
    ("pg_hba.conf", NOT_FROM_HERE),
    ('role "', NO_USER),
    ('database "', NO_DATABASE),
    ("too many", CROWDED),
    ("closed", GONE),
    ("terminating", GONE),
    ("ssl", ENCRYPTION),
    ("certificate", ENCRYPTION),
    ("nul (0x00)", VALUE),
    ("connection", SILENT),
    ("resolve host", SILENT),
)
REPORTED = (DBAPIError, sqlite3.Error, PoolTimeout)


def saying(error: Exception) -> Saying:
    """Return cause and cure of what a database said; the cause goes on where its name ends."""
    if isinstance(error, PoolTimeout):
        return CROWDED
    told = error.orig if isinstance(error, DBAPIError) else error
    said = str(told).lower()
    if isinstance(told, sqlite3.Error):
        known = _first(OF_FILES, said)
    else:
        code = getattr(told, "sqlstate", None) or ""
        known = next((found for sign, found in OF_CODES if code.startswith(sign)), None)
        if known is None and not code:
            known = _first(OF_CONNECTING, said)
    first = said.splitlines()[0] if said else type(error).__name__
    return known or (f"answered: {first}.", "Nothing was kept; try again.")


def _first(signs: tuple[tuple[str, Saying], ...], said: str) -> Saying | None:
    return next((found for sign, found in signs if sign in said), None)
