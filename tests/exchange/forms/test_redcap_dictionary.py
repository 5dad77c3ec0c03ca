"""REDCap data dictionaries: the file by hand, what is lost, what is refused."""

import csv
from pathlib import Path

import pytest

from remission.errors import DefinitionError
from remission.exchange.forms.form import Form, FormItem
from remission.exchange.forms.redcap_columns import COLUMNS
from remission.exchange.forms.redcap_dictionary import read_dictionary, write_dictionary
from remission.survey.part import Choice, Condition
from remission.survey.wording import Wording

NO_YES = (Choice(value=0, label="No"), Choice(value=1, label="Yes, often"))
FORM = Form(
    "visits",
    "Visits",
    (
        FormItem("went", 'Did you "go"?', choices="no_yes", required=True),
        FormItem("times", "How often?", "count", None, 0, 30, (Condition(item="went", equals=(1,)),)),
    ),
    {"no_yes": NO_YES},
    "About visits.\nTake your time.",
)
GOLDEN = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number,'
    "Text Validation Min,Text Validation Max,Identifier?,Branching Logic (Show field only if...),Required Field?,"
    "Custom Alignment,Question Number (surveys only),Matrix Group Name,Matrix Ranking?,Field Annotation\r\n"
    "record_id,visits,,text,Record ID,,,,,,,,,,,,,\r\n"
    'intro,visits,,descriptive,"About visits.\nTake your time.",,,,,,,,,,,,,\r\n'
    'went,visits,,radio,"Did you ""go""?","0, No | 1, Yes, often",,,,,,,y,,,,,choices=no_yes\r\n'
    "times,visits,,text,How often?,,,integer,0,30,,[went] = '1',,,,,,\r\n"
)


def dictionary(path: Path, *rows: dict[str, str], api: bool = False, encoding: str = "utf-8") -> Path:
    names = list(COLUMNS) if api else list(COLUMNS.values())
    first = {"field_name": "record_id", "form_name": "visits", "field_type": "text", "field_label": "Record ID"}
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[row.get(name, "") for name in COLUMNS] for row in (first, *rows)])
    return path


def field(name: str, kind: str = "radio", **cells: str) -> dict[str, str]:
    choices = {"select_choices_or_calculations": "0, No | 1, Yes"} if kind in ("radio", "dropdown", "checkbox") else {}
    return {"field_name": name, "form_name": "visits", "field_type": kind, "field_label": name, **choices, **cells}


def test_the_file_is_the_one_written_by_hand(tmp_path: Path) -> None:
    assert write_dictionary([FORM], tmp_path / "dictionary.csv") == []
    assert (tmp_path / "dictionary.csv").read_bytes().decode() == GOLDEN


def test_the_file_written_by_hand_reads_as_the_form(tmp_path: Path) -> None:
    (tmp_path / "dictionary.csv").write_bytes(GOLDEN.encode())
    assert read_dictionary(tmp_path / "dictionary.csv") == ([FORM], [])


def test_fields_of_several_forms_carry_and_lose_their_forms_name(tmp_path: Path) -> None:
    other = Form("calls", "Calls", (FormItem("times", "How many calls?", "number", None, 0.5, None),))
    write_dictionary([FORM, other], tmp_path / "dictionary.csv")
    text = (tmp_path / "dictionary.csv").read_text()
    assert "\nvisits_times,visits,,text,How often?,,,integer,0,30,,[visits_went] = '1'" in text
    assert "\ncalls_times,calls,,text,How many calls?,,,number,0.5,," in text
    assert read_dictionary(tmp_path / "dictionary.csv") == ([FORM, other], [])


def test_what_a_dictionary_cannot_carry_is_named(tmp_path: Path) -> None:
    listed = (Choice(value=0, label="a|b"), Choice(value=1, label="two\nlines"))
    form = Form(
        "visits",
        "All about visits",
        (
            FormItem("went", "", choices="the list!"),
            FormItem("a_name_of_more_than_26_signs", "?", "number", asked_if=(Condition(item="went", equals=()),)),
        ),
        {"the list!": listed, "spare": NO_YES},
        translations=(Wording(instrument="visits", language="es", items={}),),
    )
    losses = write_dictionary([form], tmp_path / "dictionary.csv")
    said = "\n".join(losses.as_frame().agg(": ".join, axis=1))
    for part in (
        "visits, choices 'the list!': the list is called 'the_list' in the file",
        "visits: the title 'All about visits'",
        "visits: the words in es",
        "visits: the choices 'spare': no item uses them",
        "visits.went: it has no words",
        "visits.went: the label 'a|b' is written 'a/b'",
        "is written 'two lines'",
        "visits.a_name_of_more_than_26_signs: the condition 'went is ' is not written",
        "longer than the 26 characters",
    ):
        assert part in said
    ((read,), _) = read_dictionary(tmp_path / "dictionary.csv")
    assert [choice.label for choice in read.choices["the_list"]] == ["a/b", "two lines"]


def test_every_type_that_fits_is_read(tmp_path: Path) -> None:
    path = dictionary(
        tmp_path / "d.csv",
        field("a", "dropdown"),
        field("b", "yesno"),
        field("c", "truefalse"),
        field("d", "slider"),
        field("e", "text", text_validation_type_or_show_slider_number="integer", text_validation_min="1"),
        field("f", "text", text_validation_type_or_show_slider_number="number", text_validation_max="2.5"),
        field("g", "radio"),
        api=True,
    )
    (form,), losses = read_dictionary(path)
    assert losses == []
    assert [(item.kind, item.choices, item.minimum, item.maximum) for item in form.items] == [
        ("choice", "a", None, None),
        ("choice", "yesno", None, None),
        ("choice", "truefalse", None, None),
        ("count", None, 0, 100),
        ("count", None, 1, None),
        ("number", None, None, 2.5),
        ("choice", "a", None, None),
    ]
    assert form.choices["yesno"] == (Choice(value=1, label="Yes"), Choice(value=0, label="No"))


def test_what_has_no_place_in_a_form_is_named_with_row_and_field(tmp_path: Path) -> None:
    path = dictionary(
        tmp_path / "d.csv",
        field("q", "radio", section_header="Part 1", field_annotation="@HIDDEN", identifier="y"),
        field("free", "text"),
        field("born", "text", text_validation_type_or_show_slider_number="date_ymd"),
        field("many", "checkbox"),
        field("long", "notes"),
        field("sum", "calc"),
        field("scan", "file"),
        field("server", "sql"),
        field("later", "descriptive"),
        field("grade", "radio", select_choices_or_calculations="A, good | B, bad"),
        field("old", "radio", select_choices_or_calculations="01, good | 2, bad", field_label="You said [q]."),
        field("bound", "text", text_validation_type_or_show_slider_number="number", text_validation_min="[q]"),
        field("glide", "slider", select_choices_or_calculations="low | mid | high"),
    )
    (form,), losses = read_dictionary(path)
    assert [item.name for item in form.items] == ["q", "old", "bound", "glide"]
    said = [f"{loss.where}: {loss.what}" for loss in losses]
    assert "row 3, q: Section Header: Part 1" in said
    assert "row 3, q: Identifier?: y" in said
    assert "row 3, q: Field Annotation: @HIDDEN" in said
    assert "row 4, free: free text: it has no place in an instrument" in said
    assert "row 5, born: validation date_ymd: it has no place in an instrument" in said
    for row, name in ((6, "many"), (7, "long"), (8, "sum"), (9, "scan"), (10, "server"), (11, "later"), (12, "grade")):
        assert any(line.startswith(f"row {row}, {name}: ") for line in said), name
    assert "row 13, old: the code '01' is kept as 1" in said
    assert "row 13, old: the label shows the answer to [q], which a form here does not" in said
    assert "row 14, bound: the minimum '[q]' is no number and is not taken" in said
    assert "row 15, glide: the slider's labels: low | mid | high" in said
    assert len(said) == 3 + 1 + 1 + 7 + 2 + 1 + 1


def test_a_condition_on_what_was_lost_or_comes_later_is_a_loss(tmp_path: Path) -> None:
    path = dictionary(
        tmp_path / "d.csv",
        field("free", "text"),
        field("a", branching_logic="[free] = '1'"),
        field("b", branching_logic="[c] = '1'"),
        field("c", branching_logic="[baseline_arm_1][a] = '1'"),
        field("d", branching_logic="[record_id] = '7'"),
    )
    (form,), losses = read_dictionary(path)
    assert all(item.asked_if == () for item in form.items)
    assert [loss.where for loss in losses] == ["row 3, free", "row 4, a", "row 5, b", "row 6, c", "row 7, d"]


def test_excel_leaves_a_mark_and_line_ends_that_do_no_harm(tmp_path: Path) -> None:
    path = dictionary(tmp_path / "d.csv", field("q", field_label="one\r\ntwo, très"), {}, encoding="utf-8-sig")
    (form,), losses = read_dictionary(path)
    assert form.items[0].text == "one\ntwo, très"
    assert losses == []


def test_a_single_instrument_without_a_record_id_is_read_whole(tmp_path: Path) -> None:
    path = dictionary(tmp_path / "d.csv", field("q"), field("r"))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[2:]]))
    (form,), losses = read_dictionary(path)
    assert [item.name for item in form.items] == ["q", "r"]
    assert losses[0].what == "the first field 'q' is no record id; it is a question"


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([field("q"), field("q")], "d.csv, row 4: the field 'q' stands in row 3 already."),
        ([field("q", "radiant")], "d.csv, row 3: the field 'q' is of the unknown type 'radiant'."),
        ([field("Q1")], "d.csv, row 3, field_name: 'Q1' cannot be a field name."),
        ([field("1q")], "d.csv, row 3, field_name: '1q' cannot be a field name."),
        (
            [field("q", branching_logic="[gone] = '1'")],
            "d.csv, row 3: the branching logic of 'q' rests on 'gone', which is no field.",
        ),
        ([field("q", form_name="")], "d.csv, row 3: the field 'q' is of no form."),
        ([field("q", select_choices_or_calculations="")], "d.csv, row 3: the field 'q' has no choices."),
        (
            [field("q", select_choices_or_calculations="yes | no")],
            "d.csv, row 3: a choice of 'q' has no code before a comma.",
        ),
        (
            [field("q", select_choices_or_calculations="1, yes | 1, no")],
            "d.csv, row 3: two choices of 'q' have the code 1.",
        ),
        (
            [field("q", select_choices_or_calculations="1, yes | 1.0, no")],
            "d.csv, row 3: two choices of 'q' have codes of the same value.",
        ),
        (
            [field("q", "slider", text_validation_min="5", text_validation_max="5")],
            "d.csv, row 3: the minimum of 'q' is not below its maximum.",
        ),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, rows: list[dict[str, str]], cause: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_dictionary(dictionary(tmp_path / "d.csv", *rows))
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("Fragebogen für später".encode("cp1252"), "is not UTF-8 text"),
        (";".join(COLUMNS.values()).encode(), "has no column 'field_name'. Its columns are split by semicolons"),
        ("\t".join(COLUMNS).encode(), "split by tabs"),
        (b"", "is not a REDCap data dictionary"),
        (b"\x00\x01\x02", "is not a REDCap data dictionary"),
        ((",".join(COLUMNS) + "\nq,visits\n").encode(), "d.csv, row 2: it has 2 cells where the header has 18"),
        ((",".join(COLUMNS) + '\nq,"visits\n').encode(), "the CSV is broken"),
        ((",".join(COLUMNS) + "," + "field_name\n").encode(), "has the column 'field_name' twice"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path, content: bytes, part: str) -> None:
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(DefinitionError) as caught:
        read_dictionary(tmp_path / "d.csv")
    assert part in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"gone\.csv cannot be read"):
        read_dictionary(tmp_path / "gone.csv")


def test_forms_that_cannot_share_a_dictionary_are_refused(tmp_path: Path) -> None:
    one = Form("a", "A", (FormItem("b_c", "?", "number"),))
    two = Form("a_b", "A b", (FormItem("c", "?", "number"),))
    with pytest.raises(DefinitionError, match="Two fields would be called 'a_b_c'"):
        write_dictionary([one, two], tmp_path / "d.csv")
    with pytest.raises(DefinitionError, match="Two forms are called 'a'"):
        write_dictionary([one, one], tmp_path / "d.csv")
    with pytest.raises(DefinitionError, match="no form to write"):
        write_dictionary([], tmp_path / "d.csv")
    with pytest.raises(DefinitionError, match="cannot be a field name"):
        write_dictionary([one], tmp_path / "d.csv", record_id="Record ID")
