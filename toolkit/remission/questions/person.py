"""What a study knows of one participant over time, for those who look after them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Study, affiliations, care_episodes, participants, status_events
from remission.errors import StudyError
from remission.questions.yardsticks import yardsticks
from remission.tables import measure_scores, use_timeline
from remission.tracking import dispositions

SPANS = ("lane", "label", "start_day", "end_day", "state", "rests_on")
MARKS = ("lane", "label", "day")
SCORES = ("measure", "label", "wave", "day", "score", "low", "high")
MILESTONES = ("milestone", "day", "on", "rests_on")
USE, GROUPS, CARE, INTERVIEWS, EVENTS = "Use", "Groups", "In care", "Interviews", "Events"
FREE_DAYS = (30, 60, 90, 180, 365, 730, 1095, 1825)
GROUP_DAYS = (90, 365, 730, 1095)
DONE = ("completed_in_window", "completed_out_of_window")


@dataclass(frozen=True)
class Person:
    """What is known of one participant.

    Attributes
    ----------
    participant : str
    site : str
    origin_date : pandas.Timestamp
        NaT where unknown.
    spans : pandas.DataFrame
        One row is a span of days: ``lane label start_day end_day state rests_on``; ``state`` is ``abstinent``,
        ``used``, ``some`` (use on days that nobody knows) or empty. An open end is the last day that is told of.
    marks : pandas.DataFrame
        One row is something on a day: ``lane label day``.
    scores : pandas.DataFrame
        One row is a score: ``measure label wave day score low high``; a later score outside of ``low`` to ``high``
        has changed by more than error since the first one.
    milestones : pandas.DataFrame
        One row is a milestone that was reached: ``milestone day on rests_on``, the latest first.
    """

    participant: str
    site: str
    origin_date: pd.Timestamp
    spans: pd.DataFrame
    marks: pd.DataFrame
    scores: pd.DataFrame
    milestones: pd.DataFrame


def person(study: Study, participant: str, today: date | None = None) -> Person:
    """Read what is known of one participant, whatever they allow: this is the study's own work.

    Parameters
    ----------
    study : Study
        Read for the sites of whoever looks.
    participant : str
    today : datetime.date, optional

    Raises
    ------
    StudyError
        There is no such participant at these sites.
    """
    whole = study.for_purpose(EVERYONE)
    enrolled = participants(whole)
    row = enrolled[enrolled["participant_id"] == participant]
    if row.empty:
        raise StudyError(f"There is no participant {participant} at your sites.", "Choose one from the list.")
    origin = row["origin_date"].item()
    use = _of(use_timeline(whole), participant)
    found = _of(dispositions(whole, today), participant)
    marks = _marks(whole, participant, found, origin)
    scores = _scores(whole, participant)
    days = [*use["end_day"].dropna(), *found["day_answered"].dropna(), *scores["day"].dropna(), 0.0]
    spans = _spans(whole, participant, use, float(max(days)))
    site = row["site"].item()
    reached = _milestones(study, use, spans, found, origin)
    return Person(participant, str(site or ""), origin, spans, marks, scores, reached)


def _of(frame: pd.DataFrame, participant: str) -> pd.DataFrame:
    return frame[frame["participant_id"] == participant].reset_index(drop=True)


def _spans(study: Study, participant: str, use: pd.DataFrame, last: float) -> pd.DataFrame:
    titles = study.protocol.groups
    rows = [
        (USE, str(row["substance"]), row["start_day"], row["end_day"], row["state"], row["source"])
        for _, row in use.iterrows()
    ]
    for _, row in _of(affiliations(study), participant).iterrows():
        open_end = pd.isna(row["end_day"])
        told = "still a member" if open_end else ""
        end = max(last, float(row["start_day"])) if open_end else row["end_day"]
        rows.append((GROUPS, titles.get(row["group_name"], row["group_name"]), row["start_day"], end, "", told))
    for _, row in _of(care_episodes(study), participant).iterrows():
        end = last if pd.isna(row["discharge_day"]) else row["discharge_day"]
        label = str(row["level_of_care"] or "care")
        rows.append((CARE, label, row["admission_day"], max(end, row["admission_day"]), "", ""))
    frame = pd.DataFrame(rows, columns=list(SPANS))
    return frame.astype({"start_day": float, "end_day": float})


def _marks(study: Study, participant: str, found: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    planned = {wave.name: float(wave.day) for wave in study.protocol.waves}
    target = (pd.to_datetime(found["target_on"]) - origin).dt.days.astype(float)
    day = found["day_answered"].astype(float).fillna(target).fillna(found["wave"].map(planned))
    rows = [
        (INTERVIEWS, f"{_plain(wave)}: {_plain(said)}", at)
        for wave, said, at in zip(found["wave"], found["disposition"], day, strict=True)
    ]
    rows += [(EVENTS, _plain(row["kind"]), row["day"]) for _, row in _of(status_events(study), participant).iterrows()]
    return pd.DataFrame(rows, columns=list(MARKS)).astype({"day": float})


def _scores(study: Study, participant: str) -> pd.DataFrame:
    threshold = yardsticks(study).set_index("measure")["threshold"]
    pieces = []
    for name, measure in study.protocol.measures.items():
        mine = _of(measure_scores(study, name), participant).dropna(subset="score").sort_values("day")
        if mine.empty:
            continue
        first, by = float(mine["score"].iloc[0]), float(threshold.get(name, np.nan))
        pieces.append(mine.assign(measure=name, label=measure.label, low=first - by, high=first + by))
    return pd.concat(pieces, ignore_index=True)[list(SCORES)] if pieces else pd.DataFrame(columns=list(SCORES))


def _milestones(
    study: Study, use: pd.DataFrame, spans: pd.DataFrame, found: pd.DataFrame, origin: pd.Timestamp
) -> pd.DataFrame:
    rows = _free_of_use(use)
    groups = spans[spans["lane"] == GROUPS]
    for _, row in groups.iterrows():
        held = row["end_day"] - row["start_day"]
        rows += [
            (f"{_length(days)} with {row['label']}", row["start_day"] + days, "the membership that was told")
            for days in GROUP_DAYS
            if held >= days
        ]
    due = found[found["due"]]
    if len(due) > 1 and due["disposition"].isin(DONE).all():
        days = pd.to_numeric(due["day_answered"]).dropna()
        rows.append(("every interview answered", float(days.max()) if len(days) else np.nan, f"{len(due)} interviews"))
    frame = pd.DataFrame(rows, columns=["milestone", "day", "rests_on"]).astype({"day": float})
    frame["on"] = origin + pd.to_timedelta(frame["day"], unit="D")
    return frame.sort_values("day", ascending=False, kind="stable", ignore_index=True)[list(MILESTONES)]


def _free_of_use(use: pd.DataFrame) -> list[tuple[str, float, str]]:
    """Milestones without use since the last use that was told, day 0 where none was, as far as somebody says so."""
    told = use[use["state"].isin(("used", "some"))]["end_day"]
    last = float(max(told.max(), 0)) if len(told) else 0.0
    free = use[(use["state"] == "abstinent") & (use["end_day"] > last)]
    if free.empty:
        return []
    covered = {
        day
        for _, row in free.iterrows()
        for day in range(int(max(row["start_day"], last + 1)), int(row["end_day"]) + 1)
    }
    reached = []
    for days in FREE_DAYS:
        said = sum(1 for day in covered if day <= last + days)
        if max(covered) >= last + days:
            reached.append((f"{_length(days)} without use", last + days, f"{said} of {days} days are told or tested"))
    return reached


def _length(days: int) -> str:
    if days % 365 == 0:
        return "1 year" if days == 365 else f"{days // 365} years"
    return f"{days} days"


def _plain(word: object) -> str:
    return str(word).replace("_", " ")
