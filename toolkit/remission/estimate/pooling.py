"""Results of several completed tables made one, by Rubin's rules."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr, stdtrit

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.coefficients import COEFFICIENT_COLUMNS, Coefficients
from remission.estimate.record import Check, Estimates, Method, Result, Test

KEY = ["term", "contrast"]
LARGE = 1e10
NOISE = 0.1
REFERENCE = "Rubin 1987, doi:10.1002/9780470316696; Barnard and Rubin 1999, doi:10.1093/biomet/86.4.948"


def pool(results: Sequence[Result], *, df_complete: float = np.inf, conf_level: float = 0.95) -> Estimates:
    """Make one result of those of each completed table.

    Estimates are averaged on the scale on which they are given (logarithms of ratios); their variance is that within
    copies plus that between them. What an estimate varies between copies is what the missing answers cost.

    Parameters
    ----------
    results : sequence of Result
        Of any estimator whose table has ``term estimate std_error``, one a copy.
    df_complete : float
        Degrees of freedom had nothing been missing; infinite where not given, which suits large samples.
    conf_level : float

    Returns
    -------
    Estimates
        Columns of ``COEFFICIENT_COLUMNS``, and ``df within between increase lambda fmi monte_carlo_error``: variance
        within and between copies, the relative increase in variance, the share of variance due to what is missing, the
        fraction of missing information, and how far the estimate would still move with more copies.

    Raises
    ------
    DefinitionError
        Fewer than two results, or their terms differ.
    NotEstimable
        An estimate or its error is not known in some copy.

    References
    ----------
    Rubin DB (1987). Multiple imputation for nonresponse in surveys. doi:10.1002/9780470316696. Barnard J, Rubin DB
    (1999). Small-sample degrees of freedom with multiple imputation. doi:10.1093/biomet/86.4.948. White IR, Royston P,
    Wood AM (2011), for the Monte Carlo error. doi:10.1002/sim.4067
    """
    if not 0 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level!r} is not between 0 and 1.", "Use 0.95, for example.")
    names, estimates, errors = _stacked(results)
    m = len(results)
    within, between = (errors**2).mean(axis=0), estimates.var(axis=0, ddof=1)
    mean, extra = estimates.mean(axis=0), (1 + 1 / m) * between
    total = within + extra
    with np.errstate(divide="ignore", invalid="ignore"):
        increase, share = extra / within, extra / total
    df = _degrees_of_freedom(share, m, df_complete)
    error = np.sqrt(total)
    reach = stdtrit(np.minimum(df, LARGE), 0.5 + conf_level / 2) * error
    statistic = mean / error
    table = names.assign(
        estimate=mean,
        std_error=error,
        conf_low=mean - reach,
        conf_high=mean + reach,
        statistic=statistic,
        p_value=2 * stdtr(np.minimum(df, LARGE), -np.abs(statistic)),
        df=df,
        within=within,
        between=between,
        increase=increase,
        fmi=(increase + 2 / (df + 3)) / (increase + 1),
        monte_carlo_error=np.sqrt(between / m),
    )
    table["lambda"] = share
    first = results[0]
    return Estimates(
        estimand=first.estimand,
        method=Method(f"{first.method.name}, {m} imputations pooled", REFERENCE, {**first.method.options, "copies": m}),
        sample=first.sample,
        table=table[[*COEFFICIENT_COLUMNS, *(name for name in table.columns if name not in COEFFICIENT_COLUMNS)]],
        checks=(*_checks(table, m), *_failed(results)),
    )


def pooled_test(results: Sequence[Coefficients], terms: Sequence[str]) -> Test:
    """Test whether several coefficients are all 0, over completed tables (D1).

    Parameters
    ----------
    results : sequence of Coefficients
        One a copy.
    terms : sequence of str

    Returns
    -------
    Test
        ``statistic df df2 p_value increase``: an F statistic, and the average relative increase in variance.

    Raises
    ------
    DefinitionError
        Fewer than two results, or a term that is not among them.
    NotEstimable
        An estimate is not known in some copy.

    References
    ----------
    Li KH, Raghunathan TE, Rubin DB (1991). Large-sample significance levels from multiply imputed data using
    moment-based statistics and an F reference distribution. doi:10.1080/01621459.1991.10475152
    """
    names, estimates, _ = _stacked(results)
    place = [names["term"].tolist().index(term) for term in terms if term in set(names["term"])]
    if len(place) < max(1, len(terms)):
        raise DefinitionError("A term is not among the estimates.", f"There are {', '.join(names['term'])}.")
    m, k = len(results), len(place)
    chosen = estimates[:, place]
    within = np.mean([result.vcov.to_numpy()[np.ix_(place, place)] for result in results], axis=0)
    between = np.atleast_2d(np.cov(chosen, rowvar=False))
    increase = (1 + 1 / m) * float(np.trace(between @ np.linalg.inv(within))) / k
    mean = chosen.mean(axis=0)
    statistic = float(mean @ np.linalg.solve(within, mean)) / (k * (1 + increase))
    t = k * (m - 1)
    if increase <= 0:
        df2 = np.inf
    elif t > 4:
        df2 = 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2
    else:
        df2 = t * (1 + 1 / k) * (1 + 1 / increase) ** 2 / 2
    first = results[0]
    row = {
        "statistic": statistic,
        "df": k,
        "df2": df2,
        "p_value": float(fdtrc(k, min(df2, LARGE), statistic)),
        "increase": increase,
    }
    return Test(
        estimand=first.estimand,
        method=Method(
            "Wald test over imputations (D1)",
            "Li, Raghunathan and Rubin 1991, doi:10.1080/01621459.1991.10475152",
            {"terms": tuple(terms), "copies": m},
        ),
        sample=first.sample,
        table=pd.DataFrame([row]),
        checks=_failed(results),
    )


def _stacked(results: Sequence[Result]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    if len(results) < 2:
        raise DefinitionError("Fewer than two results are given.", "Give one of each completed table.")
    tables = [result.tidy() for result in results]
    if not {"term", "estimate", "std_error"} <= set(tables[0].columns):
        raise DefinitionError(
            "The results have no terms with estimates and errors.", "Pool coefficients, or rows of a curve at days."
        )
    names = tables[0].reindex(columns=KEY).fillna({"contrast": ""})
    for table in tables:
        if not table.reindex(columns=KEY).fillna({"contrast": ""}).equals(names):
            raise DefinitionError(
                "The results do not have the same terms, as where a category is empty in one copy.",
                "Merge rare categories before imputing.",
            )
    estimates = np.array([table["estimate"].to_numpy(dtype=float) for table in tables])
    errors = np.array([table["std_error"].to_numpy(dtype=float) for table in tables])
    if not (np.isfinite(estimates).all() and np.isfinite(errors).all()):
        lost = names["term"][~(np.isfinite(estimates) & np.isfinite(errors)).all(axis=0)].iloc[0]
        raise NotEstimable(f"'{lost}' could not be estimated in every copy.", "Use a simpler model.")
    return names, estimates, errors


def _degrees_of_freedom(share: np.ndarray, m: int, complete: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        old = np.where(share > 0, (m - 1) / share**2, np.inf)
        if not np.isfinite(complete):
            return np.asarray(old)
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        # With nothing missing the complete fit comes back.
        return np.asarray(np.where(np.isinf(old), complete, old * observed / (old + observed)))


def _checks(table: pd.DataFrame, m: int) -> tuple[Check, ...]:
    noisy = (table["monte_carlo_error"] > NOISE * table["std_error"]) & ~(
        table["term"].eq("Intercept") & (len(table) > 1)
    )
    need = int(np.ceil(100 * float(table["fmi"].max())))
    return (
        Check(
            "enough copies",
            not noisy.any(),
            f"With {m} copies the estimate of {table.loc[noisy, 'term'].iloc[0]} still moves by more than a tenth of "
            f"its error: take about {max(need, m + 1)}."
            if noisy.any()
            else f"More than {m} copies would move no estimate by a tenth of its error.",
        ),
    )


def _failed(results: Sequence[Result]) -> tuple[Check, ...]:
    """Carry over every check that failed in some copy, once, with the number of copies."""
    failed: dict[str, list[str]] = {}
    for result in results:
        for check in result.checks:
            if not check.passed:
                failed.setdefault(check.name, []).append(check.sentence)
    return tuple(
        Check(name, False, f"In {len(said)} of {len(results)} copies: {said[0]}") for name, said in failed.items()
    )
