"""The HELP trial's files: what a person wrote by hand against what is proposed."""

from pathlib import Path

import pytest
import yaml

from remission.cohort import Study, create_study
from remission.exchange.mapping import Mapping, as_mapping
from remission.exchange.profile import profile_file
from remission.exchange.proposal import propose
from remission.locate import shipped


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return create_study(tmp_path_factory.mktemp("help") / "study", "follow-up")


@pytest.fixture(scope="module")
def by_hand() -> Mapping:
    return as_mapping(yaml.safe_load((shipped("mappings") / "help.yaml").read_text(encoding="utf-8")), "help.yaml")


def propose_for(path: Path, study: Study) -> Mapping:
    profile = profile_file(path, [wave.months for wave in study.protocol.waves])
    return as_mapping(yaml.safe_load(propose(profile, study)), "proposal")


def test_the_wide_file_is_proposed_as_a_person_mapped_it(reference: Path, study: Study, by_hand: Mapping) -> None:
    found = propose_for(reference / "data" / "help_wide.sav", study)
    assert found.id == by_hand.id
    assert found.waves == by_hand.waves
    assert found.enrolment.arm is not None
    assert found.enrolment.arm.variable == "GROUP"
    assert {name: line.variable for name, line in found.characteristics.items()} == {
        name: line.variable for name, line in by_hand.characteristics.items()
    }
    assert {name: list(items) for name, items in found.answers.items()} == {
        name: list(items) for name, items in by_hand.answers.items()
    }
    for name, items in by_hand.answers.items():
        for item, line in items.items():
            assert found.answers[name][item].variable == line.variable
            assert found.answers[name][item].missing == line.missing
    assert found.totals == by_hand.totals


def test_only_what_was_checked_against_a_stored_total_is_sure(reference: Path, study: Study) -> None:
    found = propose_for(reference / "data" / "help_wide.sav", study)
    assert not any(line.decide for line in found.answers["ces_d"].values())
    unsure = [name for name, items in found.answers.items() if all(line.decide for line in items.values())]
    assert unsure == ["mutual_help_attendance", "recent_use", "friends_support"]
    why = {name: group.why for group in found.undecided for name in group.variables}
    assert "first use" in why["DAYSANYSUB"]
    assert why["DEAD_*"] == "may tell deaths"
    assert list(found.open_lines())


def test_the_long_file_has_its_waves_in_rows(reference: Path, study: Study, by_hand: Mapping) -> None:
    found = propose_for(reference / "data" / "help_long.sav", study)
    assert found.wave == "TIME"
    assert {name: wave.value for name, wave in found.waves.items()} == {
        "baseline": (0.0,),
        "month_6": (6.0,),
        "month_12": (12.0,),
        "month_18": (18.0,),
        "month_24": (24.0,),
    }
    assert {wave.day for name, wave in found.waves.items() if name != "baseline"} == {"DAYS_SINCE_BL"}
    assert list(found.answers["ces_d"]) == list(by_hand.answers["ces_d"])
