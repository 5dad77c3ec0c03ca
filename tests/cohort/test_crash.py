"""A process that dies in the middle of recording leaves the database as it was."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import remission
from remission.cohort import BatchInfo, Entries, Study, batches, open_study, record

CHILD = """
import sys, time
import pandas as pd
from remission.cohort import BatchInfo, Entries, open_study, record
from remission.survey.library import instrument

study = open_study(sys.argv[1])
rows = pd.DataFrame({
    "participant_id": [f"p{i}" for i in range(20000)], "wave": "baseline", "day": 0, "instrument": "ces_d",
    "version": instrument("ces_d").version, "item": "item1", "value": 1.0, "missing_reason": None,
})

def pause(done, total):
    if done > 45000:
        print(done, flush=True)
        time.sleep(60)

record(study, Entries(answers=rows), BatchInfo("form"), progress=pause)
"""


@pytest.mark.sqlite_only
def test_killed_in_the_middle(study: Study, entries: Entries, dump: Callable[[Study], list[str]]) -> None:
    record(study, entries, BatchInfo("form"))
    before = dump(study)
    study.engine.dispose()
    package = str(Path(remission.__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": package}
    command = [sys.executable, "-c", CHILD, str(study.path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) > 45000
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    reopened = open_study(study.path)
    assert dump(reopened) == before
    assert len(batches(reopened)) == 1
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert record(reopened, entries, BatchInfo("form")).batch_id is None
