"""SPSS files: what is kept, and a sentence for each that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from remission.errors import UnreadableFile
from remission.exchange import read_file


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
        (b"participant,wave\n1,2\n", "is not an SPSS file"),
        (b"$FL2" + b"\0" * 4 + b"ENCRYPTEDSAV" + b"\0" * 200, "protected with a password"),
        (b"\x02\x00\x00\x00" + b"\0" * 200, "SPSS/PC\\+"),
        (b"ASCII SPSS PORT FILE" + b" " * 200, "portable"),
        (b"$FL2@(#) SPSS DATA FILE" + b"\0" * 300, "damaged or cut short"),
    ],
)
def test_each_kind_has_its_own_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.sav"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"bad.sav.*{said}"):
        read_file(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read_file(tmp_path / "absent.sav")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(small_file: Callable[..., Path], share: float) -> None:
    path = small_file()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(UnreadableFile):
        read_file(path)


def test_a_file_that_kills_its_reader_gives_a_sentence(reference: Path) -> None:
    crasher = reference.parent / "spss" / "made" / "segv_invalid_string_label_key.sav"
    if not crasher.is_file():
        pytest.skip("the crasher file is not beside the reference folder")
    with pytest.raises(UnreadableFile, match="ended the reading process"):
        read_file(crasher)


def test_files_of_others_are_read_or_refused_in_a_sentence(reference: Path) -> None:
    folder = reference.parent / "spss" / "made"
    files = sorted(folder.glob("*.?sav")) + sorted(folder.glob("*.sav"))
    if not files:
        pytest.skip("no made files are beside the reference folder")
    for path in files:
        try:
            assert len(read_file(path).frame.columns)
        except UnreadableFile as refusal:
            assert path.name in refusal.cause  # noqa: PT017
