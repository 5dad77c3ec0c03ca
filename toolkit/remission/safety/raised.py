"""What raises a flag: scales that their instrument marks, measures that study.yaml names, answers not handed in."""

import pandas as pd

from remission.asking import raised_by_links
from remission.cohort import Study, participants, reading
from remission.cohort.reading_arrival import responses_came_in
from remission.survey import Instrument, score
from remission.tables import measure_scores

KEY = ["participant_id", "rule", "wave", "about"]
SHEET = ["participant_id", "wave", "instrument", "about"]
RAISED = (*KEY, "sentence", "raised_at", "said_on")


def raised(study: Study) -> pd.DataFrame:
    """Find every answer that asks for a person's attention.

    Returns
    -------
    pandas.DataFrame
        One row is a flag: ``participant_id rule wave about sentence raised_at said_on``. ``rule`` is the scale
        (``phq9.self_harm``) or the measure; ``raised_at`` is the moment (UTC) from which the study held the answer,
        ``said_on`` the day of the interview, the day on which it came in where that is not known.
    """
    came = responses_came_in(study)
    pieces = [_by_scales(study, came), _by_measures(study, came), _by_links(study)]
    filled = [piece for piece in pieces if not piece.empty]
    if not filled:
        return pd.DataFrame(columns=list(RAISED))
    whole = pd.concat(filled, ignore_index=True)
    # A link keeps no note of the group that its flag was about.
    named = whole.groupby(KEY[:3])["about"].transform("max")
    whole = whole[(whole["about"] != "") | (named == "")].reset_index(drop=True)
    whole["raised_at"] = whole.groupby(KEY)["raised_at"].transform("min")
    whole = whole.drop_duplicates(KEY, ignore_index=True)
    origin = whole["participant_id"].map(participants(study).set_index("participant_id")["origin_date"])
    on = pd.to_datetime(origin) + pd.to_timedelta(pd.to_numeric(whole["day"]), unit="D")
    whole["said_on"] = on.fillna(whole["raised_at"].dt.tz_convert(None).dt.normalize())
    return whole[list(RAISED)]


def _by_scales(study: Study, came: pd.DataFrame) -> pd.DataFrame:
    pieces = []
    for name in sorted(came["instrument"].unique()):
        asked = study.instrument(name)
        for scale in (scale for scale in asked.scales if scale.flag):
            scored = score(asked, reading.answers(study, instrument=name), scale=scale.name)
            above = scored[scored["score"] > 0].drop(columns="day").merge(came, on=SHEET)
            pieces.append(_rows(study, above, asked, scale.name))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _by_measures(study: Study, came: pd.DataFrame) -> pd.DataFrame:
    pieces = []
    for name, rule in study.protocol.safety.also.items():
        measure, scored = study.protocol.measures[name], measure_scores(study, name)
        low, high = rule.at_least, rule.at_most
        found = scored[scored["score"] >= low] if low is not None else scored[scored["score"] <= high]
        word = f"at or above {low:g}" if low is not None else f"at or below {high:g}"
        first = came[came["instrument"] == measure.instrument].groupby(["participant_id", "wave"])["came_in"].min()
        rows = found.merge(first.reset_index(), on=["participant_id", "wave"])
        told = [f"{measure.label} is {value:g}, {word}." for value in rows["score"]]
        pieces.append(rows.assign(rule=name, about="", sentence=told, raised_at=rows["came_in"]))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _by_links(study: Study) -> pd.DataFrame:
    found = raised_by_links(study)
    pieces = []
    for (name, scale), rows in found.groupby(["instrument", "scale"], sort=False):
        kept = rows.rename(columns={"raised_at": "came_in"}).assign(day=float("nan"))
        pieces.append(_rows(study, kept, study.instrument(str(name)), str(scale)))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def _rows(study: Study, found: pd.DataFrame, asked: Instrument, scale: str) -> pd.DataFrame:
    title = next((each.title for each in asked.scales if each.name == scale), scale)
    about = [f" about {study.protocol.groups.get(group, group)}" if group else "" for group in found["about"]]
    told = [f"{title} ({asked.name}){group}." for group in about]
    return found.assign(rule=f"{asked.name}.{scale}", sentence=told, raised_at=found["came_in"])
