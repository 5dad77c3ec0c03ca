"""Fine–Gray regression for the incidence of one cause."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cause_data import cause_data, event_and_cause, name_of, one_row_each
from remission.estimate.cox_checks import cox_checks
from remission.estimate.curves import require_level
from remission.estimate.event_data import refuse_the_future
from remission.estimate.formula import build_design, required, split_sides
from remission.estimate.result import COEFFICIENT_COLUMNS, Check, Coefficients, Estimand, Method
from remission.estimate.subdistribution_fit import SubdistributionFit, fit_subdistribution

FEW_CLUSTERS = 20


@dataclass(frozen=True, kw_only=True)
class SubdistributionCoefficients(Coefficients):
    """Log subdistribution hazard ratios; ``glance()`` has the Wald test of all of them."""

    log_likelihood_null: float
    tests: dict[str, float]

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood_null": self.log_likelihood_null, **self.tests}

    def incidence(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the cumulative incidence of the cause for new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side, and of the strata.

        Returns
        -------
        pandas.DataFrame
            One row is a time at which the cause happened; one column a row of ``table``, named by its index;
            missing after the row's stratum was last followed.

        Raises
        ------
        DefinitionError
            A row's stratum is not among those of the model.
        """
        times = np.unique(self.fitted.cox.sets.times)
        predictor = self.fitted.design_for(table) @ self.table["estimate"].to_numpy()
        codes = self.fitted.stratum_of(table)
        hazard = np.empty((times.size, len(table)))
        for code in np.unique(codes):
            days, cumulative = self.fitted.baseline(code)
            steps = np.append(0.0, cumulative)[np.searchsorted(days, times, side="right")]
            hazard[:, codes == code] = np.where(times <= self.fitted.last_exit(code), steps, np.nan)[:, None]
        curves = -np.expm1(-hazard * np.exp(predictor))
        return pd.DataFrame(curves, index=pd.Index(times, name="time"), columns=table.index)


def fine_gray(
    formula: str,
    table: pd.DataFrame,
    *,
    cause: object = 1,
    strata: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> SubdistributionCoefficients:
    """Log subdistribution hazard ratios: what moves the cumulative incidence of one cause.

    Whoever had another cause stays in the risk set. So a ratio says which incidence is higher, not how
    much faster the cause comes to those still free of any event; for that see ``cause_specific``.
    Censoring must not depend on the covariates; with ``strata`` it may differ between them. Ties as Breslow.

    Parameters
    ----------
    formula : str
        ``"Event(exit, cause) ~ ..."``; the right side in formulaic's grammar, without random terms.
    table : pandas.DataFrame
        One row is a participant.
    cause : int or str
        The cause of interest; censoring is written as in ``aalen_johansen``.
    strata : str, optional
        Column whose values each have a baseline and censoring of their own; for few strata, each with many rows.
    cluster : str, optional
        Column within which rows may depend.
    conf_level : float

    Returns
    -------
    SubdistributionCoefficients
        Estimates are logs of subdistribution hazard ratios; errors are robust and allow for the estimated
        censoring weights, as R's ``cmprsk::crr``. ``incidence`` predicts curves.

    Raises
    ------
    NotEstimable
        Nobody or everybody in a group lacks the cause, all are censored, a covariate never varies, or
        covariates repeat one another.
    ImmortalTime
        A covariate or ``strata`` was measured after observation starts.
    DefinitionError
        The formula or a column is wrong, or there is delayed entry.

    References
    ----------
    Fine JP, Gray RJ (1999). A proportional hazards model for the subdistribution of a competing risk.
    doi:10.1080/01621459.1999.10474144. Zhou B, Fine J, Latouche A, Labopin M (2012), for clusters.
    doi:10.1093/biostatistics/kxr032. Zhou B, Latouche A, Rocha V, Fine J (2011), for strata.
    doi:10.1111/j.1541-0420.2010.01493.x
    """
    z = require_level(conf_level)
    exit, column, _ = event_and_cause(formula, delayed=False)
    _, right = split_sides(formula)
    explaining = sorted(required(right))
    if column in explaining or exit in explaining:
        raise DefinitionError(f"{formula!r} explains the outcome by itself.", "Take it off the right side.")
    known = [*explaining, *([strata] if strata else [])]
    found = cause_data(table, exit, column, None, [*known, *([cluster] if cluster else [])])
    refuse_the_future(table, known, None)
    code = found.code_of(cause)
    fit = fit_subdistribution(found, code, build_design(right, found.data.table, intercept=False), strata)
    codes = np.arange(found.code.size) if cluster is None else _clusters(found.data.table, cluster)
    options = {
        "cause": found.causes[code - 1],
        "strata": strata,
        "cluster": cluster,
        "ties": "breslow",
        "conf_level": conf_level,
        "causes": found.counts(),
        "z": z,
    }
    more = _enough_clusters(codes, cluster) if cluster else (one_row_each(found.data),)
    return _result(fit, fit.variance(codes), table, options, more)


def _clusters(table: pd.DataFrame, name: str) -> np.ndarray:
    codes, groups = pd.factorize(table[name])
    if len(groups) < 2:
        raise NotEstimable(
            f"All rows share one value of '{name}', so robust errors cannot be computed.", "Leave cluster out."
        )
    return np.asarray(codes)


def _enough_clusters(codes: np.ndarray, cluster: str) -> tuple[Check, ...]:
    count = int(codes.max()) + 1
    words = "" if count >= FEW_CLUSTERS else f": with fewer than {FEW_CLUSTERS} robust errors are too small"
    return (Check("clusters", count >= FEW_CLUSTERS, f"{count} values of {cluster}{words}."),)


def _result(
    fit: SubdistributionFit, vcov: np.ndarray, table: pd.DataFrame, options: dict[str, Any], more: tuple[Check, ...]
) -> SubdistributionCoefficients:
    beta = fit.cox.kernel.beta / fit.cox.scale
    terms = list(fit.cox.design.terms)
    known = np.isfinite(vcov).all()
    wald = float(beta @ np.linalg.pinv(vcov, hermitian=True) @ beta) if known else float("nan")
    return SubdistributionCoefficients(
        estimand=Estimand(
            "log subdistribution hazard ratio",
            event=name_of([options["cause"]], table),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Fine–Gray regression", "Fine and Gray 1999, doi:10.1080/01621459.1999.10474144", options),
        sample=fit.cox.data.sample,
        table=_tidy(terms, beta, np.sqrt(np.diag(vcov)), options["z"]),
        checks=(*cox_checks(fit.cox), *more),
        trace=pd.DataFrame(fit.cox.kernel.iterations, columns=["log_likelihood", "largest_step"]),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=fit.cox.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.cox.kernel.log_likelihood_null,
        tests={"df": len(beta), "wald": wald, "wald_p_value": float(chdtrc(len(beta), wald))},
    )


def _tidy(terms: list[str], beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    statistic = beta / error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": "log subdistribution hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]
