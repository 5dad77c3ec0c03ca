"""What a backup says of itself: release, schema, mark, rows, newest entry of the trail, checksums of its files."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from remission.cohort.trail.chain import Head
from remission.errors import UnreadableFile

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Packed:
    """A file in a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class State:
    """What a cohort database holds, as far as it can be compared.

    Attributes
    ----------
    schema : str
        Revision of the schema.
    mark : str
        The study's mark.
    head : Head
        The newest entry of the audit trail.
    rows : dict
        Rows per table.
    """

    schema: str
    mark: str
    head: Head
    rows: dict[str, int]


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    study : str
        Name of the study folder.
    made_at : datetime.datetime
        In UTC.
    release : str
        Of the package that made it.
    state : State
    vault_rows : dict or None
        Rows per table of the vault, where there is one.
    files : tuple of Packed
    """

    study: str
    made_at: datetime
    release: str
    state: State
    vault_rows: dict[str, int] | None
    files: tuple[Packed, ...]

    def as_json(self) -> bytes:
        """Write it."""
        said = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(said, ensure_ascii=False, indent=1).encode()


def read_manifest(text: bytes) -> Manifest:
    """Read it.

    Raises
    ------
    UnreadableFile
        A newer release wrote it, or it is none.
    """
    try:
        said: dict[str, Any] = json.loads(text)
        if int(said["format"]) > FORMAT:
            raise UnreadableFile("A newer release made this backup.", "Install the newest remission.")
        state = said["state"]
        return Manifest(
            study=str(said["study"]),
            made_at=datetime.fromisoformat(said["made_at"]),
            release=str(said["release"]),
            state=State(state["schema"], state["mark"], Head(**state["head"]), dict(state["rows"])),
            vault_rows=said["vault_rows"],
            files=tuple(Packed(**file) for file in said["files"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile("The backup does not say what is in it.", "Use another backup.") from error
