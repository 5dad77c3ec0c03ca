"""Days on the study's timeline, out of day counts or dates, and whether they can be."""

from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Study, participants
from remission.exchange.files import DataFile
from remission.exchange.intake.cells import is_missing, numbers
from remission.exchange.intake.notes import Notes, place
from remission.exchange.mapping import Mapping, Source

LAST_DAY = 36_525
DAY_0 = date(1970, 1, 1).toordinal()
DATED = ("date", "datetime")


def origins(study: Study, file: DataFile, mapping: Mapping, people: pd.Series, notes: Notes) -> pd.Series:
    """Give each participant's day 0 as days from 1970-01-01: from the file where it is mapped, else as stored.

    ``file`` has one row a participant, ``people`` their codes.
    """
    enrolled = participants(study.for_purpose(EVERYONE)).set_index("participant_id")
    stored = enrolled["origin_date"].reindex(people.to_numpy())
    known = pd.Series((stored - pd.Timestamp(0)).dt.days.to_numpy(dtype=float), index=people.to_numpy())
    source = mapping.enrolment.origin_date
    if source is None:
        return known
    stated = dates(file, source, people, notes)
    return pd.Series(stated.to_numpy(), index=people.to_numpy()).fillna(known)


def dates(file: DataFile, source: Source, codes: pd.Series, notes: Notes) -> pd.Series:
    """Read a variable that must hold dates, as days from 1970-01-01; a date to come is a problem."""
    name = source.variable
    variable = file.variables[name]
    if variable.kind not in DATED:
        notes.problem(
            f"{place(file, variable=name)}: it holds {'text' if variable.kind == 'text' else 'numbers'}, and the "
            "mapping needs dates there"
        )
        return pd.Series(np.nan, index=file.frame.index)
    found = variable.days(file.frame[name]).mask(is_missing(file, source, name))
    today = date.today().toordinal() - DAY_0
    late = found.index[found > today]
    if len(late):
        notes.problem(f"{place(file, late[0], name, codes[late[0]])}: {_iso(found[late[0]])} is yet to come")
    return found


def day_column(file: DataFile, where: int | str | None, codes: pd.Series, day_0: pd.Series, notes: Notes) -> pd.Series:
    """Give a day for each row: a number, a variable of days, or a variable of dates; NaN where unknown.

    Parameters
    ----------
    file : DataFile
    where : int, str or None
    codes : pandas.Series
        Participant of each row.
    day_0 : pandas.Series
        Day 0 by participant, as days from 1970-01-01.
    notes : Notes
        Takes days that are none: fractions, a hundred years away, dates of participants whose day 0 is unknown.
    """
    if not isinstance(where, str):
        return pd.Series(np.nan if where is None else float(where), index=file.frame.index)
    if file.variables[where].kind not in DATED:
        found = numbers(file, where)
    else:
        moment = dates(file, Source(variable=where), codes, notes)
        start = pd.Series(day_0.reindex(codes.to_numpy()).to_numpy(), index=codes.index)
        unknown = moment.index[moment.notna() & start.isna()]
        if len(unknown):
            notes.problem(
                f"{place(file, unknown[0], where, codes[unknown[0]])}: it is a date, and day 0 of that participant "
                "is not known; map enrolment.origin_date, or enrol with it first"
            )
        found = moment - start
    return _possible(file, where, found, codes, notes)


def _possible(file: DataFile, where: str, found: pd.Series, codes: pd.Series, notes: Notes) -> pd.Series:
    far = found.abs() > LAST_DAY
    broken = found.notna() & ~far & (found != np.floor(found))
    for wrong, what in ((far, "is a hundred years away"), (broken, "is no whole day")):
        rows = found.index[wrong]
        if len(rows):
            notes.problem(f"{place(file, rows[0], where, codes[rows[0]])}: day {found[rows[0]]:g} {what}")
    return found.mask(far | broken)


def order_problems(file: DataFile, days: dict[str, pd.Series], codes: pd.Series, notes: Notes) -> None:
    """Note participants whose interview days do not rise with the waves.

    ``days`` holds each wave's interview days, indexed by the rows of the file; ``codes`` all rows' participants.
    """
    by_person = {
        wave: pd.Series(found.to_numpy(), index=codes[found.index].to_numpy()).groupby(level=0).first()
        for wave, found in days.items()
    }
    table = pd.DataFrame(by_person)
    latest = table.ffill(axis=1).cummax(axis=1).shift(axis=1)
    backwards = table <= latest
    if not backwards.any(axis=None):
        return
    row, column = (int(position[0]) for position in np.nonzero(backwards.to_numpy()))
    who, wave = table.index[row], table.columns[column]
    where = codes.index[codes == who].intersection(days[wave].index)[0]
    notes.problem(
        f"{place(file, where, code=str(who))}: the interview of {wave} is on day "
        f"{table.iloc[row, column]:g}, not after that of the wave before (day {latest.iloc[row, column]:g})"
    )


def _iso(day: float) -> str:
    return date.fromordinal(int(day) + DAY_0).isoformat()


def iso_dates(days: pd.Series) -> pd.Series:
    """Write days from 1970-01-01 as ISO dates; None where unknown."""
    return pd.Series([None if pd.isna(day) else _iso(day) for day in days], index=days.index, dtype=object)
