"""SPSS files as other programs see them: the dictionary of the original, attributes, roles, widths, documents."""

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import Study
from remission.exchange import read_file
from remission.exchange.export.spss_dress import cut
from remission.exchange.export.spss_patch import NotPatchable, patch, wrapped
from remission.exchange.files import ResponseSet

Out = Callable[..., Path]
Pspp = Callable[[str], str]


@pytest.fixture
def pspp(tmp_path: Path) -> Pspp:
    program = shutil.which("pspp")
    if program is None:
        pytest.skip("PSPP is not installed")

    def run(commands: str) -> str:
        syntax = tmp_path / "asked.sps"
        syntax.write_text(commands)
        folder = tmp_path / "out" if (tmp_path / "out").is_dir() else tmp_path
        done = subprocess.run(
            [program, "-O", "format=csv", str(syntax)], cwd=folder, capture_output=True, text=True, check=False
        )
        assert "error:" not in done.stdout + done.stderr, done.stdout[-2000:] + done.stderr
        assert "warning:" not in done.stdout + done.stderr, done.stdout[-2000:] + done.stderr
        return done.stdout

    return run


def dictionary(pspp: Pspp, path: Path, names: Sequence[str]) -> list[list[str]]:
    """Give PSPP's dictionary of some variables, without their positions."""
    said = pspp(f'GET FILE="{path}".\nDISPLAY DICTIONARY /VARIABLES={" ".join(names)}.\n')
    rows = list(csv.reader(io.StringIO(said)))
    width = next(len(row) for row in rows if row[:2] == ["Name", "Position"])
    return [row[:1] + row[2:] if len(row) == width else row for row in rows]


@pytest.mark.parametrize("name", ["x.sav", "x.zsav"])
def test_pspp_sees_the_dictionary_of_the_original(
    help_study: Study, reference: Path, out: Out, pspp: Pspp, name: str
) -> None:
    path = out(help_study, name)
    names = list(read_file(path).variables)
    assert len(names) > 130
    ours = dictionary(pspp, path, names)
    assert ours == dictionary(pspp, reference / "data" / "help_wide.sav", names)
    assert ["8.00[a]", "Not applicable"] in [row[1:] for row in ours]


@pytest.mark.parametrize("names", ["source", "remission"])
@pytest.mark.parametrize("name", ["x.sav", "x.zsav"])
def test_pspp_runs_the_syntax_beside_it(study: Study, out: Out, pspp: Pspp, name: str, names: str) -> None:
    path = out(study, name, names=names)
    before = dictionary(pspp, path, ["ALL"])
    said = pspp(f'INSERT FILE="{path.with_suffix(".sps").name}".\nDISPLAY DICTIONARY.\nDISPLAY ATTRIBUTES.\n')
    assert "remission_target" in said
    assert [row[0] for row in before if row[1:2] == ["Participant code"]] == ["participant_id"]
    assert "-9 THRU -5" in said


def test_pspp_shows_attributes_and_documents(study: Study, out: Out, pspp: Pspp) -> None:
    path = out(study, "x.sav")
    said = pspp(f'GET FILE="{path}".\nDISPLAY ATTRIBUTES.\nDISPLAY DOCUMENTS.\n')
    assert "remission_profile,internal" in said
    assert "mutual_help_attendance.attended" in said
    assert "42 CFR part 2 prohibits unauthorized use" in said
    assert "says nothing about what participants agreed to" in " ".join(said.split())


def test_exports_of_two_waves_can_be_merged(study: Study, out: Out, pspp: Pspp) -> None:
    one, two = out(study, "one.sav", waves=("baseline",)), out(study, "two.sav", waves=("month_6",))
    assert read_file(one).variables["participant_id"].format == "A12"
    said = pspp(f'MATCH FILES /FILE="{one}" /FILE="{two}" /BY participant_id.\nLIST /VARIABLES=participant_id.\n')
    assert "007" in said


def test_uncompressed_for_sas(study: Study, out: Out) -> None:
    usual, plain = out(study, "a.sav").read_bytes(), out(study, "b.sav", plain=True).read_bytes()
    assert usual[72:76] == b"\x01\0\0\0"
    assert plain[72:76] == b"\0\0\0\0"


def test_the_patcher_adds_sets_weight_roles_and_attributes(tmp_path: Path, pspp: Pspp) -> None:
    path = tmp_path / "p.sav"
    frame = pd.DataFrame(
        {"identity_of_participant": ["a" * 20, "b"], "alcohol_used": [1.0, 0.0], "opioids_used": [0.0, 1.0]}
    )
    frame["w8"] = [0.5, 2.0]
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"alcohol_used": {1.0: "yes", 0.0: "no"}}, note="kept")
    used = ResponseSet("used", "What was used", "dichotomies", ("alcohol_used", "opioids_used"), "1")
    attributes = {"w8": {"unit": ("people",)}, "alcohol_used": {"words": ("it's", "two")}}
    patch(path, {"study": ("müller's",)}, attributes, {"w8": "none", "alcohol_used": "target"}, [used], "w8")
    after, told = pyreadstat.read_sav(str(path))
    pd.testing.assert_frame_equal(after, frame)
    assert told.mr_sets["used"]["variable_list"] == ["alcohol_used", "opioids_used"]
    said = pspp(f'GET FILE="{path}".\nDISPLAY DICTIONARY.\nDISPLAY ATTRIBUTES.\nSHOW WEIGHT.\n')
    assert "w8" in said.split("WEIGHT")[-1]
    assert "müller's" in said
    assert "alcohol_used,2,Nominal,Output" in said
    assert "people" in said


def test_the_patcher_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "p.zsav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0]}), str(path), compress=True)
    before = path.read_bytes()
    with pytest.raises(NotPatchable, match=r"little-endian \.sav"):
        patch(path, {"a": ("b",)}, {}, {})
    assert path.read_bytes() == before


def test_lines_of_documents_keep_to_bytes() -> None:
    lines = list(wrapped("größer " * 40 + "ü" * 100))
    assert max(len(line.encode()) for line in lines) <= 80
    assert "".join(lines).replace(" ", "") == ("größer " * 40 + "ü" * 100).replace(" ", "")


def test_labels_are_cut_between_signs() -> None:
    assert cut("ü" * 200, 255) == "ü" * 127
    assert cut("short", 256) == "short"
