"""All queries of a study: what the rules find now, joined with what was done about it."""

import hashlib
from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import Study, participants, query_steps
from remission.cohort.reading_arrival import interviews_came_in, use_came_in
from remission.queries.rules import found_by_rules

KEY = ["participant_id", "rule", "wave", "about"]
QUERIES = ("query", *KEY, "site", "sentence", "owner", "state", "age_days", "late", "note")
STATES = ("open", "settled", "corrected")
NO_LONGER_FOUND = "No longer found: the data were corrected."


def queries(study: Study, today: date | None = None) -> pd.DataFrame:
    """List every query on the study's data, the oldest open ones first.

    Parameters
    ----------
    study : Study
    today : datetime.date, optional

    Returns
    -------
    pandas.DataFrame
        One row is a query: ``query participant_id rule wave about site sentence owner state age_days late note``.
        ``query`` is a short name made from the four that follow, the same on every day. ``state`` is ``open``,
        ``settled`` (somebody accepted it as it is and said why) or ``corrected`` (found once, not found any more).
        ``age_days`` counts from the day on which the data came in, missing where that is not known; ``late`` tells
        open ones that are older than study.yaml allows. ``note`` is the last one written.
    """
    day = today or date.today()
    steps = query_steps(study)
    last = steps.drop_duplicates(KEY, keep="last").set_index(KEY)
    whole = found_by_rules(study, day).set_index(KEY).join(last, how="outer").reset_index()
    gone = whole["sentence"].isna()
    settled = whole["step"] == "settled"
    whole["state"] = np.select([gone, settled], ["corrected", "settled"], "open")
    whole["sentence"] = whole["sentence"].fillna(NO_LONGER_FOUND)
    whole["site"] = whole["participant_id"].map(participants(study).set_index("participant_id")["site"])
    whole["owner"] = _owners(study, whole)
    whole["note"] = whole["note"].fillna("")
    whole["age_days"] = _ages(study, whole, day)
    allowed = study.protocol.data_queries.late_after_days
    whole["late"] = (whole["state"] == "open") & (whole["age_days"] > allowed)
    whole["query"] = [query_name(*key) for key in whole[KEY].itertuples(index=False, name=None)]
    rank = whole["state"].map({name: place for place, name in enumerate(STATES)})
    whole = whole.assign(rank=rank).sort_values(["rank", "age_days", *KEY], ascending=[True, False, *[True] * 4])
    return whole[list(QUERIES)].reset_index(drop=True)


def query_name(participant_id: str, rule: str, wave: str, about: str) -> str:
    """Name a query by what it is about, in a few letters and digits."""
    said = "\x1f".join((participant_id, rule, wave, about))
    return "q" + hashlib.sha256(said.encode()).hexdigest()[:8]


def _owners(study: Study, whole: pd.DataFrame) -> pd.Series:
    plan = study.protocol.data_queries
    usual = whole["site"].map(plan.owners).fillna(plan.owner)
    told = whole["owner"].where(whole["owner"].fillna("") != "")
    owners: pd.Series = told.fillna(usual).astype(object)
    return owners


def _ages(study: Study, whole: pd.DataFrame, today: date) -> pd.Series:
    at_wave = whole[["participant_id", "wave"]].merge(
        interviews_came_in(study), on=["participant_id", "wave"], how="left"
    )["came_in"]
    on_use = whole["participant_id"].map(use_came_in(study).set_index("participant_id")["came_in"])
    came = at_wave.set_axis(whole.index).where(whole["wave"] != "", on_use)
    days = (pd.Timestamp(today, tz="UTC") - pd.to_datetime(came, utc=True).dt.normalize()).dt.days
    ages: pd.Series = days.clip(lower=0).astype(float)
    return ages
