"""REDCap's events and the map of instruments to events."""

from pathlib import Path

import pytest

from remission.cohort.protocol import Wave
from remission.errors import DefinitionError
from remission.exchange.forms.redcap_events import read_schedule, unique_event_name, write_event_map, write_events

WAVES = (
    Wave(name="baseline", day=0, months=0, optimum_window=(0, 14), allowed_window=(0, 14)),
    Wave(name="month_6", day=183, months=6, optimum_window=(153, 213), allowed_window=(153, 213)),
)
FORMS = {"baseline": ("ces_d", "recent_use"), "month_6": ("recent_use",)}
EVENTS = (
    "event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name,custom_event_label\r\n"
    "baseline,1,0,0,14,baseline_arm_1,\r\n"
    "month_6,1,183,30,30,month_6_arm_1,\r\n"
)
MAP = (
    "arm_num,unique_event_name,form\r\n"
    "1,baseline_arm_1,ces_d\r\n1,baseline_arm_1,recent_use\r\n1,month_6_arm_1,recent_use\r\n"
)


@pytest.mark.parametrize(
    ("event", "arm", "name"),
    [
        ("Follow-up 30 min", 1, "followup_30_min_arm_1"),
        ("Visit  2 (home)", 2, "visit_2_home_arm_2"),
        ("Baseline", 1, "baseline_arm_1"),
        ("a__b", 1, "a_b_arm_1"),
    ],
)
def test_unique_names_follow_the_documented_rule(event: str, arm: int, name: str) -> None:
    assert unique_event_name(event, arm) == name


def test_the_files_are_those_written_by_hand_and_read_back(tmp_path: Path) -> None:
    assert write_events(WAVES, tmp_path / "events.csv") == []
    assert write_event_map(WAVES, FORMS, tmp_path / "map.csv") == []
    assert (tmp_path / "events.csv").read_bytes().decode() == EVENTS
    assert (tmp_path / "map.csv").read_bytes().decode() == MAP
    read = read_schedule(tmp_path / "events.csv", tmp_path / "map.csv")
    # 183 / 30.4375 = 6.012, which is 6.0 to one place
    assert read.waves == WAVES
    assert read.instruments == FORMS
    assert read.losses == []


def test_what_events_cannot_say_is_named(tmp_path: Path) -> None:
    wave = Wave(name="a_long_name_for_a_wave", day=30, months=1.5, optimum_window=(25, 35), allowed_window=(20, 50))
    whats = [loss.what for loss in write_events([wave], tmp_path / "events.csv")]
    assert [what.split(":")[0] for what in whats] == [
        "the optimum window, days 25 to 35",
        "its 1.5 months",
        "REDCap may shorten 'a_long_name_for_a_wave_arm_1'; compare it before the map is uploaded",
    ]
    assert "30,10,20" in (tmp_path / "events.csv").read_text()
    assert write_event_map([wave], {}, tmp_path / "map.csv")[0].what.startswith("it has no instrument")


def test_foreign_events_keep_their_unique_names_and_lose_other_arms(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "\ufeffevent_name,arm_num,day_offset,offset_min,offset_max,unique_event_name,custom_event_label,event_id\n"
        "6 months,1,180,10,10,six_mon_arm_1,[name],12\n"
        "Start,1,1,0,0,start_arm_1,,11\n"
        "Start,2,1,0,0,start_arm_2,,13\n"
        "Week 25,1,175,0,0,week_25_arm_1,,14\n"
    )
    (tmp_path / "map.csv").write_text(
        "arm_num,unique_event_name,form\n2,start_arm_2,ces_d\n1,six_mon_arm_1,phq9\n1,start_arm_1,ces_d\n"
    )
    read = read_schedule(tmp_path / "events.csv", tmp_path / "map.csv")
    assert [(wave.name, wave.day, wave.months, wave.allowed_window) for wave in read.waves] == [
        ("Start", 1, 0.0, (1, 1)),
        ("week_25", 175, 5.7, (175, 175)),
        ("wave_6_months", 180, 5.9, (170, 190)),
    ]
    assert read.instruments == {"Start": ("ces_d",), "wave_6_months": ("phq9",)}
    said = [f"{loss.where}: {loss.what}" for loss in read.losses]
    assert said == [
        "arm 2: its 1 events are not taken: a protocol has one row of waves",
        "row 2, 6 months: the custom label: [name]",
        "row 2, 6 months: the wave is called 'wave_6_months'",
        "row 5, Week 25: the wave is called 'week_25'",
        "wave wave_6_months: its window overlaps that of week_25; a protocol must keep them apart",
    ]


@pytest.mark.parametrize(
    ("events", "event_map", "cause"),
    [
        ("event_name,arm_num,unique_event_name,custom_event_label\na,1,a_arm_1,\n", "", "says no days"),
        (EVENTS.replace("183", "soon"), MAP, "events.csv, row 3, day_offset: 'soon' is no whole number."),
        (EVENTS.replace("30,30", "-5,30"), MAP, "events.csv, row 3: wave month_6: its day must lie in optimum_window"),
        (EVENTS.replace("month_6_arm_1", "baseline_arm_1"), MAP, "Two events have the unique name 'baseline_arm_1'"),
        (EVENTS.replace("month_6,", "baseline,"), MAP, "events.csv: two events would be the wave 'baseline'"),
        (EVENTS, MAP.replace("month_6", "month_7"), "map.csv, row 4: there is no event 'month_7_arm_1'"),
        (
            EVENTS,
            MAP + "1,month_6_arm_1,recent_use\n",
            "map.csv, row 5: 'recent_use' stands at 'month_6_arm_1' already",
        ),
        (EVENTS, EVENTS, "map.csv is not a REDCap map of instruments to events: it has no column 'form'"),
        (EVENTS.splitlines()[0], MAP, "events.csv holds no event"),
        ("a,b\n1,2\n", MAP, "events.csv is not a REDCap file of events: it has no column 'event_name'"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, events: str, event_map: str, cause: str) -> None:
    (tmp_path / "events.csv").write_text(events)
    (tmp_path / "map.csv").write_text(event_map)
    with pytest.raises(DefinitionError) as caught:
        read_schedule(tmp_path / "events.csv", tmp_path / "map.csv")
    assert cause in caught.value.cause


def test_waves_that_redcap_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    twins = [WAVES[0], WAVES[1].model_copy(update={"name": "Baseline"})]
    with pytest.raises(DefinitionError, match="baseline_arm_1"):
        write_events(twins, tmp_path / "events.csv")
    with pytest.raises(DefinitionError, match="There is no wave 'month_9'"):
        write_event_map(WAVES, {"month_9": ["ces_d"]}, tmp_path / "map.csv")
