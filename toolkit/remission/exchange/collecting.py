"""From the columns of a file to entries, with every fault noted on the way."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from remission.cohort import Entries, Study
from remission.errors import DefinitionError, ImportRefused
from remission.exchange.files import DataFile
from remission.exchange.mapping import FirstUse, Mapping, Source
from remission.survey import Instrument, check_answer

LARGEST_EXACT = 2.0**53
LAST_DAY = 36_525
OUT_OF_RANGE = ("variable", "target", "value", "rows", "first_ids")


@dataclass
class Notes:
    """What was noticed while collecting.

    Attributes
    ----------
    out_of_range : list of dict
        One a variable and value that its item does not allow.
    problems : list of str
        Faults that stop the import.
    left_out : list of (str, int)
        What the file has but the study cannot take, with counts.
    """

    out_of_range: list[dict[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)


def collect(study: Study, file: DataFile, mapping: Mapping, ids: pd.Series, notes: Notes) -> Entries:
    """Turn the mapped columns of a file into entries.

    Parameters
    ----------
    study : Study
    file : DataFile
    mapping : Mapping
        All its variables are in the file.
    ids : pandas.Series
        Participant codes, index as the file's rows.
    notes : Notes
        Filled on the way.
    """
    return Entries(
        participants=_participants(file, mapping, ids, notes),
        characteristics=_characteristics(file, mapping, ids, notes),
        answers=_answers(study, file, mapping, ids, notes),
        use_reports=_use_reports(file, mapping, ids, notes),
    )


def participant_codes(file: DataFile, mapping: Mapping) -> pd.Series:
    """Read the participant codes: whole numbers as digits, texts as they are, missing as empty."""
    raw = file.frame[mapping.id]
    if raw.dtype == object:
        return raw.astype(str).str.strip()
    gone = raw.isna() | file.variables[mapping.id].is_user_missing(raw)
    codes = ["" if missing else f"{value:.15g}" for value, missing in zip(raw, gone, strict=True)]
    return pd.Series(codes, index=raw.index, dtype=object)


def numbers(file: DataFile, name: str) -> pd.Series:
    """Read a variable that must hold numbers; user-missing codes become missing.

    Raises
    ------
    ImportRefused
        It holds text.
    """
    raw = file.frame[name]
    if raw.dtype == object:
        raise ImportRefused(
            f"{file.path.name}, variable {name}: it holds text, and the mapping needs numbers there.",
            "Make it numeric in SPSS, or map another variable.",
        )
    return raw.astype(float).mask(file.variables[name].is_user_missing(raw))


def plain_code(codes: pd.Series) -> pd.Series:
    """Write codes without case and leading zeros, so that ``007`` and ``7`` are alike."""
    return codes.astype(str).str.casefold().str.lstrip("0")


def id_problems(file: DataFile, mapping: Mapping, codes: pd.Series) -> list[str]:
    """Find rows without a code and codes that stand twice, ``007`` and ``7`` alike."""
    if codes.empty:
        return [f"{file.path.name} has no rows"]
    problems = []
    empty = codes.index[codes == ""]
    if len(empty):
        problems.append(f"{file.path.name}, row {empty[0] + 1}: {mapping.id} is empty")
    raw = file.frame[mapping.id]
    if raw.dtype != object:
        odd = raw.notna() & ((raw != np.floor(raw)) | (raw.abs() >= LARGEST_EXACT))
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            problems.append(
                f"{file.path.name}, row {row + 1}: {mapping.id} is {raw.iloc[row]:g}, which is no whole number that "
                "can be kept exactly; make it text in SPSS"
            )
    plain = plain_code(codes)
    twice = plain.duplicated(keep=False) & (codes != "")
    if twice.any():
        first = plain[twice].iloc[0]
        rows = codes[plain == first]
        problems.append(
            f"{file.path.name}, rows {' and '.join(str(row + 1) for row in rows.index[:2])}: "
            f"{mapping.id} is {' and '.join(rows.iloc[:2])}, the same participant twice"
        )
    return problems


def wave_days(file: DataFile, mapping: Mapping, wave: str) -> pd.Series:
    """Give the interview day of each row at a wave; missing where it is not known."""
    day = mapping.waves[wave].day
    if isinstance(day, str):
        return numbers(file, day)
    return pd.Series(np.nan if day is None else float(day), index=file.frame.index)


def order_problems(file: DataFile, mapping: Mapping, ids: pd.Series) -> list[str]:
    """Find participants whose interview days do not rise with the waves."""
    days = pd.DataFrame({wave: wave_days(file, mapping, wave) for wave in mapping.waves})
    far = days.abs() > LAST_DAY
    if far.any(axis=None):
        row, column = (int(place[0]) for place in np.nonzero(far.to_numpy()))
        return [
            f"{file.path.name}, row {row + 1} ({mapping.id} {ids.iloc[row]}): the interview of {days.columns[column]} "
            f"is on day {days.iloc[row, column]:g}, a hundred years away"
        ]
    latest = days.ffill(axis=1).cummax(axis=1).shift(axis=1)
    backwards = days <= latest
    if not backwards.any(axis=None):
        return []
    row, column = (int(place[0]) for place in np.nonzero(backwards.to_numpy()))
    wave = days.columns[column]
    return [
        f"{file.path.name}, row {row + 1} ({mapping.id} {ids.iloc[row]}): the interview of {wave} is on day "
        f"{days.iloc[row, column]:g}, not after that of the wave before (day {latest.iloc[row, column]:g})"
    ]


def _participants(file: DataFile, mapping: Mapping, ids: pd.Series, notes: Notes) -> pd.DataFrame:
    def labels(source: Source | None) -> pd.Series | None:
        return None if source is None else _recoded(file, source, file.frame[source.variable], notes)

    return pd.DataFrame(
        {
            "participant_id": ids,
            "site": labels(mapping.enrolment.site),
            "arm": labels(mapping.enrolment.arm),
            "origin_date": None,
        }
    )


def _recoded(file: DataFile, source: Source, values: pd.Series, notes: Notes) -> pd.Series:
    """Change codes to what the mapping says, else to their value labels; missing codes to none."""
    names: dict[Any, Any] = {**file.variables[source.variable].value_labels, **source.codes}
    gone = values.isna() | file.variables[source.variable].is_user_missing(values) | values.isin(source.missing)
    strange = values[~gone & ~values.isin(list(names))]
    if source.codes and not strange.empty:
        notes.problems.append(
            f"{file.path.name}, row {int(strange.index[0]) + 1}, variable {source.variable}: the mapping has no code "
            f"{strange.iloc[0]}"
        )
    return values.map(lambda value: names.get(value, value)).mask(gone)


def _characteristics(file: DataFile, mapping: Mapping, ids: pd.Series, notes: Notes) -> pd.DataFrame:
    pieces = []
    for name, source in mapping.characteristics.items():
        values, reasons = _typed(file, source, source.variable, notes)
        piece = pd.DataFrame({"participant_id": ids, "name": name, "value": values, "missing_reason": reasons})
        pieces.append(piece[values.notna() | reasons.notna()])
    if not pieces:
        return Entries().characteristics
    return pd.concat(pieces, ignore_index=True).astype({"value": object})


def _answers(study: Study, file: DataFile, mapping: Mapping, ids: pd.Series, notes: Notes) -> pd.DataFrame:
    pieces = []
    for wave, columns in mapping.waves.items():
        days = wave_days(file, mapping, wave)
        for name, items in mapping.answers.items():
            asked = study.instrument(name)
            for item, source in items.items():
                variable = columns.variable(source.variable)
                if variable not in file.frame:
                    continue
                values, reasons = _typed(file, source, variable, notes)
                values = _within_range(asked, item, variable, values, ids, notes)
                piece = pd.DataFrame({"participant_id": ids, "wave": wave, "day": days, "instrument": name})
                piece = piece.assign(version=asked.version, item=item, value=values, missing_reason=reasons)
                pieces.append(piece[values.notna() | reasons.notna()])
    return pd.concat(pieces, ignore_index=True) if pieces else Entries().answers


def _typed(file: DataFile, source: Source, variable: str, notes: Notes) -> tuple[pd.Series, pd.Series]:
    """Split a column into values and the typed reasons of what is declared missing."""
    raw = file.frame[variable]
    if raw.dtype == object:
        raw = _from_text(file, variable, raw, notes)
    declared = file.variables[variable].is_user_missing(raw)
    reasons = raw.map(source.missing).astype(object)
    unexplained = declared & ~raw.isin(source.missing)
    if unexplained.any():
        code = raw[unexplained].iloc[0]
        notes.problems.append(
            f"{file.path.name}, variable {variable}: the code {code:g} is declared user-missing, and the mapping "
            "gives no reason for it"
        )
    codes = {code: float(value) for code, value in source.codes.items() if not isinstance(value, str)}
    values = raw.where(~declared & ~raw.isin(source.missing)).replace(codes)
    return values.astype(float), reasons


def _from_text(file: DataFile, variable: str, raw: pd.Series, notes: Notes) -> pd.Series:
    """Read numbers that stand as text; text that is no number is a problem."""
    found = pd.to_numeric(raw.replace("", None), errors="coerce")
    words = raw[found.isna() & (raw != "")]
    if not words.empty:
        notes.problems.append(
            f"{file.path.name}, row {int(words.index[0]) + 1}, variable {variable}: '{words.iloc[0]}' is no number"
        )
    return found


def _within_range(
    asked: Instrument, item: str, variable: str, values: pd.Series, ids: pd.Series, notes: Notes
) -> pd.Series:
    for value in np.sort(values.dropna().unique()):
        try:
            check_answer(asked, item, float(value))
        except DefinitionError:
            rows = values == value
            notes.out_of_range.append(
                {
                    "variable": variable,
                    "target": f"{asked.name}.{item}",
                    "value": float(value),
                    "rows": int(rows.sum()),
                    "first_ids": ", ".join(ids[rows].head(5)),
                }
            )
            values = values.where(~rows)
    return values


def _use_reports(file: DataFile, mapping: Mapping, ids: pd.Series, notes: Notes) -> pd.DataFrame:
    pieces = [_first_use(file, rule, ids, notes) for rule in mapping.first_use]
    return pd.concat(pieces, ignore_index=True) if pieces else Entries().use_reports


def _first_use(file: DataFile, rule: FirstUse, ids: pd.Series, notes: Notes) -> pd.DataFrame:
    day, used = numbers(file, rule.day), numbers(file, rule.used)
    known = day.notna() & used.notna()
    half = day.notna() != used.notna()
    if half.any():
        reason = f"{rule.used} without {rule.day}, or the reverse: no day of use is known"
        notes.left_out.append((reason, int(half.sum())))
    wrong = known & (~used.isin([0, 1]) | (day < 0) | (day > LAST_DAY) | (day != np.floor(day)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        notes.problems.append(
            f"{file.path.name}, row {row + 1} ({ids.iloc[row]}): {rule.day} is {day.iloc[row]:g} and {rule.used} "
            f"is {used.iloc[row]:g}; the day must be a whole number from 0 to {LAST_DAY} and the other 0 or 1"
        )
    known &= ~wrong
    last_free = (day - used)[known & (day - used >= 0)]
    free = pd.DataFrame({"participant_id": ids[last_free.index], "start_day": 0, "end_day": last_free})
    use = day[known & (used == 1)]
    event = pd.DataFrame({"participant_id": ids[use.index], "start_day": use, "end_day": use})
    both = pd.concat([free.assign(state="abstinent"), event.assign(state="used")], ignore_index=True)
    whole = both.astype({"start_day": int, "end_day": int})
    return whole.assign(substance=rule.substance, source=rule.source)
