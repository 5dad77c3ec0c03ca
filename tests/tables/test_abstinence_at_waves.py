"""Abstinence at the interviews with what was known a wave before, worked out by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.errors import DefinitionError, ImmortalTime
from remission.survey import instrument
from remission.tables import abstinence_at_waves


def sheet(who: str, wave: str, day: int, name: str, **items: int) -> list[dict[str, object]]:
    return [
        {
            "participant_id": who,
            "wave": wave,
            "day": day,
            "instrument": name,
            "version": instrument(name).version,
            "item": item,
            "value": value,
            "missing_reason": None,
        }
        for item, value in items.items()
    ]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("abstinence") / "study", "follow-up")
    attended = "mutual_help_attendance"
    told = [
        *sheet("P1", "baseline", 0, attended, attended=1),
        *sheet("P1", "month_6", 180, attended, attended=0),
        *sheet("P1", "month_6", 180, "recent_use", days_used_30=0),
        *sheet("P1", "month_12", 365, "recent_use", days_used_30=4),
        *sheet("P2", "baseline", 0, attended, attended=0),
        *sheet("P2", "month_6", 190, "recent_use", days_used_30=0),
        # P2 was not seen at month 12, and P3 never after the start.
        # Told at day 550: no use since day 190.
        *sheet("P2", "month_18", 550, "recent_use", used_since_last=0),
        *sheet("P3", "baseline", 0, attended, attended=1),
    ]
    reports = pd.DataFrame(
        {
            "participant_id": ["P2", "P3"],
            "substance": "any",
            "start_day": [175, 500],
            "end_day": [175, 600],
            "state": ["used", "abstinent"],
            "source": "interview",
        }
    )
    died = pd.DataFrame({"participant_id": ["P1"], "kind": ["death"], "day": [400]})
    record(made, Entries(answers=pd.DataFrame(told), use_reports=reports, status_events=died), BatchInfo(kind="form"))
    return made


def known(table: pd.DataFrame, column: str) -> dict[tuple[str, str], float]:
    return {(who, wave): value for who, wave, value in table[["participant_id", "wave", column]].to_numpy()}


def test_sources_speak_first_and_the_interview_where_they_are_silent(study: Study) -> None:
    table = abstinence_at_waves(study)
    assert known(table, "abstinent") == {
        ("P1", "month_6"): 1.0,
        ("P1", "month_12"): 0.0,
        # Told abstinent at the interview, but use was reported within the 30 days.
        ("P2", "month_6"): 0.0,
        ("P2", "month_18"): 1.0,
        # Nobody came, but a report covers the days before the planned day 548.
        ("P3", "month_18"): 1.0,
    }
    assert table.set_index(["participant_id", "wave"]).loc[("P2", "month_6"), ["day", "months"]].tolist() == [190, 6]


def test_the_lag_is_of_waves_and_is_not_filled_from_further_back(study: Study) -> None:
    table = abstinence_at_waves(study, ["attended"])
    found = known(table, "attended")
    assert found[("P1", "month_6")] == 1
    assert found[("P1", "month_12")] == 0
    assert found[("P2", "month_6")] == 0
    assert np.isnan(found[("P2", "month_18")])
    two = known(abstinence_at_waves(study, ["attended"], lag_waves=2), "attended")
    assert two[("P1", "month_12")] == 1


def test_a_longer_window_needs_more_than_thirty_days_told(study: Study) -> None:
    table = known(abstinence_at_waves(study, days=90), "abstinent")
    # None of 30 days says nothing of 90; some of 30 does, and so does no use since an interview 360 days before.
    assert table == {("P1", "month_12"): 0.0, ("P2", "month_6"): 0.0, ("P2", "month_18"): 1.0}
    assert ("P2", "month_18") not in known(abstinence_at_waves(study, days=361), "abstinent")


def test_a_measure_may_say_who_is_abstinent(study: Study) -> None:
    table = abstinence_at_waves(study, measure="attended")
    assert known(table, "abstinent") == {("P1", "month_6"): 1.0}
    assert table.attrs["definition"] == "attended of 0"
    assert "'attended' was 0" in table.attrs["definition_sentence"]


def test_missing_as_use_takes_everyone_who_was_due(study: Study) -> None:
    table = known(abstinence_at_waves(study, missing="use"), "abstinent")
    # P1 died on day 400: nothing was due at months 18 and 24. P2 and P3 are due at all four.
    assert len(table) == 2 + 4 + 4
    assert sum(table.values()) == 3
    assert table[("P3", "month_6")] == 0
    left_out = abstinence_at_waves(study).attrs["left_out"]
    assert left_out == (("interviews due whose abstinence is not known", 5),)


def test_the_same_interview_explains_itself_only_with_a_reason(study: Study) -> None:
    with pytest.raises(ImmortalTime, match="same_wave"):
        abstinence_at_waves(study, ["attended"], lag_waves=0)
    with pytest.raises(ImmortalTime):
        abstinence_at_waves(study, ["attended"], lag_waves=-1)
    table = abstinence_at_waves(study, ["attended"], lag_waves=0, same_wave="as published.")
    assert known(table, "attended")[("P1", "month_6")] == 0
    assert table.attrs["definition_sentence"].endswith("may explain abstinence told there: as published.")


def test_unknown_words_are_refused(study: Study) -> None:
    with pytest.raises(DefinitionError, match="left_out"):
        abstinence_at_waves(study, missing="relapse")
    with pytest.raises(DefinitionError, match="no wave"):
        abstinence_at_waves(study, waves=["month_7"])
    assert set(abstinence_at_waves(study, waves=["month_12"])["wave"]) == {"month_12"}


def test_a_study_without_people_gives_an_empty_table(tmp_path: Path) -> None:
    empty = create_study(tmp_path / "study", "follow-up")
    assert abstinence_at_waves(empty, ["attended"], ["group"]).empty
