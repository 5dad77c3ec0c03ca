"""CSV files and REDCap's record exports: every rule on a file made by hand."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from remission.errors import UnreadableFile
from remission.exchange.files import DataFile, open_file, read_dictionary, read_file, shown
from remission.exchange.files.csv_table import CsvTable


def written(folder: Path, content: str | bytes, name: str = "made.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(file: DataFile, name: str) -> list[object]:
    column = file.frame[name]
    return [None if isinstance(cell, float) and np.isnan(cell) else cell for cell in column]


def test_numbers_and_texts_are_told_over_the_whole_file(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, "id,n,code,long,word\n1,2.5,007,1234567890123456,a\n2,-1e+3,8,1,\n3,,12,2,1\n"))
    assert {name: found.kind for name, found in file.variables.items()} == {
        "id": "number",
        "n": "number",
        "code": "text",
        "long": "text",
        "word": "text",
    }
    assert cells(file, "n") == [2.5, -1000.0, None]
    assert cells(file, "code") == ["007", "8", "12"]
    assert cells(file, "word") == ["a", "", "1"]
    assert (file.dictionary.source, file.dictionary.rows, file.dictionary.encoding) == ("csv", 3, "UTF-8")
    assert file.variables["long"].width == 16


def test_words_for_nothing_are_read_as_nothing_and_named(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, "id,n,w\n1,NA,NA\n2,3,yes\n3,.,no\n"))
    assert cells(file, "n") == [None, 3.0, None]
    assert cells(file, "w") == ["NA", "yes", "no"]
    assert file.dictionary.remarks == ("n holds '.' (1), 'NA' (1) among its values; they are read as nothing.",)


@pytest.mark.parametrize(("text", "kind"), [("inf", "text"), ("Infinity", "text"), ("1_000", "text"), ("0x10", "text")])
def test_what_only_looks_like_a_number_is_text(tmp_path: Path, text: str, kind: str) -> None:
    assert read_file(written(tmp_path, f"a,b\n1,{text}\n")).variables["b"].kind == kind


def test_dates_and_moments(tmp_path: Path) -> None:
    content = (
        "iso,moment,german,either,american,wrong\n"
        "2024-01-31,2024-01-31T10:00Z,31.12.2023,03/04/2024,12/31/2023,2024-02-30\n"
        "1969-12-31,2024-01-31T10:00:01+02:00,01.02.2024,05/06/2024,1/2/2024,2024-01-01\n"
    )
    file = read_file(written(tmp_path, content))
    kinds = {name: found.kind for name, found in file.variables.items()}
    assert kinds == {
        "iso": "date",
        "moment": "datetime",
        "german": "date",
        "either": "text",
        "american": "date",
        "wrong": "text",
    }
    for name, told in (
        ("iso", ["2024-01-31", "1969-12-31"]),
        ("german", ["2023-12-31", "2024-02-01"]),
        ("american", ["2023-12-31", "2024-01-02"]),
    ):
        assert [shown(file.variables[name], value) for value in file.frame[name]] == told
    # The clock on the wall stays, whatever the offset.
    assert file.frame["moment"].diff().iloc[1] == 1
    assert any(
        "either holds dates that could have the day or the month first" in one for one in file.dictionary.remarks
    )
    assert any("german are read with the day first" in one for one in file.dictionary.remarks)


def test_delimiters_decimal_commas_and_excels_first_line(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, "sep=;\r\nid;höhe;text\r\n1;1,5;a,b\r\n2;2;\r\n".encode("cp1252")))
    assert cells(file, "höhe") == [1.5, 2.0]
    assert cells(file, "text") == ["a,b", ""]
    assert file.dictionary.encoding == "windows-1252"
    assert "not UTF-8" in file.dictionary.encoding_note
    for delimiter in "\t|":
        file = read_file(written(tmp_path, f"id{delimiter}n\n1{delimiter}2\n"))
        assert cells(file, "n") == [2.0]
    # Between commas 1,234 may be a thousand: it is left as it stands.
    assert read_file(written(tmp_path, 'id,n\n1,"1,234"\n')).variables["n"].kind == "text"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_their_marks(tmp_path: Path, encoding: str) -> None:
    file = read_file(written(tmp_path, "id,wört\n1,ñ “x”\n".encode(encoding)))
    assert list(file.frame.columns) == ["id", "wört"]
    assert cells(file, "wört") == ["ñ “x”"]


def test_an_encoding_can_be_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "id,n\n1,é\n".encode("latin-1"))
    assert cells(read_file(path, encoding="latin-1"), "n") == ["é"]
    with pytest.raises(UnreadableFile, match="text that is not in utf-8"):
        read_file(path, encoding="utf-8")
    with pytest.raises(UnreadableFile):
        read_file(path, encoding="no-such-thing")


def test_what_protects_a_text_in_a_spreadsheet_comes_off(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, 'id,a,b\n"=""007""",\'=1+1,\'tis\n"=""008""",\'-5,=x\n'))
    assert cells(file, "id") == ["007", "008"]
    assert cells(file, "a") == ["=1+1", "-5"]
    assert cells(file, "b") == ["'tis", "=x"]


def test_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, '"i\nd",n\n"a\nb",1\n\n"c""d",2\n\n\n'))
    assert list(file.frame.columns) == ["i d", "n"]
    assert cells(file, "i d") == ["a\nb", 'c"d']


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 cells, not 2 as the header"),
        (b"a,b\n1,2\n1\n", "line 3: 1 cells, not 2 as the header"),
        (b"a,a\n1,2\n", "two columns called a"),
        (b",,\n1,2,3\n", "no header row"),
        (b'{"a": 1}\n', "JSON and no table"),
        (b"<xml></xml>\n", "XML and no table"),
        (b"a,b\n1,\x00\n", "made.csv"),
        (b'a,b\n1,"x\n2,y\n', "line 3: a quotation mark"),
        (b'a,b\n1,"3"0\n', "line 2: a quotation mark"),
        (b"id,Complete?,Complete?\n1,x,y\n", "labels in place of names"),
        (b"a,b\n1,\x81\xff\n", "neither UTF-8 nor windows-1252"),
        (b"field_name,form_name,field_type\na,b,c\n", "data dictionary of REDCap"),
        (b"record,redcap_event_name,field_name,value\n1,a,b,c\n", "one row a value"),
        (b'a,b\n1,"' + b"x" * 40_000 + b'"\n', "line 2: a cell is longer than 32,767 letters"),
    ],
)
def test_what_is_no_table_gets_its_own_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read_file(written(tmp_path, content))


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remission.exchange.files.csv_shape.LONGEST_LINE", 1_000)
    monkeypatch.setattr("remission.exchange.files.csv_shape.CHUNK", 100)
    with pytest.raises(UnreadableFile, match="a line of more than 1,000 letters"):
        CsvTable(written(tmp_path, "a,b\n1," + "x" * 5_000 + "\n"))


def test_odd_headers_are_remarked_on(tmp_path: Path) -> None:
    told = read_dictionary(written(tmp_path, "id,,Age,age\n1,2,3,4\n"))
    assert list(told.variables) == ["id", "column_2", "Age", "age"]
    assert told.remarks == (
        "Column 2 has no name and is called column_2.",
        "Two columns are called age, but for capital letters; SPSS could not hold both.",
    )


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    file = read_file(written(tmp_path, "id,n\n"))
    assert (file.frame.shape, file.dictionary.rows) == ((0, 2), 0)


REDCAP = (
    "record_id,redcap_event_name,audit1,drug___1,drug___2,email,audit_complete\n"
    "1,baseline_arm_1,3,0,1,a@example.org,2\n1,month_6_arm_1,,0,0,,0\n"
)
DICTIONARY = (
    'Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Identifier?\n'
    'audit1,audit,radio,<b>How often</b>,"0, Never | 3, Often",\n'
    'drug,audit,checkbox,Drugs,"1, Alcohol | 2, Heroin",\n'
    "email,audit,text,E-mail,,y\n"
)


def test_a_record_export_of_redcap(tmp_path: Path) -> None:
    told = read_dictionary(written(tmp_path, REDCAP))
    assert told.source == "redcap"
    assert [(one.name, one.variables) for one in told.response_sets] == [("drug", ("drug___1", "drug___2"))]
    assert any("_complete column tells" in remark for remark in told.remarks)
    written(tmp_path, DICTIONARY, "made_dictionary.csv")
    told = read_dictionary(tmp_path / "made.csv")
    assert told.variables["audit1"].label == "How often"
    assert told.variables["audit1"].value_labels == {0.0: "Never", 3.0: "Often"}
    assert told.variables["drug___2"].label == "Drugs: Heroin"
    assert "These columns may identify a person: email." in told.remarks
    labelled = read_dictionary(written(tmp_path, REDCAP.replace("baseline_arm_1", "Baseline (Arm 1: A)")))
    assert any("export of labels" in remark for remark in labelled.remarks)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))
)
SAFE = TEXT.filter(lambda text: not text.startswith(("'", "=", "\ufeff")))


@given(rows=st.lists(st.tuples(SAFE, st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=20))
@example(rows=[("007", 0.1), ("", 1e300), ('a"b', -0.0)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_csv_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, float]]) -> None:
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(["word", "n"])
    writer.writerows([(f"w{text}", repr(number)) for text, number in rows])
    reader = CsvTable(written(tmp_path, content.getvalue()))
    read = [row for batch in reader.batches(None) for row in batch.to_pylist()]
    assert [row["c0"] for row in read] == [f"w{text}" for text, _ in rows]
    if reader.columns[1].kind == "number":
        assert [row["c1"] for row in read] == [number for _, number in rows]
    else:
        assert [float(row["c1"]) for row in read] == [number for _, number in rows]


def test_a_long_file_comes_in_pieces(tmp_path: Path) -> None:
    lines = ["id,word"] + [f"{number},w{number:06d}" for number in range(120_000)]
    path = written(tmp_path, "\n".join(lines) + "\n")
    with open_file(path) as reading:
        pieces = [(len(piece.frame), piece.frame.index[0]) for piece in reading if len(piece.frame)]
    assert sum(rows for rows, _ in pieces) == 120_000
    assert max(rows for rows, _ in pieces) <= 50_000
    assert len(pieces) > 2
    picked = read_file(path, columns=["word"])
    assert list(picked.frame.columns) == ["word"]
    assert picked.frame["word"].iloc[-1] == "w119999"
