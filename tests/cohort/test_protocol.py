import re
from pathlib import Path

import pytest

from remission.cohort import create_study
from remission.cohort.study_file import read_protocol
from remission.errors import DefinitionError

STUDY = """
name: small
title: A small study
time_origin: the day treatment ended
waves:
  - {name: first, day: 0, months: 0, optimum_window: [-3, 3], allowed_window: [-7, 30]}
  - {name: second, day: 91, months: 3, optimum_window: [80, 100], allowed_window: [31, 150]}
characteristics:
  sex: {label: Sex, kind: category, categories: {1: male, 2: female}}
measures:
  depression: {instrument: ces_d, scale: SCALE, label: Depression}
engagement:
  measure: depression
  levels:
    - {name: low, label: low, at_least: 0}
    - {name: high, label: high, at_least: 16}
questions:
  by: [sex]
"""


@pytest.fixture(scope="module")
def text() -> str:
    from remission.survey.library import instrument

    return STUDY.replace("SCALE", instrument("ces_d").scales[0].name)


def test_a_sound_protocol_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(text)
    protocol = read_protocol(tmp_path)
    assert [(wave.name, wave.day, wave.first_day, wave.last_day) for wave in protocol.waves] == [
        ("first", 0, -7, 30),
        ("second", 91, 31, 150),
    ]
    assert protocol.characteristics["sex"].categories == {"1": "male", "2": "female"}
    assert list(protocol.groups)[:2] == ["twelve_step", "aa"]
    assert {"none", "unknown", "other"} <= set(protocol.groups)
    assert (protocol.outcome.definition, protocol.questions.cox) == ("first_use", ())
    assert protocol.wave("second").months == 3
    with pytest.raises(DefinitionError, match="no wave 'third'"):
        protocol.wave("third")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day: 91", "day: 0", "wave second: its day must lie in optimum_window"),
        ("name: second", "name: first", "two waves have the name first"),
        ("allowed_window: [-7, 30]", "allowed_window: [-7, 31]", "windows of first and second overlap"),
        ("months: 3", "months: 0", "months of second disagree"),
        ("optimum_window: [-3, 3]", "optimum_window: [-9, 3]", "wave first: its day must lie"),
        ("title: A small study\n", "", "title: this key is required"),
        ("time_origin", "timeorigin", "timeorigin|time_origin"),
        ("kind: category, ", "kind: number, ", "characteristics.sex: a category lists"),
        ("2: female", "2: male", "two categories have the same label"),
        ("instrument: ces_d", "instrument: cesd", "measures.depression.instrument: .*'cesd'"),
        ("at_least: 16", "at_least: 0", "level high must start above level low"),
        ("measure: depression", "measure: attended", "engagement.measure: there is no measure attended"),
        ("by: [sex]", "by: [gender]", "questions.by: gender is neither"),
        ("  depression:", "  sex:", "sex: the name is taken"),
        ("  depression:", "  day:", "day: the name is taken"),
        ("day: 91", "day: soon", "waves.second.day: "),
        ("name: small", "name: small\nname: smaller", "line 3: the key name stands twice"),
        ("[sex]", "[sex", "study.yaml cannot be read in line"),
        ("label: Depression}", "label: Depression, missing: {kind: magic}}", "measures.depression.missing"),
    ],
)
def test_a_fault_is_named_with_file_key_and_rule(tmp_path: Path, text: str, old: str, new: str, said: str) -> None:
    assert old in text
    (tmp_path / "study.yaml").write_text(text.replace(old, new))
    with pytest.raises(DefinitionError, match=said) as caught:
        read_protocol(tmp_path)
    assert str(tmp_path / "study.yaml") in caught.value.cause
    assert "\n" not in str(caught.value)


def test_waves_out_of_order_are_refused(tmp_path: Path, text: str) -> None:
    lines = text.splitlines()
    first = next(place for place, line in enumerate(lines) if "name: first" in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    (tmp_path / "study.yaml").write_text("\n".join(lines))
    with pytest.raises(DefinitionError, match=r"first \(day 0\) must come after second"):
        read_protocol(tmp_path)


def test_a_scale_that_the_instrument_lacks_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(text.replace("scale: ", "scale: no_"))
    with pytest.raises(DefinitionError, match=r"measures\.depression\.scale: ces_d has no scale no_"):
        read_protocol(tmp_path)


def test_groups_may_be_a_plain_list(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(text + "groups: [smart, choir]\n")
    assert read_protocol(tmp_path).groups == {"smart": "SMART Recovery", "choir": "choir"}


@pytest.mark.parametrize("held", ["", "- just\n- a list\n", "\x00"])
def test_a_file_without_keys_is_refused(tmp_path: Path, held: str) -> None:
    (tmp_path / "study.yaml").write_text(held)
    with pytest.raises(DefinitionError):
        read_protocol(tmp_path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(DefinitionError, match="cannot be read as text"):
        read_protocol(tmp_path)


@pytest.mark.parametrize("template", ["engagement", "follow-up"])
def test_what_a_template_shows_as_examples_is_valid(template: str, tmp_path: Path) -> None:
    create_study(tmp_path / "made", template)
    path = tmp_path / "made" / "study.yaml"
    text = path.read_text()
    begin = text.index("# Arms that participants")
    keys = re.compile(r"^# ( *[a-z0-9_-]+: .*| *[a-z0-9_-]+:)$", re.MULTILINE)
    path.write_text(text[:begin] + keys.sub(r"\1", text[begin:]))
    protocol = read_protocol(path.parent)
    assert protocol.consent is not None
    assert protocol.arms
    assert protocol.closed_on is not None
    assert protocol.tracking.incentives
