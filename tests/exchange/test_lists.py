"""Lists of participants: codes in, nothing that names a person."""

from pathlib import Path

import pytest

from remission.cohort import (
    Study,
    affiliations,
    calendar_days,
    create_study,
    drug_tests,
    mutual_help_events,
    participants,
    sobriety_dates,
    status_events,
    use_reports,
)
from remission.errors import DefinitionError, ImportRefused
from remission.exchange.lists import read_list, record_list


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "engagement")


def recorded(study: Study, path: Path, kind: str = "people") -> str:
    return record_list(study, read_list(study, path, kind))


def listed(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_enrolled_once(study: Study, tmp_path: Path) -> None:
    path = listed(tmp_path, "\ufeffparticipant_id,origin_date,site\n1017,2024-03-01,north\n\nA-18,,\n")
    assert "2 new participants" in recorded(study, path)
    assert "Nothing changed" in recorded(study, path)
    held = participants(study).set_index("participant_id")
    assert held.loc["1017", "site"] == "north"
    assert held.loc["1017", "origin_date"].strftime("%Y-%m-%d") == "2024-03-01"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("participant_id\nAnna Smith\n", "row 2: 'Anna Smith' is no code"),
        ("participant_id\nanna@example.org\n", "is no code"),
        ("participant_id\n+15551234567\n", "is no code"),
        ("participant_id\n=1+1\n", "is no code"),
        ("participant_id,site\n,north\n", "row 2: '' is no code"),
        ("participant_id,origin_date\n1,03/04/2024\n", "origin_date is '03/04/2024'"),
        ("participant_id,origin_date\n1,2024-13-01\n", "row 2: origin_date is"),
        ("participant_id\n", "has no rows"),
        ("participant_id,site\n1,north\n1,south\n", "stated twice"),
        ("code\n1\n", "no column 'participant_id'"),
    ],
)
def test_a_list_with_a_fault_enrols_nobody(study: Study, tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises((ImportRefused, DefinitionError), match=told):
        recorded(study, listed(tmp_path, text))
    assert participants(study).empty


def test_groups_and_calendar_by_day_or_date(study: Study, tmp_path: Path) -> None:
    recorded(study, listed(tmp_path, "participant_id,origin_date\n1,2024-03-01\n"))
    groups = "participant_id,group_name,start_date,end_day,is_primary\n1,smart,2024-03-11,40,yes\n1,lifering,,,no\n"
    with pytest.raises(ImportRefused, match="day"):
        recorded(study, listed(tmp_path, groups), "groups")
    recorded(study, listed(tmp_path, groups.replace("lifering,,", "lifering,2024-03-01,")), "groups")
    held = affiliations(study)[["group_name", "start_day", "end_day", "is_primary"]]
    assert held.astype(object).where(held.notna(), None).to_numpy().tolist() == [
        ["lifering", 0, None, False],
        ["smart", 10, 40, True],
    ]
    calendar = "participant_id,date,day,kind,group_name,count\n1,2024-03-02,,meeting,smart,2\n1,,5,referral,,\n"
    recorded(study, listed(tmp_path, calendar), "calendar")
    assert mutual_help_events(study).to_numpy().tolist() == [
        ["1", 1, "meeting", "smart", "unknown", 2],
        ["1", 5, "referral", "unknown", "unknown", 1],
    ]


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("groups", "participant_id,group_name,start_day\n1,choir,0\n", "group 'choir'"),
        ("groups", "participant_id,group_name,start_day,is_primary\n1,smart,0,maybe\n", "is_primary is 'maybe'"),
        ("groups", "participant_id,group_name,start_day,end_day\n1,smart,9,2\n", "ends on day 2"),
        ("calendar", "participant_id,day,kind\n1,2.5,meeting\n", "day is '2.5'"),
        ("calendar", "participant_id,date,kind\n1,2024-03-02,meeting\n", "day 0 of 1 is not known"),
        ("calendar", "participant_id,day,kind,count\n1,2,meeting,two\n", "no whole count"),
        ("calendar", "participant_id,day\n1,2\n", "no column 'kind'"),
    ],
)
def test_a_faulty_row_records_nothing(study: Study, tmp_path: Path, kind: str, text: str, told: str) -> None:
    with pytest.raises((ImportRefused, DefinitionError), match=told):
        recorded(study, listed(tmp_path, text), kind)
    assert participants(study).empty


def test_calendars_tests_and_sobriety_dates_are_recorded(study: Study, tmp_path: Path) -> None:
    recorded(study, listed(tmp_path, "participant_id,origin_date\n1,2024-03-01\n"), "people")
    calendar = "participant_id,date,substance,source,quantity\n1,2024-03-03,alcohol,tlfb,0\n"
    calendar += "1,2024-03-04,alcohol,tlfb,4.5\n"
    recorded(study, listed(tmp_path, calendar), "use-days")
    recorded(study, listed(tmp_path, "participant_id,day,substance,result\n1,7,opioids,missed\n"), "tests")
    sober = "participant_id,reported_date,substance,since_date\n1,2024-05-30,any,2024-03-05\n"
    recorded(study, listed(tmp_path, sober), "sobriety")
    recorded(study, listed(tmp_path, "participant_id,date,kind\n1,2024-06-09,incarceration\n"), "status")
    assert calendar_days(study)[["day", "quantity"]].to_numpy().tolist() == [[2, 0], [3, 4.5]]
    assert drug_tests(study).iloc[0].tolist() == ["1", 7, "opioids", "urine", "missed"]
    assert sobriety_dates(study).iloc[0].tolist() == ["1", 90, "any", 4]
    assert status_events(study).iloc[0].tolist() == ["1", "incarceration", 100]
    with pytest.raises(ImportRefused, match="no participant has the code '2'"):
        recorded(study, listed(tmp_path, "participant_id,day,substance,result\n2,7,opioids,missed\n"), "tests")


def test_reports_of_use_are_recorded(study: Study, tmp_path: Path) -> None:
    rows = ("1,any,0,30,abstinent,interview", "1,any,31,31,used,call")
    text = "\n".join(["participant_id,substance,start_day,end_day,state,source", *rows])
    recorded(study, listed(tmp_path, text), "use")
    assert use_reports(study)["state"].tolist() == ["abstinent", "used"]
