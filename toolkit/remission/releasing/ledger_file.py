"""The ledger of a study's releases: who was behind which count, as keyed hashes; it never leaves the study."""

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

import pandas as pd

from remission.disclosure import Dimension, Earlier
from remission.errors import ReleaseRefused
from remission.releasing.attack import dimensions_in, tables_in

KEY_FILE = "ledger.key"
KEY_BYTES = 32
DIGITS = 32


def ledger_key(folder: Path) -> bytes:
    """Return the ledger's key, made on its first use."""
    path = folder / KEY_FILE
    if not path.exists():
        if any(folder.glob("release-*.json")):
            raise ReleaseRefused(f"{path} is missing, so earlier releases cannot be compared.", "Put it back.")
        write_private(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ReleaseRefused(f"{path} is no key of a ledger.", "Put the old one back.")
    return key


def hashed(people: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Return the people of a release under keyed hashes of their codes."""
    index = [hmac.new(key, str(code).encode(), hashlib.sha256).hexdigest()[:DIGITS] for code in people.index]
    return people.set_axis(pd.Index(index, dtype=object), axis=0)


def entry(content: dict[str, Any], people: pd.DataFrame, told: list[tuple[dict[str, str], int]]) -> dict[str, Any]:
    """Make the ledger's entry of a release; ``people`` are hashed."""
    return {
        "number": content["number"],
        "prepared": content["prepared"],
        "dimensions": content["dimensions"],
        "tables": content["tables"],
        "people": {str(who): list(row) for who, row in zip(people.index, people.to_numpy().tolist(), strict=True)},
        "columns": list(people.columns),
        "told": [[key, count] for key, count in told],
    }


def read_ledger(folder: Path) -> list[Earlier]:
    """Read all entries.

    Raises
    ------
    ReleaseRefused
        One cannot be read.
    """
    return [_earlier(path) for path in sorted(folder.glob("release-*.json"))]


def _earlier(path: Path) -> Earlier:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        people = pd.DataFrame.from_dict(said["people"], orient="index", columns=said["columns"], dtype=object)
        told = {frozenset(key.items()): int(count) for key, count in said["told"]}
        dimensions: tuple[Dimension, ...] = dimensions_in(said)
        return Earlier(int(said["number"]), people, dimensions, tables_in(said), told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseRefused(f"The ledger's {path.name} cannot be read.", "Put it back from a copy.") from error


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that its owner alone may read.

    Raises
    ------
    ReleaseRefused
        It is there already or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise ReleaseRefused(f"{path} is there already.", "Move it away first.") from error
    except OSError as error:
        raise ReleaseRefused(f"{path} cannot be written ({error.strerror}).", "Look at the folder.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
