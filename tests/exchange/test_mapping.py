"""Mapping files: faults are named with file, key and rule."""

from collections.abc import Callable
from pathlib import Path

import pytest

from remission.errors import DefinitionError
from remission.exchange import read_mapping
from remission.locate import shipped


def test_a_plain_name_is_a_source(mapping_file: Callable[..., Path]) -> None:
    mapping = read_mapping(mapping_file())
    assert mapping.characteristics["age"].variable == "age"
    assert mapping.answers["mutual_help_attendance"]["frequency"].missing == {
        8: "not_applicable",
        9: "refused",
    }
    assert mapping.waves["month_6"].variable("att") == "att_6"
    assert len(mapping.sha256) == 64


def test_the_shipped_mapping_is_sound() -> None:
    mapping = read_mapping(shipped("mappings") / "help.yaml")
    assert list(mapping.waves) == ["baseline", "month_6", "month_12", "month_18", "month_24"]
    assert len(mapping.answers["ces_d"]) == 20


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: pid", "ident: pid", "key is not known|key is required"),
        ("9: refused", "9: rude", "missing.9"),
        ("attended: att", "attended: freq", "freq is mapped to both"),
        ("waves:", "waves: [", "cannot be read in line"),
        ("suffix: _6,", "suffixx: _6,", "month_6.suffixx: this key is not known"),
    ],
)
def test_faults_are_named(mapping_file: Callable[..., Path], old: str, new: str, said: str) -> None:
    path = mapping_file(**{old: new})
    with pytest.raises(DefinitionError, match=said) as refusal:
        read_mapping(path)
    assert str(path) in refusal.value.cause


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes(b"\xff\xfe\x00title")
    with pytest.raises(DefinitionError, match="cannot be read as text"):
        read_mapping(path)


def test_an_absent_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"absent\.yaml"):
        read_mapping(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("? [a, b]\n: 1\n", "a key is not a single word or number"),
        ("{a: 1}: 2\n", "a key is not a single word or number"),
        ("[" * 3000, "cannot be read"),
        ("title: 010\n", "010 starts with a zero"),
    ],
)
def test_yaml_that_no_person_would_write_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(DefinitionError, match=said):
        read_mapping(path)
