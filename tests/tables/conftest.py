"""A small study whose tables can be worked out by hand."""

from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record

# Points of involvement at baseline, month 3, month 6; interview days 0, 90, 180.
INVOLVEMENT = {
    "ann": (3, 0, 5),
    "ben": (1, 2, None),
    "cat": (0, None, None),
    "dan": (5, 5, 5),
    "eve": (2, 2, 2),
}
FREE_TO = {"ann": 120, "ben": 90, "dan": 200, "eve": 60}
USED_ON = {"ann": 121, "cat": 0, "eve": 61}
ITEMS = ("meetings_30d", "home_group", "sponsor_or_friend", "led_meeting", "service")


def attendance() -> pd.DataFrame:
    rows = []
    for who, points in INVOLVEMENT.items():
        for wave, day, score in zip(("baseline", "month_3", "month_6"), (0, 90, 180), points, strict=True):
            if score is not None:
                values = [4 if score >= 1 else 0, *[1 if place < score else 0 for place in range(1, 5)]]
                rows += [(who, wave, day, item, value) for item, value in zip(ITEMS, values, strict=True)]
    frame = pd.DataFrame(rows, columns=["participant_id", "wave", "day", "item", "value"])
    return frame.assign(instrument="meeting_attendance", version="1.0", missing_reason=None)


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("small") / "study", "engagement")
    free = pd.DataFrame([(w, 0, d, "abstinent") for w, d in FREE_TO.items()])
    used = pd.DataFrame([(w, d, d, "used") for w, d in USED_ON.items()])
    uses = pd.concat([free, used], ignore_index=True)
    uses.columns = ["participant_id", "start_day", "end_day", "state"]
    people = [*INVOLVEMENT, "fay"]
    record(
        study,
        Entries(
            participants=pd.DataFrame({"participant_id": people, "site": "north", "arm": None, "origin_date": None}),
            characteristics=pd.DataFrame(
                {
                    "participant_id": people,
                    "name": "age",
                    "value": [30, 40, 50, 60, 70, 80],
                    "missing_reason": None,
                }
            ),
            answers=attendance(),
            affiliations=pd.DataFrame(
                {
                    "participant_id": ["ann", "ben", "ben", "dan"],
                    "group_name": ["smart", "none", "twelve_step", "twelve_step"],
                    "start_day": [0, 0, 30, 0],
                    "end_day": [None, 29, None, None],
                    "is_primary": True,
                }
            ),
            use_reports=uses.assign(substance="any", source="interview"),
        ),
        BatchInfo(kind="test"),
    )
    return study


@pytest.fixture(scope="session")
def study_folder(small_study: Study) -> Path:
    return small_study.path
