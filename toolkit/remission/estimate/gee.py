"""Population averages of repeated outcomes by generalised estimating equations."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from remission.errors import NotEstimable
from remission.estimate.curves import require_choice, require_level
from remission.estimate.gee_checks import gee_checks
from remission.estimate.gee_data import CANONICAL, GeeData, gee_data
from remission.estimate.kernels.estimating_equations import (
    Equations,
    Solution,
    correlation,
    patterns_of,
    scores,
    solve,
)
from remission.estimate.kernels.separation import separating_direction
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients, Estimand, Method

STRUCTURES = ("independence", "exchangeable", "ar1", "unstructured")
ERRORS = ("robust", "mancl-derouen", "naive")
QUANTITIES = {"binomial": "log odds ratio", "poisson": "log rate ratio", "gaussian": "difference in the mean"}
REFERENCE = "Liang and Zeger 1986, doi:10.1093/biomet/73.1.13"
MANY = 1e10


@dataclass(frozen=True, kw_only=True)
class GeeFit(Coefficients):
    """Coefficients of an average, with the working correlation they were weighed by.

    Attributes
    ----------
    scale : float
        Dispersion: mean squared Pearson residual.
    correlation_table : pandas.DataFrame
        Working correlation of the positions: ``first second correlation pairs``.
    criteria : dict
        ``quasi_likelihood qic qicu cic qicc``; Pan 2001, doi:10.1111/j.0006-341X.2001.00120.x. Lower is better among
        models of the same rows.
    n_clusters : int
    """

    scale: float
    correlation_table: pd.DataFrame
    criteria: dict[str, float] = field(default_factory=dict)
    n_clusters: int = 0

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "n_clusters": self.n_clusters, "scale": self.scale, **self.criteria}

    def correlations(self) -> pd.DataFrame:
        """Return the working correlation of pairs of positions, with how many pairs of rows stand behind each."""
        return self.correlation_table.copy()


def gee(
    formula: str,
    table: pd.DataFrame,
    *,
    groups: str = "participant_id",
    family: str = "binomial",
    correlation: str = "exchangeable",
    position: str | None = None,
    errors: str = "robust",
    weights: str | None = None,
    df: str = "normal",
    conf_level: float = 0.95,
) -> GeeFit:
    """Differences between groups of people in the average of an outcome seen several times.

    Odds ratios are population-averaged: they compare people with other covariates, and lie nearer to 1 than the
    conditional ones of ``logistic_mixed``, which compare a person with itself. Robust errors hold whatever the true
    correlation. Missing outcomes must not depend on outcomes, seen or not, unless ``weights`` make up for it.

    Parameters
    ----------
    formula : str
        For example ``"abstinent ~ months + C(group)"``.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    groups : str
        Column within whose values rows may depend.
    family : {"binomial", "gaussian", "poisson"}
        Of an outcome of 0 and 1, a measure, or a count; with logit, identity and log link.
    correlation : {"exchangeable", "independence", "ar1", "unstructured"}
        Working correlation within a group.
    position : str, optional
        Column of whole numbers that place a row among its group's, such as the number of the wave, so that ``ar1`` and
        ``unstructured`` know of gaps. Where not given rows stand in the table's order without gaps.
    errors : {"robust", "mancl-derouen", "naive"}
        The sandwich; the sandwich corrected for few groups; or what would hold if the working correlation were true.
    weights : str, optional
        Column of weights of rows, such as the inverse probability of being seen at the wave.
    df : {"normal", "groups"}
        Reference law: normal, or t with groups less coefficients.
    conf_level : float

    Returns
    -------
    GeeFit
        ``tidy()`` holds the coefficients (logarithms of ratios for the binomial and Poisson family), ``glance()`` scale
        and criteria, ``correlations()`` the working correlation.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong, or two rows of a group stand at one position.
    NotEstimable
        The rows cannot carry the model, or covariates separate the outcomes.

    References
    ----------
    Liang KY, Zeger SL (1986). Longitudinal data analysis using generalized linear models.
    doi:10.1093/biomet/73.1.13. Mancl LA, DeRouen TA (2001). A covariance estimator for GEE with improved
    small-sample properties. doi:10.1111/j.0006-341X.2001.00126.x. Robins JM, Rotnitzky A, Zhao LP (1995), for
    weights. doi:10.1080/01621459.1995.10476493
    """
    options = {
        "formula": formula,
        "groups": groups,
        "family": family,
        "correlation": correlation,
        "position": position,
        "errors": errors,
        "weights": weights,
        "df": df,
        "conf_level": conf_level,
    }
    _require_options(options)
    data = gee_data(formula, table, groups, family, position, weights)
    equations, independent = _equations(data, family, correlation)
    alone = _start(independent, data)
    solution = solve(equations, alone.beta) if correlation != "independence" else alone
    if not np.isfinite(solution.beta).all():
        raise NotEstimable("The equations ran away and have no solution.", "Use correlation='independence'.")
    return _result(data, equations, (alone, solution), options, table.attrs.get("time_origin", ""))


def _require_options(options: dict[str, Any]) -> None:
    known = {"family": tuple(QUANTITIES), "correlation": STRUCTURES, "errors": ERRORS, "df": ("normal", "groups")}
    for name, choices in known.items():
        require_choice(name, options[name], choices)
    require_level(options["conf_level"])


def _result(
    data: GeeData,
    equations: Equations,
    solutions: tuple[Solution, Solution],
    options: dict[str, Any],
    time_origin: str,
) -> GeeFit:
    """Put a solution, and the one under independence before it, into the shape of a result."""
    alone, solution = solutions
    family, terms = options["family"], list(data.design.terms)
    vcov = _variance(equations, solution, options["errors"])
    criteria = _criteria(equations, alone, solution, _variance(equations, solution, "robust"))
    freedom = float(equations.clusters - solution.beta.size) if options["df"] == "groups" else np.inf
    return GeeFit(
        estimand=Estimand(
            QUANTITIES[family],
            event=data.outcome,
            population="averages over participants",
            contrast="unit, or category against the first, between people",
            time_origin=time_origin,
        ),
        method=Method(
            f"Generalised estimating equations, {options['correlation']} working correlation", REFERENCE, options
        ),
        sample=data.sample,
        table=_tidy(terms, solution.beta, vcov, freedom, options["conf_level"], family),
        checks=gee_checks(equations, solution, options["errors"], data),
        trace=pd.DataFrame({"largest_step": solution.path}),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        fitted=data.design,
        scale=solution.scale,
        correlation_table=_correlations(equations, solution, data.position_names),
        criteria=criteria,
        n_clusters=equations.clusters,
    )


def _equations(data: GeeData, family: str, structure: str) -> tuple[Equations, Equations]:
    """Lay out the equations with the working correlation, and those under independence."""
    matter = structure in ("ar1", "unstructured")
    laid = Equations(
        data.design.matrix,
        data.y,
        np.zeros(len(data.y)),
        data.weight,
        patterns_of(data.cluster, data.position, matter),
        family,
        structure,
        int(data.cluster.max()) + 1,
        int(data.position.max()) + 1,
    )
    plain = patterns_of(data.cluster, data.position, False)
    return laid, replace(laid, structure="independence", patterns=plain)


def _start(independent: Equations, data: GeeData) -> Solution:
    if independent.family != "gaussian":
        y = independent.y
        side = (
            np.where(y > 0, np.where(y < 1, 0, 1), -1) if independent.family == "binomial" else np.where(y > 0, 0, -1)
        )
        apart = separating_direction(independent.x, side)
        if apart is not None:
            named = ", ".join(term for term, part in zip(data.design.terms, apart, strict=True) if part)
            raise NotEstimable(
                f"{named} tell the outcomes apart completely, so the estimate runs away.",
                "Merge categories, or leave a covariate out.",
            )
    start = np.zeros(independent.x.shape[1])
    if "Intercept" in data.design.terms:
        share = float(np.average(independent.y, weights=independent.weight))
        start[data.design.terms.index("Intercept")] = CANONICAL[independent.family](share)
    return solve(independent, start)


def _variance(equations: Equations, solution: Solution, errors: str) -> np.ndarray:
    if errors == "naive":
        return solution.bread
    parts = scores(equations, solution, corrected=errors == "mancl-derouen")
    return np.asarray(solution.bread @ (parts.T @ parts) @ solution.bread)


def _criteria(equations: Equations, alone: Solution, solution: Solution, robust: np.ndarray) -> dict[str, float]:
    """Return the quasi-likelihood under independence and what is made of it; as R's ``geepack::QIC``."""
    mean, y = equations.mean(solution.beta), equations.y
    if equations.family == "binomial":
        inside = np.clip(mean, 1e-300, 1 - 1e-16)
        each = y * np.log(inside) + (1 - y) * np.log1p(-inside)
    elif equations.family == "poisson":
        each = y * np.log(np.maximum(mean, 1e-300)) - mean
    else:
        each = -((y - mean) ** 2) / 2
    quasi = float(equations.weight @ each)
    p, k = solution.beta.size, solution.beta.size + solution.alpha.size
    complexity = float(np.trace(np.linalg.solve(alone.bread, robust)))
    qic, left = 2 * complexity - 2 * quasi, equations.clusters - k - 1
    return {
        "quasi_likelihood": quasi,
        "qic": qic,
        "qicu": 2 * p - 2 * quasi,
        "cic": complexity,
        "qicc": qic + 2 * k * (k + 1) / left if left > 0 else np.nan,
    }


def _tidy(
    terms: list[str], beta: np.ndarray, vcov: np.ndarray, freedom: float, conf_level: float, family: str
) -> pd.DataFrame:
    error = np.sqrt(np.diag(vcov))
    law = min(freedom, MANY)
    reach = float(stdtrit(law, 0.5 + conf_level / 2)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / error
    levels = {"binomial": "log odds", "poisson": "log rate", "gaussian": "mean"}
    columns = {
        "term": terms,
        "contrast": [levels[family] if term == "Intercept" else QUANTITIES[family] for term in terms],
        "estimate": beta,
        "std_error": error,
        "conf_low": beta - reach,
        "conf_high": beta + reach,
        "statistic": statistic,
        "p_value": 2 * stdtr(law, -np.abs(statistic)),
    }
    return pd.DataFrame(columns)[list(COEFFICIENT_COLUMNS)]


def _correlations(equations: Equations, solution: Solution, names: tuple[object, ...]) -> pd.DataFrame:
    """Name the correlation of each pair of positions."""
    held = correlation(equations.structure, np.arange(equations.positions), solution.alpha, equations.positions)
    first, second = np.triu_indices(equations.positions, 1)
    pairs = np.zeros((equations.positions, equations.positions))
    for pattern in equations.patterns:
        pairs[np.ix_(pattern.position, pattern.position)] += len(pattern.cluster)
    return pd.DataFrame(
        {
            "first": [names[place] for place in first],
            "second": [names[place] for place in second],
            "correlation": held[first, second],
            "pairs": pairs[first, second].astype(int),
        }
    )
