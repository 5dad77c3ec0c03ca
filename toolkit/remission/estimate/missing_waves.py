"""Who answered at which waves: the patterns of what is missing, with the reasons that are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.result import Check, Estimand, Method, Result, Sample

SEEN, GAP = "●", "○"
UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class MissingWaves(Result):
    """Patterns of answered waves; ``table`` has ``pattern participants share answered kind``.

    Attributes
    ----------
    waves : pandas.DataFrame
        One row is a wave: ``wave answered missing share``.
    reasons : pandas.DataFrame
        One row is a reason at a wave: ``wave reason participants``.
    """

    waves: pd.DataFrame
    reasons: pd.DataFrame


def missing_waves(wide: pd.DataFrame, waves: Sequence[str], *, reasons: pd.DataFrame | None = None) -> MissingWaves:
    """Count who answered at which waves.

    A pattern is *complete*, a *dropout* (answered up to a wave and never again), *intermittent* (came back after a
    gap), or *never*. Methods that follow a dropout by weights need few intermittent ones; multiple imputation takes
    all.

    Parameters
    ----------
    wide : pandas.DataFrame
        One row is a participant, a column each wave; missing where it was not answered.
    waves : sequence of str
        Those columns, in the order of time.
    reasons : pandas.DataFrame, optional
        As ``wide``, with a text where something is known of why it is missing.

    Returns
    -------
    MissingWaves
        The most frequent pattern first; a full dot stands for a wave that was answered.

    Raises
    ------
    DefinitionError
        A wave is no column.
    NotEstimable
        There are no participants.

    References
    ----------
    Little RJA, Rubin DB (2019). Statistical analysis with missing data, third edition. doi:10.1002/9781119482260
    """
    absent = [name for name in waves if name not in wide.columns]
    if absent or not waves:
        raise DefinitionError(f"The table has no wave '{absent[0] if absent else ''}'.", "Name columns of the table.")
    if wide.empty:
        raise NotEstimable("The table has no participants.", "Enrol some first.")
    seen = wide[list(waves)].notna().to_numpy()
    marks = ["".join(SEEN if one else GAP for one in row) for row in seen]
    found = pd.DataFrame({"pattern": marks, "answered": seen.sum(axis=1), "kind": [_kind(row) for row in seen]})
    table = found.groupby(["pattern", "answered", "kind"]).size().rename("participants").reset_index()
    table = table.sort_values(["participants", "answered"], ascending=False, ignore_index=True)
    table = table.assign(share=table["participants"] / len(wide))
    back = int((found["kind"] == "intermittent").sum())
    return MissingWaves(
        estimand=Estimand("share of participants who answered at each wave", contrast=", ".join(map(str, waves))),
        method=Method("Count of patterns", "Little and Rubin 2019, doi:10.1002/9781119482260"),
        sample=Sample(len(wide), len(wide)),
        table=table[["pattern", "participants", "share", "answered", "kind"]],
        checks=(
            Check(
                "nobody came back after a gap",
                back == 0,
                f"{back} came back after a wave that they missed."
                if back
                else "Whoever missed a wave missed the rest.",
            ),
        ),
        waves=pd.DataFrame(
            {
                "wave": list(waves),
                "answered": seen.sum(axis=0),
                "missing": (~seen).sum(axis=0),
                "share": seen.mean(axis=0),
            }
        ),
        reasons=_reasons(wide, waves, reasons),
    )


def _kind(row: np.ndarray) -> str:
    if row.all():
        return "complete"
    if not row.any():
        return "never"
    last = int(np.flatnonzero(row)[-1])
    return "dropout" if row[: last + 1].all() else "intermittent"


def _reasons(wide: pd.DataFrame, waves: Sequence[str], reasons: pd.DataFrame | None) -> pd.DataFrame:
    rows = []
    for wave in waves:
        empty = wide[wave].isna()
        told = pd.Series(UNKNOWN, index=wide.index[empty])
        if reasons is not None and wave in reasons.columns:
            told = reasons[wave].reindex(told.index).fillna(UNKNOWN).astype(str)
        rows += [(wave, reason, int(count)) for reason, count in told.value_counts().items()]
    return pd.DataFrame(rows, columns=["wave", "reason", "participants"])
