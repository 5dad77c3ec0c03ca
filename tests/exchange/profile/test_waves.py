from collections.abc import Callable

import pytest

from remission.exchange.profile.names import told_number, without_time
from remission.exchange.profile.profile import Profile

Made = Callable[..., Profile]
AUDIT = {0.0: "Never", 1.0: "Monthly", 2.0: "Weekly"}


def profile_of(made: Made, names: dict[str, str], codes: dict[str, dict[float, str]] | None = None) -> Profile:
    columns = {"pid": [1, 2, 3]} | {name: [0, 1, 2] for name in names}
    return made(columns, label=names, value_labels=codes or {})


def family_names(profile: Profile) -> list[list[str]]:
    assert profile.waves is not None
    return [list(family.columns.values()) for family in profile.waves.families]


@pytest.mark.parametrize(
    "names",
    [
        ["auditc_t1", "auditc_t2"],
        ["W1_drink", "W2_drink"],
        ["BDIScore_BL", "BDIScore_06m", "BDIScore_12m"],
        ["x6m", "x12m"],
        ["craving_pre", "craving_post"],
        ["StigmaPretest1", "StigmaPosttest1"],
        ["cortisolTimePoint1", "cortisolTimePoint2"],
        ["T1MQ21_Row3", "T2MQ21_Row3"],
        ["sleep.w1", "sleep.w2"],
        ["effort_year0", "effort_year1"],
        ["audit_t1_q3", "audit_t2_q3"],
    ],
)
def test_told_waves_are_found_in_any_place(made: Made, names: list[str]) -> None:
    profile = profile_of(made, dict.fromkeys(names, ""))
    assert family_names(profile) == [names]


def test_of_two_numbers_the_told_one_is_the_wave(made: Made) -> None:
    names = [f"audit_q{item}_t{wave}" for wave in (1, 2) for item in (1, 2, 3)]
    profile = profile_of(made, dict.fromkeys(names, ""))
    assert family_names(profile) == [[f"audit_q{item}_t1", f"audit_q{item}_t2"] for item in (1, 2, 3)]


def test_bare_numbers_are_waves_where_the_labels_say_so(made: Made) -> None:
    names = {f"{stem}_{month}": f"{stem} drinks (month {month})" for stem in "ab" for month in (0, 6, 12)}
    profile = profile_of(made, names)
    assert profile.waves is not None
    assert profile.waves.unit == "month"
    assert list(profile.waves.affixes.values()) == ["_0", "_6", "_12"]


def test_bare_numbers_without_labels_are_asked_at_most(made: Made) -> None:
    profile = profile_of(made, {f"{stem}{n}": "" for stem in ("sbp", "dbp", "pulse") for n in (1, 2, 3)})
    assert profile.waves is None
    assert [pattern.is_sure for pattern in profile.patterns] == [False]


@pytest.mark.parametrize(
    "names",
    [
        {f"Q{n}": f"Question {n} about something" for n in range(1, 33)},
        {f"BSMAS{n}": "" for n in range(1, 7)},
        {f"minute_systolic{n}": "" for n in range(1, 6)},
        {f"QN88_{n}": "What did you do to keep them from driving?" for n in (1, 2, 3)},
        {"vDate": "", "vDatetime2": "", "vDatetime3": ""},
        {"use_7d": "", "use_30d": "", "drinks_7d": "", "drinks_30d": ""},
        {f"{stem}_{n}": f"{stem} in the past {n} days" for stem in ("use", "drinks", "pills") for n in (7, 30)},
        {"use_1m": "Use in the past 1 month", "use_12m": "Use in the past 12 months"},
        {"sum_m1": "", "sum_m2": ""},
    ],
)
def test_look_alikes_are_no_waves(made: Made, names: dict[str, str]) -> None:
    assert profile_of(made, names).patterns == ()


def test_a_stem_with_other_value_labels_or_words_is_asked_about(made: Made) -> None:
    names = {
        "W1_QB3": "Linked fate with other women",
        "W2_QB3": "How often do you vote",
        "W1_QB4": "How often do you drink, wave 1",
        "W2_QB4": "How often do you drink, wave 2",
        "W1_QB5": "Same words",
        "W2_QB5": "Same words",
    }
    codes = dict.fromkeys(("W1_QB4", "W2_QB4"), AUDIT) | {"W1_QB5": AUDIT, "W2_QB5": {0.0: "Red", 1.0: "Blue"}}
    profile = profile_of(made, names, codes)
    assert profile.waves is not None
    doubts = {family.stem: family.doubt for family in profile.waves.families}
    assert doubts == {"QB3": "the labels share few words", "QB4": "", "QB5": "the value labels differ"}


def test_a_missing_label_in_one_wave_only_is_no_other_question(made: Made) -> None:
    codes = {"a_t1": AUDIT, "a_t2": AUDIT | {9.0: "Refused"}}
    profile = profile_of(made, {"a_t1": "", "a_t2": ""}, codes)
    assert profile.waves is not None
    assert not profile.waves.doubtful


def test_words_of_time_leave_a_label() -> None:
    assert without_time("Days sober (month 6)") == without_time("Days sober (month 12)") == "days sober"
    assert told_number("Days sober (month 6)") == ("month", 6.0)
    assert told_number("at 3 months") == ("month", 3.0)
    assert told_number("at baseline") == ("word", 0.0)
    assert told_number("no time") is None


def test_rows_of_a_participant_are_waves(made: Made) -> None:
    profile = made(
        {"record_id": ["a", "a", "b", "b"], "redcap_event_name": ["m0", "m6", "m0", "m6"], "x_t1": [1, 2, 3, 4]}
    )
    assert profile.long is not None
    assert profile.long.variable == "redcap_event_name"
    assert profile.long.rows_by_value == {"m0": 2, "m6": 2}
    assert profile.patterns == ()


def test_a_repeated_id_without_a_wave_is_no_long_file(made: Made) -> None:
    profile = made({"pid": ["a", "a", "b"], "wave": [1, 1, 1]})
    assert profile.long is None
    assert profile.id is not None
    assert profile.id.duplicates == (("'a'", (1, 2)),)
