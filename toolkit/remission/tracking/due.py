"""The work of a week: whom to interview, and whom to call so that they are not lost."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Study, contact_attempts, participants, permission, status_events
from remission.cohort.reading_follow_up import answers_by_response
from remission.cohort.windows import dated, windows
from remission.tracking.dispositions import dispositions

VERIFICATION = "verification"
COLUMNS = ("participant_id", "wave", "state", "target_on", "closes_on", "attempts", "last_attempt_on", "last_outcome",
           "last_channel")  # fmt: skip
SETTLED = ("refused", "completed")
GONE = ("death", "withdrawal")
REACHED = ("completed", "verified", "reached", "appointment", "refused")


def due(study: Study, today: date | None = None, days: int = 7) -> pd.DataFrame:
    """List what is to be done in the days that begin with ``today``.

    An interview is listed from the week in which its allowed window opens until that window closes, unless it is
    complete, was refused, or was tried as often as study.yaml allows. Where study.yaml asks for verification
    contacts, those stand in the list who were not reached for so long and have no interview to come this week.
    Nobody is listed who died, withdrew, asked not to be contacted, or gave no consent to it where the study keeps
    consents.

    Parameters
    ----------
    study : Study
    today : datetime.date, optional
        The first day.
    days : int

    Returns
    -------
    pandas.DataFrame
        One row is a task: ``participant_id wave state target_on closes_on attempts last_attempt_on last_outcome
        last_channel``, the most urgent first. ``state`` is ``overdue`` (after the optimum window), ``in optimum
        window``, ``in allowed window`` (before it), ``opens this week`` or ``check contact``; ``wave`` is
        ``verification`` for the last.
    """
    first = today or date.today()
    last = first + timedelta(days=days - 1)
    whole = study.for_purpose(EVERYONE)
    events = status_events(whole)
    shut = permission(study, "contact", first).refused | set(events[events["kind"].isin(GONE)]["participant_id"])
    interviews = _interviews(whole, first, last)
    checks = _verifications(whole, last, set(interviews["participant_id"]))
    found = pd.concat([frame for frame in (interviews, checks) if not frame.empty] or [interviews])
    found = found[~found["participant_id"].isin(shut)]
    found = found[found["attempts"] < study.protocol.tracking.attempts_at_most]
    return found.sort_values(["closes_on", "target_on", "participant_id"], na_position="last").reset_index(drop=True)


def _interviews(study: Study, first: date, last: date) -> pd.DataFrame:
    closed_on = study.protocol.closed_on
    frame = windows(study)
    for name in ("target_day", "first_optimum", "last_optimum", "first_day", "last_day"):
        frame[name] = dated(frame, name)
    today, end = pd.Timestamp(first), pd.Timestamp(last)
    open_ = (frame["first_day"] <= end) & (frame["last_day"] >= today)
    if closed_on is not None and first >= closed_on:
        open_ &= False
    frame = frame[open_].copy()
    done = dispositions(study, first)
    done = done[done["disposition"].isin(("completed_in_window", "completed_out_of_window"))]
    frame = _without(frame, done[["participant_id", "wave"]])
    frame = frame.join(_attempts(study), on=["participant_id", "wave"])
    frame = frame[~frame["last_outcome"].isin(SETTLED)]
    frame["state"] = np.select(
        [frame["first_day"] > today, frame["first_optimum"] > today, frame["last_optimum"] >= today],
        ["opens this week", "in allowed window", "in optimum window"],
        "overdue",
    )
    frame["attempts"] = frame["attempts"].fillna(0).astype(int)
    frame = frame.rename(columns={"target_day": "target_on", "last_day": "closes_on"})
    return frame.loc[:, list(COLUMNS)]


def _without(frame: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    marked = frame.merge(done.assign(done=True), on=["participant_id", "wave"], how="left")
    return marked[marked["done"].isna()].drop(columns="done")


def _attempts(study: Study) -> pd.DataFrame:
    held = contact_attempts(study)
    return _summed(held[held["wave"].notna()], ["participant_id", "wave"])


def _summed(held: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return held.groupby(by).agg(
        attempts=("outcome", "size"),
        last_attempt_on=("attempted_on", "last"),
        last_outcome=("outcome", "last"),
        last_channel=("channel", "last"),
    )


def _verifications(study: Study, last: date, busy: set[str]) -> pd.DataFrame:
    every = study.protocol.tracking.verification_every_days
    closed_on = study.protocol.closed_on
    if every is None or (closed_on is not None and last >= closed_on):
        return pd.DataFrame(columns=list(COLUMNS))
    people = participants(study)
    people = people[~people["participant_id"].isin(busy) & people["origin_date"].notna()].set_index("participant_id")
    held = contact_attempts(study)
    reached = held[held["outcome"].isin(REACHED)].groupby("participant_id")["attempted_on"].last()
    days = answers_by_response(study).groupby("participant_id")["day"].max().reindex(people.index)
    answered = people["origin_date"] + pd.to_timedelta(days, unit="D")
    heard = pd.concat([people["origin_date"], answered, pd.to_datetime(reached.reindex(people.index))], axis=1).max(
        axis=1
    )
    target = heard + pd.to_timedelta(every, unit="D")
    awaited = _still_awaited(study, last)
    task = (target <= pd.Timestamp(last)) & people.index.isin(awaited)
    since = held[held["wave"].isna()]
    since = since[pd.to_datetime(since["attempted_on"]) > since["participant_id"].map(heard)]
    tried = _summed(since, ["participant_id"])
    found = pd.DataFrame({"target_on": target[task]}).join(tried)
    found["attempts"] = found["attempts"].fillna(0).astype(int)
    found = found.assign(wave=VERIFICATION, state="check contact", closes_on=pd.Series(pd.NaT, index=found.index))
    return found.rename_axis("participant_id").reset_index().loc[:, list(COLUMNS)]


def _still_awaited(study: Study, last: date) -> set[str]:
    """Name those with an interview still to come: nobody is kept in touch with for nothing."""
    frame = windows(study)
    return set(frame[dated(frame, "last_day") >= pd.Timestamp(last)]["participant_id"])
