"""What an SPSS file says about itself: roles, attributes, sets, weight, encodings; and what damaged bytes do."""

import io
import random
import struct
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission.errors import UnreadableFile
from remission.exchange.files import ResponseSet, read_dictionary, read_file
from remission.exchange.files.encodings import codec_of
from remission.exchange.files.spss_dictionary import DamagedDictionary, SpssDictionary, parse, read_spss_dictionary
from remission.exchange.files.spss_told import choose_encoding, told_of_spss

EXTREMES = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\0\0\0\0")


def with_extensions(path: Path, *extensions: tuple[int, bytes]) -> Path:
    """Put further extension records before the end of a dictionary."""
    content = path.read_bytes()
    end = content.rindex(struct.pack("<2i", 999, 0))
    added = b"".join(struct.pack("<4i", 7, subtype, 1, len(text)) + text for subtype, text in extensions)
    path.write_bytes(content[:end] + added + content[end:])
    return path


def own_file(folder: Path) -> Path:
    path = folder / "own.sav"
    frame = pd.DataFrame({"pid": ["a1", "b2"], "q_1": [1.0, 0.0], "q_2": [0.0, 1.0], "grams": [1.5, 2.5]})
    pyreadstat.write_sav(frame, str(path), file_label="own")
    return path


@pytest.mark.parametrize("name", ["rich.sav", "rich.zsav", "patched.sav"])
def test_all_that_a_file_says_is_kept(made_files: Path, name: str) -> None:
    told = read_dictionary(made_files / name)
    assert (told.weight, told.rows, told.encoding, told.encoding_note) == ("wgt", 4, "UTF-8", "")
    assert told.attributes == {"study": ("RECOVER-24",), "protocol": ("v3",)}
    assert told.response_sets == (
        ResponseSet("$subst", "Substances used", "dichotomies", ("q1", "q2", "q3"), "1"),
        ResponseSet(
            "$groups",
            "Groups attended – ñ" if name == "patched.sav" else "Groups attended",
            "categories",
            ("c1", "c2"),
        ),
    )
    assert told.documents[:2] == ("Imported by coordinator.", "Second line of document, made 2024.")
    assert told.label == "Recovery cohort wave 1-2"
    assert told.created.startswith("2026-11-22 22:")
    assert told.compression == {"rich.sav": "by row", "rich.zsav": "zlib", "patched.sav": "none"}[name]
    first, second = told.variables["auditc_t1"], told.variables["auditc_t2"]
    assert first.attributes == {"wave": ("1",), "instrument": ("AUDIT-C",)}
    assert (first.role, second.role, told.variables["site"].role) == (
        "" if name == "patched.sav" else "input",
        "target",
        "partition",
    )
    assert second.missing_ranges == ((-9.0, -1.0), (97.0, 97.0))
    assert told.variables["phq9_t1"].missing_ranges == ((float("-inf"), -1.0),)
    assert told.variables["memo"].width == (5 if name == "patched.sav" else 300)
    if name != "patched.sav":
        assert (first.alignment, first.display_width) == ("center", 14)


def test_sets_of_every_type_and_both_records_are_read(tmp_path: Path) -> None:
    path = with_extensions(
        own_file(tmp_path),
        (7, b"$old=C 9 old label Q_1 Q_2\n$both=C 0  q_1 q_2\n"),
        (19, b"$flag=E 1 1 1 8 Any use? q_1 q_2\n$both=D1 1 3 two q_1 q_2\n$plain=D3 yes 0  q_2\n"),
    )
    found = {each.name: each for each in read_dictionary(path).response_sets}
    assert found["$old"] == ResponseSet("$old", "old label", "categories", ("q_1", "q_2"))
    assert found["$flag"] == ResponseSet("$flag", "Any use?", "dichotomies", ("q_1", "q_2"), "1")
    assert found["$both"] == ResponseSet("$both", "two", "dichotomies", ("q_1", "q_2"), "1")
    assert found["$plain"].counted == "yes"


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        ((19, b"$broken=D99999 1 0  q_1\n"), "multiple-response sets"),
        ((18, b"pid:wave('1'"), "custom attributes of variables"),
        ((17, b"study('x"), "custom attributes of the file"),
    ],
)
def test_damaged_extras_are_left_out_and_remarked(tmp_path: Path, extension: tuple[int, bytes], said: str) -> None:
    file = read_file(with_extensions(own_file(tmp_path), extension))
    assert file.dictionary.remarks == (f"Some {said} are damaged and were left out.",)
    assert len(file.frame) == 2


def test_both_byte_orders_are_read(files_of_others: Path) -> None:
    big = read_spss_dictionary(files_of_others / "foreign__spss_long.sav")
    assert big.records.order == ">"
    assert big.cases == 3
    assert big.created == "2008-07-15 22:23:01"


def test_an_undeclared_encoding_is_found(made_files: Path) -> None:
    file = read_file(made_files / "no_declared_encoding_cp1252.sav")
    assert file.dictionary.encoding == "windows-1252"
    assert file.dictionary.encoding_note == "Declares no encoding; read as windows-1252, the first that fits."
    texts = str(file.frame.to_dict()) + str(file.variables)
    assert "�" not in texts
    assert any(letter in texts for letter in "äöüéèñçß")


def test_a_code_that_does_not_fit_is_named_and_another_encoding_reads(made_files: Path) -> None:
    path = made_files / "segv_invalid_string_label_key.sav"
    with pytest.raises(UnreadableFile, match=r"a code with a value label of centre .* --encoding windows-1252"):
        read_file(path)
    file = read_file(path, encoding="windows-1252")
    assert file.dictionary.encoding_note == "Read as windows-1252, as was asked."
    assert file.variables["centre"].value_labels == {"ÉB": "Alpha", "XX": "Other"}
    with pytest.raises(UnreadableFile, match="There is no encoding called klingon"):
        read_file(path, encoding="klingon")


def test_cells_that_do_not_fit_the_declared_encoding_are_read_in_the_next(tmp_path: Path) -> None:
    path = own_file(tmp_path)
    content = path.read_bytes()
    cells = content.rindex(struct.pack("<2i", 999, 0)) + 8
    path.write_bytes(content[:cells] + content[cells:].replace(b"b2", b"\xe9b"))
    file = read_file(path)
    assert file.frame["pid"].tolist() == ["a1", "éb"]
    assert file.dictionary.encoding_note.startswith("Declares UTF-8, which its cells do not fit; read as windows-1252")


def test_made_files_are_read_or_refused_in_a_sentence_that_names_them(made_files: Path) -> None:
    read = set()
    for path in sorted(made_files.glob("*sav")):
        refusal = ""
        try:
            assert len(read_file(path).frame.columns)
            read.add(path.name)
        except UnreadableFile as error:
            refusal = error.cause
        assert path.name in read or path.name in refusal
        assert "not foreseen" not in refusal
    whole = {"rich.sav", "rich.zsav", "patched.sav", "tm.sav", "no_declared_encoding_cp1252.sav"}
    assert whole <= read


def test_encodings_are_known_by_many_names() -> None:
    names = {"ISO_8859-1:1987": "iso8859-1", "windows-1252": "cp1252", "GB18030": "gb18030", "windows-936": "gbk"}
    assert {name: codec_of(name) for name in names} == names
    assert [codec_of(name) for name in ("hex", "rot13", "idna", "", "no\0name")] == [""] * 5


def everything_told(content: bytes) -> SpssDictionary:
    dictionary = parse(io.BytesIO(content))
    for encoding, _ in choose_encoding(dictionary, "mutant.sav", None):
        told_of_spss(dictionary, encoding)
    return dictionary


def test_hostile_bytes_only_ever_give_a_clean_failure(made_files: Path, files_of_others: Path) -> None:
    dice = random.Random(7)
    sources = [
        made_files / "rich.sav",
        made_files / "patched.sav",
        files_of_others / "eatGADS__check_longstring.sav",
        files_of_others / "foreign__spss_long.sav",
    ]
    outcomes = {"read": 0, "refused": 0}
    for number in range(4_000):
        content = bytearray(sources[number % len(sources)].read_bytes()[:6_000])
        for _ in range(dice.choice((1, 2, 8))):
            at = dice.randrange(len(content) - 4)
            if number % 3:
                content[at] = dice.randrange(256)
            else:
                content[at : at + 4] = dice.choice(EXTREMES)
        try:
            everything_told(bytes(content))
            outcomes["read"] += 1
        except (DamagedDictionary, UnreadableFile):
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 200
