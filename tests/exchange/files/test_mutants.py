"""Damaged files: each is refused in a sentence or read with as many rows as it announces; none hangs."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from remission.errors import UnreadableFile
from remission.exchange.files import child, read_file

SEED = 20_261_123
OTHERS = (
    "eatGADS__check_longstring.sav",
    "eatGADS__helper_spss_havenbug.sav",
    "foreign__spss_long.sav",
    "haven__datetime.sas7bdat",
    "haven__tagged-na-double.dta",
    "pyreadstat__sample.sas7bdat",
    "pyreadstat__sample.xpt",
    "pyreadstat__sample.zsav",
    "pyreadstat__simple_alltypes.sav",
    "dataverse__stata14-auto-withstrls.dta",
    "foreign__sample100.por",
)


def mutant(content: bytes, dice: random.Random) -> bytes:
    """Change bits, whole integers, or leave out bytes; mostly near the start, where the dictionary is."""
    changed = bytearray(content)
    reach = len(changed) if dice.random() < 0.3 else min(len(changed), 2_500)
    how = dice.choice(("bits", "integer", "deletion", "truncation", "copy"))
    at = dice.randrange(reach)
    if how == "bits":
        for _ in range(dice.choice((1, 1, 4))):
            changed[dice.randrange(reach)] ^= 1 << dice.randrange(8)
    elif how == "integer":
        at -= at % 4
        value = dice.choice((-1, 0, 1, 2**31 - 1, -(2**31), 255, 65_536, dice.randrange(-1000, 1000)))
        changed[at : at + 4] = value.to_bytes(4, dice.choice(("little", "big")), signed=True)
    elif how == "deletion":
        del changed[at : at + dice.choice((1, 4, 8, 100))]
    elif how == "truncation":
        del changed[dice.randrange(len(changed)) :]
    else:
        other = dice.randrange(reach)
        changed[at : at + 16] = changed[other : other + 16]
    return bytes(changed)


def own_files(folder: Path) -> list[Path]:
    frame = pd.DataFrame({"pid": ["a1", "b2", "c3"], "score": [1.0, 9.0, None], "day": [3.5, -1.0, 1e9]})
    sav, zsav, dta, xpt = (folder / f"own.{kind}" for kind in ("sav", "zsav", "dta", "xpt"))
    options = {
        "variable_value_labels": {"pid": {"a1": "first"}, "score": {9.0: "refused"}},
        "missing_ranges": {"score": [9]},
    }
    pyreadstat.write_sav(frame, str(sav), row_compress=True, file_label="own", **options)
    pyreadstat.write_sav(frame, str(zsav), compress=True, **options)
    pyreadstat.write_dta(frame, str(dta))
    pyreadstat.write_xport(frame, str(xpt))
    return [sav, zsav, dta, xpt]


def mutants(folder: Path, sources: list[Path], many: int) -> Iterator[Path]:
    dice = random.Random(SEED)
    for number in range(many):
        source = sources[number % len(sources)]
        path = folder / f"mutant_{number}{source.suffix}"
        path.write_bytes(mutant(source.read_bytes(), dice))
        yield path
        path.unlink()


def judge(path: Path) -> str:
    refusal = None
    try:
        file = read_file(path)
    except UnreadableFile as error:
        refusal = error.cause
    if refusal is None:
        assert file.dictionary.rows == len(file.frame)
        return "read"
    assert path.name in refusal
    assert "\n" not in refusal
    assert "not read in time" not in refusal, f"{path.name} hangs"
    return "unforeseen" if "not foreseen" in refusal else "ended" if "ended the reading" in refusal else "refused"


def test_a_few_mutants_are_refused_or_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child.LIMITS, "seconds", 60.0)
    found = Counter(judge(path) for path in mutants(tmp_path, own_files(tmp_path), 40))
    assert found["refused"] > 5
    assert found["read"] > 5
    assert not found["unforeseen"]


@pytest.mark.slow
def test_two_thousand_mutants_are_refused_or_read(
    tmp_path: Path, files_of_others: Path, made_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child.LIMITS, "seconds", 60.0)
    made = [made_files / "rich.sav", made_files / "rich.zsav", made_files / "patched.sav"]
    sources = [files_of_others / name for name in OTHERS] + made + own_files(tmp_path)
    found = Counter(judge(path) for path in mutants(tmp_path, sources, 2_000))
    print(dict(found))
    assert sum(found.values()) == 2_000
    assert not found["unforeseen"]
