"""Measures over the waves."""

from collections.abc import Sequence
from functools import reduce

import pandas as pd

from remission.cohort import Study
from remission.errors import DefinitionError
from remission.tables.covariates import covariates_at
from remission.tables.measures import measure_scores


def repeated(study: Study, measures: Sequence[str], characteristics: Sequence[str] = ()) -> pd.DataFrame:
    """One row is a participant at a wave at which at least one of the measures has a score.

    Parameters
    ----------
    study : Study
    measures : sequence of str
        Measures of study.yaml.
    characteristics : sequence of str
        What does not change: ``arm``, ``site``, ``group`` at the origin, ``engagement_level`` at
        the origin, or a characteristic.

    Returns
    -------
    pandas.DataFrame
        ``participant_id wave day months``, the measures and the characteristics. ``day`` is the
        interview's own, ``months`` the wave's nominal time.
    """
    twice = sorted(set(measures) & set(characteristics))
    if not measures or twice:
        cause = f"'{twice[0]}' is both a measure and a characteristic." if twice else "No measure is named."
        raise DefinitionError(cause, "Name at least one measure of study.yaml, and each name once.")
    key = ["participant_id", "wave"]
    scored = [
        measure_scores(study, name).dropna(subset="score").rename(columns={"score": name, "day": f"day {name}"})
        for name in measures
    ]
    table = reduce(lambda left, right: left.merge(right, on=key, how="outer"), scored)
    days = [f"day {name}" for name in measures]
    months = {wave.name: wave.months for wave in study.protocol.waves}
    table = table.assign(day=table[days].astype(float).bfill(axis=1).iloc[:, 0], months=table["wave"].map(months))
    table = table.sort_values(["participant_id", "months"], kind="stable").reset_index(drop=True)
    table = table[[*key, "day", "months", *measures]].astype({"months": float})
    joined = table.join(covariates_at(study, characteristics).frame, on="participant_id")
    joined.attrs = {"time_origin": study.protocol.time_origin}
    return joined
