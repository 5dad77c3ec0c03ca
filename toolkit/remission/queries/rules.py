"""Rules by which something looks wrong; each finds rows, none changes anything."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import Study, participants, reading
from remission.cohort.reading_follow_up import answers_by_response
from remission.cohort.windows import windows
from remission.errors import DefinitionError
from remission.survey import Instrument
from remission.tables import use_contradictions

FOUND = ("participant_id", "rule", "wave", "about", "sentence")
PLACE = ["participant_id", "wave"]
FEWEST_ALIKE = 5


def found_by_rules(study: Study, today: date) -> pd.DataFrame:
    """Look for everything that looks wrong.

    Returns
    -------
    pandas.DataFrame
        One row is a finding: ``participant_id rule wave about sentence``; ``about`` tells findings of a rule at a
        wave apart (an instrument, a day) and may be empty.
    """
    pieces = [find(study, today).assign(rule=name) for name, (_, find) in RULES.items()]
    filled = [piece for piece in pieces if not piece.empty]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(FOUND))
    return whole[list(FOUND)].drop_duplicates(list(FOUND[:4]), ignore_index=True)


def rule_sentence(rule: str) -> str:
    """Say what a rule looks for."""
    return RULES[rule][0]


def interviews(study: Study) -> pd.DataFrame:
    """Read on which days each participant was interviewed at each wave.

    Returns
    -------
    pandas.DataFrame
        One row is a day of a participant at a wave: ``participant_id wave day``; ``day`` is missing where no day was
        recorded.
    """
    held = answers_by_response(study)
    held = held.loc[held["n_items"] > 0, [*PLACE, "day"]]
    return held.drop_duplicates().reset_index(drop=True).astype({"day": float})


def outside_window(study: Study, today: date) -> pd.DataFrame:
    """Find interviews on a day that their wave does not allow."""
    held = interviews(study).merge(windows(study), on=PLACE)
    early, late = held["first_day"] - held["day"], held["day"] - held["last_day"]
    rows = held.assign(off=np.where(early > 0, early, late), word=np.where(early > 0, "before", "after"))
    rows = rows[rows["off"] > 0]
    told = [
        f"Interview on day {day:.0f}, {off:.0f} days {word} the window (days {first:.0f} to {last:.0f})."
        for day, off, word, first, last in zip(
            rows["day"], rows["off"], rows["word"], rows["first_day"], rows["last_day"], strict=True
        )
    ]
    return _findings(rows, told, rows["day"].map("{:.0f}".format))


def several_days(study: Study, today: date) -> pd.DataFrame:
    """Find waves at which a participant's answers carry more than one day."""
    held = interviews(study).dropna(subset=["day"]).sort_values("day")
    days = held.groupby(PLACE, sort=False)["day"].agg(list)
    rows = days[days.map(len) > 1].reset_index()
    told = [
        f"Answers of one interview carry the days {', '.join(f'{day:.0f}' for day in each)}." for each in rows["day"]
    ]
    return _findings(rows, told)


def no_day(study: Study, today: date) -> pd.DataFrame:
    """Find interviews without a day, at waves where most have one."""
    held = interviews(study)
    known = held.groupby("wave")["day"].transform(lambda day: day.notna().mean())
    rows = held[held["day"].isna() & (known > 0.5)]
    return _findings(rows, ["The interview has no day." for _ in range(len(rows))])


def not_yet(study: Study, today: date) -> pd.DataFrame:
    """Find interviews dated after today."""
    held = interviews(study).merge(participants(study)[["participant_id", "origin_date"]], on="participant_id")
    on = held["origin_date"] + pd.to_timedelta(held["day"], unit="D")
    rows = held.assign(on=on)[on > pd.Timestamp(today)]
    return _findings(rows, [f"The interview is dated {day:%Y-%m-%d}, which has not come yet." for day in rows["on"]])


def same_answer(study: Study, today: date) -> pd.DataFrame:
    """Find questionnaires with one answer throughout, although some questions point the other way."""
    used = {form.instrument for form in study.protocol.measures.values()}
    pieces = [_same_answer(study, name) for name in sorted(used) if _points_both_ways(study.instrument(name))]
    filled = [piece for piece in pieces if not piece.empty]
    return pd.concat(filled, ignore_index=True) if filled else _findings(pd.DataFrame(columns=PLACE), [])


def sources_disagree(study: Study, today: date) -> pd.DataFrame:
    """Find what two sources on use cannot both be right about."""
    try:
        rows = use_contradictions(study)
    except DefinitionError:
        # A source that study.yaml names and cannot read has its own sentence where outcomes are read.
        return _findings(pd.DataFrame(columns=PLACE), [])
    about = rows["kind"].astype(str) + " day " + rows["day"].map("{:.0f}".format)
    return _findings(rows.assign(wave=""), list(rows["sentence"]), about)


def _points_both_ways(asked: Instrument) -> bool:
    turned = {item.reverse for item in asked.items if item.kind == "choice"}
    return turned == {True, False}


def _same_answer(study: Study, name: str) -> pd.DataFrame:
    choices = [item.name for item in study.instrument(name).items if item.kind == "choice"]
    given = reading.answers(study, instrument=name)
    given = given[given["item"].isin(choices) & given["value"].notna()]
    alike = given.groupby([*PLACE, "about"], sort=False)["value"].agg(["nunique", "size", "first"]).reset_index()
    rows = alike[(alike["nunique"] == 1) & (alike["size"] >= FEWEST_ALIKE)]
    told = [
        f"All {size} answered questions of {name} have the answer {value:g}, though some point the other way."
        for size, value in zip(rows["size"], rows["first"], strict=True)
    ]
    return _findings(rows, told, name + rows["about"].map(lambda group: f" {group}" if group else ""))


def _findings(rows: pd.DataFrame, told: list[str], about: pd.Series | None = None) -> pd.DataFrame:
    found = pd.DataFrame({"participant_id": rows["participant_id"], "wave": rows["wave"]}).reset_index(drop=True)
    found["about"] = "" if about is None else about.to_numpy()
    found["sentence"] = told
    return found.astype(object)


Find = Callable[[Study, date], pd.DataFrame]
RULES: dict[str, tuple[str, Find]] = {
    "outside window": ("an interview on a day that its wave does not allow", outside_window),
    "several days": ("answers of one interview that carry more than one day", several_days),
    "no day": ("an interview without a day, at a wave where most have one", no_day),
    "not yet": ("an interview dated after today", not_yet),
    "same answer": ("one answer throughout a questionnaire whose questions point both ways", same_answer),
    "sources disagree": ("two sources on use that cannot both be right", sources_disagree),
}
