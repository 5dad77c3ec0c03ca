"""Does a coefficient change with time: the score test for an added product with a function of time."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import Ties, evaluate
from remission.estimate.kernels.risk_sets import RiskSets


@dataclass(frozen=True, slots=True)
class TimeScore:
    """Score and information of the products of covariates with a function of time.

    Attributes
    ----------
    score : numpy.ndarray, shape (k,)
        Score of the products at coefficients 0.
    plain, mixed, timed : numpy.ndarray, shape (k, k)
        Information: covariates, covariates with products, products.
    """

    score: np.ndarray
    plain: np.ndarray
    mixed: np.ndarray
    timed: np.ndarray

    def statistic(self, columns: list[int]) -> float:
        """Chi-squared for the products of the given columns, all covariates in the model."""
        across = self.mixed[:, columns]
        inner = self.timed[np.ix_(columns, columns)] - across.T @ np.linalg.solve(self.plain, across)
        score = self.score[columns]
        return float(score @ np.linalg.solve(inner, score))


def time_score(
    beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties, of_time: np.ndarray
) -> TimeScore:
    """Compute score and information at ``beta``.

    Parameters
    ----------
    beta : numpy.ndarray, shape (k,)
    x : numpy.ndarray, shape (rows, k)
    weights : numpy.ndarray, shape (rows,)
    sets, ties
        As the model was fitted.
    of_time : numpy.ndarray, shape (event times,)
        The function of time at each event time, centred over events.
    """
    pieces = evaluate(beta, x, weights, sets, ties)
    k = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), k * k) * pieces.risk[:, None]
    taken = ties.fraction[:, None] * sets.sum_of_events(products)[ties.at]
    second = (sets.sum_at_risk(products)[ties.at] - taken) / pieces.denominator[:, None]
    spread = second.reshape(-1, k, k) - pieces.mean[:, :, None] * pieces.mean[:, None, :]
    spread = spread * ties.weight[:, None, None]
    g = of_time[ties.at]
    rows = sets.event_rows
    observed = (weights[rows] * of_time[sets.died_at]) @ x[rows]
    return TimeScore(
        score=np.asarray(observed - (ties.weight * g) @ pieces.mean),
        plain=spread.sum(axis=0),
        mixed=np.einsum("e,eij->ij", g, spread),
        timed=np.einsum("e,eij->ij", g**2, spread),
    )
