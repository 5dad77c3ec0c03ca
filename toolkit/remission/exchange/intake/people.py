"""Whose each row is: participant codes, the wave of a row, one row a participant for what does not change."""

import numpy as np
import pandas as pd

from remission.exchange.files import DataFile
from remission.exchange.intake.notes import Notes, place, quoted
from remission.exchange.mapping import Mapping
from remission.exchange.mapping import plain_code as shared_code

LARGEST_EXACT = 2.0**53
TELLING = r"@|[^\W\d]\s+[^\W\d]"
REPEATED = "redcap_repeat_instrument"


def participant_codes(file: DataFile, mapping: Mapping) -> pd.Series:
    """Read the participant codes: whole numbers as digits, texts as they are, missing as empty."""
    raw = file.frame[mapping.id]
    if raw.dtype == object:
        return raw.astype(str).str.strip()
    gone = raw.isna() | file.variables[mapping.id].is_user_missing(raw)
    codes = ["" if missing else _digits(value) for value, missing in zip(raw, gone, strict=True)]
    return pd.Series(codes, index=raw.index, dtype=object)


def wave_names(file: DataFile, mapping: Mapping, notes: Notes) -> pd.Series:
    """Name the wave of each row, empty where it has none; of a wide file all rows have none."""
    blank = pd.Series("", index=file.frame.index, dtype=object)
    if not mapping.wave:
        return blank
    raw = file.frame[mapping.wave]
    said = raw.map(shared_code)
    known = {shared_code(value): name for name, columns in mapping.waves.items() for value in columns.value}
    names = said.map(known).fillna("").astype(object)
    strange = said[(names == "") & ~_repeated(file)]
    if not strange.empty:
        what = (
            f"it holds {quoted(strange.iloc[0])}, which the mapping gives to no wave"
            if strange.iloc[0]
            else "it is empty"
        )
        notes.problem(f"{place(file, strange.index[0], mapping.wave)}: {what}")
    return names


def usable_rows(file: DataFile, mapping: Mapping, codes: pd.Series, waves: pd.Series, notes: Notes) -> pd.Series:
    """Tell the rows that can be taken, noting rows without a code and codes that stand twice."""
    if codes.empty:
        notes.problem(f"{file.path.name} has no rows")
        return pd.Series(False, index=codes.index)
    _note_bad_codes(file, mapping, codes, notes)
    repeated = _repeated(file)
    if repeated.any():
        notes.left_out["rows of repeating REDCap instruments, which the study has no place for"] += int(repeated.sum())
    open_rows = (codes != "") & ~repeated & ((waves != "") | (mapping.wave == ""))
    plain = plain_code(codes).where(open_rows)
    twice = open_rows & pd.DataFrame({"code": plain, "wave": waves}).duplicated(keep=False)
    spellings = codes[open_rows].groupby(plain[open_rows]).nunique()
    if twice.any():
        first = twice & (plain == plain[twice].iloc[0]) & (waves == waves[twice].iloc[0])
        rows = codes[first]
        wave = f" at {waves[twice].iloc[0]}" if mapping.wave else ""
        notes.problem(
            f"{file.path.name}, rows {' and '.join(str(row + 1) for row in rows.index[:2])}: "
            f"{mapping.id} is {' and '.join(rows.iloc[:2])}, the same participant twice{wave}"
        )
    elif (spellings > 1).any():
        rows = codes[open_rows & (plain == spellings.index[spellings > 1][0])].drop_duplicates()
        notes.problem(
            f"{file.path.name}, rows {' and '.join(str(row + 1) for row in rows.index[:2])}: {mapping.id} is "
            f"{' and '.join(rows.iloc[:2])}; are they the same participant"
        )
    return open_rows & ~pd.DataFrame({"code": plain, "wave": waves}).duplicated()


def plain_code(codes: pd.Series) -> pd.Series:
    """Write codes without case and leading zeros, so that ``007`` and ``7`` are alike."""
    return codes.astype(str).str.casefold().str.lstrip("0")


def one_row_each(file: DataFile, codes: pd.Series, names: list[str], notes: Notes) -> tuple[DataFile, pd.Series]:
    """Gather what does not change: one row a participant, indexed by the first of their rows.

    A variable that says different things in two rows of one participant is a problem.
    """
    first = ~codes.duplicated()
    people, kept = codes[first], file.take(first)
    if first.all():
        return kept, people
    frame, tags = kept.frame.copy(), dict(kept.tags)
    for name in names:
        raw, tag = file.frame[name], file.tag(name)
        stated = (raw.notna() & (raw != "")) | (tag != "")
        _note_contradiction(file, codes, name, raw.where(stated).fillna(tag).astype(str)[stated], notes)
        said = codes[stated].drop_duplicates()
        place_of = pd.Series(said.index, index=said.to_numpy()).reindex(people.to_numpy())
        frame[name] = raw.reindex(place_of.to_numpy()).fillna("" if raw.dtype == object else np.nan).to_numpy()
        if name in tags:
            tags[name] = pd.Series(tag.reindex(place_of.to_numpy()).fillna("").to_numpy(), index=people.index)
    return DataFile(file.dictionary, frame, tags), people


def _note_contradiction(file: DataFile, codes: pd.Series, name: str, said: pd.Series, notes: Notes) -> None:
    whose = codes[said.index]
    kinds = pd.DataFrame({"who": whose, "said": said}).drop_duplicates()
    differs = kinds["who"][kinds["who"].duplicated()]
    if not differs.empty:
        who = differs.iloc[0]
        rows = said[whose == who].drop_duplicates()
        notes.problem(
            f"{file.path.name}, rows {' and '.join(str(row + 1) for row in rows.index[:2])}, variable {name}: "
            f"participant {who} has {' and '.join(map(quoted, rows.iloc[:2]))} there, and it should not change"
        )


def _note_bad_codes(file: DataFile, mapping: Mapping, codes: pd.Series, notes: Notes) -> None:
    empty = codes.index[codes == ""]
    if len(empty):
        notes.problem(f"{place(file, empty[0])}: {mapping.id} is empty")
    telling = codes.index[codes.str.contains(TELLING)]
    if len(telling):
        notes.problem(
            f"{place(file, telling[0])}: {mapping.id} looks like a name or an address; use codes that tell nothing"
        )
    raw = file.frame[mapping.id]
    if raw.dtype != object:
        odd = raw.notna() & ((raw != np.floor(raw)) | (raw.abs() >= LARGEST_EXACT))
        if odd.any():
            row = raw.index[odd][0]
            notes.problem(
                f"{place(file, row)}: {mapping.id} is {raw[row]:g}, which is no whole number that "
                "can be kept exactly; make it text in its file"
            )


def _repeated(file: DataFile) -> pd.Series:
    if REPEATED not in file.frame:
        return pd.Series(False, index=file.frame.index)
    return file.frame[REPEATED].astype(str).str.strip().str.lower().replace("nan", "") != ""


def _digits(value: float) -> str:
    return str(int(value)) if value == np.floor(value) and abs(value) < LARGEST_EXACT else f"{value:.17g}"
