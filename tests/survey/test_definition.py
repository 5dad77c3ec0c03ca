"""Definitions: a fault is named with its file, its item or scale, and the rule."""

from pathlib import Path

import pytest

from remission.errors import DefinitionError
from remission.survey import available, check_answer, codebook, instrument, read_definition

SOUND = """
name: mood
version: "1"
title: Mood
concept: mood
recall: today
wording: own
citation: {text: made for this test}
licence: {holder: nobody, terms: own}
confidence: medium
choices:
  scale: [{value: 0, label: low}, {value: 3, label: high}]
items:
  - {name: first, descriptor: first, choices: scale, text: First}
  - {name: second, descriptor: second, kind: count, minimum: 0, maximum: 9, text: Second}
scales:
  - name: total
    title: Total
    items: [first, second]
    rule: sum
    range: [0, 12]
    bands: [{label: low, low: 0, high: 5}, {label: high, low: 6, high: 12}]
"""

FAULTS = [
    ("range: [0, 12]", "range: [12, 0]", "scale 'total': its range does not rise"),
    ("low: 6, high: 12", "low: 12, high: 6", "band 'high' ends before it starts"),
    ("{value: 3, label: high}", "{value: 0, label: high}", "choices 'scale': value '0' is defined twice"),
    ("rule: sum", "rule: sum\n    missing: {kind: prorate, min_answered: 0}", "min_answered"),
    ("rule: sum", "rule: max\n    missing: {kind: sum_answered, min_answered: 1}", "sum_answered does not fit"),
    ("title: Mood", "titel: Mood", "titel: this key is not known|title: this key is required"),
    ("name: second", "name: first", "item 'first' is defined twice"),
    ("items: [first, second]", "items: [first, third]", "scale 'total': there is no item 'third'"),
    ("items: [first, second]", "items: [first, first]", "scale 'total': an item stands in it twice"),
    ("low: 6, high: 12", "low: 5, high: 12", "bands 'low' and 'high' overlap"),
    ("low: 6, high: 12", "low: 6, high: 13", "a band leaves the range"),
    ("choices: scale,", "choices: scales,", "item 'first': there is no list of choices 'scales'"),
    ("rule: sum", "rule: median", r"scales\.total\.rule"),
    ("minimum: 0, maximum: 9", "minimum: 9, maximum: 9", "item 'second': its minimum is not below"),
    ("maximum: 9, text", "reverse: true, text", "item 'second': a reversed item needs"),
    ("rule: sum", "rule: count_of", "item 'first' needs counts_from"),
    ("rule: sum", "rule: sum\n    missing: {kind: prorate, min_answered: 3}", "min_answered exceeds its 2 items"),
    (", text: First", "", "item 'first': wording 'own' disagrees"),
    ("items:\n", "items: {\n", "cannot be read in line"),
    ("title: Mood", "title: Mood\ntitle: Moods", "the key title stands twice"),
    ("name: mood", "name: moods", "called 'moods' in a folder 'mood'"),
]


def write(folder: Path, text: str) -> Path:
    path = folder / "mood" / "instrument.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_sound_definition_is_read_and_found(tmp_path: Path) -> None:
    found = read_definition(write(tmp_path, SOUND))
    assert found.bounds("second") == (0, 9)
    assert "mood" in available(tmp_path)
    assert instrument("mood", extra=tmp_path) == found
    assert codebook(found)["takes"].tolist() == ["0 low; 3 high", "whole numbers from 0 to 9"]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[said[:40] for _, _, said in FAULTS])
def test_faults_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SOUND
    path = write(tmp_path, SOUND.replace(old, new, 1))
    with pytest.raises(DefinitionError, match=said) as refusal:
        read_definition(path)
    assert str(path) in refusal.value.cause


def test_unknown_instruments_and_versions_are_refused() -> None:
    with pytest.raises(DefinitionError, match="no instrument 'ces-d'"):
        instrument("ces-d")
    with pytest.raises(DefinitionError, match="not 9"):
        instrument("ces_d", version="9")


@pytest.mark.parametrize(("item", "value"), [("item1", 4), ("item1", 1.5), ("item1", -1)])
def test_answers_outside_the_choices_are_refused(item: str, value: float) -> None:
    with pytest.raises(DefinitionError, match=rf"ces_d.{item} does not allow"):
        check_answer(instrument("ces_d"), item, value)


@pytest.mark.parametrize("name", available())
def test_shipped_definitions_say_whose_they_are(name: str) -> None:
    found = instrument(name)
    assert found.licence.holder
    assert found.citation.text
    assert (found.wording == "own") == all(item.text for item in found.items)
