"""Regression coefficients, with or without random effects."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from remission.estimate.record import Result

COEFFICIENT_COLUMNS = (
    "term",
    "contrast",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "statistic",
    "p_value",
)


@dataclass(frozen=True, kw_only=True)
class Coefficients(Result):
    """Regression coefficients; ``table`` has the columns of ``COEFFICIENT_COLUMNS``.

    Attributes
    ----------
    vcov : pandas.DataFrame
        Variance matrix of the coefficients that the standard errors come from, terms on both axes.
    log_likelihood : float or None
        At the solution.
    fitted : object
        What ``predict`` needs: the model's own design and kernel result.
    """

    vcov: pd.DataFrame
    log_likelihood: float | None = None
    fitted: Any = field(default=None, repr=False)

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood": self.log_likelihood}

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the linear predictor for new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side.

        Returns
        -------
        pandas.DataFrame
            Columns ``estimate std_error conf_low conf_high`` on the scale of the coefficients,
            index as in ``table``.
        """
        design = self.fitted.design_for(table)
        centre = np.asarray(design @ self.table["estimate"].to_numpy(), dtype=float)
        spread = np.sqrt(np.einsum("ij,jk,ik->i", design, self.vcov.to_numpy(), design))
        reach = float(self.method.options.get("z", 1.959963984540054)) * spread
        return pd.DataFrame(
            {
                "estimate": centre,
                "std_error": spread,
                "conf_low": centre - reach,
                "conf_high": centre + reach,
            },
            index=table.index,
        )


@dataclass(frozen=True, kw_only=True)
class MixedFit(Coefficients):
    """A mixed model: fixed effects as coefficients, variances and predicted random effects beside them.

    Attributes
    ----------
    variance_table : pandas.DataFrame
        Columns ``group term other covariance``; a variance where other equals term; the residual
        is group ``residual``.
    random_effect_table : pandas.DataFrame
        Columns ``group level term estimate std_error``; conditional modes.
    """

    variance_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    random_effect_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    n_groups: int = 0

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "n_groups": self.n_groups}

    def variances(self) -> pd.DataFrame:
        """Return variances and covariances of the random effects and the residual."""
        return self.variance_table.copy()

    def random_effects(self) -> pd.DataFrame:
        """Return the predicted random effects (conditional modes), one row a level and term."""
        return self.random_effect_table.copy()
