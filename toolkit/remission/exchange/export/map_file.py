"""The mapping with which remission takes its own export back."""

from typing import Any

import yaml

from remission.cohort import Study
from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.request import ExportRequest
from remission.exchange.mapping import as_mapping

HEAD = (
    "# How remission takes this file back: remission import {file} --study FOLDER --map {map}\n"
    "# Into the study it came from, that changes nothing.\n"
)
SET_ASIDE = {
    "about": "answers about one mutual-help group, for which a mapping has no place",
    "text": "answers in free words, for which a mapping has no place",
    "score": "computed by remission from the items",
}


def map_text(table: ExportTable, study: Study, request: ExportRequest, sha256: str) -> str:
    """Write the mapping of an export as YAML.

    Raises
    ------
    DefinitionError
        It would break a rule of mappings.
    """
    found = mapping_of(table, study, request, sha256)
    as_mapping(found, f"{request.path.stem}_map.yaml")
    head = HEAD.format(file=request.path.name, map=request.beside("_map.yaml").name)
    if request.profile == "safe-harbor":
        head = "# Participant codes are random in this file: only into a new study can it be taken.\n"
    return head + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=110)


def mapping_of(table: ExportTable, study: Study, request: ExportRequest, sha256: str) -> dict[str, Any]:
    """Return the mapping as plain values."""
    found: dict[str, Any] = {"title": f"{study.protocol.title}, exported by remission"}
    found["id"] = table.of("id")[0].name
    wave = next(iter(table.of("wave")), None)
    if wave is not None:
        found["wave"] = wave.name
    found["waves"] = _waves(table, study)
    enrolment = {column.target.name: _source(column) for column in table.of("enrolment")}
    characteristics = {column.target.name: _source(column) for column in table.of("characteristic")}
    first_use = _first_use(table)
    parts = {"enrolment": enrolment, "characteristics": characteristics, "answers": _answers(table)}
    found |= {name: part for name, part in {**parts, "first_use": first_use}.items() if part}
    ignored = [
        {"variables": names, "reason": reason}
        for kind, reason in SET_ASIDE.items()
        if (names := [column.name for column in table.of(kind)])
    ]
    if ignored:
        found["ignored"] = ignored
    return {**found, "made_from": {"file": request.path.name, "sha256": sha256}}


def _waves(table: ExportTable, study: Study) -> dict[str, dict[str, Any]]:
    days = {column.target.wave: column.name for column in table.of("day")}
    found: dict[str, dict[str, Any]] = {}
    for wave in table.waves or (study.protocol.waves[0].name,):
        line: dict[str, Any] = {"value": _plain(table.wave_codes[wave])} if table.wave_codes else {}
        day = days.get(wave if not table.wave_codes else "", table.days.get(wave))
        found[wave] = {**line, **({"day": day} if day is not None else {})}
    return found


def _answers(table: ExportTable) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for column in table.of("answer"):
        instrument, item = column.target.name.split(".")
        line = found.setdefault(instrument, {}).setdefault(item, _codes(column))
        if column.target.wave:
            line.setdefault("at", {})[column.target.wave] = column.name
        else:
            line["variable"] = column.name
    return found


def _first_use(table: ExportTable) -> list[dict[str, str]]:
    used = {column.target.name: column.name for column in table.of("use_yes")}
    found = []
    for column in table.of("use_day"):
        substance, _, source = column.target.name.partition(", ")
        if column.target.name in used:
            told = {"substance": substance, "day": column.name, "used": used[column.target.name], "source": source}
            found.append(told)
    return found


def _source(column: Column) -> dict[str, Any] | str:
    codes = _codes(column)
    return {"variable": column.name, **codes} if codes else column.name


def _codes(column: Column) -> dict[str, Any]:
    found = {
        "codes": {_plain(code): _plain(value) for code, value in column.codes.items()},
        "missing": {_plain(code): reason for code, reason in column.missing.items()},
    }
    return {name: part for name, part in found.items() if part}


def _plain(code: float | str) -> int | float | str:
    return int(code) if isinstance(code, float) and code.is_integer() else code
