"""The reading process: one that dies, hangs or grows too large is told in a sentence, and none is left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remission.errors import UnreadableFile
from remission.exchange.files import child, open_file, read_dictionary, read_file

MB = 1024**2


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[child.Limits]:
    chosen = child.Limits()
    monkeypatch.setattr(child, "LIMITS", chosen)
    return chosen


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put another program in the place of the reading process."""

    def put(code: str) -> None:
        path = tmp_path / "other_process.py"
        path.write_text("import sys, time, json\nsys.stdin.readline()\n" + code)
        monkeypatch.setattr(child.reader_process, "__file__", str(path))

    return put


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_process_is_noticed(long_file: Callable[..., Path]) -> None:
    with open_file(long_file(rows=400_000)) as reading:
        pieces = iter(reading)
        assert len(next(pieces).frame) == 50_000
        os.kill(reading._process._process.pid, signal.SIGKILL)
        with pytest.raises(UnreadableFile, match=r"long\.sav is damaged: reading it ended the reading process"):
            list(pieces)


def test_a_segmentation_fault_is_noticed(long_file: Callable[..., Path], script: Callable[[str], None]) -> None:
    script("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    with pytest.raises(UnreadableFile, match="ended the reading process"):
        read_dictionary(long_file(rows=3))


def test_an_answer_that_is_cut_short_is_noticed(long_file: Callable[..., Path], script: Callable[[str], None]) -> None:
    script("sys.stdout.buffer.write((1000).to_bytes(8, 'little') + b'{')\n")
    with pytest.raises(UnreadableFile, match="stopped midway"):
        read_dictionary(long_file(rows=3))


def test_a_stream_that_is_cut_short_is_noticed(long_file: Callable[..., Path], script: Callable[[str], None]) -> None:
    script(
        "import pyarrow as pa\n"
        "told = json.dumps({'source': 'sav', 'rows': 3, 'variables': [{'name': 'pid'}]}).encode()\n"
        "out = sys.stdout.buffer\n"
        "out.write(len(told).to_bytes(8, 'little') + told)\n"
        "sink = pa.BufferOutputStream()\n"
        "batch = pa.record_batch([pa.array([1.0, 2.0, 3.0])], names=['c0'])\n"
        "with pa.ipc.new_stream(sink, batch.schema) as writer:\n"
        "    writer.write_batch(batch)\n"
        "out.write(sink.getvalue().to_pybytes()[:-20])\n"
    )
    with pytest.raises(UnreadableFile, match="stopped midway"):
        read_file(long_file(rows=3))


def test_another_number_of_rows_is_refused(long_file: Callable[..., Path], script: Callable[[str], None]) -> None:
    script(
        "import pyarrow as pa\n"
        "told = json.dumps({'source': 'sav', 'rows': 4, 'variables': [{'name': 'pid'}]}).encode()\n"
        "out = sys.stdout.buffer\n"
        "out.write(len(told).to_bytes(8, 'little') + told)\n"
        "batch = pa.record_batch([pa.array([1.0, 2.0, 3.0])], names=['c0'])\n"
        "with pa.ipc.new_stream(out, batch.schema) as writer:\n"
        "    writer.write_batch(batch)\n"
    )
    with pytest.raises(UnreadableFile, match=r"long\.sav announces 4 rows and holds 3"):
        read_file(long_file(rows=3))


def test_a_hung_process_is_ended(
    long_file: Callable[..., Path], script: Callable[[str], None], limits: child.Limits
) -> None:
    limits.seconds = 1.0
    script("time.sleep(600)\n")
    started = time.monotonic()
    with pytest.raises(UnreadableFile, match="was not read in time: nothing came for 1 seconds"):
        read_dictionary(long_file(rows=3))
    assert time.monotonic() - started < 30


def test_a_process_that_hangs_at_its_end_is_ended(
    long_file: Callable[..., Path], script: Callable[[str], None], limits: child.Limits
) -> None:
    limits.seconds = 3.0
    script(
        "import pyarrow as pa\n"
        "told = json.dumps({'source': 'sav', 'rows': 0, 'variables': [{'name': 'pid'}]}).encode()\n"
        "out = sys.stdout.buffer\n"
        "out.write(len(told).to_bytes(8, 'little') + told)\n"
        "pa.ipc.new_stream(out, pa.schema([])).close()\n"
        "out.flush()\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(UnreadableFile, match="was not read in time"):
        read_file(long_file(rows=3))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the memory limit is set on Linux only")
@pytest.mark.parametrize("memory", [150 * MB, 300 * MB])
def test_too_little_memory_is_told(long_file: Callable[..., Path], limits: child.Limits, memory: int) -> None:
    limits.memory = memory
    with pytest.raises(UnreadableFile, match=r"long\.sav (needs more memory|was not read: .* lacks memory)"):
        read_file(long_file(rows=1_500_000))


def test_no_process_is_left_behind(long_file: Callable[..., Path]) -> None:
    path = long_file(rows=400_000)
    numbers = []
    with open_file(path) as reading:
        numbers.append(reading._process._process.pid)
        next(iter(reading))
    with pytest.raises(KeyboardInterrupt), open_file(path) as reading:  # noqa: PT012
        numbers.append(reading._process._process.pid)
        raise KeyboardInterrupt
    with pytest.raises(UnreadableFile):
        read_file(path, columns=["nobody"])
    with open_file(path) as reading:
        numbers.append(reading._process._process.pid)
        pieces = iter(reading)
        next(pieces)
        pieces.close()
        assert not is_running(numbers[-1])
    assert not any(is_running(number) for number in numbers)
