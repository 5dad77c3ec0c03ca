"""The study's measures, scored at every wave, each with the day of its interview."""

import pandas as pd

from remission.cohort import Study, reading
from remission.errors import DefinitionError
from remission.survey import MissingRule, score


def measure_scores(study: Study, name: str) -> pd.DataFrame:
    """One row is a participant at a wave where the measure's instrument was answered.

    Parameters
    ----------
    study : Study
    name : str
        A measure of study.yaml.

    Returns
    -------
    pandas.DataFrame
        ``participant_id wave day score``; the day is the interview's, or the wave's own where the
        interview has none.

    Raises
    ------
    DefinitionError
        The study has no such measure.
    """
    measures = study.protocol.measures
    if name not in measures:
        raise DefinitionError(f"The study has no measure '{name}'.", f"It has {', '.join(measures)}.")
    measure = measures[name]
    return scores_of(study, measure.instrument, measure.scale, measure.missing)


def scores_of(study: Study, instrument_name: str, scale: str, missing: MissingRule | None = None) -> pd.DataFrame:
    """One row is a participant at a wave; as ``measure_scores``, for any scale of any instrument."""
    answers = reading.answers(study, instrument=instrument_name)
    if answers.empty:
        return pd.DataFrame(columns=["participant_id", "wave", "day", "score"]).astype({"day": float, "score": float})
    scored = score(study.instrument(instrument_name), answers, scale=scale, missing=missing)
    planned = scored["wave"].map({wave.name: wave.day for wave in study.protocol.waves})
    day = pd.to_numeric(scored["day"]).astype(float).fillna(planned.astype(float))
    return scored.assign(day=day, score=scored["score"].astype(float))[["participant_id", "wave", "day", "score"]]
