"""XLSForm workbooks: the sheets by hand, what is lost, what is refused."""

import contextlib
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from remission.errors import DefinitionError
from remission.exchange.forms.form import Form, FormItem
from remission.exchange.forms.xlsform import read_xlsform, write_xlsform
from remission.survey.part import Choice, Condition
from remission.survey.wording import Wording

NO_YES = (Choice(value=0, label="No"), Choice(value=1, label="=Yes"))
FORM = Form(
    "visits",
    "All about visits",
    (
        FormItem("went", "Did you go?", choices="no_yes", required=True),
        FormItem("times", "How often?", "count", None, 0, 30, (Condition(item="went", equals=(1,)),)),
        FormItem("hours", "#N/A", "number", None, None, 1.5, (Condition(sum_of=("went", "times"), at_least=2),)),
    ),
    {"no_yes": NO_YES},
    "About visits.",
    translations=(
        Wording(
            instrument="visits",
            language="es",
            intro="De visitas.",
            items={"went": "¿Fue?", "times": "¿Cuántas veces?", "hours": "¿Horas?"},
            choices={"no_yes": {"0": "No", "1": "Sí"}},
        ),
    ),
)
HEAD = ["type", "name", "label"]
CHOICES = [["list_name", "name", "label"], ["no_yes", 0, "No"], ["no_yes", 1.0, "Yes"]]


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = load_workbook(path)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def workbook(path: Path, survey: list[list[object]], choices: list[list[object]] | None = None, **more: object) -> Path:
    book = Workbook()
    book.active.title = "survey"
    for row in survey:
        book.active.append(row)
    for title, rows in {"choices": CHOICES if choices is None else choices, **more}.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_sheets_are_those_written_by_hand(tmp_path: Path) -> None:
    assert write_xlsform(FORM, tmp_path / "form.xlsx") == []
    english, spanish = "label::English (en)", "label::Spanish (es)"
    assert sheets(tmp_path / "form.xlsx") == {
        "survey": [
            ["type", "name", english, spanish, "required", "relevant", "constraint"],
            ["note", "intro", "About visits.", "De visitas.", None, None, None],
            ["select_one no_yes", "went", "Did you go?", "¿Fue?", "yes", None, None],
            ["integer", "times", "How often?", "¿Cuántas veces?", None, "${went} = '1'", ". >= 0 and . <= 30"],
            ["decimal", "hours", "#N/A", "¿Horas?", None, "${went} + ${times} >= 2", ". <= 1.5"],
        ],
        "choices": [
            ["list_name", "name", english, spanish],
            ["no_yes", "0", "No", "No"],
            ["no_yes", "1", "=Yes", "Sí"],
        ],
        "settings": [["form_title", "form_id", "default_language"], ["All about visits", "visits", "English (en)"]],
    }
    cell = load_workbook(tmp_path / "form.xlsx")["choices"]["C3"]
    assert (cell.value, cell.data_type) == ("=Yes", "s")
    assert read_xlsform(tmp_path / "form.xlsx") == (FORM, [])


def test_what_a_workbook_cannot_carry_is_named(tmp_path: Path) -> None:
    never = (Condition(item="went", equals=()),)
    form = Form(
        "visits",
        "Visits",
        (FormItem("went", "a\x07b", choices="no / yes"), FormItem("n", "", "count", asked_if=never)),
        {"no / yes": NO_YES},
        translations=(Wording(instrument="visits", language="es", title="Visitas", items={}, source="a site"),),
    )
    said = "\n".join(f"{loss.where}: {loss.what}" for loss in write_xlsform(form, tmp_path / "form.xlsx"))
    for part in (
        "visits, choices 'no / yes': the list is called 'no_yes' in the file",
        "visits: the title in 'es', Visitas",
        "visits: the source of the words in 'es': a site",
        "visits.n: the condition 'went is ' is not written",
        "visits.n: it has no words in 'en'",
        "sheet survey, row 2: a text is cut",
    ):
        assert part in said


def test_other_spellings_are_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "My form.xlsx",
        [
            ["command", "tag", "caption", "relevance", "constraint", "parameters", "required"],
            ["select one from no_yes", "Went", "Did you go?", None, None, None, "true()"],
            ["int", "times", "How often?", "selected(${Went}, '1')", ".<=30 and .>=0", None, True],
            ["range", "pain", "Pain?", None, None, "start=0 end=10 step=1"],
            ["range", "dose", "Dose?", "${times} >= 2 and (${Went}=1 or ${Went}=0)", None, "start=0;end=1;step=0.1"],
            ["begin group", "more", None, "${times} >= 3"],
            ["decimal", "hours", "Hours?", "${Went} = '1'", ". >= 0.5"],
            ["end group"],
        ],
    )
    form, losses = read_xlsform(path)
    went = Condition(item="went", equals=(1,))
    assert (form.name, form.language, form.intro) == ("my_form", "en", "")
    assert form.items == (
        FormItem("went", "Did you go?", choices="no_yes", required=True),
        FormItem("times", "How often?", "count", None, 0, 30, (went,), required=True),
        FormItem("pain", "Pain?", "count", None, 0, 10),
        FormItem(
            "dose",
            "Dose?",
            "number",
            None,
            0,
            1,
            (Condition(item="times", at_least=2), Condition(item="went", equals=(1, 0))),
        ),
        FormItem("hours", "Hours?", "number", None, 0.5, None, (Condition(item="times", at_least=3), went)),
    )
    assert [loss.where for loss in losses] == ["sheet survey, row 2, Went", "sheet survey, row 5, dose"]


def test_what_has_no_place_in_a_form_is_named_with_sheet_and_row(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "form.xlsx",
        [
            [*HEAD, "hint", "relevant", "constraint", "required"],
            ["start", "start"],
            ["select_one no_yes or_other", "q", "?", "Think.", None, ". != 3", "${q} = 1"],
            ["text", "free", "?"],
            ["select_one words", "w", "?"],
            ["note", "thanks", "Thank you."],
            ["integer", "n", "?", None, "${free} = 'x'", ". > 3"],
            ["integer", "m", "?", None, "${later} = 1", "regex(., '1')"],
            ["begin_repeat", "each", "One by one"],
            ["integer", "later", "?"],
            ["end_repeat", None],
            ["integer", "o", "?", None, "${q} = 1 or ${n} = 1", ". >= 5 and . <= 5"],
        ],
        [*CHOICES, ["words", "yes", "Yes"]],
        settings=[["form_id", "style"], ["f", "pages"]],
        entities=[["list_name"], ["people"]],
    )
    form, losses = read_xlsform(path)
    assert [item.name for item in form.items] == ["q", "n", "m", "o"]
    assert all(item.asked_if == () and item.minimum is None for item in form.items)
    where = [loss.where.removeprefix("sheet ").removeprefix("survey, ") for loss in losses]
    assert where == [
        *("entities", "settings", "row 2, start", "row 3"),
        *("row 3, q", "row 3, q", "row 3, q", "row 4, free", "row 5, w", "row 6, thanks"),
        *("row 7, n", "row 7, n", "row 8, m", "row 8, m", "row 9, each", "row 10, later", "row 12, o", "row 12, o"),
    ]


@pytest.mark.parametrize(
    ("survey", "cause"),
    [
        ([["", "q", "?"]], "form.xlsx, sheet survey, row 2: 'q' has no type."),
        ([["integer", "", "?"]], "form.xlsx, sheet survey, row 2: a question of type integer has no name."),
        ([["integr", "q", "?"]], "form.xlsx, sheet survey, row 2: 'q' is of the unknown type 'integr'."),
        ([["integer", "q", "?"], ["text", "q", "?"]], "form.xlsx, sheet survey, row 3: the name 'q' stands twice."),
        (
            [["integer", "q", "?"], ["integer", "Q", "?"]],
            "form.xlsx, sheet survey, row 3: two questions would be called 'q'.",
        ),
        ([["select_one gone", "q", "?"]], "form.xlsx, sheet survey, row 2: there is no list of choices 'gone'."),
        (
            [["integer", "q", "?", "${gone} = 1"]],
            "form.xlsx, sheet survey, row 2: relevant rests on 'gone', which is no question.",
        ),
        ([["end_group"]], "form.xlsx, sheet survey, row 2: a group ends that did not begin."),
        ([["begin_group", "g"]], "form.xlsx, sheet survey: a group is not ended."),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, survey: list[list[object]], cause: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_xlsform(workbook(tmp_path / "form.xlsx", [[*HEAD, "relevant"], *survey]))
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("choices", "cause"),
    [
        ([*CHOICES, ["no_yes", 1, "Again"]], "row 4: the choice 1 stands twice in 'no_yes'."),
        ([*CHOICES, ["no_yes", None, "What?"]], "row 4: a choice needs list_name and name."),
    ],
)
def test_a_broken_choice_is_named(tmp_path: Path, choices: list[list[object]], cause: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_xlsform(workbook(tmp_path / "form.xlsx", [HEAD], choices))
    assert caught.value.cause == f"form.xlsx, sheet choices, {cause}"


def test_a_file_that_is_no_workbook_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_xlsform(FORM, path)
    whole = path.read_bytes()
    broken = [b"", b"type,name,label\n", whole[: len(whole) // 2], b"PK\x03\x04" + bytes(100), whole[:-200]]
    for content in broken:
        path.write_bytes(content)
        with pytest.raises(DefinitionError, match=r"^form\.xlsx is no readable Excel workbook\."):
            read_xlsform(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "no workbook")
    with pytest.raises(DefinitionError, match="no readable Excel workbook"):
        read_xlsform(path)
    with pytest.raises(DefinitionError, match="There is no file"):
        read_xlsform(tmp_path / "gone.xlsx")


def test_damaged_bytes_never_end_in_another_error(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_xlsform(FORM, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(DefinitionError):
            read_xlsform(path)


def test_a_workbook_that_unpacks_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_xlsform(FORM, tmp_path / "form.xlsx")
    monkeypatch.setattr("remission.exchange.forms.workbook.LARGEST", 100)
    with pytest.raises(DefinitionError, match="unpacks to over"):
        read_xlsform(tmp_path / "form.xlsx")


def test_a_sheet_that_reaches_to_the_last_row_is_refused(tmp_path: Path) -> None:
    survey: list[list[object]] = [HEAD, ["integer", "q", "?"]]
    path = workbook(tmp_path / "form.xlsx", survey)
    book = load_workbook(path)
    book["survey"]["XFD1048576"] = "x"
    book.save(path)
    with pytest.raises(DefinitionError, match="it has 1048576 rows and 16384 columns"):
        read_xlsform(path)


def test_workbooks_of_another_make_are_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(DefinitionError, match="has no sheet 'survey'"):
        read_xlsform(tmp_path / "other.xlsx")
    with pytest.raises(DefinitionError, match="the column 'name' stands twice"):
        read_xlsform(workbook(tmp_path / "form.xlsx", [["type", "name", "name"]]))
    with pytest.raises(DefinitionError, match="no name of a workbook"):
        write_xlsform(FORM, tmp_path / "form.csv")
    twins = (Wording(instrument="visits", language="en", items={}),)
    with pytest.raises(DefinitionError, match="two wordings in 'en'"):
        write_xlsform(Form("a", "A", FORM.items, FORM.choices, translations=twins), tmp_path / "form.xlsx")
