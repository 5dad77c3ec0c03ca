"""Answers as they came in: which are possible, and one sheet a participant and wave."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remission.errors import DefinitionError, ImportRefused
from remission.frames import FrameShape
from remission.survey.definition import Instrument, Item

ANSWERS = FrameShape(
    one_row_is="one answered item",
    columns=("participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"),
)


@dataclass(frozen=True)
class AnswerSheets:
    """Answers to one instrument, laid out for arithmetic.

    Attributes
    ----------
    keys : pandas.DataFrame, n rows
        Columns ``participant_id wave day``, one row a sheet, in order of first appearance.
    values : numpy.ndarray, shape (n, items)
        Raw answers in the order of the instrument's items; NaN where there is none.
    """

    keys: pd.DataFrame
    values: NDArray[np.float64]


def allowed(instrument: Instrument, item: Item) -> str:
    """Return in words what may be answered to an item."""
    if item.choices is not None:
        return f"one of {', '.join(str(choice.value) for choice in instrument.choices_of(item))}"
    kind = "a whole number" if item.kind == "count" else "a number"
    if item.minimum is not None and item.maximum is not None:
        return f"{kind} from {item.minimum} to {item.maximum}"
    if item.minimum is not None:
        return f"{kind}, {item.minimum} or more"
    return kind if item.maximum is None else f"{kind}, {item.maximum} or less"


def possible(instrument: Instrument, item: Item, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for each answer to an item whether it may be given; NaN, no answer, always may."""
    if item.choices is not None:
        fits = np.isin(values, [choice.value for choice in instrument.choices_of(item)])
    else:
        low, high = instrument.bounds(item)
        fits = (values >= low) & (values <= high) & np.isfinite(values)
        if item.kind == "count":
            fits &= values == np.round(values)
    return np.asarray(fits | np.isnan(values))


def check_answer(instrument: Instrument, item: str, value: float | None) -> None:
    """Refuse an answer that the item does not allow.

    Parameters
    ----------
    instrument : Instrument
    item : str
    value : float or None
        None and NaN stand for no answer and pass.

    Raises
    ------
    ImportRefused
        The answer is impossible; the sentence names the item and what may be answered.
    DefinitionError
        The instrument has no such item.
    """
    asked = instrument.item(item)
    number = np.array([np.nan if value is None else value], dtype=float)
    if not possible(instrument, asked, number)[0]:
        raise ImportRefused(
            f"The answer {value:g} to item '{item}' of {instrument.name} is impossible.",
            f"It must be {allowed(instrument, asked)}.",
        )


def impossible_answers(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    """Find the answers that the items do not allow.

    Parameters
    ----------
    instrument : Instrument
    answers : pandas.DataFrame
        One row is one answered item (columns of ``ANSWERS``); rows of other instruments are ignored.

    Returns
    -------
    pandas.DataFrame
        The offending rows with their index, and a column ``allowed`` in words.
    """
    ours = _ours(instrument, answers)
    codes, values = _item_codes(instrument, ours), _values(ours)
    wrong = np.zeros(len(ours), dtype=bool)
    for place, item in enumerate(instrument.items):
        rows = np.flatnonzero(codes == place)
        wrong[rows] = ~possible(instrument, item, values[rows])
    words = [allowed(instrument, instrument.items[code]) for code in codes[wrong]]
    return ours[wrong].assign(allowed=pd.Series(words, index=ours.index[wrong], dtype=object))


def answer_sheets(instrument: Instrument, answers: pd.DataFrame) -> AnswerSheets:
    """Lay out answers as one sheet a participant and wave.

    An answer with a ``missing_reason`` is no answer, whatever its value.

    Parameters
    ----------
    instrument : Instrument
    answers : pandas.DataFrame
        One row is one answered item (columns of ``ANSWERS``); rows of other instruments are ignored.

    Returns
    -------
    AnswerSheets

    Raises
    ------
    DefinitionError
        Answers name an unknown item or another version, or an item is answered twice.
    ImportRefused
        An answer is impossible.
    """
    ours = _ours(instrument, answers)
    sheet, first = _sheet_codes(ours)
    width = len(instrument.items)
    cell = sheet * width + _item_codes(instrument, ours)
    if len(cell) and np.bincount(cell).max() > 1:
        _refuse_twice(instrument, ours, cell)
    values = np.full(len(first) * width, np.nan)
    values[cell] = _values(ours)
    sheets = AnswerSheets(
        keys=ours[["participant_id", "wave", "day"]].iloc[first].reset_index(drop=True),
        values=values.reshape(len(first), width),
    )
    _refuse_impossible(instrument, sheets)
    return sheets


def _ours(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    ANSWERS.check(answers)
    mine = (answers["instrument"] == instrument.name).to_numpy(dtype=bool)
    ours = answers if mine.all() else answers[mine]
    others = {str(version) for version in ours["version"].dropna().unique()} - {instrument.version}
    if others:
        raise DefinitionError(
            f"Answers to {instrument.name} were given to version {min(others)}, not {instrument.version}.",
            "Score the answers of each version with that version's definition.",
        )
    return ours


def _item_codes(instrument: Instrument, ours: pd.DataFrame) -> NDArray[np.int64]:
    places = {item.name: place for place, item in enumerate(instrument.items)}
    codes, names = pd.factorize(ours["item"], use_na_sentinel=False)
    for name in names:
        if name not in places:
            instrument.item(str(name))
    lookup = np.array([places[name] for name in names], dtype=np.int64)
    return lookup[codes] if len(names) else np.zeros(0, dtype=np.int64)


def _values(ours: pd.DataFrame) -> NDArray[np.float64]:
    values = pd.to_numeric(ours["value"]).to_numpy(dtype=float, na_value=np.nan, copy=True)
    values[ours["missing_reason"].notna().to_numpy()] = np.nan
    return values


def _sheet_codes(ours: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the sheets in order of appearance, and give the first row of each."""
    participants, _ = pd.factorize(ours["participant_id"], use_na_sentinel=False)
    waves, known = pd.factorize(ours["wave"], use_na_sentinel=False)
    sheet, found = pd.factorize(participants.astype(np.int64) * max(len(known), 1) + waves)
    first = np.zeros(len(found), dtype=np.int64)
    # Written back to front, so that the earliest row of each sheet is the one that stays.
    first[sheet[::-1]] = np.arange(len(sheet) - 1, -1, -1)
    return sheet.astype(np.int64), first


def _refuse_twice(instrument: Instrument, ours: pd.DataFrame, cell: NDArray[np.int64]) -> None:
    row: Any = ours.iloc[int(np.flatnonzero(pd.Series(cell).duplicated())[0])]
    raise DefinitionError(
        f"Participant '{row['participant_id']}', wave '{row['wave']}' has two answers to item "
        f"'{row['item']}' of {instrument.name}.",
        "Keep one of them.",
    )


def _refuse_impossible(instrument: Instrument, sheets: AnswerSheets) -> None:
    for place, item in enumerate(instrument.items):
        column = sheets.values[:, place]
        wrong = np.flatnonzero(~possible(instrument, item, column))
        if wrong.size:
            key: Any = sheets.keys.iloc[int(wrong[0])]
            raise ImportRefused(
                f"Participant '{key['participant_id']}', wave '{key['wave']}': the answer "
                f"{column[wrong[0]]:g} to item '{item.name}' of {instrument.name} is impossible.",
                f"It must be {allowed(instrument, item)}.",
            )
