"""A stream of bytes as an age file, and back: in small pieces, whatever its length."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import pyrage

from remission.errors import StudyError, UnreadableFile
from remission.keeping.key_file import BackupKey

MAGIC = b"age-encryption.org/v1\n"


class Sink(Protocol):
    """What takes a stream piece by piece."""

    def write(self, data: bytes, /) -> int:
        """Take the next piece."""
        ...


class EnoughRead(Exception):
    """Raised by a sink that has seen what it wanted."""


class _Source:
    """A file-like face on pieces; what goes wrong in them is remembered, because age turns it into words."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""
        self.fault: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._left = piece
        except BaseException as fault:
            self.fault = fault
            raise
        given, self._left = self._left[:size], self._left[size:]
        return given


class _Target:
    """A sink whose faults are remembered."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.fault: BaseException | None = None

    def write(self, data: bytes) -> int:
        # The buffer in front of it is emptied once more after a fault.
        if self.fault is not None:
            raise self.fault
        try:
            self._sink.write(data)
        except BaseException as fault:
            self.fault = fault
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: the file behind is flushed when it is whole."""


def seal(pieces: Iterator[bytes], target: BinaryIO, key: BackupKey) -> None:
    """Encrypt a stream into a file.

    Raises
    ------
    OSError
        The disk refuses.
    """
    source, sink = _Source(pieces), _Target(target)
    try:
        pyrage.encrypt_io(source, sink, [key.identity.to_public()])
    except BaseException as fault:
        raise (source.fault or sink.fault or fault) from None


def unseal(path: Path, key: BackupKey, sink: Sink) -> None:
    """Decrypt a file; each piece is authentic before the sink sees it, and the end is known to be the end.

    Raises
    ------
    UnreadableFile
        It is no backup, another key made it, or it was changed or cut off.
    """
    target = _Target(sink)
    try:
        with path.open("rb") as file:
            known = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            if known:
                pyrage.decrypt_io(file, target, [key.identity])
    except BaseException as fault:
        _explain(path, target.fault, fault)
        return
    if not known:
        raise UnreadableFile(f"{path.name} is no backup of remission.", "Name a file that ends in .rmbak.")


def _explain(path: Path, kept: BaseException | None, fault: BaseException) -> None:
    if isinstance(kept, EnoughRead):
        return
    if kept is not None:
        raise kept from None
    if isinstance(fault, KeyboardInterrupt | SystemExit | MemoryError):
        raise fault
    if isinstance(fault, OSError) and fault.errno is not None:
        raise UnreadableFile(f"{path} cannot be read ({fault.strerror}).", "Check its name and permissions.") from fault
    if isinstance(fault, pyrage.DecryptError) and "matching keys" in str(fault):
        raise UnreadableFile(
            f"The key does not open {path.name}, or its first bytes are damaged.",
            "Name the key that it was made with; if it is that one, use another backup.",
        ) from fault
    raise UnreadableFile(
        f"{path.name} is damaged or cut off.", "Fetch it again from where it is kept, or use another backup."
    ) from fault


def explained(place: Path, what: str, error: OSError) -> StudyError:
    """Put what the disk says while something is written into one sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StudyError(f"{what} cannot be finished: {place} is full.", "Free some space there and try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StudyError(f"{what} cannot be written to {place}.", "Check that you may write in that folder.")
    reason = error.strerror or type(error).__name__
    return StudyError(f"{what} cannot be finished in {place} ({reason}).", "Choose another place and try again.")


Tell = Callable[[int, int | None], None]
