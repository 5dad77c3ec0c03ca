"""One variable drawn given all others, with the uncertainty of the model itself.

Linear draws, predictive mean matching and logistic draws follow van Buuren (2018), Flexible Imputation of Missing Data,
second edition, algorithms 3.1, 3.3 and 3.4, doi:10.1201/9780429492259.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

RIDGE = 1e-5
DONORS = 5
MOST_STEPS = 50
SETTLED = 1e-10


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values for the rows that lack one; for a binary variable also their log odds and the uniform draws."""

    made: np.ndarray
    log_odds: np.ndarray | None = None
    uniform: np.ndarray | None = None


def draw_linear(known: np.ndarray, y: np.ndarray, asked: np.ndarray, rng: np.random.Generator) -> Drawn:
    """Draw from the posterior of a normal linear model.

    Parameters
    ----------
    known, asked : numpy.ndarray, shapes (known rows, p) and (missing rows, p)
        Predictors with an intercept.
    y : numpy.ndarray, shape (known rows,)
    rng : numpy.random.Generator
    """
    _, beta, sigma = _posterior(known, y, rng)
    return Drawn(asked @ beta + rng.normal(0, sigma, len(asked)))


def draw_match(known: np.ndarray, y: np.ndarray, asked: np.ndarray, rng: np.random.Generator) -> Drawn:
    """Take the value of one of the five whose predictions come closest; ``y`` may have several columns.

    Values that nobody told are never made up. Donors are predicted by the best coefficients, those who lack a value by
    drawn ones.
    """
    wide = y[:, None] if y.ndim == 1 else y
    fitted, wanted = np.empty_like(wide), np.empty((len(asked), wide.shape[1]))
    for column in range(wide.shape[1]):
        best, drawn, _ = _posterior(known, wide[:, column], rng)
        fitted[:, column], wanted[:, column] = known @ best, asked @ drawn
    donors = min(DONORS, len(y))
    chosen = np.empty(len(asked), dtype=np.intp)
    for row in range(len(asked)):
        distance = np.abs(fitted - wanted[row]).sum(axis=1)
        near = np.argpartition(distance, donors - 1)[:donors]
        chosen[row] = near[rng.integers(donors)]
    return Drawn(chosen)


def draw_logistic(known: np.ndarray, y: np.ndarray, asked: np.ndarray, rng: np.random.Generator) -> Drawn:
    """Draw 0 or 1 from the approximate posterior of a logistic model.

    A few rows of small weight keep perfectly separated data from running away (White, Daniel and Royston 2010,
    doi:10.1016/j.csda.2010.04.005).
    """
    x, outcome, weight = _augmented(known, y)
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        chance = expit(x @ beta)
        slope = x.T @ (weight * (outcome - chance))
        bend = x.T @ (x * (weight * chance * (1 - chance))[:, None]) + RIDGE * np.eye(len(beta))
        step = np.linalg.solve(bend, slope)
        beta = beta + step / max(1.0, float(np.abs(x @ step).max()) / 5)
        if float(step @ slope) < SETTLED:
            break
    root = np.linalg.cholesky(np.linalg.inv(bend))
    log_odds = asked @ (beta + root @ rng.normal(size=len(beta)))
    uniform = rng.uniform(size=len(asked))
    return Drawn((uniform < expit(log_odds)).astype(float), log_odds, uniform)


def _posterior(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the best coefficients, drawn ones, and a drawn residual standard deviation."""
    cross = x.T @ x
    inverse = np.linalg.inv(cross + RIDGE * np.diag(np.maximum(np.diag(cross), 1e-12)))
    best = inverse @ (x.T @ y)
    left = y - x @ best
    df = max(len(y) - x.shape[1], 1)
    sigma = float(np.sqrt(left @ left / rng.chisquare(df)))
    root = np.linalg.cholesky((inverse + inverse.T) / 2)
    return best, best + sigma * (root @ rng.normal(size=len(best))), sigma


def _augmented(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p = x.shape[1] - 1
    if p == 0:
        return x, y, np.ones(len(y))
    mean, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0)
    moved = np.repeat(mean[None], 2 * p, axis=0)
    place = np.arange(p)
    moved[2 * place, place] += spread
    moved[2 * place + 1, place] -= spread
    extra = np.column_stack([np.ones(4 * p), np.tile(moved, (2, 1))])
    outcome = np.concatenate([y, np.zeros(2 * p), np.ones(2 * p)])
    weight = np.concatenate([np.ones(len(y)), np.full(4 * p, (p + 1) / (4 * p))])
    return np.vstack([x, extra]), outcome, weight
