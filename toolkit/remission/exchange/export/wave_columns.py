"""Columns of interviews: the wave of a row, the day of the interview, scores."""

from typing import Any

import pandas as pd

from remission.cohort import Study
from remission.exchange.export.column import Column, Target
from remission.exchange.export.facts import Facts
from remission.exchange.export.makers import number_column
from remission.exchange.export.people_columns import EPOCH
from remission.exchange.export.rows import Rows
from remission.exchange.export.sources import DATED, Claim, Claims
from remission.exchange.files import Variable
from remission.survey import score

PRIMARY = "primary"


def wave_column(study: Study, rows: Rows, claims: Claims) -> tuple[Column, dict[str, float | str]]:
    """Make the wave variable of a long table, and say which value stands for which wave."""
    names = [wave.name for wave in study.protocol.waves]
    waves = pd.Series(rows.index.get_level_values(1), dtype=object)
    claim = claims.by_target.get(Target("wave"))
    if claim is not None and all(wave in claims.wave_values for wave in rows.waves):
        values = {wave: claims.wave_values[wave] for wave in rows.waves}
        as_text = claim.variable.kind == "text"
        cells = waves.map(values).astype(object if as_text else float)
        return Column(claim.name, Target("wave"), claim.variable, cells, rows.blank(), sourced=True), values
    own: dict[str, float | str] = {wave: float(names.index(wave) + 1) for wave in rows.waves}
    labels: dict[Any, str] = {float(place): name for place, name in enumerate(names, start=1)}
    variable = Variable(label="Wave", value_labels=labels, measure="ordinal", kind="number")
    return Column("wave", Target("wave"), variable, waves.map(own).astype(float), rows.blank()), own


def day_columns(facts: Facts, rows: Rows, claims: Claims, remarks: list[str]) -> tuple[list[Column], dict[str, int]]:
    """Make the variables of interview days, or say the day where all have the same in their file.

    Returns
    -------
    list of Column
    dict
        Wave to the day that its mapping states.
    """
    days = _days(facts, remarks)
    if rows.is_long:
        values = rows.by_wave(days, "day").astype(float)
        claim = _usable(claims, Target("day"), values, facts, rows, remarks)
        if claim is not None:
            return [_sourced(claim, values, facts, rows)], {}
        fixed = {wave: claims.days[wave] for wave in rows.waves if _is_fixed(claims, days, wave)}
        if values.isna().all() or len(fixed) == len(rows.waves):
            return [], fixed
        return [number_column(Target("day"), "day", "Day of the interview, counted from day 0", values)], {}
    found, stated = [], {}
    for wave in rows.waves:
        here = days[days["wave"] == wave]
        values = rows.by_wave(here, "day").astype(float)
        claim = _usable(claims, Target("day", wave=wave), values, facts, rows, remarks)
        if claim is not None:
            found.append(_sourced(claim, values, facts, rows))
        elif _is_fixed(claims, days, wave):
            stated[wave] = claims.days[wave]
        elif values.notna().any():
            label = f"Day of the interview, counted from day 0 ({wave.replace('_', ' ')})"
            found.append(number_column(Target("day", wave=wave), f"day_{wave}", label, values))
    return found, stated


def _days(facts: Facts, remarks: list[str]) -> pd.DataFrame:
    sheets = facts.answers[["participant_id", "wave", "instrument", "about", "day"]].drop_duplicates()
    days = sheets.groupby(["participant_id", "wave"])["day"]
    several = int(
        (
            sheets[["participant_id", "wave", "day"]].drop_duplicates().groupby(["participant_id", "wave"]).size() > 1
        ).sum()
    )
    if several:
        remarks.append(f"{several} interviews have more than one day, by instrument; the earliest day goes out.")
    return days.min().reset_index()


def _is_fixed(claims: Claims, days: pd.DataFrame, wave: str) -> bool:
    return wave in claims.days and bool((days.loc[days["wave"] == wave, "day"] == claims.days[wave]).all())


def _usable(
    claims: Claims, target: Target, days: pd.Series, facts: Facts, rows: Rows, remarks: list[str]
) -> Claim | None:
    claim = claims.by_target.get(target)
    if claim is None or claim.variable.kind not in DATED:
        return claim if claim is None or claim.variable.kind == "number" else None
    origin = rows.by_person(facts.people, "origin_date")
    if bool((days.notna() & origin.isna()).any()):
        remarks.append(f"{claim.name} was a date in its file; it goes out as days since day 0 under another name.")
        return None
    return claim


def _sourced(claim: Claim, days: pd.Series, facts: Facts, rows: Rows) -> Column:
    values = days
    if claim.variable.kind in DATED:
        origin = pd.to_datetime(rows.by_person(facts.people, "origin_date"))
        values = days + (origin - EPOCH).dt.days.astype(float)
    return Column(claim.name, claim.target, claim.variable, values.astype(float), rows.blank(), sourced=True)


def score_columns(
    study: Study, facts: Facts, rows: Rows, claims: Claims, wanted: bool, remarks: list[str]
) -> list[Column]:
    """Compute the study's measures anew: those that a file held, or all where they are wanted."""
    held = {target.name for target in claims.by_target if target.kind == "score"}
    found = []
    for name, measure in study.protocol.measures.items():
        told = facts.answers[facts.answers["instrument"] == measure.instrument]
        if (name not in held and not wanted) or told.empty:
            continue
        asked = study.instrument(measure.instrument)
        if wanted or name in held:
            scored = score(asked, told, scale=measure.scale, missing=measure.missing)
            scored = scored[_about(facts, scored, measure.about)]
        for wave in ("",) if rows.is_long else rows.waves:
            here = scored if not wave else scored[scored["wave"] == wave]
            target = Target("score", name, wave)
            claim = claims.by_target.get(target)
            if claim is None and (not wanted or here.empty):
                continue
            values = rows.by_wave(here, "score").astype(float)
            if claim is not None and claim.variable.kind == "number":
                found.append(Column(claim.name, target, claim.variable, values, rows.blank(), sourced=True))
                continue
            where = f" ({wave.replace('_', ' ')})" if wave else ""
            label = f"{measure.label}{where}, computed by remission"
            found.append(number_column(target, f"{name}_{wave}" if wave else name, label, values))
    return found


def _about(facts: Facts, scored: pd.DataFrame, about: str) -> pd.Series:
    """Tell the sheets a measure is about; with ``primary``, about the main group on their day."""
    if about != PRIMARY:
        return scored["about"] == about
    spells = facts.spells[facts.spells["is_primary"]]
    both = scored[["participant_id", "day", "about"]].reset_index(names="row")
    both = both.merge(spells, left_on=["participant_id", "about"], right_on=["participant_id", "group_name"])
    within = (both["start_day"] <= both["day"]) & (both["end_day"].isna() | (both["end_day"] >= both["day"]))
    return scored.index.to_series().isin(both.loc[within, "row"])
