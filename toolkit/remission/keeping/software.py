"""The versions that a study runs on."""

import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from remission.cohort.engine import wal_is_safe
from remission.keeping.finding import Finding, fault, ok

NUMERIC = ("numpy", "pandas", "scipy", "formulaic", "lifelines", "pingouin", "pyreadstat", "pyarrow")
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*([^;\[\]]*?)\s*(?:;.*)?")
BOUND = re.compile(r"(>=|<=|==|<|>)\s*([0-9][0-9.]*)")


def look_at_software() -> Iterator[Finding]:
    """Look at Python, SQLite and the packages that compute."""
    # pip refuses to install on an older Python.
    yield ok("Python", f"Python {'.'.join(str(part) for part in sys.version_info[:3])}.")
    if wal_is_safe(sqlite3.sqlite_version_info[:3]):
        yield ok("SQLite", f"SQLite {sqlite3.sqlite_version}.")
    else:
        yield ok("SQLite", f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault, so no write-ahead log is used.")
    yield from _packages()


def _packages() -> Iterator[Finding]:
    try:
        wanted = [REQUIREMENT.fullmatch(line) for line in requires("remission") or ()]
    except PackageNotFoundError:
        yield fault("packages", "remission is not installed as a package.", "Install it with pip.")
        return
    bounds = {match.group(1).lower(): match.group(2) for match in wanted if match is not None}
    wrong, right = [], []
    for name in NUMERIC:
        try:
            held = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if _fits(held, bounds.get(name, "")):
            right.append(f"{name} {held}")
        else:
            wrong.append(f"{name} is {held} and must be {bounds[name]}")
    if wrong:
        yield fault("packages", "; ".join(wrong) + ".", "Install remission again with pip.")
    else:
        yield ok("packages", ", ".join(right) + ".")


def _fits(held: str, bounds: str) -> bool:
    return all(_holds(_numbers(held), sign, _numbers(bound)) for sign, bound in BOUND.findall(bounds))


def _holds(held: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    width = max(len(held), len(bound))
    one, other = (tuple(numbers) + (0,) * (width - len(numbers)) for numbers in (held, bound))
    return {">=": one >= other, "<=": one <= other, "==": one == other, "<": one < other, ">": one > other}[sign]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.split("+")[0])[:3])
