"""Time from the origin to the study's outcome."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study
from remission.outcomes import OutcomeDefinition
from remission.tables.covariates import Covariates, covariates_at
from remission.tables.outcome import outcome_table


def time_to_event(
    study: Study, covariates: Sequence[str] = (), definition: OutcomeDefinition | str | None = None
) -> pd.DataFrame:
    """One row is a participant: days from the origin to the outcome, or to the end of what is known.

    Parameters
    ----------
    study : Study
    covariates : sequence of str
        Known at day 0: ``arm``, ``site``, ``group``, ``engagement_level``, a characteristic, or a
        measure (its score at the first wave).
    definition : OutcomeDefinition or str, optional
        A definition or its name, as `remission outcome list` gives it; the study's own where not given.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event left right ending ending_day`` and the covariates, missing where
        they were not observed. ``attrs`` tell the definition, the time origin, when each covariate
        was measured, and who is left out with the reason.

    Raises
    ------
    ImmortalTime
        A covariate belongs to a later wave.
    DefinitionError
        A covariate is not known.
    """
    known = covariates_at(study, covariates)
    table = outcome_table(study, definition)
    return _attach(table, known)


def _attach(table: pd.DataFrame, known: Covariates) -> pd.DataFrame:
    joined = table.join(known.frame, on="participant_id")
    joined.attrs = {**table.attrs, "measured_day": known.measured_day}
    return joined
