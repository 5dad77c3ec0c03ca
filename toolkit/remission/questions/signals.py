"""Changes that the team may want to ask about, each with the numbers behind it; nothing is predicted."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from remission.cohort import Study, contact_attempts, participants, status_events
from remission.questions.yardsticks import yardsticks
from remission.tables import measure_scores
from remission.tracking import dispositions
from remission.tracking.due import GONE

SIGNALS = ("participant_id", "site", "signal", "since", "recent", "sentence", "suggestion")
ATTENDANCE, WORSE, MISSED = "fewer meetings", "a score got worse", "not reached"
SUGGESTIONS = {
    ATTENDANCE: "A friendly call might help: how is the group going, has it become harder to get there?",
    WORSE: "A call might help: how are things, and what has helped before?",
    MISSED: "Try another way or another time; the desk suggests the next one.",
}


def signals(study: Study, today: date | None = None) -> pd.DataFrame:
    """List changes between the last two interviews, and interviews at which nobody was reached.

    Parameters
    ----------
    study : Study
        Those who asked not to be contacted, died or withdrew are left out.
    today : datetime.date, optional

    Returns
    -------
    pandas.DataFrame
        One row is a signal: ``participant_id site signal since recent sentence suggestion``, the newest first.
        ``since`` is the day of the interview or the day on which the window closed, missing where day 0 has no date;
        ``recent`` is False for those from longer ago than study.yaml says.
    """
    day, contactable = today or date.today(), study.for_purpose("contact")
    events = status_events(contactable)
    gone = set(events[events["kind"].isin(GONE)]["participant_id"])
    people = participants(contactable)
    people = people[~people["participant_id"].isin(gone)]
    pieces = [_attendance(contactable), _worse(contactable), _missed(contactable, day)]
    filled = [piece for piece in pieces if not piece.empty]
    if not filled:
        return pd.DataFrame(columns=list(SIGNALS))
    whole = pd.concat(filled, ignore_index=True).merge(people[["participant_id", "site", "origin_date"]])
    whole["since"] = whole["origin_date"] + pd.to_timedelta(whole["day"].astype(float), unit="D")
    earliest = pd.Timestamp(day - timedelta(days=study.protocol.signals.recent_days))
    whole["recent"] = whole["since"].isna() | (whole["since"] >= earliest)
    whole["suggestion"] = whole["signal"].map(SUGGESTIONS)
    order = whole.sort_values(["since", "participant_id", "signal"], ascending=[False, True, True], kind="stable")
    return order[list(SIGNALS)].reset_index(drop=True)


def _attendance(study: Study) -> pd.DataFrame:
    plan = study.protocol.signals
    name = plan.attendance or ("meetings" if "meetings" in study.protocol.measures else "")
    if not name:
        return pd.DataFrame()
    last = _last_two(study, name)
    rows = last[(last["before"] >= plan.attendance_from) & (last["score"] <= plan.attendance_share * last["before"])]
    return _told(study, rows, ATTENDANCE, name, "")


def _worse(study: Study) -> pd.DataFrame:
    watch, pieces = study.protocol.signals.watch, []
    held = yardsticks(study).set_index("measure")
    for name in study.protocol.measures:
        rule = watch.get(name)
        known = held["threshold"].get(name)
        by = rule.by if rule is not None and rule.by is not None else known
        usual = {"better": "down", "worse": "up"}.get(str(held["higher_is"].get(name)))
        worse = rule.worse if rule is not None else usual
        if by is None or worse is None:
            continue
        last = _last_two(study, name)
        moved = (last["score"] - last["before"]) * (1 if worse == "up" else -1)
        # Rounding must not let a change through that is exactly the error.
        rows = last[moved >= by] if rule is not None and rule.by is not None else last[moved > by + 1e-9]
        more = f", by more than the {by:.1f} points that its error explains" if known == by else ""
        pieces.append(_told(study, rows, WORSE, name, more))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _last_two(study: Study, name: str) -> pd.DataFrame:
    scores = measure_scores(study, name).dropna(subset="score").sort_values(["participant_id", "day"], kind="stable")
    by = scores.groupby("participant_id")
    scores = scores.assign(before=by["score"].shift(1), wave_before=by["wave"].shift(1))
    last = scores.drop_duplicates("participant_id", keep="last")
    return last[last["before"].notna()].reset_index(drop=True)


def _told(study: Study, rows: pd.DataFrame, signal: str, name: str, more: str) -> pd.DataFrame:
    label = study.protocol.measures[name].label
    told = [
        f"{label}: {before:.4g} at {_plain(wave_before)}, {score:.4g} at {_plain(wave)}{more}."
        for before, wave_before, score, wave in rows[["before", "wave_before", "score", "wave"]].itertuples(index=False)
    ]
    return rows[["participant_id", "day"]].assign(signal=signal, sentence=told)


def _missed(study: Study, today: date) -> pd.DataFrame:
    found = dispositions(study, today)
    here = set(participants(study)["participant_id"])
    closed = found[found["due"] & found["participant_id"].isin(here)]
    order = {wave.name: place for place, wave in enumerate(study.protocol.waves)}
    last = (
        closed.assign(place=closed["wave"].map(order))
        .sort_values("place")
        .drop_duplicates("participant_id", keep="last")
    )
    rows = last[last["disposition"] == "not_located"]
    tries = contact_attempts(study).groupby(["participant_id", "wave"]).size()
    counts = [int(tries.get((row["participant_id"], row["wave"]), 0)) for _, row in rows.iterrows()]
    origin = participants(study).set_index("participant_id")["origin_date"]
    on = pd.to_datetime(rows["closes_on"]) - rows["participant_id"].map(origin)
    told = [
        f"Nobody reached them at {_plain(wave)} ({'no attempt' if count == 0 else f'{count} attempts'})."
        for wave, count in zip(rows["wave"], counts, strict=True)
    ]
    days = on.dt.days.astype(float) if len(rows) else np.array([], dtype=float)
    return rows[["participant_id"]].assign(day=days, signal=MISSED, sentence=told)


def _plain(wave: object) -> str:
    return str(wave).replace("_", " ")
