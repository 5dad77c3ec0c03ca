"""Dictionaries as JSON, for the database, and back."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from remission.exchange.files.data_file import Dictionary, ResponseSet, Variable

TEXTS = ("label", "encoding", "encoding_note", "producer", "created", "compression", "weight")


def dictionary_json(dictionary: Dictionary, names: Iterable[str] | None = None) -> str:
    """Write what a file says about some of its variables, or all, as JSON.

    Returns
    -------
    str
        ``{"variables": {name: Variable.as_dict}}`` in the order of the file.

    Raises
    ------
    KeyError
        A name is none of the file's.
    """
    wanted = list(dictionary.variables) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        dictionary.variables[name]
    kept = {name: found.as_dict() for name, found in dictionary.variables.items() if name in set(wanted)}
    return json.dumps({"variables": kept}, ensure_ascii=False, allow_nan=False)


def variables_from_json(text: str) -> dict[str, Variable]:
    """Return the variables that `dictionary_json` wrote."""
    return {name: Variable.from_dict(found) for name, found in json.loads(text)["variables"].items()}


def dictionary_from_told(told: dict[str, Any], path: Path, sha256: str) -> Dictionary:
    """Build a dictionary from what the reading process tells (see `reader_process`)."""
    sets = [ResponseSet(**{**found, "variables": tuple(found["variables"])}) for found in told.get("response_sets", [])]
    return Dictionary(
        path=path,
        sha256=sha256,
        source=told["source"],
        rows=told.get("rows"),
        variables={found["name"]: Variable.from_dict(found) for found in told["variables"]},
        response_sets=tuple(sets),
        documents=tuple(told.get("documents", ())),
        attributes={name: tuple(values) for name, values in told.get("attributes", {}).items()},
        remarks=tuple(told.get("remarks", ())),
        **{name: told.get(name, "") for name in TEXTS},
    )
