"""Recording what a test of tracking needs, in few words."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from remission.cohort import BatchInfo, Entries, Study, record
from remission.survey.library import instrument

FORM = BatchInfo("form")
ITEMS = [item.name for item in instrument("ces_d").items]
VERSION = instrument("ces_d").version
Make = Callable[..., Study]


def enrol(study: Study, origins: dict[str, date | None]) -> None:
    rows = [(code, None, None, day) for code, day in origins.items()]
    people = pd.DataFrame(rows, columns=["participant_id", "site", "arm", "origin_date"], dtype=object)
    record(study, Entries(participants=people), FORM)


def answer(study: Study, *rows: tuple[str, str, float | None], items: int = len(ITEMS)) -> None:
    """Record CES-D of (participant, wave, day), some of its items or all."""
    told = [
        {"participant_id": who, "wave": wave, "day": day, "item": item, "value": 1.0 if place < items else None,
         "missing_reason": None if place < items else "refused"}
        for who, wave, day in rows
        for place, item in enumerate(ITEMS)
    ]  # fmt: skip
    frame = pd.DataFrame(told).assign(instrument="ces_d", version=VERSION)
    record(study, Entries(answers=frame), FORM)


def entries(name: str, *rows: dict[str, Any]) -> Entries:
    given: dict[str, Any] = {name: pd.DataFrame(list(rows), dtype=object)}
    return Entries(**given)
