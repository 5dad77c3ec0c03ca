"""Mean squares of a targets-by-raters table, and the six intraclass correlations of Shrout and Fleiss."""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, fdtri

FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
ROUNDING = 1e-20


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Analysis of variance of a complete table without replication.

    Attributes
    ----------
    targets, raters : int
    between : float
        Between targets.
    within : float
        Within targets: raters and error together.
    between_raters : float
    error : float
        What targets and raters leave.
    """

    targets: int
    raters: int
    between: float
    within: float
    between_raters: float
    error: float


@dataclass(frozen=True, slots=True)
class Form:
    """One intraclass correlation with its interval and its F test."""

    name: str
    estimate: float
    low: float
    high: float
    f: float
    df1: int
    df2: int
    p_value: float


def mean_squares(scores: np.ndarray) -> MeanSquares:
    """Take the sums of squares of complete scores apart, shape (targets, raters), two or more of each."""
    n, k = scores.shape
    centred = scores - scores.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    total = float((centred**2).sum())
    parts = [k * float(rows @ rows), n * float(columns @ columns)]
    parts.append(float(((centred - rows[:, None] - columns) ** 2).sum()))
    # What is left of equal scores is rounding, and an F of 1e30 would be made of it.
    between, raters, error = (part if part > ROUNDING * total else 0.0 for part in parts)
    return MeanSquares(
        n,
        k,
        between / (n - 1),
        (raters + error) / (n * (k - 1)),
        raters / (k - 1),
        error / ((n - 1) * (k - 1)),
    )


def shrout_fleiss(ms: MeanSquares, level: float) -> tuple[Form, ...]:
    """Compute the six forms in the order of ``FORMS``; what is not finite is NaN."""
    n, k = ms.targets, ms.raters
    df1, df_within, df_error = n - 1, n * (k - 1), (n - 1) * (k - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        b, w, j, e = (np.float64(x) for x in (ms.between, ms.within, ms.between_raters, ms.error))
        estimates = [
            (b - w) / (b + (k - 1) * w),
            (b - e) / (b + (k - 1) * e + k * (j - e) / n),
            (b - e) / (b + (k - 1) * e),
            (b - w) / b,
            (b - e) / (b + (j - e) / n),
            (b - e) / b,
        ]
        one, one_k = _by_f(b, w, df1, df_within, k, level)
        three, three_k = _by_f(b, e, df1, df_error, k, level)
        two = _two(ms, float(estimates[1]), level)
        intervals = [one, two, three, one_k, (_stepped_up(two[0], k), _stepped_up(two[1], k)), three_k]
        f_within, f_error = b / w, b / e
        tests = [(f_within, df_within), (f_error, df_error), (f_error, df_error)] * 2
    return tuple(
        Form(name, _finite(estimate), _finite(low), _finite(high), float(f), df1, df2, float(fdtrc(df1, df2, f)))
        for name, estimate, (low, high), (f, df2) in zip(FORMS, estimates, intervals, tests, strict=True)
    )


def _by_f(
    b: np.float64, rest: np.float64, df1: int, df2: int, k: int, level: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Exact limits of forms 1 and 3, for one rating and for the mean of k."""
    tail = (1 + level) / 2
    # b over F times rest, not F over a quantile: scores without error then give 1 and not NaN.
    low, high = rest * float(fdtri(df1, df2, tail)), rest / float(fdtri(df2, df1, tail))
    single = tuple(float((b - x) / (b + (k - 1) * x)) for x in (low, high))
    average = tuple(float((b - x) / b) for x in (low, high))
    return (single[0], single[1]), (average[0], average[1])


def _two(ms: MeanSquares, icc: float, level: float) -> tuple[float, float]:
    """Limits of form 2 by Satterthwaite's degrees of freedom, as in McGraw and Wong."""
    n, k = ms.targets, ms.raters
    b, j, e = (np.float64(x) for x in (ms.between, ms.between_raters, ms.error))
    if e == 0 and j == 0:
        return 1.0, 1.0
    raters, rest = k * icc * j, e * (n * (1 + (k - 1) * icc) - k * icc)
    v = (k - 1) * (n - 1) * (raters + rest) ** 2 / ((n - 1) * raters**2 + rest**2)
    upper, lower = float(fdtri(n - 1, v, (1 + level) / 2)), float(fdtri(v, n - 1, (1 + level) / 2))
    both = k * j + (k * n - k - n) * e
    return float(n * (b - upper * e) / (upper * both + n * b)), float(n * (lower * b - e) / (both + n * lower * b))


def _stepped_up(icc: float, k: int) -> float:
    """Spearman and Brown: from one rating to the mean of k."""
    return float(np.float64(icc * k) / (1 + icc * (k - 1)))


def _finite(x: float) -> float:
    return float(x) if np.isfinite(x) else float("nan")
