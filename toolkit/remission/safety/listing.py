"""All flags of a study: what asks for attention now, joined with what was done about it."""

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Study, participants, safety_steps
from remission.safety.raised import KEY, raised

FLAGS = ("flag", *KEY, "site", "sentence", "person", "state", "age_hours", "late", "note")
STATES = ("open", "seen", "handled", "corrected", "past")
NO_LONGER_SAID = "The answers do not say so any more."


def flags(study: Study, now: datetime | None = None) -> pd.DataFrame:
    """List every answer that asks for a person's attention, of everybody, those that nobody has seen first.

    Parameters
    ----------
    study : Study
    now : datetime.datetime, optional
        With its time zone.

    Returns
    -------
    pandas.DataFrame
        One row is a flag: ``flag participant_id rule wave about site sentence person state age_hours late note``.
        ``flag`` is a short name, the same on every day. ``state`` is ``open`` (nobody has seen it), ``seen``,
        ``handled``, ``corrected`` (the answer was, before it was handled) or ``past`` (said longer ago than study.yaml
        looks back, and nobody took a step). ``person`` is who is to look, empty where nobody is named. ``late`` tells
        open ones that have waited longer than study.yaml allows.
    """
    whole_study, moment = study.for_purpose(EVERYONE), now or datetime.now(UTC)
    plan = study.protocol.safety
    last = safety_steps(whole_study).drop_duplicates(KEY, keep="last").set_index(KEY)
    whole = raised(whole_study).set_index(KEY).join(last, how="outer").reset_index()
    whole["site"] = whole["participant_id"].map(participants(whole_study).set_index("participant_id")["site"])
    whole["person"] = _persons(study, whole)
    whole["state"] = _states(whole, moment - timedelta(days=plan.look_back_days))
    whole["sentence"] = whole["sentence"].fillna(NO_LONGER_SAID)
    whole["note"] = whole["note"].fillna("")
    since = pd.Timestamp(moment) - pd.to_datetime(whole["raised_at"], utc=True)
    whole["age_hours"] = since.dt.total_seconds().clip(lower=0) / 3600
    whole["late"] = (whole["state"] == "open") & (whole["age_hours"] > plan.within_hours)
    whole["flag"] = [flag_name(*key) for key in whole[KEY].itertuples(index=False, name=None)]
    rank = whole["state"].map({name: place for place, name in enumerate(STATES)})
    whole = whole.assign(rank=rank).sort_values(["rank", "age_hours", *KEY], ascending=[True, False, *[True] * 4])
    return whole[list(FLAGS)].reset_index(drop=True)


def flag_name(participant_id: str, rule: str, wave: str, about: str) -> str:
    """Name a flag by what it is about, in a few letters and digits."""
    said = "\x1f".join((participant_id, rule, wave, about))
    return "f" + hashlib.sha256(said.encode()).hexdigest()[:8]


def _persons(study: Study, whole: pd.DataFrame) -> pd.Series:
    plan = study.protocol.safety
    usual = whole["site"].map(plan.persons).fillna(plan.person)
    told = whole["owner"].where(whole["owner"].fillna("") != "")
    persons: pd.Series = told.fillna(usual).astype(object)
    return persons


def _states(whole: pd.DataFrame, earliest: datetime) -> np.ndarray:
    step, gone = whole["step"], whole["sentence"].isna()
    old = pd.to_datetime(whole["said_on"], utc=True) < pd.Timestamp(earliest).normalize()
    return np.select(
        [step == "handled", gone, step == "seen", step.isna() & old],
        ["handled", "corrected", "seen", "past"],
        "open",
    )
