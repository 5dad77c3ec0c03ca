"""Answers into the cohort database with their audit trail, and out again; a plain insert of the same rows beside."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from remission.cohort import BatchInfo, Entries, Study, answers, create_study, open_study, record_pieces
from remission.cohort.trail.verify import verify_trail
from remission.survey.library import instrument

PEOPLE, WAVES = 10_000, ("baseline", "month_3", "month_6", "month_12", "month_24")
PIECE = 1000
ITEMS = [item.name for item in instrument("ces_d").items]


class Pieces:
    """Answers of some thousand participants at a time: 5 waves of 20 items each."""

    def __len__(self) -> int:
        return PEOPLE // PIECE

    def __iter__(self) -> Iterator[Entries]:
        return (Entries(answers=_answers(start)) for start in range(0, PEOPLE, PIECE))


def _answers(start: int) -> pd.DataFrame:
    sheets = len(WAVES) * len(ITEMS)
    rng = np.random.default_rng(start)
    return pd.DataFrame(
        {
            "participant_id": np.repeat([f"p{number}" for number in range(start, start + PIECE)], sheets),
            "wave": np.tile(np.repeat(WAVES, len(ITEMS)), PIECE),
            "day": 0,
            "instrument": "ces_d",
            "version": instrument("ces_d").version,
            "item": np.tile(ITEMS, PIECE * len(WAVES)),
            "value": rng.integers(0, 4, PIECE * sheets),
            "missing_reason": None,
        }
    )


def run(folder: Path) -> list[dict[str, object]]:
    """Time one million answers in, one wave out, the proof of the trail."""
    study = create_study(folder / "database", "engagement")
    plain = _timed(lambda: _plain_insert(folder / "plain.db"))
    into = _timed(lambda: record_pieces(study, Pieces(), BatchInfo("benchmark")))
    study.engine.dispose()
    out = _timed(lambda: _one_wave(open_study(study.path)))
    proof = _timed(lambda: verify_trail(study))
    count = PEOPLE * len(WAVES) * len(ITEMS)
    return [
        {
            "case": f"{count:,} answers recorded with audit, beside sqlite3 executemany",
            "ours_s": into,
            "theirs_s": plain,
            "ratio": into / plain,
        },
        {"case": f"one wave of {PEOPLE:,} participants read after opening", "ours_s": out},
        {"case": f"audit trail of {count:,} answers verified", "ours_s": proof},
    ]


def _one_wave(study: Study) -> pd.DataFrame:
    return answers(study, wave="month_3")


def _plain_insert(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answer (participant TEXT, wave TEXT, item TEXT, value REAL)")
        for entries in Pieces():
            rows = entries.answers[["participant_id", "wave", "item", "value"]].itertuples(index=False, name=None)
            connection.executemany("INSERT INTO answer VALUES (?, ?, ?, ?)", rows)
        connection.commit()


def _timed(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started
