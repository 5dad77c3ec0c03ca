"""Several files that take their names together: all of them, or none and the old ones as they were."""

import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from remission.exchange.export.request import ExportRefused


class Drafts:
    """Files being written under other names in the folder where they belong, private to their owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[Path, Path] = {}

    def new(self, place: Path) -> Path:
        """Make an empty draft for a place; the last one made takes its name last."""
        handle, name = tempfile.mkstemp(prefix=f".{place.stem}-{_maker()}-", suffix=place.suffix, dir=self.folder)
        os.close(handle)
        draft = Path(name)
        self.held[place] = draft
        return draft

    def text(self, place: Path, text: str) -> None:
        """Write a text as a draft."""
        self.new(place).write_text(text, encoding="utf-8", newline="")

    def put(self, last: Path) -> None:
        """Give every draft its name, ``last`` at the end; on a failure put everything back as it was."""
        order = [*(place for place in self.held if place != last), last]
        for draft in self.held.values():
            draft.chmod(0o600)
            _to_disk(draft)
        kept: dict[Path, Path] = {}
        done: list[Path] = []
        try:
            for place in order:
                if place.exists():
                    kept[place] = _kept(place)
                os.replace(self.held[place], place)
                done.append(place)
        except BaseException:
            for place in done:
                if place in kept:
                    os.replace(kept[place], place)
                else:
                    place.unlink(missing_ok=True)
            raise
        finally:
            for old in kept.values():
                old.unlink(missing_ok=True)

    def clear(self) -> None:
        """Take away what did not get its name."""
        for draft in self.held.values():
            draft.unlink(missing_ok=True)


def _kept(place: Path) -> Path:
    """Keep what stands at a place under a second name, without moving it away."""
    old = place.with_name(f".{place.stem}-{_maker()}-before{place.suffix}")
    old.unlink(missing_ok=True)
    try:
        os.link(place, old)
    except OSError:
        old.write_bytes(place.read_bytes())
        old.chmod(0o600)
    return old


def _maker() -> str:
    """Name this computer and process, so that what a process left behind when it was killed can be told."""
    return f"{hashlib.sha256(platform.node().encode()).hexdigest()[:6]}-{os.getpid()}"


def _sweep(place: Path) -> None:
    """Take away drafts for a place whose process on this computer is gone: they hold participants' data."""
    if os.name == "nt":  # There the question whether a process runs would end it.
        return
    computer = _maker().partition("-")[0]
    stem = re.escape(place.stem)
    drafts = re.compile(rf"\.{stem}(?:_codebook|_map|_README)?-{computer}-(?P<process>\d+)-[^.]+\.\w+")
    for found in place.parent.iterdir():
        named = drafts.fullmatch(found.name)
        if named and not _runs(int(named["process"])):
            found.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _to_disk(draft: Path) -> None:
    with draft.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def drafts_beside(place: Path, said: Callable[[str], str]) -> Iterator[Drafts]:
    """Open drafts in the folder of a file; nothing of them is left at the end.

    Raises
    ------
    ExportRefused
        The folder is not there or cannot be written; ``said`` makes the sentence.
    """
    if not place.parent.is_dir():
        raise ExportRefused(f"There is no folder {place.parent}.", "Make it first, or choose another.")
    if place.is_dir():
        raise ExportRefused(f"{place} is a folder.", "Give the name of a file.")
    drafts = Drafts(place.parent)
    try:
        _sweep(place)
        yield drafts
    except OSError as error:
        raise ExportRefused(
            said(error.strerror or type(error).__name__), "Free some space, or choose another place."
        ) from error
    finally:
        drafts.clear()
