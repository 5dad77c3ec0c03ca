"""Use that comes again: time at risk of each next episode."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study
from remission.outcomes.episodes import use_episodes
from remission.tables.covariates import covariates_at
from remission.tables.use_timeline import use_timeline


def recurrent_use(study: Study, covariates: Sequence[str] = (), apart: int = 30) -> pd.DataFrame:
    """One row is a stretch of days at risk of the next episode of use.

    Parameters
    ----------
    study : Study
        ``outcome.substance`` and ``outcome.sources`` of its study.yaml say what is use, and who is believed.
    covariates : sequence of str
        As known at day 0.
    apart : int
        Days free of use that end an episode.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event episode`` and the covariates; as from ``remission.outcomes.use_episodes``.
    """
    found = use_episodes(use_timeline(study), study.protocol.outcome.substance, apart)
    known = covariates_at(study, covariates)
    joined = found.join(known.frame, on="participant_id")
    joined.attrs = {
        "definition": "an episode of use",
        "definition_sentence": f"An episode of use ends with {apart} days in a row that are told free of use.",
        "time_origin": study.protocol.time_origin,
        "measured_day": known.measured_day,
        "left_out": found.attrs["left_out"],
    }
    return joined
