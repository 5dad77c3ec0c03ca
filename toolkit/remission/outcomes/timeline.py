"""Everything that was told and tested about use, side by side, each with where it comes from."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.frames import FrameShape
from remission.outcomes.spans import require_sound

COLUMNS = ("participant_id", "substance", "start_day", "end_day", "state", "days_used", "quantity", "source", "told_on")
TIMELINE = FrameShape("a span of days about which a source says something", COLUMNS)


def timeline(pieces: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put what the sources say side by side; nothing is resolved and nothing is filled in.

    Parameters
    ----------
    pieces : iterable of pandas.DataFrame
        As from ``from_reports``, ``from_calendar``, ``from_tests``, ``from_sobriety_dates``, ``from_counts``.

    Returns
    -------
    pandas.DataFrame
        One row is a span of days, both ends included, about which one source says something:
        ``participant_id substance start_day end_day state days_used quantity source told_on``. State ``abstinent``
        and ``used`` hold for every day of the span; ``some`` means use on ``days_used`` of its days (missing: one or
        more), nobody knows which. ``quantity`` is of one day. Days without a row have no entry.

    Raises
    ------
    DefinitionError
        A state is not known, or a span ends before it starts.
    """
    held = [TIMELINE.check(piece)[list(COLUMNS)] for piece in pieces]
    filled = [piece for piece in held if not piece.empty]
    whole = pd.concat(filled, ignore_index=True) if filled else _empty()
    require_sound(whole)
    order = ["participant_id", "start_day", "end_day", "substance", "source"]
    return whole.sort_values(order, kind="stable", ignore_index=True)


def from_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """Take spans that were reported as abstinent or used.

    Parameters
    ----------
    reports : pandas.DataFrame
        ``participant_id substance start_day end_day state source``.
    """
    return _shaped(reports.assign(source="report: " + reports["source"].astype(object)))


def from_calendar(days: pd.DataFrame) -> pd.DataFrame:
    """Take the days of a use calendar (Timeline Followback): 0 is abstinent, more is used.

    Parameters
    ----------
    days : pandas.DataFrame
        ``participant_id day substance source quantity``.
    """
    used = days["quantity"] > 0
    return _shaped(
        days.assign(
            start_day=days["day"],
            end_day=days["day"],
            state=np.where(used, "used", "abstinent"),
            source="calendar: " + days["source"].astype(object),
        )
    )


def from_tests(tests: pd.DataFrame, window: int = 3) -> pd.DataFrame:
    """Take what drug tests show about the days they look back on; missed and invalid ones show nothing.

    Parameters
    ----------
    tests : pandas.DataFrame
        ``participant_id day substance specimen result``.
    window : int
        Days a test looks back on, its own included. A positive one tells of use on some of them, a negative one of
        none on any.

    Raises
    ------
    DefinitionError
        The window is shorter than a day.
    """
    if window < 1:
        raise DefinitionError(f"A test that looks back on {window} days shows nothing.", "Take 1 or more.")
    shown = tests[tests["result"].isin(["positive", "negative"])]
    positive = shown["result"] == "positive"
    state = np.where(positive, "used" if window == 1 else "some", "abstinent")
    return _shaped(
        shown.assign(
            start_day=shown["day"] - (window - 1),
            end_day=shown["day"],
            state=state,
            source="test: " + shown["specimen"].astype(object),
            told_on=shown["day"],
        )
    )


def from_sobriety_dates(dates: pd.DataFrame) -> pd.DataFrame:
    """Take sobriety dates: free of use from that day to the day on which it was told, and use on the day before.

    Parameters
    ----------
    dates : pandas.DataFrame
        ``participant_id reported_day substance since_day``.
    """
    free = dates.assign(start_day=dates["since_day"], end_day=dates["reported_day"], state="abstinent")
    last = dates.assign(start_day=dates["since_day"] - 1, end_day=dates["since_day"] - 1, state="used")
    both = pd.concat([free, last], ignore_index=True)
    return _shaped(both.assign(source="sobriety date", told_on=both["reported_day"]))


def from_counts(counts: pd.DataFrame, substance: str = "any", window: int = 30) -> pd.DataFrame:
    """Take answers on how many of the last days use happened; the day of the answer itself is not among them.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row is an answer: ``participant_id wave day days_used``, rows without a number say nothing.
    substance : str
    window : int
        Days that the question looks back on.

    Raises
    ------
    DefinitionError
        Somebody used on more days than the question asks about.
    """
    told = counts[counts["days_used"].notna()]
    beyond = told[(told["days_used"] > window) | (told["days_used"] < 0)]
    if len(beyond):
        row = beyond.iloc[0]
        raise DefinitionError(
            f"Participant {row['participant_id']} used on {row['days_used']:g} of the last {window} days.",
            "Correct the answer.",
        )
    number = told["days_used"].astype(float)
    state = np.select([number == 0, number == window], ["abstinent", "used"], "some")
    return _shaped(
        told.assign(
            substance=substance,
            start_day=told["day"] - window,
            end_day=told["day"] - 1,
            state=state,
            days_used=number.where(number > 0),
            source="interview: " + told["wave"].astype(object),
            told_on=told["day"],
        )
    )


def _shaped(frame: pd.DataFrame) -> pd.DataFrame:
    for name in ("days_used", "quantity", "told_on"):
        if name not in frame.columns:
            frame = frame.assign(**{name: np.nan})
    numbers = dict.fromkeys(("start_day", "end_day", "days_used", "quantity", "told_on"), float)
    return frame.loc[:, list(COLUMNS)].astype({**numbers, "source": object, "state": object}).reset_index(drop=True)


def _empty() -> pd.DataFrame:
    return _shaped(pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS}))
