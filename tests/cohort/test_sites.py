"""A study read for one site knows nobody of another."""

import inspect
from pathlib import Path

import pandas as pd
import pytest

from remission.asking import raised_by_links
from remission.cohort import (
    EVERYONE,
    Study,
    create_study,
    participants,
    permission,
    reading,
    reading_arrival,
    reading_follow_up,
    reading_use,
    windows,
)
from remission.errors import StudyError
from remission.queries import queries
from remission.safety import flags
from remission.simulate import record_simulated
from remission.tracking import dispositions, due, note_attempt

READERS = [
    function
    for module in (reading, reading_arrival, reading_follow_up, reading_use, windows)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_")
    and function.__module__ == module.__name__
    and [each for each in inspect.signature(function).parameters.values() if each.default is each.empty][1:] == []
    and "study" in inspect.signature(function).parameters
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("sites") / "study", "engagement")
    record_simulated(made, 40, 5)
    return made


def codes(study: Study, site: str) -> set[str]:
    found = participants(study)
    return set(found[found["site"] == site]["participant_id"])


@pytest.mark.parametrize("purpose", ["analysis", EVERYONE])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_every_reader_heeds_the_sites(reader, purpose: str, study: Study) -> None:  # type: ignore[no-untyped-def]
    north = reader(study.for_purpose(purpose).at_sites(("north",)))
    if not isinstance(north, pd.DataFrame) or "participant_id" not in north:
        return
    assert not set(north["participant_id"]) & codes(study, "south")
    nobody = reader(study.for_purpose(purpose).at_sites(()))
    assert nobody.empty


def test_there_is_a_reader_for_everything() -> None:
    assert len(READERS) > 15


@pytest.mark.parametrize("found", [queries, flags, dispositions, due, raised_by_links], ids=lambda one: one.__name__)
def test_lists_of_work_heed_the_sites(found, study: Study) -> None:  # type: ignore[no-untyped-def]
    whole = set(found(study)["participant_id"])
    assert set(found(study.at_sites(("north",)))["participant_id"]) <= codes(study, "north")
    assert set(found(study.at_sites(None))["participant_id"]) == whole


def test_who_is_elsewhere_is_not_counted_as_somebody_who_refused(study: Study) -> None:
    assert permission(study.at_sites(("north",))).sentence == ""
    assert permission(study.at_sites(("north",))).refused == codes(study, "south")


def test_nothing_is_recorded_about_somebody_of_another_site(study: Study) -> None:
    code = min(codes(study, "south"))
    with pytest.raises(StudyError, match="at your sites"):
        note_attempt(study.at_sites(("north",)), code, "phone", "no_answer")


def test_somebody_without_a_site_belongs_to_none(tmp_path: Path) -> None:
    from remission.cohort import BatchInfo, Entries, record

    made = create_study(tmp_path / "s", "engagement")
    people = pd.DataFrame({"participant_id": ["A"], "site": None, "arm": None, "origin_date": None})
    record(made, Entries(participants=people), BatchInfo("form"))
    assert participants(made.at_sites(("north",))).empty
    assert len(participants(made)) == 1
