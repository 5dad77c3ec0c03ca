"""A site's words out of the files in which sites hold them."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission.errors import DefinitionError, UnreadableFile
from remission.exchange.form_files import export_instrument
from remission.exchange.wordings import wording_of_file
from remission.survey import instrument
from remission.survey.wording import Wording, wording, write_wording

PHQ2 = instrument("phq2")
LIST = PHQ2.items[0].choices or ""
WORDS = Wording(
    instrument="phq2",
    language="en",
    title="How it was",
    intro="In the last 2 weeks:",
    items={"item1": "Words, for item 1", "item2": "Words | for item 2"},
    choices={LIST: {f"{value:g}": f"label {value:g}" for value in range(4)}},
    source="made for this test",
)


def test_a_wording_file_comes_back(tmp_path: Path) -> None:
    write_wording(WORDS, tmp_path / "words.csv")
    assert wording_of_file(tmp_path / "words.csv", PHQ2, "en") == WORDS


@pytest.mark.parametrize(("kind", "name"), [("redcap", "words.csv"), ("xlsform", "words.xlsx")])
def test_words_come_out_of_other_tools_forms(tmp_path: Path, kind: str, name: str) -> None:
    export_instrument(PHQ2, [WORDS], kind, tmp_path / name)
    found = wording_of_file(tmp_path / name, PHQ2, "en")
    assert found.items == WORDS.items
    assert found.choices == WORDS.choices


def spss(path: Path, label: str = "Words of item 2", last: str = "d") -> Path:
    frame = pd.DataFrame({"PHQ_A": [0.0, 3.0], "PHQ_B": [1.0, 2.0]})
    values = {0.0: "a", 1.0: "b", 2.0: "c", 3.0: last, 9.0: "no answer"}
    pyreadstat.write_sav(
        frame,
        path,
        column_labels=["Words of item 1", label],
        variable_value_labels={"PHQ_A": values, "PHQ_B": values},
    )
    return path


def test_spss_labels_are_words(tmp_path: Path) -> None:
    names = {"item1": "PHQ_A", "item2": "phq_b"}
    found = wording_of_file(spss(tmp_path / "site.sav"), PHQ2, "en", names, "In the last 2 weeks:")
    assert found.items == {"item1": "Words of item 1", "item2": "Words of item 2"}
    assert found.choices[LIST] == {"0": "a", "1": "b", "2": "c", "3": "d"}
    assert found.source == "labels of site.sav"


def test_incomplete_words_are_refused_with_the_gap(tmp_path: Path) -> None:
    names = {"item1": "PHQ_A", "item2": "PHQ_B"}
    with pytest.raises(DefinitionError, match=r"the intro is absent.*past 2 weeks"):
        wording_of_file(spss(tmp_path / "c.sav"), PHQ2, "en", names)
    with pytest.raises(DefinitionError, match="item 'item2' has no words"):
        wording_of_file(spss(tmp_path / "a.sav", label=""), PHQ2, "en", names)
    with pytest.raises(DefinitionError, match=r"choice 3 of '.*' has no words"):
        wording_of_file(spss(tmp_path / "b.sav", last=""), PHQ2, "en", names)
    with pytest.raises(DefinitionError, match="item 'item1' has no words"):
        wording_of_file(tmp_path / "b.sav", PHQ2, "en")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("part,name,value,text\nitem,item3,,Words\n", "item 'item1' has no words"),
        ("part,name,value,text\nquestion,item1,,Words\n", "line 2: there is no part 'question'"),
        (f"part,name,value,text\nchoice,{LIST},often,Words\n", "line 2: the value of a choice is 'often'"),
        ("a,b\n1,2\n", "not a REDCap data dictionary"),
        ("", "not a REDCap data dictionary"),
    ],
)
def test_a_file_that_holds_no_words_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "words.csv").write_text(text)
    with pytest.raises(DefinitionError, match=told):
        wording_of_file(tmp_path / "words.csv", PHQ2, "en")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.sav").write_bytes(b"PK not SPSS")
    with pytest.raises(UnreadableFile):
        wording_of_file(tmp_path / "words.sav", PHQ2, "en")
    (tmp_path / "words.doc").write_bytes(b"x")
    with pytest.raises(DefinitionError, match="neither a REDCap data dictionary"):
        wording_of_file(tmp_path / "words.doc", PHQ2, "en")
    with pytest.raises(DefinitionError, match="no file"):
        wording_of_file(tmp_path / "absent.csv", PHQ2, "en")


@pytest.mark.parametrize(
    "name",
    ["abstinence_self_efficacy", "meeting_attendance", "mutual_help_attendance", "recent_use", "recovery_identity"],
)
def test_the_project_s_own_instruments_speak_spanish(name: str) -> None:
    spanish = wording(instrument(name), "es")
    english = wording(instrument(name), "en")
    assert set(spanish.items) == set(english.items)
    assert not set(spanish.items.values()) & set(english.items.values())


@pytest.mark.parametrize("language", ["../../x", "en/../x", "", "EN us", "e"])
def test_a_language_is_a_code_and_never_a_path(language: str) -> None:
    with pytest.raises(DefinitionError, match="is no language code"):
        wording(PHQ2, language, Path("anywhere"))


@pytest.mark.parametrize("name", ["../phq2", "/etc", "phq2/../phq2", "PHQ2", ""])
def test_an_instrument_s_name_is_never_a_path(name: str) -> None:
    with pytest.raises(DefinitionError, match="no instrument"):
        instrument(name)
