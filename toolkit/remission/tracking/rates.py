"""Rates of follow-up with honest denominators."""

import numpy as np
import pandas as pd

from remission.tracking.dispositions import DISPOSITIONS


def rates(found: pd.DataFrame) -> pd.DataFrame:
    """Count dispositions wave by wave, and give the rates that funders and journals ask for.

    With I complete, P partial, R refused or withdrawn, NC not located and O institutionalised:
    ``follow_up`` = I / due; ``follow_up_living`` the same without the dead; ``response_rate_1`` = I / (I + P + R + NC
    + O), ``response_rate_2`` adds P above; ``cooperation_1`` = I / (I + P + R + O). Eligibility is known for all who
    are enrolled, so AAPOR's terms for unknown eligibility are 0 and the dead are not eligible.

    Parameters
    ----------
    found : pandas.DataFrame
        As from ``dispositions``.

    Returns
    -------
    pandas.DataFrame
        One row is a wave: ``wave enrolled due``, the nine dispositions, the rates; a rate is missing where its
        denominator is 0. The dispositions of a row sum to ``enrolled``, and those but ``not_yet_due`` to ``due``.

    References
    ----------
    American Association for Public Opinion Research (2023), Standard Definitions, 10th edition: RR1, RR2, COOP1.
    """
    waves = found["wave"].drop_duplicates()
    counts = pd.crosstab(found["wave"], found["disposition"]).reindex(index=waves, columns=list(DISPOSITIONS))
    counts = counts.fillna(0).astype(int)
    complete = counts["completed_in_window"] + counts["completed_out_of_window"]
    partial, refused = counts["partial"], counts["refused"] + counts["withdrawn"]
    missed, other = counts["not_located"], counts["institutionalised"]
    due = counts.sum(axis=1) - counts["not_yet_due"]
    table = counts.assign(
        follow_up=_share(complete, due),
        follow_up_living=_share(complete, due - counts["deceased"]),
        response_rate_1=_share(complete, complete + partial + refused + missed + other),
        response_rate_2=_share(complete + partial, complete + partial + refused + missed + other),
        cooperation_1=_share(complete, complete + partial + refused + other),
    )
    table.insert(0, "due", due)
    table.insert(0, "enrolled", counts.sum(axis=1))
    table.columns.name = None
    return table.rename_axis("wave").reset_index()


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).replace([np.inf, -np.inf], np.nan)
