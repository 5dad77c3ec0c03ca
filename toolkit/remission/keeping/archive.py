"""Files as one tar stream, and back, with nothing in memory but a piece."""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remission.errors import UnreadableFile

PIECE = 1 << 18
BLOCK = tarfile.BLOCKSIZE
LONGEST_NAME = 4096


@dataclass(frozen=True)
class Member:
    """A file to pack: its name in the archive, and its bytes or where they are."""

    name: str
    content: bytes | Path

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def packed(members: Iterable[Member]) -> Iterator[bytes]:
    """Yield the bytes of a tar archive."""
    for member in members:
        head = tarfile.TarInfo(member.name)
        head.size, head.mode = member.size, 0o600
        yield head.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")
        yield from member.pieces()
        yield bytes(-head.size % BLOCK)
    yield bytes(2 * BLOCK)


class Receiver(Protocol):
    """What takes the members of an archive, one after the other."""

    def begin(self, name: str, size: int) -> None:
        """Begin a member."""
        ...

    def take(self, data: bytes) -> None:
        """Take bytes of the member that was begun."""
        ...

    def end(self) -> None:
        """End it."""
        ...


class Unpacker:
    """A sink that takes a tar archive apart as it comes."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._head, self._name = bytearray(), bytearray()
        self._left = self._padding = 0
        self._named = self._over = False

    def write(self, data: bytes) -> int:
        """Take the next piece.

        Raises
        ------
        UnreadableFile
            It is no archive that ``packed`` made.
        """
        rest = memoryview(data)
        while len(rest):
            if self._left:
                piece, rest = rest[: self._left], rest[self._left :]
                self._content(bytes(piece))
            elif self._padding:
                skipped = min(self._padding, len(rest))
                self._padding, rest = self._padding - skipped, rest[skipped:]
            else:
                needed = BLOCK - len(self._head)
                self._head += rest[:needed]
                rest = rest[needed:]
                if len(self._head) == BLOCK:
                    self._header(bytes(self._head))
                    self._head.clear()
        return len(data)

    def close(self) -> None:
        """Say that the stream is over.

        Raises
        ------
        UnreadableFile
            The archive is not.
        """
        if not self._over or self._left or self._head:
            raise _faulty()

    def _content(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._named:
            self._name += piece
        else:
            self._receiver.take(piece)
        if not self._left and not self._named:
            self._receiver.end()

    def _header(self, block: bytes) -> None:
        if not any(block):
            self._over = True
            return
        try:
            head = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, UnicodeDecodeError) as error:
            raise _faulty() from error
        if self._over or head.size < 0:
            raise _faulty()
        self._left, self._padding = head.size, -head.size % BLOCK
        if head.type == tarfile.GNUTYPE_LONGNAME and head.size <= LONGEST_NAME:
            self._named = True
            return
        if head.type != tarfile.REGTYPE:
            raise _faulty()
        # A name that is no UTF-8 is in no manifest either.
        name = self._name.rstrip(b"\0").decode("utf-8", "replace") if self._named else head.name
        self._named, self._name = False, bytearray()
        self._receiver.begin(name, head.size)
        if not head.size:
            self._receiver.end()


def _faulty() -> UnreadableFile:
    return UnreadableFile("The backup's contents are not in order.", "Use another backup.")
