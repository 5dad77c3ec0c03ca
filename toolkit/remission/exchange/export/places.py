"""Where an export may be written: never over the study, nor over what somebody else made."""

import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from remission.cohort import Study
from remission.cohort.engine import reading
from remission.cohort.schema import METADATA
from remission.exchange.export.request import FORMATS, ExportRefused, ExportRequest
from remission.exchange.files import sha256_of

TABLES = METADATA.tables
# Stands in every companion, whatever its language and format.
MARK = "exported by remission"
OTHER_NAME = "Choose another name."
OTHER_OR_REPLACE = "Choose another name, or say --replace."


def require_free(study: Study, request: ExportRequest, companions: Sequence[Path]) -> None:
    """Refuse a place where a file stands that this study did not export.

    Raises
    ------
    ExportRefused
        The place is no ordinary file, holds the study or somebody else's file, or a companion would take the name of
        the data file or of another export's companion.
    """
    if request.path in companions:
        raise ExportRefused(
            f"{request.path.name} is the name of the file that goes beside the data.",
            f"End the data file in .{request.format}.",
        )
    taken = []
    for place in (request.path, *companions):
        if _is_there(place):
            taken.append(place)
        if _is_of_study(study, place):
            raise ExportRefused(f"{place.name} belongs to the study itself.", "Choose a place outside the study.")
    if request.replace or not taken:
        return
    exported = _exported(study)
    if request.path in taken and request.path.stat().st_size and sha256_of(request.path) not in exported:
        raise ExportRefused(
            f"{request.path.name} is there already, and it is not as this study exported it.", OTHER_OR_REPLACE
        )
    _require_own_companions(request, [place for place in taken if place != request.path], exported)


def _is_there(place: Path) -> bool:
    try:
        there = place.exists()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExportRefused(f"{place.name[:40]}… cannot be written ({reason}).", OTHER_NAME) from error
    if there and place.is_dir():
        raise ExportRefused(f"{place} is a folder.", "Give the name of a file.")
    if there and not place.is_file():
        raise ExportRefused(f"{place} is no ordinary file.", OTHER_NAME)
    return there


def _is_of_study(study: Study, place: Path) -> bool:
    """Tell whether a file is study.yaml, the database with what stands beside it, or a definition or mapping."""
    home, real = study.path.resolve(), place.resolve()
    if real == home / "study.yaml":
        return True
    database = study.engine.url.database
    if study.engine.dialect.name == "sqlite" and database:
        held = Path(database).resolve()
        if real.parent == held.parent and real.name.startswith(held.name):
            return True
    folders = (study.mappings_folder, study.instruments_folder, study.wordings_folder)
    return any(real.is_relative_to(folder.resolve()) for folder in folders)


def _exported(study: Study) -> set[str]:
    """Read the checksums of all that this study exported."""
    entry, detail = TABLES["audit_entry"], TABLES["audit_detail"]
    query = select(detail.c.new).join(entry, entry.c.id == detail.c.entry_id)
    query = query.where(entry.c.table == "export", entry.c.action == "exported", detail.c.new.is_not(None))
    with reading((study.present or study).engine) as connection:
        return {str(json.loads(told)["sha256"]) for (told,) in connection.execute(query)}


def _require_own_companions(request: ExportRequest, held: Sequence[Path], exported: set[str]) -> None:
    for place in held:
        if MARK.encode() not in place.read_bytes().lower():
            raise ExportRefused(
                f"{place.name} would go beside {request.path.name}, and a file of that name is there that remission "
                "did not write.",
                OTHER_OR_REPLACE,
            )
    for ending in FORMATS:
        other = request.path.with_suffix(f".{ending}")
        if held and other != request.path and other.is_file() and sha256_of(other) in exported:
            raise ExportRefused(
                f"{held[0].name} belongs to {other.name}, and would be that of {request.path.name}.", OTHER_OR_REPLACE
            )
