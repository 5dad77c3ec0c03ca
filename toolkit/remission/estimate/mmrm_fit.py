"""What a model with correlated residuals returns: coefficients, covariances of the waves, means at the waves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from remission.errors import DefinitionError
from remission.estimate.formula import Design, require_columns
from remission.estimate.kernels.kenward_roger import KenwardRoger
from remission.estimate.kernels.satterthwaite import Satterthwaite
from remission.estimate.mixed_fit import finite, t_quantile
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients


@dataclass(frozen=True)
class MarginalPredictor:
    """What stays of a fit for prediction and degrees of freedom.

    Attributes
    ----------
    design : Design
    small : Satterthwaite, KenwardRoger or float
        Where degrees of freedom come from; a number is the same for every contrast.
    """

    design: Design
    small: Satterthwaite | KenwardRoger | float

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
        if isinstance(self.small, float):
            return np.full(len(contrasts), self.small)
        return self.small.degrees_of_freedom(contrasts)


@dataclass(frozen=True)
class WavePredictor(MarginalPredictor):
    """The same, with what means at the waves are averaged over.

    Attributes
    ----------
    rows : pandas.DataFrame
        The first row of each participant.
    wave : str
    wave_values : tuple
        Values of the wave column in their order.
    """

    rows: pd.DataFrame
    wave: str
    wave_values: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class MmrmFit(Coefficients):
    """A model of means over waves; ``fitted`` is a WavePredictor.

    Attributes
    ----------
    degrees_of_freedom : pandas.DataFrame
        Columns ``term df``; infinite where the normal law is used.
    covariance_table : pandas.DataFrame
        Columns ``first second covariance correlation pairs``: residual covariance of two waves, and participants seen
        at both. Of a correlation over days only the variances are in it.
    correlation_at : float or None
        Correlation at a distance of one day, or of one wave; None where there is no such number.
    reml : bool
    n_clusters : int
    n_parameters : int
        Coefficients, variances and correlations.
    """

    degrees_of_freedom: pd.DataFrame
    covariance_table: pd.DataFrame
    correlation_at: float | None = None
    reml: bool = True
    n_clusters: int = 0
    n_parameters: int = 0

    def _glance(self) -> dict[str, Any]:
        deviance = -2 * float(self.log_likelihood or 0.0)
        return {
            **super()._glance(),
            "n_clusters": self.n_clusters,
            "reml": self.reml,
            "correlation_at": self.correlation_at,
            "deviance": deviance,
            "aic": deviance + 2 * self.n_parameters,
            "bic": deviance + float(np.log(self.sample.rows)) * self.n_parameters,
        }

    def covariances(self) -> pd.DataFrame:
        """Return residual covariances and correlations of the waves."""
        return self.covariance_table.copy()

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the expected outcome of new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side.

        Returns
        -------
        pandas.DataFrame
            Columns ``estimate std_error conf_low conf_high df``, index as in ``table``. The interval is for the
            expected outcome, not for a single measurement.
        """
        return self._of(self.fitted.design_for(table)).set_axis(table.index, axis=0)

    def wave_means(self, by: str | None = None) -> pd.DataFrame:
        """Give adjusted means at every wave, and their differences between groups.

        Every participant used is put at every wave, and in every group of ``by``, with its other covariates as in
        its first row used; the expected outcomes are averaged. With covariates that change over time this is a mean at
        their first values.

        Parameters
        ----------
        by : str, optional
            Column of categories in the formula.

        Returns
        -------
        pandas.DataFrame
            Columns ``wave group contrast estimate std_error conf_low conf_high df statistic p_value``; first the means,
            then each group's difference from the first. ``group`` is empty without ``by``.

        Raises
        ------
        DefinitionError
            The formula does not name the column of the waves, or ``by`` is that column, absent, or of one value.
        """
        fitted: WavePredictor = self.fitted
        if fitted.wave not in {str(name) for name in fitted.design.spec.required_variables}:
            raise DefinitionError(
                f"The formula does not name '{fitted.wave}', so means do not differ by it.", "Use predict, or C(wave)."
            )
        groups = self._groups(by)
        means, labels = [], []
        for value in fitted.wave_values:
            for group in groups:
                given = {fitted.wave: value} | ({} if by is None else {by: group})
                means.append(fitted.design_for(_set_to(fitted.rows, given)).mean(axis=0))
                labels.append((value, "" if by is None else group, "mean"))
        contrasts = list(means)
        for number, (value, group, _) in enumerate(labels[:]):
            if group != groups[0]:
                contrasts.append(means[number] - means[number - groups.index(group)])
                labels.append((value, group, f"mean difference from {groups[0]}"))
        found = self._of(np.array(contrasts))
        statistic = found["estimate"] / found["std_error"]
        named = pd.DataFrame(labels, columns=["wave", "group", "contrast"])
        p_value = 2 * stdtr(finite(found["df"].to_numpy()), -np.abs(statistic.to_numpy()))
        return pd.concat([named, found, pd.DataFrame({"statistic": statistic, "p_value": p_value})], axis=1)

    def _groups(self, by: str | None) -> list[Any]:
        if by is None:
            return [""]
        fitted: WavePredictor = self.fitted
        require_columns(fitted.rows, [by])
        column = fitted.rows[by]
        categorical = isinstance(column.dtype, pd.CategoricalDtype)
        groups = list(column.cat.categories) if categorical else sorted(column.unique())
        if by == fitted.wave or len(groups) < 2:
            raise DefinitionError(f"'{by}' does not tell groups of participants apart.", "Name another column.")
        return groups

    def _of(self, contrasts: np.ndarray) -> pd.DataFrame:
        estimate = contrasts @ self.table["estimate"].to_numpy()
        error = np.sqrt(np.einsum("ij,jk,ik->i", contrasts, self.vcov.to_numpy(), contrasts))
        df = self.fitted.degrees_of_freedom(contrasts)
        reach = t_quantile(df, self.method.options["conf_level"]) * error
        return pd.DataFrame(
            {
                "estimate": estimate,
                "std_error": error,
                "conf_low": estimate - reach,
                "conf_high": estimate + reach,
                "df": df,
            }
        )


def _set_to(rows: pd.DataFrame, given: dict[str, Any]) -> pd.DataFrame:
    """Give columns one value each, keeping their kind."""
    made = {name: pd.Series([value] * len(rows), rows.index).astype(rows[name].dtype) for name, value in given.items()}
    return rows.assign(**made)


def coefficient_table(
    terms: list[str], beta: np.ndarray, vcov: np.ndarray, freedom: np.ndarray, conf_level: float
) -> pd.DataFrame:
    """Lay coefficients out with t intervals and p-values."""
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
