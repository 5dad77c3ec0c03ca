"""What a linear mixed model returns beyond coefficients: degrees of freedom, fit statistics, prediction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from remission.estimate.formula import Design
from remission.estimate.kernels.linear_mixed_solution import LinearMixedSolution
from remission.estimate.result import MixedFit

PRACTICALLY_NORMAL = 1e10
KENWARD_ROGER = "kenward-roger"


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

    @property
    def vcov(self) -> np.ndarray:
        """Variance matrix of the fixed effects, adjusted if Kenward and Roger were asked for."""
        adjusted = self.solution.kenward_roger
        return self.solution.vcov if adjusted is None else adjusted.vcov

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows.

        Raises
        ------
        DefinitionError
            A category was not in the fitted table, or a column is absent.
        """
        return self.design.design_for(table)

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of each row of ``contrasts``; infinite for the normal law."""
        if self.df == "satterthwaite":
            return self.solution.satterthwaite.degrees_of_freedom(contrasts)
        if self.solution.kenward_roger is not None:
            return self.solution.kenward_roger.degrees_of_freedom(contrasts)
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
        reach = t_quantile(df, self.method.options["conf_level"]) * predicted["std_error"]
        return predicted.assign(conf_low=predicted["estimate"] - reach, conf_high=predicted["estimate"] + reach)


def finite(freedom: np.ndarray) -> np.ndarray:
    """Replace infinite degrees of freedom by so many that t is the normal law."""
    return np.asarray(np.minimum(freedom, PRACTICALLY_NORMAL))


def t_quantile(freedom: np.ndarray, conf_level: float) -> np.ndarray:
    """Return how many standard errors a two-sided interval reaches."""
    return np.asarray(stdtrit(finite(freedom), 0.5 + conf_level / 2))
