"""Instruments are found by name, a study's own before those that ship."""

import shutil
from pathlib import Path

import pytest

from remission.errors import DefinitionError
from remission.locate import shipped
from remission.survey import available, codebook, instrument, read_definition

SHIPPED = (
    "abstinence_self_efficacy",
    "ces_d",
    "friends_support",
    "meeting_attendance",
    "mutual_help_attendance",
    "recent_use",
    "recovery_identity",
)


def own_copy(folder: Path, name: str, title: str) -> Path:
    """Lay a copy of a shipped instrument into a folder, under another title."""
    (folder / name).mkdir()
    text = (shipped("instruments") / name / "instrument.yaml").read_text()
    original = instrument(name).title
    assert text.count(original) >= 1
    (folder / name / "instrument.yaml").write_text(text.replace(original, title, 1))
    return folder


def test_every_shipped_instrument_is_available_and_sound() -> None:
    assert set(SHIPPED) <= set(available())
    for name in available():
        assert instrument(name).name == name


def test_a_study_s_own_definition_goes_first(tmp_path: Path) -> None:
    extra = own_copy(tmp_path, "recovery_identity", "Our recovery identity")
    assert instrument("recovery_identity", extra=extra).title == "Our recovery identity"
    assert instrument("recovery_identity").title != "Our recovery identity"
    assert instrument("ces_d", extra=extra) == instrument("ces_d")


def test_a_new_instrument_beside_the_shipped_ones(tmp_path: Path) -> None:
    shutil.copytree(shipped("instruments") / "ces_d", tmp_path / "low_mood")
    path = tmp_path / "low_mood" / "instrument.yaml"
    path.write_text(path.read_text().replace("name: ces_d", "name: low_mood", 1))
    assert available(tmp_path) == tuple(sorted((*available(), "low_mood")))
    assert len(instrument("low_mood", extra=tmp_path).items) == 20


def test_an_unknown_name_lists_those_at_hand() -> None:
    with pytest.raises(DefinitionError, match=r"no instrument 'cesd'.*ces_d"):
        instrument("cesd")


def test_an_unknown_version_is_refused() -> None:
    current = instrument("ces_d").version
    assert instrument("ces_d", current).version == current
    with pytest.raises(DefinitionError, match=f"'ces_d' is here in version {current}, not 99"):
        instrument("ces_d", "99")


def test_name_and_folder_agree(tmp_path: Path) -> None:
    shutil.copytree(shipped("instruments") / "ces_d", tmp_path / "other")
    with pytest.raises(DefinitionError, match=r"called 'ces_d' in a folder 'other'"):
        read_definition(tmp_path / "other" / "instrument.yaml")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"no file .*absent\.yaml"):
        read_definition(tmp_path / "absent.yaml")


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    extra = own_copy(tmp_path, "ces_d", "First title")
    assert instrument("ces_d", extra=extra).title == "First title"
    path = tmp_path / "ces_d" / "instrument.yaml"
    path.write_text(path.read_text().replace("First title", "Second title"))
    assert instrument("ces_d", extra=extra).title == "Second title"


@pytest.mark.parametrize("name", SHIPPED)
def test_codebook_has_a_row_an_item(name: str) -> None:
    found, table = instrument(name), codebook(instrument(name))
    assert table["item"].tolist() == [item.name for item in found.items]
    bracketed = table["question"].str.fullmatch(r"\[.+\]")
    assert bracketed.all() if found.wording == "absent" else not bracketed.any()


def test_codebook_says_what_an_item_takes() -> None:
    table = codebook(instrument("recent_use")).set_index("item")
    assert table.loc["days_used_30", "takes"] == "whole numbers from 0 to 30"
    assert table.loc["used_since_last", "takes"] == "0 No; 1 Yes"
    assert table.loc["used_since_last", "reverse"] == "reversed"
    assert table.loc["used_since_last", "scales"] == "abstinent"
