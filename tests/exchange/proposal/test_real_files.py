"""Files that others wrote: each is profiled and proposed for without a crash."""

from pathlib import Path

import pytest
import yaml

from remission.errors import RemissionError
from remission.exchange.mapping import as_mapping
from remission.exchange.profile import Profile, as_dict, match_instruments, profile_file, sections, summary
from remission.exchange.proposal import propose

REAL = Path(__file__).resolve().parents[4] / "shared" / "spss"


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the folder ../shared/spss of real files is not beside this checkout")
    return REAL


def readable(folder: Path) -> dict[str, Profile]:
    found = {}
    for path in sorted([*folder.glob("files/*"), *folder.glob("made/*")]):
        try:
            found[path.name] = profile_file(path)
        except RemissionError:
            continue
    return found


def test_every_readable_file_is_profiled_and_proposed_for(real: Path) -> None:
    profiles = readable(real)
    assert len(profiles) > 40
    for name, profile in profiles.items():
        matches = match_instruments(profile)
        assert summary(profile, matches), name
        assert sections(profile, matches)[-1][0] == "Variables"
        assert len(as_dict(profile, matches)["variables"]) == len(profile.variables)
        mapping = as_mapping(yaml.safe_load(propose(profile)), name)
        assert list(mapping.open_lines()), name


def test_the_driving_survey_has_no_waves_and_many_undeclared_codes(real: Path) -> None:
    profile = profile_file(real / "files" / "pspp__nhtsa-drinking-2008.sav")
    assert profile.patterns == ()
    assert profile.long is None
    undeclared = {note.variable for note in profile.notes if note.type == "missing not declared"}
    assert {"QN1", "qn20", "QN105BA"} <= undeclared
    assert match_instruments(profile) == []


def test_the_made_file_has_two_waves_and_one_undeclared_code(real: Path) -> None:
    profile = profile_file(real / "made" / "rich.sav")
    assert profile.waves is not None
    assert list(profile.waves.families[0].columns.values()) == ["auditc_t1", "auditc_t2"]
    assert [note.proposal for note in profile.notes if note.variable == "auditc_t2"] == ["missing: {88: unknown}"]
    assert list(profile.private) == ["dob"]
