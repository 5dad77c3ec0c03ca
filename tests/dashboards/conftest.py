import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.simulate import record_simulated
from remission.survey import instrument


def use_reports(rows: list[tuple[str, int, int, str]]) -> pd.DataFrame:
    columns = ["participant_id", "start_day", "end_day", "state"]
    return pd.DataFrame(rows, columns=columns).assign(substance="any", source="interview")


def involvement(people: list[str], wave: str, day: int) -> pd.DataFrame:
    items = {"meetings_30d": 8, "home_group": 1, "sponsor_or_friend": 1, "led_meeting": 0, "service": 0}
    return pd.DataFrame(
        [
            {"participant_id": who, "wave": wave, "day": day, "item": item, "value": value}
            for who in people
            for item, value in items.items()
        ]
    ).assign(instrument="meeting_attendance", version=instrument("meeting_attendance").version, missing_reason=None)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("full") / "study", "engagement", name="demo")
    record_simulated(study, 150, 7)
    return study


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return create_study(tmp_path_factory.mktemp("empty") / "study", "engagement")


@pytest.fixture(scope="session")
def one_participant(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("one") / "study", "engagement")
    entries = Entries(
        use_reports=use_reports([("P1", 0, 40, "abstinent"), ("P1", 41, 41, "used")]),
        answers=involvement(["P1"], "baseline", 0),
    )
    record(study, entries, BatchInfo(kind="form"))
    return study


@pytest.fixture(scope="session")
def no_events(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("quiet") / "study", "engagement")
    people = [f"P{number}" for number in range(8)]
    groups = ["smart" if number % 2 else "lifering" for number in range(8)]
    spells = pd.DataFrame({"participant_id": people, "group_name": groups, "start_day": 0, "end_day": None})
    entries = Entries(
        affiliations=spells.assign(is_primary=True),
        use_reports=use_reports([(who, 0, 100, "abstinent") for who in people]),
        answers=pd.concat([involvement(people, "baseline", 0), involvement(people, "month_3", 200)]),
    )
    record(study, entries, BatchInfo(kind="form"))
    return study


@pytest.fixture(scope="session")
def without_use_reports(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("silent") / "study", "engagement")
    record(study, Entries(answers=involvement(["P1", "P2"], "baseline", 0)), BatchInfo(kind="form"))
    return study
