"""McDonald's omega total of a scale: one factor, its loadings, and a bootstrap interval if asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from remission.estimate.kernels.one_factor import OneFactor, omega_total, one_factor
from remission.estimate.record import Check

PROPER = "omega is proper"
DRAWN = "bootstrap of omega"


@dataclass(frozen=True)
class Omega:
    """Omega total with what it rests on; NaN where the fit is improper."""

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    loadings: np.ndarray
    checks: tuple[Check, ...] = ()
    trace: pd.DataFrame = field(default_factory=pd.DataFrame)


def omega(sheets: pd.DataFrame, draws: int, seed: int, conf_level: float) -> Omega:
    """Fit one factor to the correlations of three or more items.

    Parameters
    ----------
    sheets : pandas.DataFrame
        One row is an answer sheet; every pair of items has a correlation.
    draws, seed : int
        Samples of sheets, drawn with replacement, behind the interval; 0 gives none.
    conf_level : float
    """
    fit = one_factor(sheets.corr().to_numpy())
    improper = [str(name) for name in sheets.columns[fit.improper]]
    estimate = np.nan if improper or not fit.converged else omega_total(fit.loadings)
    checks = [Check(PROPER, not np.isnan(estimate), _words(improper, fit.converged))]
    error = low = high = np.nan
    if draws and not np.isnan(estimate):
        drawn = np.array(list(_resampled(sheets, draws, seed)))
        kept = drawn[~np.isnan(drawn)]
        checks.append(Check(DRAWN, kept.size == draws, f"{kept.size} of {draws} samples gave an omega."))
        if kept.size > 1:
            error = float(kept.std(ddof=1))
            low, high = (float(x) for x in np.quantile(kept, [(1 - conf_level) / 2, (1 + conf_level) / 2]))
    return Omega(estimate, error, low, high, fit.loadings, tuple(checks), _trace(fit))


def _resampled(sheets: pd.DataFrame, draws: int, seed: int) -> Iterator[float]:
    random = np.random.default_rng(seed)
    for _ in range(draws):
        correlation = sheets.iloc[random.integers(len(sheets), size=len(sheets))].corr().to_numpy()
        if np.isnan(correlation).any():
            yield np.nan
            continue
        fit = one_factor(correlation)
        yield np.nan if fit.improper.any() or not fit.converged else omega_total(fit.loadings)


def _words(improper: list[str], converged: bool) -> str:
    if improper:
        return (
            f"The factor would explain more than all of {', '.join(improper)} (Heywood case), so omega is not given: "
            "one factor does not fit, or there are too few answer sheets."
        )
    if not converged:
        return "The loadings did not settle, so omega is not given."
    return "Every item keeps a variance of its own."


def _trace(fit: OneFactor) -> pd.DataFrame:
    return pd.DataFrame({"iteration": range(len(fit.squares)), "squared_residuals": fit.squares})
