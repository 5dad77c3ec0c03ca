"""Abstinence at the interviews, beside what was known at earlier ones."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.errors import DefinitionError, ImmortalTime
from remission.outcomes import abstinent_before
from remission.tables.covariates import covariates_at
from remission.tables.due import due_and_answered
from remission.tables.follow_up_end import looked_on
from remission.tables.measures import measure_scores, scores_of
from remission.tables.use_timeline import use_timeline

INSTRUMENT, ASKED_DAYS = "recent_use", 30


def abstinence_at_waves(
    study: Study,
    measures: Sequence[str] = (),
    characteristics: Sequence[str] = (),
    *,
    measure: str = "",
    days: int = 30,
    lag_waves: int = 1,
    same_wave: str = "",
    missing: str = "left_out",
    waves: Sequence[str] = (),
) -> pd.DataFrame:
    """One row is a participant at a wave after the first at which abstinence is known.

    All sources that study.yaml believes are asked about the days before the interview; where none of them tells, the
    interview's own answers do (``recent_use``: days of use in the past 30, use since the last interview).

    Parameters
    ----------
    study : Study
    measures : sequence of str
        Measures of study.yaml, as told ``lag_waves`` waves earlier.
    characteristics : sequence of str
        As known at day 0: ``group``, ``arm``, a characteristic, ``measure@wave`` of the first wave.
    measure : str
        A measure of which 0 is abstinent, such as drinks in the past 30 days; instead of the sources.
    days : int
        Length of the window before each interview; what ``measure`` looks back on where one is named.
    lag_waves : int
        Missing where that earlier interview did not take place: a lag is not filled from further back.
    same_wave : str
        The reason for ``lag_waves=0``, in words; it is kept in ``attrs["definition_sentence"]``.
    missing : {"left_out", "use"}
        With ``"use"`` everyone is at every wave that was due, and whoever is not known to be abstinent used.
    waves : sequence of str
        All after the first where not given.

    Returns
    -------
    pandas.DataFrame
        ``participant_id wave day months abstinent``, the measures and the characteristics.

    Raises
    ------
    ImmortalTime
        ``lag_waves`` is below 0, or 0 without a reason.
    DefinitionError
        A wave, measure or characteristic is not known.
    """
    _require_earlier(lag_waves, same_wave)
    if missing not in ("left_out", "use"):
        raise DefinitionError(f"missing={missing!r} is no rule.", "Take 'left_out' or 'use'.")
    order = [wave.name for wave in study.protocol.waves]
    chosen = [study.protocol.wave(name).name for name in waves] or order[1:]
    known = covariates_at(study, characteristics)
    table = _at_waves(study, chosen, known.frame.index, measure, days)
    unknown = int(table["abstinent"].isna().sum())
    reasons: tuple[tuple[str, int], ...] = ()
    if missing == "use":
        table = table.assign(abstinent=table["abstinent"].fillna(0.0))
    else:
        table = table[table["abstinent"].notna()]
        reasons = (("interviews due whose abstinence is not known", unknown),)
    for name in measures:
        table = _with_earlier(study, table, name, order, lag_waves)
    joined = table.join(known.frame, on="participant_id").reset_index(drop=True)
    joined.attrs = {
        "definition": f"{measure} of 0" if measure else f"abstinence over {days} days",
        "definition_sentence": _sentence(measure, days, missing, same_wave),
        "time_origin": study.protocol.time_origin,
        "left_out": reasons,
        "unknown": unknown,
    }
    return joined


def _sentence(measure: str, days: int, missing: str, same_wave: str) -> str:
    rule = "counts as use" if missing == "use" else "is left out"
    source = (
        f"'{measure}' was 0"
        if measure
        else f"no use on the {days} days before the interview, by all sources that study.yaml names, else by the "
        "interview's own answers"
    )
    sentence = f"Abstinent: {source}; what is not known {rule}."
    if same_wave:
        sentence += f" What was told at an interview may explain abstinence told there: {same_wave.rstrip('.')}."
    return sentence


def _require_earlier(lag_waves: int, same_wave: str) -> None:
    if lag_waves < 0 or (lag_waves == 0 and not same_wave.strip()):
        raise ImmortalTime(
            f"With lag_waves={lag_waves} what is told later or on the same day explains abstinence before it.",
            "Use lag_waves=1, or give the reason for lag_waves=0 in words as same_wave=.",
        )


def _at_waves(study: Study, waves: list[str], people: pd.Index, measure: str, days: int) -> pd.DataFrame:
    """One row is a participant at a chosen wave that was due; ``abstinent`` is missing where nobody knows."""
    due, _ = due_and_answered(study, looked_on(study) or date.today())
    awaited = due.reindex(index=people, columns=waves, fill_value=False)
    who, where = np.nonzero(awaited.to_numpy(dtype=bool))
    table = pd.DataFrame({"participant_id": awaited.index[who], "wave": awaited.columns[where]})
    interviews = measure_scores(study, measure) if measure else _interviews(study, days)
    table = table.merge(interviews, on=["participant_id", "wave"], how="left")
    planned = {name: study.protocol.wave(name) for name in waves}
    table = table.assign(
        day=table["day"].astype(float).fillna(table["wave"].map({name: float(planned[name].day) for name in waves})),
        months=table["wave"].map({name: float(planned[name].months) for name in waves}),
    )
    if measure:
        abstinent = (table["score"] == 0).astype(float).where(table["score"].notna())
    else:
        sourced = abstinent_before(use_timeline(study), table, days, study.protocol.outcome.substance)
        abstinent = sourced.where(sourced.notna(), table["told"])
    return table.assign(abstinent=abstinent.astype(float))[["participant_id", "wave", "day", "months", "abstinent"]]


def _interviews(study: Study, days: int) -> pd.DataFrame:
    """One row is an interview with answers on use: ``told`` is 1 abstinent, 0 not, missing where they do not tell."""
    counted, since = (scores_of(study, INSTRUMENT, scale) for scale in ("days_used", "abstinent"))
    key = ["participant_id", "wave"]
    both = counted.merge(since.rename(columns={"score": "free", "day": "day_free"}), on=key, how="outer")
    both = both.assign(day=both["day"].astype(float).fillna(both["day_free"].astype(float)))
    both = both.sort_values(["participant_id", "day"], kind="stable")
    gap = both["day"] - both.groupby("participant_id")["day"].shift().fillna(0.0)
    known_free = ((both["score"] == 0) & (days <= ASKED_DAYS)) | ((both["free"] == 1) & (gap >= days))
    known_use = (both["score"] > 0) & (days >= ASKED_DAYS)
    told = pd.Series(np.select([known_use, known_free], [0.0, 1.0], np.nan), index=both.index)
    return both.assign(told=told)[[*key, "day", "told"]]


def _with_earlier(study: Study, table: pd.DataFrame, name: str, order: list[str], lag: int) -> pd.DataFrame:
    scores = measure_scores(study, name).dropna(subset="score")
    place = scores["wave"].map({wave: number for number, wave in enumerate(order)})
    later = place + lag
    kept = scores.assign(wave=later.map(dict(enumerate(order))))[later < len(order)]
    values = kept[["participant_id", "wave", "score"]].rename(columns={"score": name})
    return table.merge(values, on=["participant_id", "wave"], how="left")
