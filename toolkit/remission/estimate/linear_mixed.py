"""Linear mixed models for measures repeated over the waves."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice
from remission.estimate.kernels.linear_mixed_solution import LinearMixedSolution, solve_linear_mixed
from remission.estimate.mixed_checks import mixed_checks
from remission.estimate.mixed_data import MixedData, mixed_data
from remission.estimate.mixed_fit import KENWARD_ROGER, LinearMixedFit, MixedPredictor, finite, t_quantile
from remission.estimate.result import COEFFICIENT_COLUMNS, Estimand, Method

DF_KINDS = ("satterthwaite", KENWARD_ROGER, "normal", "residual")
VANISHED = 1e-3


def linear_mixed(
    formula: str,
    table: pd.DataFrame,
    *,
    reml: bool = True,
    weights: str | None = None,
    df: str = "satterthwaite",
    conf_level: float = 0.95,
) -> LinearMixedFit:
    """Differences in the mean of a repeated measure, with random effects of participants, or of participants in sites.

    Random effects and residuals are taken as normal, residuals as independent with one variance.
    Missing outcomes must be missing at random, given the observed outcomes and the covariates.

    Parameters
    ----------
    formula : str
        For example ``"score ~ years * C(group) + (1 + years | participant_id)"``. Terms inside one
        pair of parentheses are correlated; ``(1 | g) + (0 + x | g)``, or ``(1 + x || g)``, are not. Groups may lie
        within others: ``(1 | site/participant_id)``, or ``(1 | site) + (1 + years | participant_id)`` where each
        participant is of one site.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    reml : bool
        Restricted likelihood. Compare models with different fixed effects only with ``reml=False``.
    weights : str, optional
        Column of known precisions: the residual variance is divided by it.
    df : {"satterthwaite", "kenward-roger", "normal", "residual"}
        Reference law of the statistics: Satterthwaite's t, Kenward and Roger's (with their larger errors, for few
        participants; REML only), the normal law, or t with rows less fixed effects.
    conf_level : float
        Between 0 and 1.

    Returns
    -------
    LinearMixedFit
        ``tidy()`` holds the fixed effects; ``variances()`` has columns ``group term other covariance``;
        ``random_effects()`` the conditional modes with their conditional standard deviations, given
        the estimated parameters. ``glance()`` calls minus twice the (for REML, restricted) log
        likelihood ``deviance``.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong, or groups cross or are of more than two levels.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.

    References
    ----------
    Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using lme4.
    doi:10.18637/jss.v067.i01. Kuznetsova A, Brockhoff PB, Christensen RHB (2017). lmerTest package.
    doi:10.18637/jss.v082.i13. Satterthwaite FE (1946). doi:10.2307/3002019. Kenward MG,
    Roger JH (1997). doi:10.2307/2533558
    """
    _require_options(df, reml, conf_level)
    data = mixed_data(formula, table, weights)
    solution = _solve(data, reml, df == KENWARD_ROGER)
    options = {"formula": formula, "reml": reml, "weights": weights, "df": df, "conf_level": conf_level}
    return _result(data, solution, options, table.attrs.get("time_origin", ""))


def _require_options(df: str, reml: bool, conf_level: float) -> None:
    if df == KENWARD_ROGER and not reml:
        raise DefinitionError("Kenward and Roger's variance is one of REML.", "Use reml=True, or df='satterthwaite'.")
    require_choice("df", df, DF_KINDS)
    if not 0 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level!r} is not between 0 and 1.", "Use 0.95, for example.")


def _solve(data: MixedData, reml: bool, adjusted: bool) -> LinearMixedSolution:
    root = np.sqrt(data.weight)
    if adjusted and len(data.codes) > 1:
        raise DefinitionError(
            "Kenward and Roger's variance is given for one grouping column.", "Use df='satterthwaite'."
        )
    vanished = NotEstimable(
        f"Given the random terms, '{data.outcome}' has no spread left within values of '{data.groups[0]}'.",
        "Check that the outcome was measured anew at each wave, or use a simpler random term.",
    )
    try:
        solution = solve_linear_mixed(
            tuple(block.matrix * root[:, None] for block in data.blocks),
            data.fixed.matrix * root[:, None],
            data.y * root,
            data.codes,
            reml,
            levels=tuple(block.level for block in data.blocks),
            adjusted=adjusted,
        )
    except np.linalg.LinAlgError:
        raise vanished from None
    if not solution.search.converged and solution.sigma <= VANISHED * float(np.std(data.y)):
        raise vanished
    return replace(solution, criterion=solution.criterion - float(np.log(data.weight).sum()))


def _result(
    data: MixedData, solution: LinearMixedSolution, options: dict[str, Any], time_origin: str
) -> LinearMixedFit:
    terms, reml = list(data.fixed.terms), bool(options["reml"])
    predictor = MixedPredictor(data.fixed, solution, options["df"], len(data.y))
    freedom = predictor.degrees_of_freedom(np.eye(len(terms)))
    estimand = Estimand(
        "difference in the mean",
        event=data.outcome,
        contrast="unit, or category against the first",
        time_origin=time_origin,
    )
    name = f"Linear mixed model by {'REML' if reml else 'maximum likelihood'}"
    return LinearMixedFit(
        estimand=estimand,
        method=Method(name, "Bates et al. 2015, doi:10.18637/jss.v067.i01", options),
        sample=data.sample,
        table=_coefficients(terms, solution.beta, predictor.vcov, freedom, options["conf_level"]),
        checks=mixed_checks(data, solution),
        trace=_trace(solution),
        vcov=pd.DataFrame(predictor.vcov, index=terms, columns=terms),
        log_likelihood=-solution.criterion / 2,
        fitted=predictor,
        variance_table=_variances(data, solution),
        random_effect_table=_random_effects(data, solution),
        n_groups=len(data.levels[0]),
        degrees_of_freedom=pd.DataFrame({"term": terms, "df": freedom}),
        sigma=solution.sigma,
        reml=reml,
        n_parameters=len(terms) + solution.search.at.size + 1,
    )


def _trace(solution: LinearMixedSolution) -> pd.DataFrame:
    """Put the iterations, which run on a standardised outcome, on the scale of the outcome itself."""
    shift = solution.criterion - solution.search.value
    rows = [(value + shift, slope) for value, slope in solution.search.iterations]
    return pd.DataFrame(rows, columns=["deviance", "largest_gradient"])


def _coefficients(
    terms: list[str], beta: np.ndarray, vcov: np.ndarray, freedom: np.ndarray, conf_level: float
) -> pd.DataFrame:
    error = np.sqrt(np.diag(vcov))
    statistic = beta / error
    reach = t_quantile(freedom, conf_level) * error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": ["mean" if term == "Intercept" else "mean difference" for term in terms],
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - reach,
            "conf_high": beta + reach,
            "statistic": statistic,
            "p_value": 2 * stdtr(finite(freedom), -np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]


def _variances(data: MixedData, solution: LinearMixedSolution) -> pd.DataFrame:
    """Variances of a block first, then its covariances, the residual last."""
    rows: list[tuple[str, str, str, float]] = []
    start = 0
    for block in data.blocks:
        held = solution.covariance[start : start + len(block.terms), start : start + len(block.terms)]
        pairs = [(i, i) for i in range(len(held))] + list(zip(*np.triu_indices(len(held), 1), strict=True))
        rows += [(block.group, block.terms[i], block.terms[j], float(held[i, j])) for i, j in pairs]
        start += len(block.terms)
    rows.append(("residual", "residual", "residual", solution.sigma**2))
    return pd.DataFrame(rows, columns=["group", "term", "other", "covariance"])


def _random_effects(data: MixedData, solution: LinearMixedSolution) -> pd.DataFrame:
    pieces = []
    for level, (modes, errors) in enumerate(zip(solution.modes, solution.mode_errors, strict=True)):
        names = [(block.group, term) for block in data.blocks if block.level == level for term in block.terms]
        n_groups = len(data.levels[level])
        pieces.append(
            pd.DataFrame(
                {
                    "group": np.tile([group for group, _ in names], n_groups),
                    "level": np.repeat(data.levels[level], len(names)),
                    "term": np.tile([term for _, term in names], n_groups),
                    "estimate": modes.ravel(),
                    "std_error": errors.ravel(),
                }
            )
        )
    return pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True)
