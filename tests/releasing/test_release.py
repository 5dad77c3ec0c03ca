"""From a plan to a frozen release: what it tells, who must sign, and what is refused."""

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, audit_trail, participants, record
from remission.cohort.trail.verify import verify_trail
from remission.disclosure import audit
from remission.errors import ReleaseRefused
from remission.funder.bundle import read_release, unsigned
from remission.keeping import back_up, new_backup_key, restore
from remission.releasing import Draft, ReleasePlan, attack, freeze, keep_draft, make_draft, releases_of, sign_draft
from remission.releasing.attack import dimensions_in, system_of

DAY = date(2026, 1, 15)


def sign_both(folder: Path, study: Study) -> Path:
    places = releases_of(study)
    draft = places.drafts / "release-0001"
    for letter in "sd":
        sign_draft(places, draft, folder / f"{letter}.key")
    return draft


def test_the_draft_hides_small_counts_and_survives_the_attack(first: tuple[Path, Draft]) -> None:
    made = first[1]
    assert made.passed
    counts = [cell["count"] for cell in made.content["cells"]]
    assert None in counts
    assert not any(count is not None and 0 < count < 11 for count in counts)
    tables, seen = system_of(made.content)
    assert audit(tables, seen).bounds.tolist() == made.verdict.bounds.tolist()


def test_its_counts_are_those_of_the_study(first: tuple[Path, Draft], drafted: tuple[Path, Study]) -> None:
    counts = {frozenset(cell["key"].items()): cell["count"] for cell in first[1].content["cells"]}
    # One more than were simulated: the canary.
    assert counts[frozenset()] == len(participants(drafted[1])) == 241
    groups = [each for key, each in counts.items() if {name for name, _ in key} == {"group"}]
    assert sum(each or 0 for each in groups) <= 241


def test_without_secondary_suppression_the_attack_finds_counts(first: tuple[Path, Draft]) -> None:
    content = json.loads(json.dumps(first[1].content))
    tables, _ = system_of(content)
    truth = tables.counts(first[1].settled.people, dimensions_in(content))
    for cell in content["cells"]:
        count = int(truth[tables.place[frozenset(cell["key"].items())]])
        cell["count"] = None if 0 < count < 11 else count
    found = attack([content])
    assert found.recovered > 0
    assert found.stretches > 0


def test_two_people_sign_and_it_is_frozen(drafted: tuple[Path, Study]) -> None:
    folder, study = drafted
    places = releases_of(study)
    sign_both(folder, study)
    final = freeze(study, 1, DAY)
    release = read_release(final, places.signers)
    assert release.signed_by == ("data manager", "study lead")
    assert release.number == 1
    assert [path.name for path in places.frozen.iterdir()] == ["release-0001"]
    assert (places.ledger / "release-0001.json").stat().st_mode & 0o077 == 0
    assert list(audit_trail(study).query("action == 'released'")["new"]) == ["data manager, study lead"]
    assert verify_trail(study).faults == []
    with pytest.raises(ReleaseRefused, match="no release"):
        freeze(study, 1, DAY)


def test_one_signature_is_not_enough_and_nobody_signs_twice(drafted: tuple[Path, Study]) -> None:
    folder, study = drafted
    places = releases_of(study)
    draft = places.drafts / "release-0001"
    with pytest.raises(ReleaseRefused, match="nobody alone"):
        freeze(study, 1, DAY)
    sign_draft(places, draft, folder / "s.key")
    with pytest.raises(ReleaseRefused, match="signed it already"):
        sign_draft(places, draft, folder / "s.key")
    with pytest.raises(ReleaseRefused, match="study lead alone"):
        freeze(study, 1, DAY)


def test_a_stranger_cannot_sign(drafted: tuple[Path, Study], tmp_path: Path) -> None:
    from remission.funder.signing import new_signing_key

    new_signing_key(tmp_path / "stranger.key")
    places = releases_of(drafted[1])
    with pytest.raises(ReleaseRefused, match="not on the list"):
        sign_draft(places, places.drafts / "release-0001", tmp_path / "stranger.key")


@pytest.mark.parametrize("name", ["release.json", "counts.csv", "manifest.json", "signatures.json"])
def test_one_byte_changed_is_refused_in_one_sentence(frozen: tuple[Path, Study], name: str) -> None:
    places = releases_of(frozen[1])
    folder = places.frozen / "release-0001"
    read_release(folder, places.signers)
    path = folder / name
    data = bytearray(path.read_bytes())
    # In the last signature's text, or in the middle of the file.
    place = data.rindex(b'"signature": "') + 30 if name == "signatures.json" else len(data) // 2
    data[place] = data[place] ^ 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))
    with pytest.raises(ReleaseRefused) as refused:
        read_release(folder, places.signers)
    assert refused.value.cause.count(". ") <= 1
    assert "\n" not in str(refused.value)


def test_a_file_too_many_or_missing_is_refused(frozen: tuple[Path, Study]) -> None:
    places = releases_of(frozen[1])
    folder = places.frozen / "release-0001"
    folder.chmod(0o700)
    (folder / "people.csv").write_text("1017")
    with pytest.raises(ReleaseRefused, match="is no part of it"):
        read_release(folder, places.signers)
    (folder / "people.csv").unlink()
    (folder / "counts.csv").unlink()
    with pytest.raises(ReleaseRefused, match="is missing"):
        read_release(folder, places.signers)


def test_the_next_release_waits_and_the_same_data_tell_nothing_new(
    frozen: tuple[Path, Study], plan: ReleasePlan
) -> None:
    folder, study = frozen
    places = releases_of(study)
    made = make_draft(study, plan, DAY + timedelta(days=30))
    assert made.content["number"] == 2
    assert made.passed
    keep_draft(study, made)
    draft = places.drafts / "release-0002"
    for letter in "sd":
        sign_draft(places, draft, folder / f"{letter}.key")
    with pytest.raises(ReleaseRefused, match="prepared 30 days ago; 90 must lie between"):
        freeze(study, 2, DAY + timedelta(days=30))
    freeze(study, 2, DAY + timedelta(days=90))


def test_one_participant_more_changes_no_count_and_no_pattern(frozen: tuple[Path, Study], plan: ReleasePlan) -> None:
    _, study = frozen
    enrol(study, 1)
    before = releases_of(study).published()
    made = make_draft(study, plan, DAY + timedelta(days=100))
    assert made.passed
    assert made.settled.newcomers == 1
    assert made.content["cells"] == before[0]["cells"]
    assert made.content["models"] == []
    assert attack([*before, made.content]).recovered == 0


def test_eleven_more_are_counted(frozen: tuple[Path, Study], plan: ReleasePlan) -> None:
    _, study = frozen
    enrol(study, 11)
    before = releases_of(study).published()
    made = make_draft(study, plan, DAY + timedelta(days=100))
    assert made.passed
    assert made.settled.newcomers == 0
    counts = {frozenset(cell["key"].items()): cell["count"] for cell in made.content["cells"]}
    assert counts[frozenset()] == 252
    assert attack([*before, made.content]).recovered == 0


def enrol(study: Study, number: int) -> None:
    codes = [f"ZZ{each}" for each in range(number)]
    people = pd.DataFrame({"participant_id": codes, "site": None, "arm": None, "origin_date": "2025-01-01"})
    record(study, Entries(participants=people), BatchInfo("form"))


def test_a_ledger_that_was_lost_stops_the_next_release(frozen: tuple[Path, Study], plan: ReleasePlan) -> None:
    _, study = frozen
    (releases_of(study).ledger / "release-0001.json").unlink()
    with pytest.raises(ReleaseRefused, match="the ledger does not know it"):
        make_draft(study, plan)


def test_a_draft_that_was_edited_cannot_be_signed(drafted: tuple[Path, Study]) -> None:
    folder, study = drafted
    places = releases_of(study)
    draft = places.drafts / "release-0001"
    content = unsigned(draft)
    hidden = next(cell for cell in content["cells"] if cell["count"] is None)
    hidden["count"] = 3
    (draft / "release.json").write_text(json.dumps(content))
    with pytest.raises(ReleaseRefused, match="was changed"):
        sign_draft(places, draft, folder / "s.key")


def test_only_those_who_agreed_to_releases_are_counted(drafted: tuple[Path, Study], plan: ReleasePlan) -> None:
    from remission.cohort import open_study

    _, study = drafted
    file = study.path / "study.yaml"
    file.write_text(file.read_text() + "\nconsent:\n  forms:\n    main-1:\n      purposes: [contact, analysis]\n")
    with pytest.raises(ReleaseRefused, match="Nobody's data may be in a release"):
        make_draft(open_study(study.path), plan)


def test_a_backup_brings_the_ledger_back(frozen: tuple[Path, Study], tmp_path: Path) -> None:
    _, study = frozen
    key = new_backup_key(tmp_path / "backup.key")
    (tmp_path / "kept").mkdir()
    made = back_up(study, tmp_path / "kept", key)
    restore(made.path, key, tmp_path / "again")
    for folder in ("ledger", "frozen/release-0001"):
        for path in (study.releases_folder / folder).iterdir():
            assert (tmp_path / "again" / "releases" / folder / path.name).read_bytes() == path.read_bytes()
