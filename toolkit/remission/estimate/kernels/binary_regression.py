"""Binary regression with a logit or complementary log-log link, by Newton's method on scaled columns."""

from dataclasses import dataclass

import numpy as np

MOST_ITERATIONS = 100
MOST_HALVINGS = 30
SETTLED = 1e-12


@dataclass(frozen=True, slots=True)
class BinaryFit:
    """The maximum of the likelihood.

    Attributes
    ----------
    beta : numpy.ndarray, shape (p,)
    information : numpy.ndarray, shape (p, p)
        Expected (Fisher's), as R's ``glm`` takes it for errors.
    scores : numpy.ndarray, shape (rows, p)
        Contribution of each row to the gradient.
    log_likelihood : float
    converged : bool
    iterations : tuple of float
        Log-likelihood after each step.
    """

    beta: np.ndarray
    information: np.ndarray
    scores: np.ndarray
    log_likelihood: float
    converged: bool
    iterations: tuple[float, ...]


def fit_binary(x: np.ndarray, y: np.ndarray, link: str, start: np.ndarray) -> BinaryFit:
    """Maximise the Bernoulli likelihood by Fisher scoring, halving steps that lower it.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
        Of full rank.
    y : numpy.ndarray of bool, shape (rows,)
    link : {"logit", "cloglog"}
    start : numpy.ndarray, shape (p,)
    """
    beta = start
    value, scores, information = _evaluate(beta, x, y, link)
    path = [value]
    converged = False
    for _ in range(MOST_ITERATIONS):
        gradient = scores.sum(axis=0)
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        gain = float(gradient @ step)
        if gain < SETTLED:
            converged = True
            break
        for halving in range(MOST_HALVINGS):
            tried = _evaluate(beta + 0.5**halving * step, x, y, link)
            if tried[0] >= value - 1e-13 * abs(value):
                break
        beta = beta + 0.5**halving * step
        value, scores, information = tried
        path.append(value)
    return BinaryFit(beta, information, scores, value, converged, tuple(path))


def _evaluate(beta: np.ndarray, x: np.ndarray, y: np.ndarray, link: str) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log-likelihood, each row's score and the expected information."""
    eta = np.clip(x @ beta, -700, 700)
    if link == "logit":
        log_p, log_q = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
        slope = np.where(y, np.exp(log_q), -np.exp(log_p))
        weight = np.exp(log_p + log_q)
    else:
        hazard = np.exp(np.minimum(eta, 300))
        log_q = -hazard
        log_p = np.log(np.maximum(-np.expm1(-hazard), 1e-300))
        # hazard / (exp(hazard) - 1) stays near 1 for small hazards and goes to 0 for large ones.
        ratio = np.exp(np.minimum(eta, 300) + log_q - log_p)
        slope = np.where(y, ratio, -hazard)
        weight = ratio * hazard
    value = float(np.where(y, log_p, log_q).sum())
    return value, x * slope[:, None], (x * weight[:, None]).T @ x
