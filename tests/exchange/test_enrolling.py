"""Lists of participants: codes in, nothing that names a person."""

from pathlib import Path

import pytest

from remission.cohort import Study, create_study, participants
from remission.errors import DefinitionError, ImportRefused
from remission.exchange.enrolling import enrol


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", "engagement")


def listed(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_enrolled_once(study: Study, tmp_path: Path) -> None:
    path = listed(tmp_path, "\ufeffparticipant_id,origin_date,site\n1017,2024-03-01,north\n\nA-18,,\n")
    assert "2 new participants" in enrol(study, path).sentence
    assert "Nothing changed" in enrol(study, path).sentence
    held = participants(study).set_index("participant_id")
    assert held.loc["1017", "site"] == "north"
    assert held.loc["1017", "origin_date"].strftime("%Y-%m-%d") == "2024-03-01"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("participant_id\nAnna Smith\n", "row 2: 'Anna Smith' is no code"),
        ("participant_id\nanna@example.org\n", "is no code"),
        ("participant_id\n+15551234567\n", "is no code"),
        ("participant_id,site\n,north\n", "row 2: '' is no code"),
        ("participant_id,origin_date\n1,03/04/2024\n", "the origin date of 1 is '03/04/2024'"),
        ("participant_id,origin_date\n1,2024-13-01\n", "origin date"),
        ("participant_id\n", "lists nobody"),
        ("participant_id,site\n1,north\n1,south\n", "stated twice"),
        ("code\n1\n", "no column 'participant_id'"),
    ],
)
def test_a_list_with_a_fault_enrols_nobody(study: Study, tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises((ImportRefused, DefinitionError), match=told):
        enrol(study, listed(tmp_path, text))
    assert participants(study).empty
