"""A release as a folder of files: what it says, the checksum of every file, two signatures; read only when all fit."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remission.errors import ReleaseRefused
from remission.funder.signing import Signature, read_signers, require_two

FORMAT = 1
CONTENT, COUNTS, MANIFEST, SIGNED = "release.json", "counts.csv", "manifest.json", "signatures.json"
FILES = frozenset({CONTENT, COUNTS, MANIFEST, SIGNED})
PREFIX = "release-"
MOST_BYTES = 20_000_000
HIDDEN = "hidden"

Cell = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Release:
    """A release whose files and signatures were checked.

    Attributes
    ----------
    number : int
    content : dict
        What ``release.json`` says.
    counts : dict
        Cell to its count; None where it is hidden.
    signed_by : tuple of str
    """

    number: int
    content: dict[str, Any]
    counts: dict[Cell, int | None]
    signed_by: tuple[str, ...]

    def count(self, **key: str) -> int | None:
        """Return a printed count, None where it is hidden or in no table."""
        return self.counts.get(frozenset(key.items()))

    def dimension(self, name: str) -> dict[str, Any]:
        """Return what the release says of a dimension."""
        found: dict[str, Any] = next(each for each in self.content["dimensions"] if each["name"] == name)
        return found


def files_of(content: dict[str, Any]) -> dict[str, bytes]:
    """Make a bundle's files from what a release says; the same content gives the same bytes."""
    said = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    files = {CONTENT: said, COUNTS: _counts_file(content)}
    checksums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"format": FORMAT, "number": content["number"], "files": checksums}
    files[MANIFEST] = json.dumps(manifest, sort_keys=True, indent=1).encode() + b"\n"
    return files


def _counts_file(content: dict[str, Any]) -> bytes:
    names = [each["name"] for each in content["dimensions"]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, "count"])
    for cell in content["cells"]:
        count = HIDDEN if cell["count"] is None else cell["count"]
        writer.writerow([*(cell["key"].get(name, "") for name in names), count])
    return text.getvalue().encode()


def numbered(number: int) -> str:
    """Name the folder of a release."""
    return f"{PREFIX}{number:04d}"


def folders_of(place: Path) -> list[Path]:
    """List the folders of releases, in the order of their numbers."""
    return sorted(path for path in place.iterdir() if path.is_dir() and path.name.startswith(PREFIX))


def read_release(folder: Path, signers: Path) -> Release:
    """Read a release, if every byte of it is what two people signed.

    Raises
    ------
    ReleaseRefused
        A file is absent, too many, too large, changed, or not signed by two people on the list.
    """
    files = _files(folder)
    manifest = _json(files[MANIFEST], folder, MANIFEST)
    signatures = tuple(
        Signature(str(each.get("name")), str(each.get("signature")))
        for each in _json(files[SIGNED], folder, SIGNED).get("signatures", [])
    )
    names = _require_signed(folder, files[MANIFEST], signatures, signers)
    if manifest.get("format") != FORMAT:
        raise ReleaseRefused(f"{folder.name} has another format.", "Install the release of remission that wrote it.")
    content = unsigned(folder)
    if folder.name != numbered(content["number"]):
        raise ReleaseRefused(f"{folder.name} holds another release.", "Give the folder its name again.")
    return Release(content["number"], content, counts_in(content), names)


def _require_signed(folder: Path, manifest: bytes, signatures: tuple[Signature, ...], signers: Path) -> tuple[str, ...]:
    try:
        return require_two(manifest, signatures, read_signers(signers))
    except ReleaseRefused as error:
        raise ReleaseRefused(f"{folder.name} is refused: {error.cause}", error.cure) from error


def unsigned(folder: Path) -> dict[str, Any]:
    """Read what a release says, checked against its manifest but not for signatures.

    Raises
    ------
    ReleaseRefused
        A file is absent, too many, or not what the manifest says.
    """
    files = _files(folder)
    manifest = _json(files[MANIFEST], folder, MANIFEST)
    for name in (CONTENT, COUNTS):
        if hashlib.sha256(files[name]).hexdigest() != manifest.get("files", {}).get(name):
            raise ReleaseRefused(
                f"{folder.name} is refused: {name} was changed after it was made.",
                "Ask the study for the release again.",
            )
    content: dict[str, Any] = _json(files[CONTENT], folder, CONTENT)
    if content.get("number") != manifest.get("number"):
        raise ReleaseRefused(f"{folder.name} is refused: its numbers differ.", "Ask the study for the release again.")
    return content


def counts_in(content: dict[str, Any]) -> dict[Cell, int | None]:
    """Return the counts that a release says."""
    return {frozenset(cell["key"].items()): cell["count"] for cell in content["cells"]}


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise ReleaseRefused(f"There is no release {folder}.", "Name a folder that `remission release` made.")
    held = {path.name for path in folder.iterdir()}
    if held - FILES:
        raise ReleaseRefused(f"{folder.name} is refused: {min(held - FILES)} is no part of it.", "Take it out.")
    files = {}
    for name in held:
        path = folder / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise ReleaseRefused(f"{folder.name} is refused: {name} is no file of its size.", "Ask for it again.")
        files[name] = path.read_bytes()
    for name in (CONTENT, COUNTS, MANIFEST):
        if name not in files:
            raise ReleaseRefused(f"{folder.name} is refused: {name} is missing.", "Ask for the release again.")
    return {SIGNED: b"{}", **files}


def _json(raw: bytes, folder: Path, name: str) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ReleaseRefused(f"{folder.name} is refused: {name} cannot be read.", "Ask for the release again.")
    return said
