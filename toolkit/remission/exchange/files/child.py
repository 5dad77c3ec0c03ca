"""The reading process seen from outside: started, listened to, and ended when it dies, hangs or is no longer wanted."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow as pa

from remission.errors import UnreadableFile
from remission.exchange.files import reader_process

AGAIN = "Copy it again from where it came, or open it in the program it comes from and save it anew."
LONGEST_DICTIONARY = 1024**3
LIGHT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass
class Limits:
    """What the reading process may use.

    Attributes
    ----------
    memory : int
        Bytes of address space.
    seconds : float
        How long one answer may take: the dictionary, or the next rows.
    """

    memory: int = 6 * 1024**3
    seconds: float = 600.0


LIMITS = Limits()


class ReadingProcess:
    """One run of `reader_process` on one file.

    Parameters
    ----------
    path : pathlib.Path
        What it opens.
    name : str
        What sentences call the file.
    job : dict
        ``kind``, ``encoding``, ``columns`` and ``rows`` as `reader_process` takes them.
    """

    def __init__(self, path: Path, name: str, job: dict[str, Any]) -> None:
        self.name = name
        self.late = False
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(reader_process.__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **LIGHT},
        )
        self._give({**job, "path": str(path.resolve()), "name": name, "memory": LIMITS.memory})

    def __enter__(self) -> "ReadingProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _give(self, job: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            with self._process.stdin as given:
                given.write(json.dumps(job).encode() + b"\n")
        except BrokenPipeError:
            # It died at once: what it said is told when its answer is asked for.
            return

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._out.close()
        self._said.close()

    def dictionary(self) -> dict[str, Any]:
        """Return the dictionary as `reader_process` tells it.

        Raises
        ------
        UnreadableFile
            It could not be read, or the process died, hung or ran out of memory.
        """
        with self._in_time():
            length = int.from_bytes(self._out.read(8), "little")
            told = self._out.read(length) if 0 < length < LONGEST_DICTIONARY else b""
        if not told or len(told) < length:
            raise self._failure()
        try:
            return dict(json.loads(told))
        except ValueError as error:
            raise self._failure() from error

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield record batches to the end of the stream, then make sure that the process ended well.

        Raises
        ------
        UnreadableFile
            As `dictionary`.
        """
        try:
            with self._in_time():
                stream = pa.ipc.open_stream(self._out)
            while True:
                with self._in_time():
                    batch = stream.read_next_batch()
                yield batch
        except StopIteration:
            pass
        except (pa.ArrowException, OSError) as error:
            raise self._failure() from error
        with self._in_time():
            code = self._process.wait()
        if code != 0:
            raise self._failure()

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """End the process where an answer takes too long; the answer then is cut short."""
        timer = threading.Timer(LIMITS.seconds, self._too_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        self.late = True
        self._process.kill()

    def _failure(self) -> UnreadableFile:
        if not self.late:
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        code = self._process.wait()
        if self.late:
            return UnreadableFile(
                f"{self.name} was not read in time: nothing came for {LIMITS.seconds:g} seconds.",
                "Split it into smaller files, or copy it again from where it came.",
            )
        return UnreadableFile(*_explain(self.name, code, self._last_words()))

    def _last_words(self) -> dict[str, str]:
        self._said.seek(0)
        for line in reversed(self._said.read()[-100_000:].decode("utf-8", "replace").splitlines()):
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict) and "cause" in said:
                return {"cause": str(said["cause"]), "cure": str(said.get("cure", ""))}
        self._said.seek(0)
        return {"cause": "memory" if b"alloc" in self._said.read() else "", "cure": ""}


def _explain(name: str, code: int, said: dict[str, str]) -> tuple[str, str]:
    if said["cause"] == "memory":
        return (
            f"{name} needs more memory than reading is allowed.",
            "Split it into smaller files, or read fewer columns.",
        )
    first_line = " ".join(said["cure"].strip().partition("\n")[0].split())
    if said["cause"] == "start":
        cure = "Close other programs, or install remission anew."
        return f"{name} was not read: the reading process lacks memory or a library.", cure
    if said["cause"] == "unforeseen":
        return f"{name} cannot be read: something in it was not foreseen ({first_line}).", AGAIN
    if said["cause"]:
        return said["cause"], said["cure"]
    if code < 0:
        return f"{name} is damaged: reading it ended the reading process.", AGAIN
    return f"{name} is damaged or cut short: reading it stopped midway.", AGAIN
