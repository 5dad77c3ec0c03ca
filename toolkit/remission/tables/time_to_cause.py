"""Time to the outcome or to what makes it impossible, whichever comes first."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study
from remission.outcomes import OutcomeDefinition, causes
from remission.tables.follow_up_end import follow_up_end
from remission.tables.time_to_event import time_to_event


def time_to_cause(
    study: Study, covariates: Sequence[str] = (), definition: OutcomeDefinition | str | None = None
) -> pd.DataFrame:
    """One row is a participant: days from the origin to the outcome, to a competing ending, or to the last report.

    A competing ending (``outcome.competing`` of study.yaml, usually death) counts on its own day where it came
    before the window of the next interview closed, since nothing was missed by then. One that came later, or on an
    unknown day, leaves the participant censored at the last report.

    Parameters
    ----------
    study : Study
    covariates : sequence of str
        As for ``time_to_event``.
    definition : OutcomeDefinition or str, optional

    Returns
    -------
    pandas.DataFrame
        As from ``time_to_event``, with ``cause``: ``use`` for the outcome, the ending's name, or empty where
        censored; for ``aalen_johansen``, ``gray``, ``fine_gray`` and ``cause_specific``.
    """
    table = time_to_event(study, covariates, definition)
    reach = follow_up_end(study, table).reach
    return causes(table, study.protocol.outcome.competing, reach)
