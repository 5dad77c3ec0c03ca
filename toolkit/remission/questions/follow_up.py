"""Who was due at each wave, and who answered."""

from datetime import date

import pandas as pd

from remission.cohort import Study
from remission.estimate.curves import label
from remission.tables.covariates import covariates_at
from remission.tables.due import due_and_answered


def follow_up(study: Study, by: str | None = None, as_of: date | None = None) -> pd.DataFrame:
    """Count who was due and who answered, wave by wave.

    A participant is due at a wave once its planned day has come, unless death or withdrawal came
    before; without an origin date the day counts as come. Whoever answered was due, and nobody else at a
    wave that is retired.

    Parameters
    ----------
    study : Study
    by : str, optional
        A covariate known at day 0, such as ``group`` or ``arm``.
    as_of : datetime.date, optional
        The day on which to look; today where not given.

    Returns
    -------
    pandas.DataFrame
        One row is a wave (of a group, with ``by``, then first column): ``wave day due answered
        rate``; the rate is missing where nobody was due.
    """
    due, answered = due_and_answered(study, as_of or date.today())
    if by is None:
        return _counted(study, due, answered)
    groups = covariates_at(study, [by]).frame[by].reindex(due.index).astype(object)
    named = _named(groups)
    pieces = [
        _counted(study, due[named == name], answered[named == name]).assign(**{by: name})
        for name in sorted(named.unique())
    ]
    whole = pd.concat(pieces, ignore_index=True) if pieces else _counted(study, due, answered).assign(**{by: ""})
    return whole[[by, "wave", "day", "due", "answered", "rate"]][: None if pieces else 0]


def group_sizes(study: Study, by: str = "group") -> pd.DataFrame:
    """Count participants by a covariate known at day 0.

    Returns
    -------
    pandas.DataFrame
        One row is a value: the covariate, ``participants`` and ``share`` of all, largest first.
    """
    values = covariates_at(study, [by]).frame[by].astype(object)
    sizes = _named(values).value_counts()
    ordered = sizes.sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {
            by: ordered.index,
            "participants": ordered.to_numpy(),
            "share": ordered.to_numpy() / max(1, len(values)),
        }
    )


def _named(values: pd.Series) -> pd.Series:
    return values.map(lambda value: "unknown" if pd.isna(value) else label(value)).astype(object)


def _counted(study: Study, due: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    days = {wave.name: wave.day for wave in study.protocol.waves}
    counts = pd.DataFrame(
        {
            "wave": list(days),
            "day": list(days.values()),
            "due": due.sum().to_numpy(dtype=int),
            "answered": answered.sum().to_numpy(dtype=int),
        }
    )
    return counts.assign(rate=counts["answered"] / counts["due"].where(counts["due"] > 0))
