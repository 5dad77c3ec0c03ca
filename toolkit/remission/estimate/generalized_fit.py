"""What a logistic or count mixed model returns beyond coefficients."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from remission.estimate.formula import Design
from remission.estimate.generalized_data import RandomDesign
from remission.estimate.result import MixedFit

MEASURES = {"odds": "conditional odds ratio", "rate": "conditional rate ratio"}


@dataclass(frozen=True)
class GeneralizedPredictor:
    """What stays of a fit for prediction.

    Attributes
    ----------
    design : Design
        Of the fixed effects.
    blocks : tuple of RandomDesign
    factor : numpy.ndarray, shape (q, q)
        ``Lambda``, whose product with its transpose is the covariance of the random effects.
    places : tuple of numpy.ndarray of int
        Rows and columns of the entries of ``Lambda`` that stand in ``covariance``.
    covariance : numpy.ndarray
        Variance matrix of fixed effects, entries of ``Lambda`` and log dispersion.
    measure : str
        ``odds`` or ``rate``.
    """

    design: Design
    blocks: tuple[RandomDesign, ...]
    factor: np.ndarray
    places: tuple[np.ndarray, np.ndarray]
    covariance: np.ndarray
    measure: str

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows.

        Raises
        ------
        DefinitionError
            A category was not in the fitted table, or a column is absent.
        """
        return self.design.design_for(table)

    def random_design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the random effects' design of new rows, shape (rows, q)."""
        return np.column_stack([block.design.design_for(table) for block in self.blocks])


@dataclass(frozen=True, kw_only=True)
class GeneralizedMixedFit(MixedFit):
    """A logistic or count mixed model; coefficients compare participants with the same random effects.

    Attributes
    ----------
    family : str
    quadrature : int
        Points of each random effect; 1 is Laplace's approximation.
    n_parameters : int
        Fixed effects, variances and covariances, dispersion.
    dispersion : float or None
        ``size`` of the negative binomial law, whose variance is mean + mean**2 / size; ``a + b`` of the
        beta-binomial; infinite where the rows show no more spread than the simpler law.
    null_log_likelihood : float
        Without random effects.
    no_effect_test : tuple of float
        Likelihood-ratio statistic of no random effect and its p value.
    spread_table : pandas.DataFrame
        Columns ``group term estimate std_error conf_low conf_high``: standard deviations.
    """

    family: str
    quadrature: int
    n_parameters: int
    dispersion: float | None
    null_log_likelihood: float
    no_effect_test: tuple[float, float]
    spread_table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def _glance(self) -> dict[str, Any]:
        deviance = -2 * float(self.log_likelihood or 0.0)
        return {
            **super()._glance(),
            "family": self.family,
            "quadrature": self.quadrature,
            "deviance": deviance,
            "aic": deviance + 2 * self.n_parameters,
            "bic": deviance + float(np.log(self.sample.rows)) * self.n_parameters,
            "dispersion": self.dispersion,
            "lr_statistic": self.no_effect_test[0],
            "lr_p_value": self.no_effect_test[1],
        }

    def ratios(self) -> pd.DataFrame:
        """Return odds or rate ratios between participants with the same random effects.

        Returns
        -------
        pandas.DataFrame
            Columns ``term contrast estimate conf_low conf_high``, the intercept left out.
        """
        kept = self.table[self.table["term"] != "Intercept"]
        shown = kept[["term", "contrast", "estimate", "conf_low", "conf_high"]].reset_index(drop=True)
        numbers = ["estimate", "conf_low", "conf_high"]
        return shown.assign(contrast=MEASURES[self.fitted.measure], **{name: np.exp(shown[name]) for name in numbers})

    def spreads(self) -> pd.DataFrame:
        """Return the standard deviations of the random effects with intervals."""
        return self.spread_table.copy()
