"""The study's measures, scored at every wave, each with the day of its interview."""

import pandas as pd

from remission.cohort import Study, reading
from remission.cohort.memory import remembered
from remission.errors import DefinitionError
from remission.survey import MissingRule, score

PRIMARY = "primary"


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
    return scores_of(study, measure.instrument, measure.scale, measure.missing, measure.about)


@remembered
def scores_of(
    study: Study, instrument_name: str, scale: str, missing: MissingRule | None = None, about: str = ""
) -> pd.DataFrame:
    """One row is a participant at a wave; as ``measure_scores``, for any scale of any instrument."""
    answers = reading.answers(study, instrument=instrument_name)
    if answers.empty:
        return pd.DataFrame(columns=["participant_id", "wave", "day", "score"]).astype({"day": float, "score": float})
    scored = score(study.instrument(instrument_name), answers, scale=scale, missing=missing)
    planned = scored["wave"].map({wave.name: wave.day for wave in study.protocol.waves})
    day = pd.to_numeric(scored["day"]).astype(float).fillna(planned.astype(float))
    scored = scored.assign(day=day, score=scored["score"].astype(float))
    kept = _about_primary(study, scored) if about == PRIMARY else scored["about"] == about
    return scored.loc[kept, ["participant_id", "wave", "day", "score"]].reset_index(drop=True)


def _about_primary(study: Study, scored: pd.DataFrame) -> pd.Series:
    """Tell which sheets are about the group that was the participant's main one on their day."""
    spells = reading.affiliations(study)
    spells = spells[spells["is_primary"]]
    rows = scored[["participant_id", "day", "about"]].reset_index(names="row")
    both = rows.merge(spells, left_on=["participant_id", "about"], right_on=["participant_id", "group_name"])
    open_end = both["end_day"].isna() | (both["end_day"] >= both["day"])
    within = both[(both["start_day"] <= both["day"]) & open_end]
    return scored.index.to_series().isin(within["row"])
