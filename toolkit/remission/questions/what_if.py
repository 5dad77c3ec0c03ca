"""What a comparison would come to if those who were lost had fared otherwise."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from remission.cohort import Study
from remission.estimate import cox, stress_panel
from remission.estimate.result import Result
from remission.estimate.stress_panel import StressPanel
from remission.tables import time_to_event


@dataclass(frozen=True)
class WhatIf:
    """A comparison under several fates of the lost; ``window_end`` is the last day that it is about."""

    by: str
    window_end: int
    panel: StressPanel


def what_if(study: Study, by: str) -> WhatIf:
    """Compare groups by hazard ratios as given, for complete cases, and with the lost as relapsed or as free.

    Parameters
    ----------
    study : Study
    by : str
        A covariate known at day 0.

    Raises
    ------
    NotEstimable
        The comparison has no answer as given.
    """
    table = time_to_event(study, covariates=[by])
    attrs = table.attrs
    table = table[table[by].notna()].reset_index(drop=True)
    table.attrs = attrs
    numeric = pd.api.types.is_numeric_dtype(table[by])
    fit = partial(_hazards, terms=by if numeric else f"C({by})")
    end = max(wave.day for wave in study.protocol.standing_waves) or int(table["exit"].max())
    return WhatIf(by, end, stress_panel(fit, table, window_end=end, by=None if numeric else by))


def _hazards(table: pd.DataFrame, terms: str) -> Result:
    return cox(f"Event(exit, event) ~ {terms}", table)
