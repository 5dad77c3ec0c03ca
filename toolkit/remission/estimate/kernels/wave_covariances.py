"""Covariances over a grid of waves: unstructured, exchangeable, autoregressive, independent."""

from collections.abc import Callable

import numpy as np

from remission.estimate.kernels.covariance_structures import Grid, Shape

Correlation = Callable[[float], tuple[np.ndarray, np.ndarray]]


def unstructured(place: np.ndarray, waves: int) -> Grid:
    """Leave every variance and covariance free.

    Parameters
    ----------
    place : numpy.ndarray of int, shape (rows,)
        Wave of each row, 0 to waves - 1.
    waves : int
    """
    i, j = np.tril_indices(waves)
    diagonal = i == j

    def shape(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        factor = np.zeros((waves, waves))
        factor[i, j] = np.where(diagonal, np.exp(np.where(diagonal, theta, 0.0)), theta)
        slopes = np.zeros((len(i), waves, waves))
        grown = np.where(diagonal, factor[i, j], 1.0)
        slopes[np.arange(len(i)), i] = grown[:, None] * factor[:, j].T
        return factor @ factor.T, slopes + slopes.transpose(0, 2, 1)

    points = []
    for rho in (0.0, 0.4, 0.8):
        root = np.linalg.cholesky((1 - rho) * np.eye(waves) + rho)
        points.append(np.where(diagonal, np.log(np.diag(root))[i], root[i, j]))
    return Grid(place, waves, shape, tuple(points))


def exchangeable(place: np.ndarray, waves: int, common: bool) -> Grid:
    """One correlation for every pair of waves; ``common`` holds the variances equal."""
    apart = 1.0 - np.eye(waves)
    lowest = -1.0 / (waves - 1)

    def correlation(t: float) -> tuple[np.ndarray, np.ndarray]:
        share = float(1 / (1 + np.exp(-t)))
        rho = lowest + (1 - lowest) * share
        return np.eye(waves) + rho * apart, (1 - lowest) * share * (1 - share) * apart

    return Grid(place, waves, _scaled(correlation, waves, common), _points(waves, common, (-1.0, 0.0, 1.5)))


def autoregressive(place: np.ndarray, waves: int, common: bool) -> Grid:
    """Correlation ``rho`` of neighbouring waves, ``rho ** d`` of waves that are ``d`` apart."""
    at = np.arange(waves)
    steps = np.abs(at[:, None] - at[None, :])

    def correlation(t: float) -> tuple[np.ndarray, np.ndarray]:
        rho = float(np.tanh(t))
        return rho**steps, steps * rho ** np.maximum(steps - 1, 0) * (1 - rho**2)

    return Grid(place, waves, _scaled(correlation, waves, common), _points(waves, common, (0.0, 0.5, 1.2)))


def independent(place: np.ndarray, waves: int, common: bool) -> Grid:
    """No correlation."""
    number = 1 if common else waves
    mine = np.ones((1, waves)) if common else np.eye(waves)

    def shape(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        variance = np.exp(2 * theta)
        slopes = 2 * variance[:, None, None] * mine[:, :, None] * np.eye(waves)
        return np.diag(variance @ mine), slopes

    return Grid(place, waves, shape, (np.zeros(number),))


def _scaled(correlation: Correlation, waves: int, common: bool) -> Shape:
    """Put standard deviations, the first parameters, around a correlation of the last one."""
    mine = np.ones((1, waves)) if common else np.eye(waves)

    def shape(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deviation = np.exp(theta[:-1] @ mine)
        scale = np.outer(deviation, deviation)
        held, by_t = correlation(float(theta[-1]))
        slopes = (scale * held) * (mine[:, :, None] + mine[:, None, :])
        return scale * held, np.concatenate([slopes, (scale * by_t)[None]])

    return shape


def _points(waves: int, common: bool, values: tuple[float, ...]) -> tuple[np.ndarray, ...]:
    zeros = np.zeros(1 if common else waves)
    return tuple(np.append(zeros, value) for value in values)
