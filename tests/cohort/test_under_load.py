"""Two writers, a reader, and processes that die: no update is lost, no batch is half there."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from remission.cohort import Study, answers, batches, create_study, open_study
from remission.cohort.trail.verify import verify_trail

# Each writer records people of its own and fills fields of one that both know; it says what was acknowledged.
WRITER = """
import sys, time
import pandas as pd
from remission.cohort import BatchInfo, Entries, open_study, record
from remission.survey.library import instrument
study, name, seconds = open_study(sys.argv[1]), sys.argv[2], float(sys.argv[3])
version, end, number = instrument("ces_d").version, time.monotonic() + seconds, 0
def sheet(who, item, value):
    return pd.DataFrame([{"participant_id": who, "wave": "baseline", "day": 0, "instrument": "ces_d",
        "version": version, "item": item, "value": value, "missing_reason": None}])
while time.monotonic() < end:
    number += 1
    own = pd.concat([sheet(f"{name}{number}", f"item{item}", 1) for item in range(1, 11)])
    record(study, Entries(answers=own), BatchInfo("form"))
    changed = Entries(answers=sheet("shared", "item1" if name == "a" else "item2", number % 4))
    record(study, changed, BatchInfo("form"), accept="typed anew")
    print(number, flush=True)
"""
READER = """
import sys, time
from remission.cohort import answers, open_study
study, end = open_study(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    held = answers(study)
    sheets = held[held["participant_id"] != "shared"].groupby("participant_id").size()
    assert sheets.empty or (sheets == 10).all(), "half a batch was seen"
print("read", flush=True)
"""
IMPORT = """
import sys
import pandas as pd
from remission.cohort import BatchInfo, Entries, open_study, record_pieces
from remission.survey.library import instrument
study, start = open_study(sys.argv[1]), int(sys.argv[2])
version, items = instrument("ces_d").version, [item.name for item in instrument("ces_d").items]
def piece(number):
    who = [f"p{start}-{number}-{place}" for place in range(1000) for _ in items]
    return Entries(answers=pd.DataFrame({"participant_id": who, "wave": "baseline", "day": 0, "instrument": "ces_d",
        "version": version, "item": items * 1000, "value": 1, "missing_reason": None}))
class Pieces:
    def __len__(self):
        return 5
    def __iter__(self):
        return (piece(number) for number in range(5))
print("begins", flush=True)
print(record_pieces(study, Pieces(), BatchInfo("sav")).batch_id, flush=True)
"""


def started(code: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def on_a_server(study: Study) -> Iterator[None]:
    """Let other processes find a study that the tests keep on a server: they know no fixtures."""
    if study.engine.dialect.name != "sqlite":
        path = study.path / "study.yaml"
        path.write_text(path.read_text() + f"\ndatabase: {study.engine.url.render_as_string(hide_password=False)}\n")
    yield


def contend(study: Study, seconds: float) -> None:
    with on_a_server(study):
        writers = [started(WRITER, study.path, name, seconds) for name in "ab"]
        reader = started(READER, study.path, seconds)
        told = [process.communicate(timeout=seconds + 120) for process in (*writers, reader)]
    for out, err in told:
        assert err == ""
        assert out
    done = [int(out.split()[-1]) for out, _ in told[:2]]
    held = answers(study)
    mine = held[held["participant_id"] != "shared"]
    for name, count in zip("ab", done, strict=True):
        assert mine["participant_id"].str.startswith(name).sum() == 10 * count
    shared = held[held["participant_id"] == "shared"].set_index("item")["value"]
    assert shared.to_dict() == {"item1": done[0] % 4, "item2": done[1] % 4}
    assert verify_trail(study).faults == []


def kill_imports(study: Study, kills: int, longest: float) -> int:
    acknowledged: list[int] = []
    with on_a_server(study):
        for number in range(kills):
            with started(IMPORT, study.path, number) as child:
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(random.Random(number).uniform(0.0, longest))
                os.kill(child.pid, signal.SIGKILL)
                said = child.stdout.read().split()
                acknowledged += [int(word) for word in said]
    fresh = open_study(study.path)
    kept = batches(fresh)
    assert set(acknowledged) <= set(kept["id"])
    sheets = answers(fresh).groupby("participant_id").size()
    assert sheets.empty or (sheets == 20).all()
    assert len(sheets) == 5000 * len(kept)
    if fresh.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(fresh.path / "cohort.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert verify_trail(fresh).faults == []
    return len(acknowledged)


def test_two_writers_and_a_reader(tmp_path: Path) -> None:
    contend(create_study(tmp_path / "study"), 4)


@pytest.mark.slow
def test_two_writers_and_a_reader_for_a_minute(tmp_path: Path) -> None:
    contend(create_study(tmp_path / "study"), 60)


def test_an_import_that_is_killed_leaves_no_half_batch(tmp_path: Path) -> None:
    kill_imports(create_study(tmp_path / "study"), 2, 1.0)


@pytest.mark.slow
def test_forty_imports_that_are_killed_leave_no_half_batch(tmp_path: Path) -> None:
    assert kill_imports(create_study(tmp_path / "study"), 40, 7.0) > 0
