"""Who may be used for what: consents in force, stops, and what reading leaves out."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import (
    EVERYONE,
    BatchInfo,
    Entries,
    Study,
    affiliations,
    answers,
    characteristics,
    create_study,
    open_study,
    participants,
    permission,
    record,
    status_events,
    study_as_of,
    use_reports,
)
from remission.errors import DefinitionError, ImportRefused
from remission.tables import time_to_event

FORM = BatchInfo("form")
FORMS = """
consent:
  forms:
    2024-1: {purposes: [analysis, contact]}
    2024-2:
      purposes: [analysis, export]
      discloser: the clinic
      recipients: a university
      description: answers without names
      expires_after_days: 365
"""
Answers = Callable[..., pd.DataFrame]


def stops(*rows: tuple[str, str, str, str | None]) -> Entries:
    return Entries(stops=pd.DataFrame(list(rows), columns=["participant_id", "kind", "since_on", "lifted_on"]))


def consents(*rows: tuple[str, str, str, str, str | None]) -> Entries:
    columns = ["participant_id", "version", "purpose", "signed_on", "withdrawn_on"]
    return Entries(consents=pd.DataFrame(list(rows), columns=columns))


@pytest.fixture
def asking_consent(tmp_path: Path, entries: Entries) -> Study:
    create_study(tmp_path / "asks", "follow-up")
    with (tmp_path / "asks" / "study.yaml").open("a") as file:
        file.write(FORMS)
    study = open_study(tmp_path / "asks")
    record(study, entries, FORM)
    return study


def test_everybody_is_in_where_the_study_keeps_no_consents(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    assert permission(study).refused == frozenset()
    assert permission(study).sentence == ""


def test_nobody_is_in_without_a_consent_where_the_study_keeps_them(asking_consent: Study) -> None:
    for read in (participants, characteristics, answers, affiliations, use_reports, status_events):
        assert read(asking_consent).empty
        assert not read(asking_consent.for_purpose(EVERYONE)).empty
    assert permission(asking_consent).sentence == "Left out: 3 have no consent in force."


def test_a_consent_counts_for_its_purpose_from_its_day_until_it_ends(asking_consent: Study) -> None:
    record(
        asking_consent,
        consents(
            ("1", "2024-1", "analysis", "2024-02-01", None),
            ("2", "2024-2", "analysis", "2024-02-01", "2024-06-01"),
            ("3", "2024-2", "export", "2024-02-01", None),
        ),
        FORM,
    )

    def who(purpose: str, on: date) -> set[str]:
        return {"1", "2", "3"} - permission(asking_consent, purpose, on).refused

    assert who("analysis", date(2024, 1, 31)) == set()
    assert who("analysis", date(2024, 2, 1)) == {"1", "2"}
    assert who("analysis", date(2024, 5, 31)) == {"1", "2"}
    assert who("analysis", date(2024, 6, 1)) == {"1"}
    # 365 days from 1 February 2024 end on 31 January 2025.
    assert who("export", date(2025, 1, 31)) == {"3"}
    assert who("export", date(2025, 2, 1)) == set()
    assert who("contact", date(2024, 3, 1)) == set()


def test_a_stop_of_use_leaves_out_and_a_stop_of_contact_does_not(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    record(study, stops(("1", "use", "2024-05-01", None), ("2", "contact", "2024-05-01", "2024-07-01")), FORM)
    assert permission(study).left_out["stopped"] == {"1"}
    assert set(participants(study)["participant_id"]) == {"2", "3"}
    assert "1" not in set(answers(study)["participant_id"])
    assert "1" not in set(time_to_event(study)["participant_id"])
    assert permission(study, "contact", date(2024, 6, 1)).refused == {"2"}
    assert permission(study, "contact", date(2024, 7, 1)).refused == frozenset()
    assert permission(study).sentence == "Left out: 1 asked that their data be used no more."


def test_a_stop_of_today_holds_for_the_past_as_well(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    from datetime import UTC, datetime

    before = datetime.now(UTC)
    record(study, stops(("1", "use", "2024-05-01", None)), FORM)
    assert "1" not in set(participants(study_as_of(study, before))["participant_id"])


def test_a_stop_can_be_lifted(study: Study, entries: Entries) -> None:
    record(study, entries, FORM)
    record(study, stops(("1", "use", "2024-05-01", None)), FORM)
    record(study, stops(("1", "use", "2024-05-01", "2024-06-01")), FORM)
    assert permission(study).refused == frozenset()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("1", "2023", "analysis", "2024-02-01", None), "version of the consent form '2023'"),
        (("1", "2024-1", "export", "2024-02-01", None), "purpose in form 2024-1 'export'"),
        (("1", "2024-1", "analysis", "1.2.2024", None), "date of consent of participant 1 is '1.2.2024'"),
        (("1", "2024-1", "analysis", "", None), "date of consent of participant 1 is missing"),
        (("1", "2024-1", "analysis", "2024-02-01", "2024-01-01"), "ends before it begins"),
    ],
)
def test_a_consent_that_makes_no_sense_is_refused(
    asking_consent: Study, row: tuple[str, str, str, str, str | None], said: str
) -> None:
    with pytest.raises(ImportRefused, match=said):
        record(asking_consent, consents(row), FORM)


def test_a_form_that_allows_export_says_what_goes_to_whom(tmp_path: Path) -> None:
    create_study(tmp_path / "s", "follow-up")
    with (tmp_path / "s" / "study.yaml").open("a") as file:
        file.write("\nconsent:\n  forms:\n    a: {purposes: [export]}\n")
    with pytest.raises(DefinitionError, match="its discloser"):
        open_study(tmp_path / "s")
