"""The clock started later, so that what was known by then may explain what follows."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study
from remission.outcomes import OutcomeDefinition
from remission.tables.covariates import covariates_at
from remission.tables.outcome import outcome_table


def landmark(
    study: Study, day: float, covariates: Sequence[str] = (), definition: OutcomeDefinition | str | None = None
) -> pd.DataFrame:
    """One row is a participant still free of the event and followed on the landmark day.

    Parameters
    ----------
    study : Study
    day : float
        The landmark, in days from the origin.
    covariates : sequence of str
        As known on that day: a measure gives its last score by then, ``measure@wave`` that wave's.
    definition : OutcomeDefinition or str, optional

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event …`` with ``entry`` on the landmark day; exit stays in days
        from the origin. Those with the event, or not followed beyond the day, are counted in
        ``attrs["left_out"]``.

    References
    ----------
    Anderson JR, Cain KC, Gelber RD (1983). Analysis of survival by tumor response.
    doi:10.1200/JCO.1983.1.11.710
    """
    known = covariates_at(study, covariates, day)
    table = outcome_table(study, definition)
    early = (table["event"] == 1) & (table["exit"] <= day)
    lost = ~early & (table["exit"] <= day)
    kept = table[~early & ~lost].assign(entry=float(day)).join(known.frame, on="participant_id")
    kept.attrs = {
        **table.attrs,
        "measured_day": known.measured_day,
        "left_out": (
            *table.attrs["left_out"],
            (f"the event came by day {day:g}", int(early.sum())),
            (f"not followed beyond day {day:g}", int(lost.sum())),
        ),
    }
    return kept.reset_index(drop=True)
