"""Data files: what is kept, whole and in pieces, and a sentence for each that cannot be read."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from remission.errors import UnreadableFile
from remission.exchange.files import Reading, open_file, read_dictionary, read_file


def test_labels_measures_and_user_missing_codes_are_kept(small_file: Callable[..., Path]) -> None:
    file = read_file(small_file())
    assert file.frame.shape == (3, 12)
    assert file.dictionary.label == "small"
    assert file.variables["att_0"].label == "Attended (month 0)"
    assert file.variables["att_0"].measure == "nominal"
    assert file.variables["freq_0"].value_labels[9.0] == "refused"
    assert file.frame["freq_0"].tolist() == [3, 8, 9]
    declared = file.variables["freq_0"].is_user_missing(file.frame["freq_0"])
    assert declared.tolist() == [False, True, True]
    assert np.isnan(file.frame["att_6"].iloc[1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"$FL2" + b"\0" * 4 + b"ENCRYPTEDSAV" + b"\0" * 200, "protected with a password.*pspp-convert -p"),
        (b"\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV\x15\0\0\0" + b"\0" * 200, "protected with a password"),
        (b"\x02\x00\x00\x00" + b"\0" * 200, "SPSS/PC\\+"),
        (b"PK\x03\x04" + b"\x14\x00" * 200, "spreadsheet.*save the sheet as CSV"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 200, "old office file"),
        (b"%PDF-1.7\n" + b"\xe2\xe3" * 200, "is a PDF"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"\x1f\x8b\x08" + b"\0" * 200, "gzip"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "is not a data file this program knows"),
        (b"$FL2@(#) SPSS DATA FILE" + b"\0" * 300, "is damaged"),
        (b"$FL3@(#) SPSS DATA FILE", "is damaged"),
        (b"<stata_dta><header><release>118</release>", "damaged or cut short"),
        (b"ASCII SPSS PORT FILE" + b" " * 200, "PSPP"),
    ],
)
def test_each_kind_has_its_own_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.sav"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said) as refused:
        read_file(path)
    assert "bad.sav" in refused.value.cause


def test_absent_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read_file(tmp_path / "absent.sav")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_dictionary(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(small_file: Callable[..., Path], share: float) -> None:
    path = small_file()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(UnreadableFile, match=r"small\.sav"):
        read_file(path)


def test_rows_that_are_missing_are_counted(small_file: Callable[..., Path]) -> None:
    path = small_file()
    path.write_bytes(path.read_bytes()[: -12 * 8])
    with pytest.raises(UnreadableFile, match=r"small\.sav announces 3 rows and holds 2"):
        read_dictionary(path)


@pytest.mark.parametrize("kind", ["sav", "zsav", "dta", "xpt", "row"])
def test_pieces_make_the_whole(long_file: Callable[..., Path], tmp_path: Path, kind: str) -> None:
    path = long_file(**({"compress": True} if kind == "zsav" else {"row_compress": kind == "row"}))
    if kind in ("dta", "xpt"):
        frame = read_file(path).frame
        path = tmp_path / f"long.{kind}"
        writer = pyreadstat.write_dta if kind == "dta" else pyreadstat.write_xport
        writer(frame, str(path))
    told: list[tuple[int, int | None]] = []
    with open_file(path, progress=lambda done, total: told.append((done, total))) as reading:
        assert reading.dictionary.rows == (None if kind == "xpt" else 120_000)
        pieces = list(reading)
    assert [len(piece.frame) for piece in pieces] == [50_000, 50_000, 20_000]
    assert [done for done, _ in told] == [50_000, 100_000, 120_000]
    assert {total for _, total in told} == {reading.dictionary.rows}
    whole = read_file(path)
    assert whole.dictionary.rows == 120_000
    pd.testing.assert_frame_equal(pd.concat([piece.frame for piece in pieces]), whole.frame, check_index_type=False)
    assert whole.frame["pid"].tolist() == list(range(120_000))
    assert whole.frame["site"].tolist() == ["north", "süd", ""] * 40_000
    assert int(whole.frame["freq"].isna().sum()) == len(range(0, 120_000, 7))


def test_many_pieces_of_the_reader_make_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "wide.sav"
    frame = pd.DataFrame(np.arange(12_000 * 800, dtype=float).reshape(12_000, 800)).rename(columns="v{}".format)
    pyreadstat.write_sav(frame, str(path))
    with open_file(path) as reading:
        pieces = list(reading)
    assert [len(piece.frame) for piece in pieces] == [5_000, 5_000, 2_000]
    assert (np.vstack([piece.frame.to_numpy() for piece in pieces]) == frame.to_numpy()).all()


def test_columns_are_chosen_and_unknown_ones_refused(long_file: Callable[..., Path]) -> None:
    path = long_file(rows=10)
    file = read_file(path, columns=["site", "pid"])
    assert list(file.frame) == ["pid", "site"]
    assert list(file.variables) == ["pid", "freq", "site"]
    assert read_file(path, columns=["site"]).frame["site"].tolist()[:2] == ["north", "süd"]
    with pytest.raises(UnreadableFile, match=r"long\.sav has no variable SITE\. Perhaps site is meant"):
        read_file(path, columns=["SITE"])
    with pytest.raises(UnreadableFile, match="has no variable weight"):
        read_file(path, columns=["pid", "weight"])


def test_a_file_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "empty.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"pid": pd.Series([], dtype=str), "score": pd.Series([], dtype=float)}), str(path)
    )
    file = read_file(path)
    assert list(file.frame) == ["pid", "score"]
    assert len(file.frame) == 0
    with open_file(path) as reading:
        assert list(reading) == []


def test_a_reading_is_iterated_once(long_file: Callable[..., Path]) -> None:
    with open_file(long_file(rows=5)) as reading:
        list(reading)
        with pytest.raises(RuntimeError, match="once"):
            list(reading)


def test_the_dictionary_is_read_without_rows(long_file: Callable[..., Path]) -> None:
    path = long_file()
    dictionary = read_dictionary(path)
    assert dictionary.rows == 120_000
    assert dictionary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert isinstance(open_file(path), Reading)


def test_content_decides_and_a_wrong_ending_is_remarked(long_file: Callable[..., Path]) -> None:
    path = long_file(rows=3)
    other = path.rename(path.with_suffix(".dta"))
    file = read_file(other)
    assert file.dictionary.source == "sav"
    assert file.dictionary.remarks == ("long.dta ends in .dta but is an SPSS file (.sav), and was read as that.",)


def test_extended_missing_values_are_tags(tmp_path: Path) -> None:
    path = tmp_path / "tags.dta"
    frame = pd.DataFrame({"x": [1.0, "a", "z", None], "y": [1.0, 2.0, 3.0, 4.0]})
    pyreadstat.write_dta(
        frame,
        str(path),
        missing_user_values={"x": ["a", "z"]},
        variable_value_labels={"x": {1: "yes", "a": "refused"}},
    )
    file = read_file(path)
    assert file.frame["x"].dtype == float
    assert file.frame["x"].isna().tolist() == [False, True, True, True]
    assert file.tag("x").tolist() == ["", ".a", ".z", ""]
    assert list(file.tags) == ["x"]
    assert file.variables["x"].value_labels == {1.0: "yes", ".a": "refused"}
    assert file.take([1]).tag("x").tolist() == [".a"]


def test_a_name_used_twice_is_remarked(tmp_path: Path) -> None:
    path = tmp_path / "twice.sav"
    pyreadstat.write_sav(pd.DataFrame({"first_score": [1.0], "other_score": [2.0]}), str(path))
    path.write_bytes(path.read_bytes().replace(b"=other_score", b"=first_score"))
    file = read_file(path)
    assert file.frame.iloc[0].tolist() == [1.0, 2.0]
    assert "A name is used twice" in file.dictionary.remarks[0]
