"""A process that can read a few folders and nothing else: no study's database, no other program, no connection out."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FORBIDDEN_MODULES = (
    "remission.cohort",
    "remission.vault",
    "remission.exchange",
    "remission.asking",
    "remission.tracking",
    "remission.releasing",
    "remission.cli",
    "sqlite3",
    "_sqlite3",
    "sqlalchemy",
    "sqlmodel",
    "psycopg",
)
FORBIDDEN_EVENTS = frozenset(
    {
        "sqlite3.connect",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.fork",
        "os.forkpty",
        "socket.connect",
        "ctypes.dlopen",
        "ctypes.dlsym",
    }
)
READS = frozenset({"open", "os.listdir", "os.scandir"})
CHANGES = frozenset(
    {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate"}
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Confined(PermissionError):
    """The process tried to reach what it must not."""


def confine(readable: Iterable[Path]) -> None:
    """Shut this process in, for good: an audit hook of Python cannot be taken off again.

    What it may read are the given places and Python's own code; it may write nothing, start nothing, connect nowhere.
    The hook guards against mistakes in our code and in libraries'. Against code that an attacker runs in the process,
    give it a user account of its own that cannot read the study.

    Parameters
    ----------
    readable : iterable of pathlib.Path

    Raises
    ------
    Confined
        A forbidden module is loaded already.
    """
    loaded = [name for name in FORBIDDEN_MODULES if name in sys.modules]
    if loaded:
        raise Confined(f"{loaded[0]} is loaded in a process that must not know it.")
    code = {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), str(Path(__file__).parents[1])}
    places = tuple(os.path.realpath(place) for place in (*map(str, readable), *code, "/dev/null", "/dev/urandom"))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import":
            _refuse_import(str(arguments[0]))
        elif event in FORBIDDEN_EVENTS or event in CHANGES:
            raise Confined(f"{event} is not for this process.")
        elif event in READS:
            _refuse_elsewhere(event, arguments, places)

    sys.addaudithook(hook)


def _refuse_import(name: str) -> None:
    if any(name == each or name.startswith(f"{each}.") for each in FORBIDDEN_MODULES):
        raise Confined(f"{name} is not for this process.")


def _refuse_elsewhere(event: str, arguments: tuple[Any, ...], places: tuple[str, ...]) -> None:
    target = arguments[0]
    if isinstance(target, int) or target is None:
        return
    flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
    if isinstance(flags, int) and flags & WRITING:
        raise Confined("Nothing is written by this process.")
    path = os.path.realpath(os.fsdecode(target))
    if not any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in places):
        raise Confined(f"{path} is out of this process's reach.")
