"""The files of a backup, out of it and compared with what it says of them."""

import hashlib
import os
import re
from io import BufferedWriter
from pathlib import Path, PurePosixPath
from typing import Any

from remission.errors import UnreadableFile
from remission.keeping.archive import Unpacker
from remission.keeping.key_file import BackupKey
from remission.keeping.manifest import MANIFEST, Manifest, Packed, read_manifest
from remission.keeping.sealed_file import EnoughRead, Tell, unseal

DOOR = ("accounts.json", "access.log", "door.yaml")
FILES = ("cohort.db", "vault.db", "study.yaml", "erasures.txt", *DOOR)
FOLDERS = ("mappings", "instruments", "wordings", "releases")
LARGEST_MANIFEST = 1 << 26
SAFE_PART = re.compile(r"[^\0/\\]+")


class _Unpacking:
    """Takes the members of a backup: the manifest first, then each file into a folder."""

    def __init__(self, folder: Path | None, tell: Tell | None = None) -> None:
        self._folder, self._tell = folder, tell
        self._said = bytearray()
        self._expected: dict[str, Packed] = {}
        self._file: BufferedWriter | None = None
        self._now: Packed | None = None
        self._sum: Any = None
        self._done = self._total = 0
        self.manifest: Manifest | None = None

    def begin(self, name: str, size: int) -> None:
        if self.manifest is None:
            if name != MANIFEST or size > LARGEST_MANIFEST:
                raise _not_in_order()
            return
        self._now = self._expected.pop(name, None)
        if self._now is None or self._now.size != size or self._folder is None or not _allowed(name):
            raise _not_in_order()
        place = self._folder / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        self._sum = hashlib.sha256()

    def take(self, data: bytes) -> None:
        if self._file is None:
            self._said += data
            return
        self._file.write(data)
        self._sum.update(data)
        self._done += len(data)
        if self._tell is not None:
            self._tell(self._done, self._total)

    def end(self) -> None:
        if self._file is None:
            self.manifest = read_manifest(bytes(self._said))
            self._expected = {file.name: file for file in self.manifest.files}
            self._total = sum(file.size for file in self.manifest.files)
            if self._folder is None:
                raise EnoughRead
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self.shut()
        if self._now is None or self._sum.hexdigest() != self._now.sha256:
            raise _not_in_order()

    def shut(self) -> None:
        """Close the file that is open."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def require_all(self) -> Manifest:
        if self.manifest is None or self._expected:
            raise _not_in_order()
        return self.manifest


def unpack(path: Path, key: BackupKey, folder: Path, tell: Tell) -> Manifest:
    """Decrypt a backup into a folder; every file is compared with its checksum.

    Raises
    ------
    UnreadableFile
        It is no backup, another key made it, or it was changed or cut off.
    OSError
        The disk refuses.
    """
    taken = _Unpacking(folder, tell)
    archive = Unpacker(taken)
    try:
        unseal(path, key, archive)
    finally:
        taken.shut()
    archive.close()
    return taken.require_all()


def manifest_of(path: Path, key: BackupKey) -> Manifest:
    """Read what a backup says of itself, which stands at its start.

    Raises
    ------
    UnreadableFile
        It is no backup, another key made it, or its start was changed.
    """
    taken = _Unpacking(None)
    unseal(path, key, Unpacker(taken))
    if taken.manifest is None:
        raise _not_in_order()
    return taken.manifest


def _allowed(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if name in FILES:
        return True
    plain = all(SAFE_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    return len(parts) > 1 and parts[0] in FOLDERS and plain and "/".join(parts) == name


def _not_in_order() -> UnreadableFile:
    return UnreadableFile("The backup's contents are not in order.", "Use another backup.")
