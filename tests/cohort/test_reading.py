from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from remission import cohort
from remission.cohort import BatchInfo, Entries, Study, reading, record, use_reports

SHAPES = {
    "participants": ["participant_id", "site", "arm", "origin_date"],
    "characteristics": ["participant_id", "age", "sex", "primary_substance"],
    "answers": ["participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason", "about"],
    "affiliations": ["participant_id", "group_name", "start_day", "end_day", "is_primary", "variant"],
    "use_reports": ["participant_id", "substance", "start_day", "end_day", "state", "source"],
    "calendar_days": ["participant_id", "day", "substance", "source", "quantity"],
    "drug_tests": ["participant_id", "day", "substance", "specimen", "result"],
    "sobriety_dates": ["participant_id", "reported_day", "substance", "since_day"],
    "status_events": ["participant_id", "kind", "day"],
    "batches": [
        "id",
        "kind",
        "file_name",
        "file_sha256",
        "mapping_sha256",
        "rows",
        "recorded_at",
        "undone_at",
    ],
}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_an_empty_study_has_frames_with_columns_of_the_same_kind(study: Study, entries: Entries, name: str) -> None:
    empty = getattr(cohort, name)(study)
    assert list(empty.columns) == SHAPES[name]
    assert empty.empty
    record(study, entries, BatchInfo("form"))
    held = getattr(cohort, name)(study)
    assert list(held.columns) == SHAPES[name]
    assert not held.empty
    assert held.dtypes.tolist() == empty.dtypes.tolist()


def _rows(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_what_was_recorded_is_read(study: Study, entries: Entries) -> None:
    record(study, entries, BatchInfo("form"))
    assert _rows(reading.participants(study)) == [
        ["1", "north", "clinic", pd.Timestamp("2024-03-01")],
        ["2", None, "control", None],
        ["3", None, None, None],
    ]
    # The code 2 and the label "male" both come back as labels; a refused age is a missing number.
    assert _rows(reading.characteristics(study)) == [
        ["1", 37.0, "female", None],
        ["2", None, "male", None],
        ["3", None, None, None],
    ]
    held = reading.answers(study)[["participant_id", "wave", "day", "item", "value", "missing_reason"]]
    assert _rows(held) == [
        ["1", "baseline", 0.0, "item1", 2.0, None],
        ["1", "baseline", 0.0, "item2", None, "refused"],
        ["1", "month_6", 190.0, "item1", 0.0, None],
        ["3", "baseline", None, "item1", 3.0, None],
    ]
    assert _rows(reading.affiliations(study)) == [
        ["1", "twelve_step", 0, 40.0, True, None],
        ["1", "smart", 41, None, True, None],
    ]
    assert _rows(use_reports(study)) == [
        ["1", "any", 0, 29, "abstinent", "interview"],
        ["1", "any", 30, 30, "used", "interview"],
    ]
    assert _rows(reading.status_events(study)) == [["2", "death", 300.0]]


def test_answers_of_one_instrument_or_wave(study: Study, entries: Entries) -> None:
    record(study, entries, BatchInfo("form"))
    assert reading.answers(study, instrument="recent_use").empty
    assert len(reading.answers(study, instrument="ces_d")) == 4
    assert reading.answers(study, wave="month_6")["participant_id"].tolist() == ["1"]
    assert len(reading.answers(study, instrument="ces_d", wave="baseline")) == 3


def test_codes_are_text_whatever_the_file_held(study: Study) -> None:
    for codes in ([1, 2], [1.0, 2.0], ["1", "2"]):
        frame = pd.DataFrame({"participant_id": codes, "site": None, "arm": None, "origin_date": None})
        record(study, Entries(participants=frame), BatchInfo("form"))
    assert reading.participants(study)["participant_id"].tolist() == ["1", "2"]


def test_waves_come_in_the_order_of_the_protocol(study: Study, ces_d_answers: Callable[..., pd.DataFrame]) -> None:
    waves = ["month_6", "month_24", "baseline", "month_12"]
    record(
        study,
        Entries(answers=ces_d_answers(*[("1", w, None, "item1", 1, None) for w in waves])),
        BatchInfo("form"),
    )
    assert reading.answers(study)["wave"].tolist() == ["baseline", "month_6", "month_12", "month_24"]


def test_many_answers_come_back_whole(study: Study, ces_d_answers: Callable[..., pd.DataFrame]) -> None:
    version = ces_d_answers(("1", "baseline", 0, "item1", 1, None))["version"].iloc[0]
    n = 10_000
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"p{i:05d}" for i in range(n)], 20),
            "wave": "baseline",
            "day": 0,
            "instrument": "ces_d",
            "version": version,
            "item": np.tile([f"item{i}" for i in range(1, 21)], n),
            "value": np.tile([0.0, 1.0, 2.0, 3.0], n * 5),
            "missing_reason": None,
        }
    )
    record(study, Entries(answers=rows), BatchInfo("form"))
    held = reading.answers(study)
    assert len(held) == 200_000
    assert held["value"].sum() == rows["value"].sum()
