"""Time at risk cut wherever an exposure was reported anew."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study
from remission.errors import DefinitionError, ImmortalTime
from remission.outcomes import OutcomeDefinition
from remission.tables.covariates import covariates_at, in_order
from remission.tables.exposures import exposure_changes
from remission.tables.outcome import outcome_table


def risk_interval(
    study: Study,
    exposures: Sequence[str],
    covariates: Sequence[str] = (),
    lag_waves: int = 0,
    definition: OutcomeDefinition | str | None = None,
    same_day: str = "",
) -> pd.DataFrame:
    """One row is a stretch of days at risk ``(entry, exit]`` in which every exposure stays the same.

    A value counts from the day after it was known until the next one, so nothing explains what came before or on
    the same day.

    Parameters
    ----------
    study : Study
    exposures : sequence of str
        What varies over time: exposures of study.yaml, measures, ``group``, levels.
    covariates : sequence of str
        As known at day 0.
    lag_waves : int
        Use the report this many waves before the last one.
    definition : OutcomeDefinition or str, optional
    same_day : str
        Lifts the guard: let what was known on a day explain the event of that day. Say why, in words; it is kept in
        ``attrs["definition_sentence"]`` and so in every result.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event``, exposures and covariates. An event on day 0 has no time
        at risk in this form; such participants are counted in ``attrs["left_out"]``.

    Raises
    ------
    ImmortalTime
        ``lag_waves`` below 0.
    DefinitionError
        No exposure, one that is not known, or one that is also a covariate.
    """
    _require_askable(exposures, covariates, lag_waves)
    if not isinstance(same_day, str):
        raise DefinitionError("same_day is no text.", "Say why in words, such as same_day='as published'.")
    table = outcome_table(study, definition)
    at_once = table["exit"] <= 0
    watched = table.loc[~at_once, ["participant_id", "exit", "event"]]
    until = float(watched["exit"].max()) if len(watched) else 0.0
    reports = {name: exposure_changes(study, name, until, lag_waves) for name in exposures}
    if same_day:
        reports = {name: frame.assign(day=frame["day"] - 1) for name, frame in reports.items()}
    pieces = cut(watched, pd.concat([frame[["participant_id", "day"]] for frame in reports.values()]))
    for name, frame in reports.items():
        pieces[name] = _typed(study, name, carry_forward(pieces, frame))
    known = covariates_at(study, covariates)
    joined = pieces.join(known.frame, on="participant_id")
    reasons = [*table.attrs["left_out"]]
    if at_once.any():
        reasons.append(("the event or the end came on day 0, with no time at risk", int(at_once.sum())))
    joined.attrs = {
        **table.attrs,
        "measured_day": known.measured_day,
        "left_out": tuple(reasons),
    }
    if same_day:
        lifted = f" Engagement of a day may explain the event of the same day: {same_day.rstrip('.')}."
        joined.attrs["definition_sentence"] += lifted
    return joined


def cut(watched: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Cut each participant's time at the days on which something may change.

    Parameters
    ----------
    watched : pandas.DataFrame
        One row is a participant: ``participant_id exit event``, observed from day 0.
    changes : pandas.DataFrame
        One row is a day of possible change: ``participant_id day``.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event``, sorted; days outside the time at risk cut nothing.
    """
    starts = watched.assign(entry=0.0)
    inside = changes.drop_duplicates().merge(watched, on="participant_id")
    inside = inside[(inside["day"] > 0) & (inside["day"] < inside["exit"])].rename(columns={"day": "entry"})
    if not inside.empty:
        starts = pd.concat([starts, inside[["participant_id", "exit", "event", "entry"]]], ignore_index=True)
    pieces = starts.sort_values(["participant_id", "entry"], kind="stable").reset_index(drop=True)
    following = pieces.groupby("participant_id")["entry"].shift(-1)
    last = following.isna()
    return pd.DataFrame(
        {
            "participant_id": pieces["participant_id"],
            "entry": pieces["entry"].astype(float),
            "exit": following.where(~last, pieces["exit"]).astype(float),
            "event": pieces["event"].where(last, 0).astype(int),
        }
    )


def carry_forward(pieces: pd.DataFrame, reports: pd.DataFrame) -> pd.Series:
    """Give each piece the last value reported on or before its entry; missing before the first."""
    if reports.empty:
        return pd.Series(float("nan"), index=pieces.index)
    left = pieces[["participant_id", "entry"]].assign(row=pieces.index).sort_values("entry", kind="stable")
    right = reports.rename(columns={"day": "entry"}).sort_values("entry", kind="stable")
    right = right.assign(entry=right["entry"].astype(float))
    found = pd.merge_asof(left, right, on="entry", by="participant_id", direction="backward")
    return found.set_index("row")["value"].reindex(pieces.index)


def _require_askable(exposures: Sequence[str], covariates: Sequence[str], lag_waves: int) -> None:
    if not exposures:
        raise DefinitionError("No exposure is named.", "Name at least one measure that varies over time.")
    if lag_waves < 0:
        raise ImmortalTime(
            f"lag_waves={lag_waves} lets a later report explain an earlier stretch (immortal time).",
            "Use 0 for the last report, or 1 and more for those before it.",
        )
    twice = sorted(set(exposures) & set(covariates))
    if twice:
        raise DefinitionError(f"'{twice[0]}' is both an exposure and a covariate.", "Name it once.")


def _typed(study: Study, name: str, values: pd.Series) -> pd.Series:
    """Put words in the protocol's order, so that the first is the reference."""
    plan = study.protocol.exposures.get(name)
    cut = study.protocol.all_levels.get(name)
    if plan is None and cut is not None:
        return in_order(values, [level.name for level in cut.levels])
    if name == "group" or (plan is not None and plan.form == "primary"):
        return in_order(values.fillna("unknown"), study.protocol.groups)
    if name == "group_type":
        return in_order(values, dict.fromkeys(study.protocol.group(code).approach for code in study.protocol.groups))
    return values.astype(float)
