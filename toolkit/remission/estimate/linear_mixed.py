"""Linear mixed models for measures repeated over the waves."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic.errors import DataMismatchWarning
from scipy.special import stdtr, stdtrit

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice
from remission.estimate.formula import Design
from remission.estimate.kernels.linear_mixed_solution import LinearMixedSolution, solve_linear_mixed
from remission.estimate.mixed_checks import mixed_checks
from remission.estimate.mixed_data import MixedData, mixed_data
from remission.estimate.result import COEFFICIENT_COLUMNS, Estimand, Method, MixedFit

DF_KINDS = ("satterthwaite", "normal", "residual")
NORMAL = 1e10
VANISHED = 1e-6


@dataclass(frozen=True)
class MixedPredictor:
    """What stays of a fit for prediction and degrees of freedom.

    Attributes
    ----------
    design : Design
        Of the fixed effects.
    solution : LinearMixedSolution
    df : str
    n_rows : int
    """

    design: Design
    solution: LinearMixedSolution
    df: str
    n_rows: int

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows.

        Raises
        ------
        DefinitionError
            A category was not in the fitted table.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", DataMismatchWarning)
                return self.design.design_for(table)
        except DataMismatchWarning as unknown:
            raise DefinitionError(
                f"The new rows hold a category that the model has not seen: {unknown}.",
                "Leave those rows out, or fit the model with them.",
            ) from unknown

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of each row of ``contrasts``; infinite for the normal law."""
        if self.df == "satterthwaite":
            return self.solution.satterthwaite.degrees_of_freedom(contrasts)
        left = self.n_rows - len(self.design.terms) if self.df == "residual" else np.inf
        return np.full(len(contrasts), float(left))


@dataclass(frozen=True, kw_only=True)
class LinearMixedFit(MixedFit):
    """A linear mixed model; ``fitted`` is a MixedPredictor.

    Attributes
    ----------
    degrees_of_freedom : pandas.DataFrame
        Columns ``term df``; infinite where the normal law is used.
    sigma : float
        Residual standard deviation.
    reml : bool
    n_parameters : int
        Fixed effects, variances and covariances.
    """

    degrees_of_freedom: pd.DataFrame
    sigma: float
    reml: bool
    n_parameters: int

    def _glance(self) -> dict[str, Any]:
        deviance = -2 * float(self.log_likelihood or 0.0)
        return {
            **super()._glance(),
            "sigma": self.sigma,
            "reml": self.reml,
            "deviance": deviance,
            "aic": deviance + 2 * self.n_parameters,
            "bic": deviance + float(np.log(self.sample.rows)) * self.n_parameters,
        }

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the expected outcome of new rows for a participant whose random effects are 0.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the fixed effects.

        Returns
        -------
        pandas.DataFrame
            Columns ``estimate std_error conf_low conf_high``, index as in ``table``. The interval is
            for the expected outcome, not for a single measurement.
        """
        predicted = super().predict(table)
        df = self.fitted.degrees_of_freedom(self.fitted.design_for(table))
        reach = _quantile(df, self.method.options["conf_level"]) * predicted["std_error"]
        return predicted.assign(
            conf_low=predicted["estimate"] - reach, conf_high=predicted["estimate"] + reach
        )


def linear_mixed(
    formula: str,
    table: pd.DataFrame,
    *,
    reml: bool = True,
    df: str = "satterthwaite",
    conf_level: float = 0.95,
) -> LinearMixedFit:
    """Differences in the mean of a repeated measure, with random effects of one grouping column.

    Random effects and residuals are taken as normal, residuals as independent with one variance.
    Missing outcomes must be missing at random, given the observed outcomes and the covariates.

    Parameters
    ----------
    formula : str
        For example ``"score ~ years * C(group) + (1 + years | participant_id)"``. Terms inside one
        pair of parentheses are correlated; ``(1 | g) + (0 + x | g)``, or ``(1 + x || g)``, are not.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    reml : bool
        Restricted likelihood. Compare models with different fixed effects only with ``reml=False``.
    df : {"satterthwaite", "normal", "residual"}
        Reference law of the statistics: Satterthwaite's t, the normal law, or t with rows less
        fixed effects.
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
        The formula, a column or an option is wrong, or there are several grouping columns.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.

    References
    ----------
    Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using lme4.
    doi:10.18637/jss.v067.i01. Kuznetsova A, Brockhoff PB, Christensen RHB (2017). lmerTest package.
    doi:10.18637/jss.v082.i13. Satterthwaite FE (1946). doi:10.2307/3002019
    """
    _require_options(df, conf_level)
    data = mixed_data(formula, table)
    solution = _solve(data, reml)
    options = {"formula": formula, "reml": reml, "df": df, "conf_level": conf_level}
    predictor = MixedPredictor(data.fixed, solution, df, len(data.y))
    freedom = predictor.degrees_of_freedom(np.eye(len(data.fixed.terms)))
    terms = list(data.fixed.terms)
    shift = solution.criterion - solution.search.value
    return LinearMixedFit(
        estimand=Estimand(
            "difference in the mean",
            event=data.outcome,
            contrast="unit, or category against the first",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            f"Linear mixed model by {'REML' if reml else 'maximum likelihood'}",
            "Bates et al. 2015, doi:10.18637/jss.v067.i01",
            options,
        ),
        sample=data.sample,
        table=_coefficients(terms, solution, freedom, conf_level),
        checks=mixed_checks(data, solution),
        trace=pd.DataFrame(
            [(value + shift, slope) for value, slope in solution.search.iterations],
            columns=["deviance", "largest_gradient"],
        ),
        vcov=pd.DataFrame(solution.vcov, index=terms, columns=terms),
        log_likelihood=-solution.criterion / 2,
        fitted=predictor,
        variance_table=_variances(data, solution),
        random_effect_table=_random_effects(data, solution),
        n_groups=len(data.levels),
        degrees_of_freedom=pd.DataFrame({"term": terms, "df": freedom}),
        sigma=solution.sigma,
        reml=reml,
        n_parameters=len(terms) + solution.search.at.size + 1,
    )


def _require_options(df: str, conf_level: float) -> None:
    if df == "kenward-roger":
        raise DefinitionError(
            "Kenward and Roger's degrees of freedom are not available.",
            "Use df='satterthwaite', which differs little unless participants are few.",
        )
    require_choice("df", df, DF_KINDS)
    if not 0 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level!r} is not between 0 and 1.", "Use 0.95, for example.")


def _solve(data: MixedData, reml: bool) -> LinearMixedSolution:
    blocks = tuple(block.matrix for block in data.blocks)
    vanished = NotEstimable(
        f"Given the random terms, '{data.outcome}' has no spread left within values of "
        f"'{data.blocks[0].group}'.",
        "Check that the outcome was measured anew at each wave, or use a simpler random term.",
    )
    try:
        solution = solve_linear_mixed(blocks, data.fixed.matrix, data.y, data.codes, reml)
    except np.linalg.LinAlgError:
        raise vanished from None
    if solution.sigma <= VANISHED * float(np.std(data.y)):
        raise vanished
    return solution


def _coefficients(
    terms: list[str], solution: LinearMixedSolution, freedom: np.ndarray, conf_level: float
) -> pd.DataFrame:
    error = np.sqrt(np.diag(solution.vcov))
    statistic = solution.beta / error
    reach = _quantile(freedom, conf_level) * error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": ["mean" if term == "Intercept" else "mean difference" for term in terms],
            "estimate": solution.beta,
            "std_error": error,
            "conf_low": solution.beta - reach,
            "conf_high": solution.beta + reach,
            "statistic": statistic,
            "p_value": 2 * stdtr(np.minimum(freedom, NORMAL), -np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]


def _quantile(freedom: np.ndarray, conf_level: float) -> np.ndarray:
    return np.asarray(stdtrit(np.minimum(freedom, NORMAL), 0.5 + conf_level / 2))


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
    names = [(block.group, term) for block in data.blocks for term in block.terms]
    n_groups = len(data.levels)
    return pd.DataFrame(
        {
            "group": np.tile([group for group, _ in names], n_groups),
            "level": np.repeat(data.levels, len(names)),
            "term": np.tile([term for _, term in names], n_groups),
            "estimate": solution.modes.ravel(),
            "std_error": solution.mode_errors.ravel(),
        }
    )
