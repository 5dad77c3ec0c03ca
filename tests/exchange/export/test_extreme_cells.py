"""Cells at the ends of what a format takes: exactly there, or refused, and never a whole export lost to one."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from sqlalchemy import select, update

from remission.cohort import BatchInfo, Entries, Study, open_study, record
from remission.cohort.schema import METADATA

Out = Callable[..., Path]
NUMBERS = [1e300, 5e-324, -1e15, 1 / 3, -9.5]
INSTRUMENT = """
name: anything
version: "1.0"
title: Any number
concept: use
recall: ever
wording: own
confidence: medium
citation: {text: own}
licence: {holder: remission, terms: own}
choices: {}
items:
  - {name: number, descriptor: any number, kind: number, text: Any number}
scales:
  - {name: total, title: Total, items: [number], rule: sum, range: [0, 1], higher_is: worse}
"""


@pytest.mark.parametrize("kind", ["sav", "zsav", "dta", "parquet"])
def test_numbers_of_any_size_go_out_exactly(study: Study, out: Out, kind: str) -> None:
    folder = study.instruments_folder / "anything"
    folder.mkdir(parents=True)
    (folder / "instrument.yaml").write_text(INSTRUMENT)
    opened = open_study(study.path)
    people = [f"n{place}" for place in range(len(NUMBERS))]
    columns = ["participant_id", "site", "arm", "origin_date"]
    answers = [
        (who, "baseline", 0, "anything", "1.0", "number", value, None)
        for who, value in zip(people, NUMBERS, strict=True)
    ]
    told = ["participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"]
    entries = Entries(
        participants=pd.DataFrame([(who, None, None, None) for who in people], columns=columns),
        answers=pd.DataFrame(answers, columns=told),
    )
    record(opened, entries, BatchInfo("survey"))
    path = out(opened, f"x.{kind}", instruments=("anything",))
    readers = {"sav": pyreadstat.read_sav, "zsav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}
    frame = readers[kind](str(path))[0] if kind in readers else pd.read_parquet(path)
    held = frame.set_index("participant_id")["anything_number_baseline"]
    assert [held[who] for who in people] == NUMBERS


@pytest.mark.parametrize("text", ["  leading blanks", "\ttab", "trailing  ", "two\r\nlines", "Größe ñ 😀" * 100])
def test_blanks_around_a_text_stop_no_spss_file(study: Study, out: Out, text: str) -> None:
    answer = METADATA.tables["answer"]
    with study.engine.begin() as connection:
        one = connection.execute(select(answer.c.response_id).where(answer.c.value == 3)).scalar_one()
        chosen = (answer.c.response_id == one) & (answer.c.item == "frequency")
        connection.execute(update(answer).where(chosen).values(value=None, text=text))
    path = out(study, "x.sav", with_text=True)
    held = pyreadstat.read_sav(str(path))[0]["mutual_help_attendance_frequency_text_baseline"]
    assert held.tolist() == [text.rstrip(), "", ""]
