"""Time to the event by an exposure, read in three ways, on four people."""

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.errors import DefinitionError
from remission.questions import Reading, as_python, exposures_of, relapse, relapse_table

# Points of involvement told on days 0 and 91; then day of use, or None where free to day 300.
TOLD = {"a": (0, 5), "b": (5, 5), "c": (0, 0), "d": (5, 0)}
USED = {"a": None, "b": 200, "c": 50, "d": 150}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("relapse") / "study", "engagement")
    text = (made.path / "study.yaml").read_text()
    text = text.replace(
        "levels:\n  meetings_level:\n",
        "levels:\n  often:\n    measure: involvement\n    label: Often\n    levels:\n"
        "      - {name: seldom, label: seldom, at_least: 0}\n      - {name: often, label: often, at_least: 4}\n"
        "  meetings_level:\n",
    )
    (made.path / "study.yaml").write_text(text)
    items = ("meetings_30d", "home_group", "sponsor_or_friend", "led_meeting", "service")
    answers = [
        (who, wave, day, item, (4 if place == 0 else 1) if score else 0)
        for who, scores in TOLD.items()
        for wave, day, score in zip(("baseline", "month_3"), (0, 91), scores, strict=True)
        for place, item in enumerate(items)
    ]
    free = [(who, 0, 300 if day is None else day - 1, "abstinent") for who, day in USED.items()]
    used = [(who, day, day, "used") for who, day in USED.items() if day is not None]
    reports = pd.DataFrame([*free, *used], columns=["participant_id", "start_day", "end_day", "state"])
    groups = pd.DataFrame({"participant_id": ["a", "a"], "group_name": ["none", "smart"], "start_day": [0, 100]})
    record(
        made,
        Entries(
            answers=pd.DataFrame(answers, columns=["participant_id", "wave", "day", "item", "value"]).assign(
                instrument="meeting_attendance", version="1.0", missing_reason=None
            ),
            use_reports=reports.assign(substance="any", source="interview"),
            affiliations=groups.assign(end_day=[99, None], is_primary=True),
        ),
        BatchInfo("test"),
    )
    return open_study(made.path)


def test_the_study_offers_its_groups_levels_and_points(study: Study) -> None:
    assert exposures_of(study) == ["group", "group_type", "engagement_level", "often", "meetings_level", "involvement"]


def test_over_time_a_value_counts_from_the_day_after_it_was_told(study: Study) -> None:
    table = relapse_table(study, Reading("often"))
    rows = table[["participant_id", "entry", "exit", "event", "often"]].astype({"often": str}).to_numpy().tolist()
    assert rows == [
        ["a", 0.0, 91.0, 0, "seldom"],
        ["a", 91.0, 300.0, 0, "often"],
        ["b", 0.0, 91.0, 0, "often"],
        ["b", 91.0, 200.0, 1, "often"],
        ["c", 0.0, 50.0, 1, "seldom"],
        ["d", 0.0, 91.0, 0, "often"],
        ["d", 91.0, 150.0, 1, "seldom"],
    ]
    found = relapse(study, Reading("often"))
    at = found.curve.at([299]).set_index("stratum")["estimate"]
    # Seldom: of a and c one uses on day 50, then d alone on day 150. Often: of a and b one uses on day 200.
    assert at.to_dict() == {"seldom": 0.0, "often": 0.5}
    # Partial likelihood by hand: day 50 (2 seldom, 2 often), 150 (1, 2), 200 (often only: no part).
    ratio = np.exp(found.model.tidy()["estimate"].iloc[0])
    # d/db log L = -2r/(2+2r) - 2r/(1+2r) < 0 for every r > 0: the ratio runs to 0, and the model says so.
    assert ratio < 1e-3
    assert any(not check.passed for check in found.model.checks)
    assert found.test is None


def test_from_a_landmark_only_those_still_free_are_compared(study: Study) -> None:
    table = relapse_table(study, Reading("often", "landmark", 100))
    assert table["participant_id"].tolist() == ["a", "b", "d"]
    assert table["often"].astype(str).tolist() == ["often", "often", "seldom"]
    assert set(table["entry"]) == {100.0}
    assert ("the event came by day 100", 1) in table.attrs["left_out"]


def test_at_day_0_what_comes_later_does_not_count(study: Study) -> None:
    found = relapse(study, Reading("involvement", "day_0"))
    at = found.curve.at([299]).set_index("stratum")["estimate"]
    assert at.to_dict() == {"0": 0.5, "5": 0.0}


def test_the_kind_of_group_changes_with_the_group(study: Study) -> None:
    table = relapse_table(study, Reading("group_type"))
    mine = table[table["participant_id"] == "a"]
    assert mine[["entry", "exit"]].to_numpy().tolist() == [[0.0, 100.0], [100.0, 300.0]]
    assert mine["group_type"].astype(str).tolist() == ["none", "secular"]


def test_what_cannot_be_read_is_one_sentence(study: Study) -> None:
    with pytest.raises(DefinitionError, match="no way of reading 'backwards'"):
        relapse(study, Reading("group", "backwards"))  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="'shoe_size'"):
        relapse(study, Reading("shoe_size"))


def test_the_call_gives_the_same(study: Study) -> None:
    reading = Reading("often", "landmark", 100, "first_use")
    held: dict[str, object] = {}
    exec(as_python(reading, str(study.path)), held)
    assert held["reading"] == reading
