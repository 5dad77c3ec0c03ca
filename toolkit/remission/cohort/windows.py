"""When every participant is to be seen, by the protocol that holds for them."""

from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import select

from remission.cohort.engine import reading
from remission.cohort.memory import remembered
from remission.cohort.protocol import Protocol
from remission.cohort.reading import participants
from remission.cohort.reading_follow_up import answers_by_response, care_episodes
from remission.cohort.schema import METADATA
from remission.cohort.study import EVERYONE, Study
from remission.cohort.study_file import protocol_of_text
from remission.cohort.wave import Wave

DAYS = ("target_day", "first_optimum", "last_optimum", "first_day", "last_day")
COLUMNS = ("participant_id", "wave", *DAYS, "origin_date")
Versions = list[tuple[date, Protocol]]


def protocol_versions(study: Study) -> Versions:
    """Return the protocols of the study with the dates from which they hold, the oldest first."""
    table = METADATA.tables["protocol_version"]
    with reading(study.engine) as connection:
        rows = connection.execute(select(table.c.effective_on, table.c.text).order_by(table.c.id)).all()
    if not rows:
        return [(date.min, study.protocol)]
    stored = [(row.effective_on, protocol_of_text(row.text)) for row in rows]
    # What study.yaml says now is the newest version, also where somebody edited it by hand.
    return [*stored[:-1], (stored[-1][0], study.protocol)]


@remembered
def windows(study: Study, versions: Versions | None = None) -> pd.DataFrame:
    """Tell when every participant is to be seen at every wave that is not retired.

    A change of the protocol leaves windows alone that had closed before it took effect.

    Parameters
    ----------
    study : Study
        Read for whatever purpose it is opened for.
    versions : list, optional
        Protocols to go by in place of the study's own.

    Returns
    -------
    pandas.DataFrame
        One row is a participant at a wave: ``participant_id wave target_day first_optimum last_optimum first_day
        last_day origin_date``. Days are floats on the participant's timeline, missing while what they count from is
        not known; ``origin_date`` is missing where day 0 has no date.
    """
    versions = versions or protocol_versions(study)
    people = participants(study)
    anchors = _Anchors(study, people)
    newest = versions[-1][1]
    pieces = [_of_wave(wave, people, anchors, versions) for wave in newest.standing_waves]
    return pd.concat(pieces, ignore_index=True).loc[:, list(COLUMNS)]


class _Anchors:
    """Days from which waves count, for all participants."""

    def __init__(self, study: Study, people: pd.DataFrame) -> None:
        self.people = people["participant_id"]
        self.care = care_episodes(study)
        self.seen = answers_by_response(study).dropna(subset=["day"])
        self.stored = study.protocol.stored_names

    def of(self, wave: Wave, protocol: Protocol) -> np.ndarray:
        if wave.anchor == "day_0":
            return np.zeros(len(self.people))
        if wave.anchor == "discharge":
            left = self.care.dropna(subset=["discharge_day"]).groupby("participant_id")["discharge_day"]
            return self._placed(left.min() if wave.episode == "first" else left.max())
        names = [each.stored_name for each in protocol.waves]
        before = set(names[: names.index(wave.stored_name)])
        earlier = self.seen[self.seen["wave"].map(lambda name: self.stored.get(name, name)).isin(before)]
        return self._placed(earlier.groupby("participant_id")["day"].max())

    def _placed(self, days: pd.Series) -> np.ndarray:
        return days.reindex(self.people).to_numpy(dtype=float)


def _of_wave(wave: Wave, people: pd.DataFrame, anchors: _Anchors, versions: Versions) -> pd.DataFrame:
    stored = wave.stored_name
    origin = people["origin_date"]
    found: np.ndarray | None = None
    for effective, protocol in versions:
        planned = next((each for each in protocol.waves if each.stored_name == stored), None)
        if planned is None:
            continue
        days = _days(planned, anchors.of(planned, protocol))
        if found is None:
            found = days
            continue
        closed = origin + pd.to_timedelta(found[:, -1], unit="D") < pd.Timestamp(effective)
        found = np.where(closed.to_numpy()[:, None], found, days)
    assert found is not None
    frame = pd.DataFrame(found, columns=list(DAYS))
    return frame.assign(participant_id=people["participant_id"], wave=wave.name, origin_date=origin)


def _days(wave: Wave, anchor: np.ndarray) -> np.ndarray:
    marks = (wave.day, *wave.optimum_window, *wave.allowed_window)
    return np.column_stack([anchor + mark for mark in marks])


def dated(frame: pd.DataFrame, column: str) -> pd.Series:
    """Turn days on the timeline into dates, missing where day 0 has none."""
    found: pd.Series = frame["origin_date"] + pd.to_timedelta(frame[column], unit="D")
    return found


def day_on(frame: pd.DataFrame, today: date) -> pd.Series:
    """Return each row's day on the timeline at a date, missing where day 0 has none."""
    found: pd.Series = (pd.Timestamp(today) - frame["origin_date"]).dt.days.astype(float)
    return found


def standing_today(study: Study, wave: str, today: date) -> pd.DataFrame:
    """Tell who is inside a wave's allowed window on a date.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id`` and ``standing``: ``inside``, ``outside``, or ``unknown`` where
        day 0 has no date, or what the wave counts from is not known.
    """
    name = study.protocol.wave(wave).name
    found = windows(study.for_purpose(EVERYONE))
    mine = found[found["wave"] == name].reset_index(drop=True)
    day = day_on(mine, today)
    inside = day.between(mine["first_day"], mine["last_day"])
    known = day.notna() & mine["first_day"].notna()
    standing = inside.map({True: "inside", False: "outside"}).where(known, "unknown")
    return pd.DataFrame({"participant_id": mine["participant_id"], "standing": standing})
