"""What became of every participant at every wave: one answer, derived at any moment, never stored."""

from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Protocol, Study, contact_attempts, status_events
from remission.cohort.reading_follow_up import answers_by_response
from remission.cohort.windows import Versions, dated, day_on, windows
from remission.tracking.crosswalk import AAPOR, GPRA, GPRA_NOT_REACHED, GPRA_PARTIAL

DISPOSITIONS = (
    "completed_in_window",
    "completed_out_of_window",
    "partial",
    "refused",
    "not_located",
    "institutionalised",
    "withdrawn",
    "deceased",
    "not_yet_due",
)
COLUMNS = (
    *("participant_id", "wave", "disposition", "gpra", "aapor", "due"),
    *("target_on", "opens_on", "closes_on", "day_answered"),
)
# The share of the items of a complete interview that must hold a value.
ENOUGH = 0.5


def dispositions(study: Study, today: date | None = None, versions: Versions | None = None) -> pd.DataFrame:
    """Tell what became of every participant at every wave that is not retired.

    An interview is complete when every expected instrument (those of the wave, or what ``asking`` asks of
    everybody) has an answer and at least half of all its items hold a value; where the study does not say what it
    expects, any answer counts as an instrument. It is partial when something was answered and that is not so.
    Whether it was in the window goes by the day of the last answer; without a day it counts as in the window.

    In this order the first that fits: completed or partial; deceased or withdrawn (a status event on a day before
    the window closed, or on an unknown day); then, once the window has closed, institutionalised or refused (the
    outcome of the last such attempt for the wave), and not located, whether or not anybody tried. What is left is
    not yet due: the window is open or ahead, or nobody can say because day 0 has no date. With ``closed_on`` in
    study.yaml every window is closed.

    Parameters
    ----------
    study : Study
        Everybody is counted, whatever they allow: these are the study's own records.
    today : datetime.date, optional
    versions : list, optional
        Protocols to go by in place of the study's own.

    Returns
    -------
    pandas.DataFrame
        One row is a participant at a wave: ``participant_id wave disposition gpra aapor due target_on opens_on
        closes_on day_answered``; ``due`` is False for those not yet due.
    """
    day = today or date.today()
    whole = study.for_purpose(EVERYONE)
    frame = windows(whole, versions)
    protocol = versions[-1][1] if versions else study.protocol
    frame = frame.join(_answered(whole, protocol), on=["participant_id", "wave"])
    now = day_on(frame, day)
    over = protocol.closed_on is not None and day >= protocol.closed_on
    closed = (now > frame["last_day"]) | over
    gone = _gone(whole, frame)
    tried = _tried(whole).reindex(pd.MultiIndex.from_frame(frame[["participant_id", "wave"]]))
    outcome, last = tried["final"].to_numpy(), tried["last"].to_numpy()
    late = (frame["day_answered"] > frame["last_day"]) | (frame["day_answered"] < frame["first_day"])
    complete, some = frame["complete"].eq(True), frame["complete"].notna()
    frame["disposition"] = np.select(
        [
            complete & ~late,
            complete,
            some,
            gone == "deceased",
            gone == "withdrawn",
            closed & (outcome == "institution"),
            closed & (outcome == "refused"),
            closed,
        ],
        [
            "completed_in_window",
            "completed_out_of_window",
            "partial",
            "deceased",
            "withdrawn",
            "institutionalised",
            "refused",
            "not_located",
        ],
        "not_yet_due",
    )
    frame["due"] = frame["disposition"] != "not_yet_due"
    frame["gpra"] = _gpra(frame["disposition"], last, ~late)
    frame["aapor"] = frame["disposition"].map(AAPOR)
    for name, column in (("target_on", "target_day"), ("opens_on", "first_day"), ("closes_on", "last_day")):
        frame[name] = dated(frame, column)
    return frame.loc[:, list(COLUMNS)]


def _answered(study: Study, protocol: Protocol) -> pd.DataFrame:
    """Say of every participant at a wave whether all of the interview is there, and when it was."""
    held = answers_by_response(study)
    held = held[held["n_answered"] > 0]
    # Read under the names of the study's own protocol, told under those of the one that is gone by.
    stored = held["wave"].map(lambda name: study.protocol.stored_names.get(name, name))
    held = held.assign(wave=stored.map(protocol.current_names)).dropna(subset=["wave"])
    grouped = held.groupby(["participant_id", "wave"], sort=False)
    found = grouped.agg(
        day_answered=("day", "max"), items=("n_items", "sum"), answered=("n_answered", "sum"), said=("instrument", set)
    )
    waves = found.index.get_level_values("wave")
    expected = {wave: protocol.expected_at(wave) for wave in waves.unique()}
    whole = [expected[wave] <= said for wave, said in zip(waves, found["said"], strict=True)]
    enough = found["answered"] >= ENOUGH * found["items"]
    return pd.DataFrame({"complete": (np.array(whole, dtype=bool) & enough.to_numpy()).astype(object),
                         "day_answered": found["day_answered"]}, index=found.index)  # fmt: skip


def _gone(study: Study, frame: pd.DataFrame) -> np.ndarray:
    """Say who had died or withdrawn before the window closed."""
    events = status_events(study)
    found = np.full(len(frame), "", dtype=object)
    for kind, word in (("withdrawal", "withdrawn"), ("death", "deceased")):
        first = events[events["kind"] == kind].assign(day=lambda rows: rows["day"].fillna(-np.inf))
        days = frame["participant_id"].map(first.groupby("participant_id")["day"].min())
        before = days.notna() & ~(days > frame["last_day"])
        found[before.to_numpy()] = word
    return found


def _tried(study: Study) -> pd.DataFrame:
    """Say what attempts for a wave came to: the last that settles it, and the last of all."""
    held = contact_attempts(study)
    held = held[held["wave"].notna()]
    keys = ["participant_id", "wave"]
    settles = held[held["outcome"].isin(("refused", "institution"))]
    final = settles.groupby(keys)["outcome"].last().rename("final")
    last = held.groupby(keys)["outcome"].last().rename("last")
    return pd.concat([final, last], axis=1).rename_axis(keys)


def _gpra(found: pd.Series, last: np.ndarray, in_window: pd.Series) -> pd.Series:
    codes = found.map(GPRA)
    codes = codes.where(found != "partial", in_window.map(GPRA_PARTIAL))
    told = pd.Series(last, index=found.index).map(GPRA_NOT_REACHED)
    return codes.where((found != "not_located") | told.isna(), told)
