"""Portable, Stata and SAS files that others wrote."""

import os
import shutil
from pathlib import Path

import pyreadstat
import pytest

from remission.errors import UnreadableFile
from remission.exchange.files import portable, read_dictionary, read_file, shown

needs_pspp = pytest.mark.skipif(shutil.which("pspp-convert") is None, reason="PSPP is not installed")


@needs_pspp
@pytest.mark.parametrize("name", ["foreign__sample100", "foreign__pbc", "pyreadstat__sample"])
def test_portable_files_equal_their_sav_twins(files_of_others: Path, name: str) -> None:
    file, twin = read_file(files_of_others / f"{name}.por"), read_file(files_of_others / f"{name}.sav")
    assert file.dictionary.source == "por"
    assert "Converted with PSPP, which keeps user-missing codes." in file.dictionary.remarks
    assert [each.lower() for each in file.frame] == [each.lower() for each in twin.frame]
    for ours, theirs in zip(file.frame, twin.frame, strict=True):
        if file.variables[ours].kind == "text":
            assert file.frame[ours].tolist() == twin.frame[theirs].tolist()
        else:
            assert file.frame[ours].to_numpy() == pytest.approx(twin.frame[theirs].to_numpy(), nan_ok=True)


@needs_pspp
def test_user_missing_codes_of_portable_files_are_kept(tmp_path: Path) -> None:
    syntax = tmp_path / "make.sps"
    out = tmp_path / "made.por"
    syntax.write_text(
        "DATA LIST LIST /auditc_a (F2.0).\nBEGIN DATA\n7\n-9\n3\nEND DATA.\n"
        f"MISSING VALUES auditc_a (-9).\nEXPORT OUTFILE='{out}'.\n"
    )
    done = portable.subprocess.run(["pspp", str(syntax)], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    file = read_file(out)
    (name,) = file.frame.columns
    assert file.frame[name].tolist() == [7.0, -9.0, 3.0]
    assert file.variables[name].missing_ranges == ((-9.0, -9.0),)


@needs_pspp
def test_texts_of_portable_files_are_whole_or_refused(tmp_path: Path) -> None:
    out = tmp_path / "made.por"
    syntax = tmp_path / "make.sps"
    syntax.write_text(
        "SET LOCALE='UTF-8'.\nDATA LIST LIST (',') /pid (A8) site (A4).\n"
        "BEGIN DATA\nlongname,ZZ\nab,N\n,ZZ\nend,X\nEND DATA.\n"
        f"MISSING VALUES site ('ZZ').\nVARIABLE LABELS pid 'Straße'.\nEXPORT OUTFILE='{out}'.\n"
    )
    portable.subprocess.run(["pspp", str(syntax)], cwd=tmp_path, capture_output=True, check=True)
    file = read_file(out)
    assert file.frame["PID"].tolist() == ["longname", "ab", "", "end"]
    assert file.frame["SITE"].tolist() == ["ZZ", "N", "ZZ", "X"]
    assert file.variables["SITE"].missing_ranges == (("ZZ", "ZZ"),)
    assert "It holds letters beyond A to Z: labels end where the first of them stands." in file.dictionary.remarks
    assert file.variables["PID"].label == "Stra"
    out.write_bytes(out.read_bytes().replace(b"8/ab  ", b"8/a\xfc  "))
    with pytest.raises(UnreadableFile, match=r"made\.por, row 2, variable PID: letters beyond A to Z"):
        read_file(out)
    assert read_file(out, columns=["SITE"]).frame["SITE"].tolist() == ["ZZ", "N", "ZZ", "X"]


def fake_pspp(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "pspp-convert"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.fixture
def portable_file(tmp_path: Path) -> Path:
    path = tmp_path / "old.por"
    path.write_bytes(b"ASCII SPSS PORT FILE".ljust(40) * 5 + b"0" * 200)
    return path


def test_without_pspp_portable_files_are_refused(portable_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(portable_file.parent))
    with pytest.raises(UnreadableFile, match=r"old\.por is an SPSS portable file, and only PSPP .* Install PSPP"):
        read_file(portable_file)


@pytest.mark.skipif(os.name != "posix", reason="puts a shell script in PSPP's place")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", r"PSPP cannot convert old\.por"),
        ("exit 0", r"PSPP made nothing of old\.por"),
        ("kill -SEGV $$", r"PSPP cannot convert old\.por"),
        ("exec sleep 600", r"PSPP did not convert old\.por within 1 seconds"),
        ('echo nonsense > "$4"', r"old\.por"),
    ],
)
def test_pspp_that_fails_is_told_in_a_sentence(
    portable_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    monkeypatch.setattr(portable, "SECONDS", 1.0)
    fake_pspp(tmp_path, monkeypatch, script)
    with pytest.raises(UnreadableFile, match=said):
        read_file(portable_file)


@pytest.mark.skipif(os.name != "posix", reason="puts a shell script in PSPP's place")
def test_the_converted_file_is_private_and_goes(
    portable_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pspp(tmp_path, monkeypatch, 'echo x > "$4"')
    with portable.converted(portable_file) as made:
        assert made.stat().st_mode & 0o077 == 0
        assert made.parent.stat().st_mode & 0o077 == 0
    assert not made.parent.exists()


def test_sas_letters_and_the_labels_of_the_catalogue_beside(files_of_others: Path) -> None:
    file = read_file(files_of_others / "haven__tagged-na.sas7bdat")
    assert file.tag("x").tolist() == ["", "", "", "", "", ".a", ".h", ".z"]
    assert file.frame["x"].isna().sum() == 3
    assert file.variables["x"].value_labels == {".a": "Apple", ".z": "Zebra"}
    assert any("haven__tagged-na.sas7bcat" in remark for remark in file.dictionary.remarks)
    every = read_file(files_of_others / "pyreadstat__missing_test.sas7bdat")
    assert [every.tag(name).iloc[0] for name in list(every.frame)[:7]] == [".a", ".b", ".c", ".x", ".y", ".z", "._"]


def test_sas_and_stata_dates_have_their_own_epoch(files_of_others: Path) -> None:
    sas = read_file(files_of_others / "haven__datetime.sas7bdat")
    assert [shown(sas.variables[name], sas.frame[name].iloc[0]) for name in sas.frame] == [
        "2015-02-02 14:42:12",
        "2015-02-02",
        "2015-02-02",
        "2015-02-02",
        "14:42:12",
    ]
    stata = read_file(files_of_others / "haven__types.dta")
    assert shown(stata.variables["vdate"], stata.frame["vdate"].iloc[1]) == "2015-12-01"
    assert shown(stata.variables["vdatetime"], stata.frame["vdatetime"].iloc[0]) == "2015-12-01 03:14:15"


def test_every_file_of_others_is_read_or_has_its_sentence(files_of_others: Path) -> None:
    refused = {}
    for path in sorted(files_of_others.iterdir()):
        if path.suffix in (".sav", ".zsav", ".por"):
            continue  # held against IBM's reader, or read above
        try:
            dictionary = read_dictionary(path)
            assert dictionary.variables
        except UnreadableFile as error:
            refused[path.name] = error.cause
    assert {name.rpartition(".")[2] for name in refused} <= {"sas7bcat", "sys"}
    assert all(name in cause for name, cause in refused.items())


def test_a_transport_file_that_is_cut_short_is_refused(files_of_others: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.xpt"
    path.write_bytes((files_of_others / "pyreadstat__sample.xpt").read_bytes()[:-30])
    with pytest.raises(UnreadableFile, match=r"short\.xpt is cut short"):
        read_file(path)


def test_letters_of_old_stata_files_are_right(tmp_path: Path) -> None:
    import pandas as pd

    path = tmp_path / "old.dta"
    pyreadstat.write_dta(pd.DataFrame({"site": ["abcd"]}), str(path), version=10)
    path.write_bytes(path.read_bytes().replace(b"abcd", b"s\xfcd!"))
    file = read_file(path)
    assert file.frame["site"].tolist() == ["süd!"]
    assert file.dictionary.encoding == "windows-1252"
