"""Covariances of the rows of a cluster as smooth functions of free parameters.

Standard deviations are exponentials, an unstructured covariance is a Cholesky factor with a positive diagonal, and a
correlation that falls with time is ``1 - exp(-t ** 2)`` at the shortest gap, so that none at all is a point inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remission.estimate.kernels.profiled_deviance import Pattern
from remission.estimate.kernels.residual_layout import Batch


class Structure(Protocol):
    """What an evaluation asks of a covariance."""

    def covariance(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return the covariance of each unit, shape (units, k, k)."""

    def slopes(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return its derivatives, shape (parameters, units, k, k)."""

    def pull(self, theta: np.ndarray, batch: Batch, by_covariance: np.ndarray) -> np.ndarray:
        """Turn a derivative by the covariances into one by the parameters."""

    def starts(self) -> list[np.ndarray]:
        """Return points from which a search may set out."""

    def vanishing(self) -> np.ndarray:
        """Say of each parameter whether 0 is the edge of what it stands for."""


@dataclass(frozen=True, slots=True)
class Decay:
    """A correlation that depends on the distance between rows.

    Attributes
    ----------
    at : numpy.ndarray, shape (rows,)
        Day or position of each row.
    shortest : float
        Shortest distance within a cluster.
    signed : bool
        Distances are whole numbers and the correlation of neighbours may be negative.
    """

    at: np.ndarray
    shortest: float
    signed: bool

    def neighbour(self, t: float) -> tuple[float, float]:
        """Return the correlation at the shortest distance and its derivative."""
        if self.signed:
            return float(np.tanh(t)), float(1 - np.tanh(t) ** 2)
        return float(-np.expm1(-t * t)), float(2 * t * np.exp(-t * t))

    def correlation(self, t: float, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return correlations of rows (units, k) and their derivatives, each (units, k, k)."""
        at = self.at[rows]
        steps = np.abs(at[:, :, None] - at[:, None, :]) / self.shortest
        steps = np.rint(steps) if self.signed else steps
        rho, slope = self.neighbour(t)
        return rho**steps, steps * rho ** np.maximum(steps - 1, 0) * slope

    def starts(self) -> list[float]:
        """Return values of ``t`` that reach from weak to strong correlation at usual distances."""
        if self.signed:
            return [0.0, 0.5, 1.2]
        usual = float(np.median(np.abs(np.diff(self.at)))) / self.shortest
        shares = np.array([0.1, 0.4, 0.7, 0.9]) ** (1 / max(usual, 1.0))
        return [float(t) for t in np.sqrt(-np.log1p(-shares))]


Shape = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Grid:
    """One covariance over the waves, of which a cluster has the part at its own waves.

    Attributes
    ----------
    place : numpy.ndarray of int, shape (rows,)
        Wave of each row.
    waves : int
    shape : callable
        From the parameters to the covariance, (waves, waves), and its derivatives, (parameters, waves, waves).
    points : tuple of numpy.ndarray
        Where a search may set out.
    """

    place: np.ndarray
    waves: int
    shape: Shape
    points: tuple[np.ndarray, ...]

    def covariance(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return the covariance of each unit."""
        at = self.place[batch.first]
        return np.asarray(self.shape(theta)[0][at[:, :, None], at[:, None, :]])

    def slopes(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return its derivatives."""
        at = self.place[batch.first]
        return np.asarray(self.shape(theta)[1][:, at[:, :, None], at[:, None, :]])

    def pull(self, theta: np.ndarray, batch: Batch, by_covariance: np.ndarray) -> np.ndarray:
        """Collect the derivative on the grid of the waves first."""
        at = self.place[batch.first]
        cell = (at[:, :, None] * self.waves + at[:, None, :]).ravel()
        held = np.bincount(cell, by_covariance.ravel(), self.waves**2)
        slopes = self.shape(theta)[1]
        return np.asarray(slopes.reshape(len(slopes), -1) @ held)

    def starts(self) -> list[np.ndarray]:
        """Return the points given."""
        return list(self.points)

    def vanishing(self) -> np.ndarray:
        """Return no parameter: correlations here may be negative."""
        return np.zeros(self.points[0].size, dtype=bool)


@dataclass(frozen=True, slots=True)
class Serial:
    """Random effects, a correlation that falls with distance, and one standard deviation a kind of row.

    The covariance is ``s s' * (Z Lambda Lambda' Z' + R)``; the parameters are the free entries of ``Lambda``, the
    logarithms of ``s`` and ``t`` of the correlation.

    Attributes
    ----------
    decay : Decay
    kind : numpy.ndarray of int, shape (rows,)
        Which standard deviation a row has.
    kinds : int
    z : numpy.ndarray, shape (rows, q)
    pattern : Pattern
        Free entries of ``Lambda``.
    """

    decay: Decay
    kind: np.ndarray
    kinds: int
    z: np.ndarray
    pattern: Pattern

    def covariance(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return the covariance of each unit."""
        scale, inner, _ = self._parts(theta, batch)
        return np.asarray(scale * inner)

    def slopes(self, theta: np.ndarray, batch: Batch) -> np.ndarray:
        """Return its derivatives."""
        scale, inner, by_t = self._parts(theta, batch)
        factor, z = self.pattern.factor(theta[: self._free]), self.z[batch.first]
        found = []
        for i, j in zip(self.pattern.rows, self.pattern.columns, strict=True):
            half = z[:, :, i, None] * (z @ factor)[:, None, :, j]
            found.append(scale * (half + half.transpose(0, 2, 1)))
        of = self.kind[batch.first]
        whole = scale * inner
        for number in range(self.kinds):
            mine = (of == number).astype(float)
            found.append(whole * (mine[:, :, None] + mine[:, None, :]))
        return np.array([*found, scale * by_t])

    def pull(self, theta: np.ndarray, batch: Batch, by_covariance: np.ndarray) -> np.ndarray:
        """Contract with each derivative."""
        scale, inner, by_t = self._parts(theta, batch)
        factor, z = self.pattern.factor(theta[: self._free]), self.z[batch.first]
        inside = by_covariance * scale
        by_factor = 2 * np.einsum("gai,gab,gbj->ij", z, inside, z, optimize=True) @ factor
        by_kind = 2 * np.bincount(self.kind[batch.first].ravel(), (inside * inner).sum(axis=2).ravel(), self.kinds)
        return np.concatenate(
            [by_factor[self.pattern.rows, self.pattern.columns], by_kind, [float((inside * by_t).sum())]]
        )

    def starts(self) -> list[np.ndarray]:
        """Return weak and strong random effects with weak and strong correlation."""
        unit = (self.pattern.rows == self.pattern.columns).astype(float)
        sizes = (0.5, 1.5) if unit.size else (0.0,)
        return [
            np.concatenate([size * unit, np.full(self.kinds, -0.5 * np.log1p(size**2)), [t]])
            for size in sizes
            for t in self.decay.starts()
        ]

    def vanishing(self) -> np.ndarray:
        """Return the sizes of random effects, and a correlation that cannot be negative."""
        sizes = self.pattern.rows == self.pattern.columns
        return np.concatenate([sizes, np.zeros(self.kinds, dtype=bool), [not self.decay.signed]])

    @property
    def _free(self) -> int:
        return int(self.pattern.rows.size)

    def _parts(self, theta: np.ndarray, batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        deviation = np.exp(theta[self._free : -1])[self.kind[batch.first]]
        correlation, by_t = self.decay.correlation(float(theta[-1]), batch.first)
        loaded = self.z[batch.first] @ self.pattern.factor(theta[: self._free])
        inner = loaded @ loaded.transpose(0, 2, 1) + correlation
        return deviation[:, :, None] * deviation[:, None, :], inner, by_t
