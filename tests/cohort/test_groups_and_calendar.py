"""Groups as data, sheets about a group, the meeting calendar."""

from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import (
    BatchInfo,
    Entries,
    Study,
    affiliations,
    answers,
    create_study,
    mutual_help_events,
    open_study,
    record,
)
from remission.errors import DefinitionError, ImportRefused
from remission.survey.groups import taxonomy
from remission.tables import measure_scores

FORM = BatchInfo("form")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "engagement")


def events(**change: object) -> Entries:
    row = {"participant_id": "1", "day": 3, "kind": "meeting", "group_name": "smart", "format": "online", "count": 2}
    return Entries(mutual_help_events=pd.DataFrame([row | change]))


def test_none_and_unknown_are_two_groups() -> None:
    groups = taxonomy().groups
    assert groups["none"].approach == "none"
    assert groups["unknown"].approach == "unknown"
    assert {groups[code].within for code in ("aa", "na", "ca")} == {"twelve_step"}
    assert groups["women_for_sobriety"].gender == "women"
    assert groups["moderation_management"].goal == "moderation"
    assert all(group.within in (None, *groups) for group in groups.values())


def test_a_study_describes_groups_of_its_own(study: Study) -> None:
    file = study.path / "study.yaml"
    text = file.read_text()
    own = "  valley: {title: Valley circle, approach: cultural, spiritual: true, goal: own choice}\n"
    file.write_text(text.replace("  other: another group\n", f"{own}  other: another group\n"))
    protocol = open_study(study.path).protocol
    assert protocol.groups["valley"] == "Valley circle"
    assert protocol.group("valley").approach == "cultural"
    assert protocol.group("smart").approach == "secular"
    file.write_text(text.replace("  other: another group\n", own.replace("cultural", "nice")))
    with pytest.raises(DefinitionError, match=r"group_attributes\.valley\.approach"):
        open_study(study.path)


def test_the_calendar_comes_back_and_the_same_again_changes_nothing(study: Study) -> None:
    record(study, events(), FORM)
    assert mutual_help_events(study).iloc[0].tolist() == ["1", 3, "meeting", "smart", "online", 2]
    assert record(study, events(), FORM).batch_id is None
    with pytest.raises(ImportRefused, match="meeting on day 3, count"):
        record(study, events(count=5), FORM)


def test_what_is_not_said_of_a_meeting_is_unknown(study: Study) -> None:
    short = pd.DataFrame([{"participant_id": "1", "day": 3, "kind": "referral"}])
    record(study, Entries(mutual_help_events=short), FORM)
    assert mutual_help_events(study).iloc[0].tolist() == ["1", 3, "referral", "unknown", "unknown", 1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "party"}, "kind of mutual-help event 'party'"),
        ({"group_name": "choir"}, "group 'choir'"),
        ({"format": "radio"}, "format of meeting 'radio'"),
        ({"count": 0}, "no whole count"),
        ({"count": 1.5}, "no whole count"),
        ({"day": None}, "day"),
    ],
)
def test_what_the_study_does_not_have_is_refused(study: Study, change: dict[str, object], told: str) -> None:
    with pytest.raises(ImportRefused, match=told):
        record(study, events(**change), FORM)
    assert mutual_help_events(study).empty


def test_a_spell_may_name_a_variant(study: Study) -> None:
    spell = {"participant_id": "1", "group_name": "smart", "start_day": 0, "end_day": None, "is_primary": True}
    record(study, Entries(affiliations=pd.DataFrame([spell | {"variant": "women"}])), FORM)
    assert affiliations(study)["variant"].tolist() == ["women"]
    with pytest.raises(ImportRefused, match="group variant 'tall'"):
        record(study, Entries(affiliations=pd.DataFrame([spell | {"variant": "tall", "start_day": 9}])), FORM)


def involvement(about: str, meetings: int) -> pd.DataFrame:
    items = {"meetings_30d": meetings, "home_group": 0, "sponsor_or_friend": 0, "led_meeting": 0, "service": 0}
    return pd.DataFrame([{"item": item, "value": value} for item, value in items.items()]).assign(
        participant_id="1",
        wave="baseline",
        day=0,
        instrument="meeting_attendance",
        version="1.0",
        missing_reason=None,
        about=about,
    )


def test_the_same_instrument_about_two_groups_is_two_sheets(study: Study) -> None:
    told = pd.concat([involvement("", 1), involvement("smart", 8), involvement("lifering", 2)])
    spells = pd.DataFrame({"participant_id": "1", "group_name": ["smart", "lifering"], "start_day": 0, "end_day": None})
    record(study, Entries(answers=told, affiliations=spells.assign(is_primary=[True, False])), FORM)
    assert sorted(answers(study)["about"].unique()) == ["", "lifering", "smart"]
    assert measure_scores(study, "meetings")["score"].tolist() == [1]
    file = study.path / "study.yaml"
    for about, expected in (("primary", 8), ("lifering", 2)):
        text = file.read_text()
        file.write_text(text.replace("    scale: meetings\n", f"    scale: meetings\n    about: {about}\n"))
        assert measure_scores(open_study(study.path), "meetings")["score"].tolist() == [expected]
        file.write_text(text)


def test_a_sheet_about_no_group_of_the_study_is_refused(study: Study) -> None:
    with pytest.raises(ImportRefused, match="group 'choir'"):
        record(study, Entries(answers=involvement("choir", 1)), FORM)
