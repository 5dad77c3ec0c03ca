"""A fitted accelerated failure time model: covariates scaled, likelihood maximised, variances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import NotEstimable
from remission.estimate.cox_checks import EVENTS_PER_TERM, RUNAWAY
from remission.estimate.cox_fit import NOTHING_LEFT, inverse_information
from remission.estimate.formula import Design
from remission.estimate.kernels.accelerated_life import LifeKernel, LifeRows, maximise
from remission.estimate.kernels.time_laws import LAWS
from remission.estimate.result import Check

STATIONARY = 1e-6


@dataclass(frozen=True)
class LifeFit:
    """What stays of a fit for checks and prediction.

    Attributes
    ----------
    design : Design
    distribution : str
    kernel : LifeKernel
        On the scale of covariates centred and divided by their standard deviations.
    back : numpy.ndarray, shape (parameters, parameters)
        Takes the kernel's parameters to those of the covariates as given.
    vcov : numpy.ndarray, shape (parameters, parameters)
    log_likelihood_null : float
        With an intercept (and scale) alone; NaN where the model has no intercept.
    """

    design: Design
    distribution: str
    kernel: LifeKernel
    back: np.ndarray
    vcov: np.ndarray
    log_likelihood_null: float

    @property
    def estimate(self) -> np.ndarray:
        """Coefficients of the covariates as given, and the log scale where it is free."""
        return np.asarray(self.back @ self.kernel.parameters)

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        scale = ["log(scale)"] if len(self.kernel.parameters) > len(self.design.terms) else []
        return [*self.design.terms, *scale]

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows, with a column of 0 for the log scale."""
        built = self.design.design_for(table)
        return np.column_stack([built, np.zeros((len(built), len(self.kernel.parameters) - built.shape[1]))])


def fit_life(times: tuple[np.ndarray, np.ndarray, np.ndarray], design: Design, distribution: str) -> LifeFit:
    """Maximise the likelihood of intervals in time.

    Parameters
    ----------
    times : tuple of three numpy.ndarray, shape (rows,)
        Start and end of the interval (equal: exact), and entry; 0 and infinity allowed.
    design : Design
    distribution : str
        A key of ``LAWS``.

    Raises
    ------
    NotEstimable
        A covariate repeats the others.
    """
    x, back = _scaled(design)
    with np.errstate(divide="ignore"):
        low, high, entry = (np.log(part) for part in times)
    free = distribution != "exponential"
    rows = LifeRows(low, high, entry, x)
    kernel = _maximise(rows, distribution, free)
    null = float("nan")
    if "Intercept" in design.terms:
        null = _maximise(LifeRows(low, high, entry, np.ones((len(low), 1))), distribution, free).log_likelihood
    back = np.block([[back, np.zeros((len(back), int(free)))], [np.zeros((int(free), len(back))), np.eye(int(free))]])
    with np.errstate(invalid="ignore"):
        vcov = back @ inverse_information(kernel.information) @ back.T
    return LifeFit(design, distribution, kernel, back, vcov, null)


def _maximise(rows: LifeRows, distribution: str, free: bool) -> LifeKernel:
    """Start from a straight line through the logarithms of the times, or of what is known of them."""
    with np.errstate(over="ignore"):
        middle = np.where(np.isfinite(rows.high), np.logaddexp(rows.low, rows.high) - np.log(2), rows.low)
    floor = middle[np.isfinite(middle)].min(initial=0.0)
    middle = np.where(np.isfinite(middle), middle, floor)
    beta = np.linalg.lstsq(rows.x, middle, rcond=None)[0]
    spread = float(np.std(middle - rows.x @ beta))
    start = np.append(beta, np.log(max(spread, 1e-2))) if free else beta
    return maximise(LAWS[distribution], rows, start, free)


def _scaled(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Centre (where there is an intercept) and scale the covariates; give the way back for coefficients."""
    matrix, k = design.matrix, len(design.terms)
    constant = np.array([term == "Intercept" for term in design.terms])
    mean = np.where(constant, 0.0, matrix.mean(axis=0)) if constant.any() else np.zeros(k)
    scale = np.sqrt(((matrix - mean) ** 2).mean(axis=0))
    still = np.flatnonzero(scale <= 1e-12 * (1 + np.abs(matrix).max(axis=0)))
    if still.size:
        raise NotEstimable(
            f"'{design.terms[still[0]]}' has the same value in all {len(matrix)} rows.", "Leave it out of the model."
        )
    x = (matrix - mean) / scale
    for j, term in enumerate(design.terms):
        if np.linalg.eigvalsh(x[:, : j + 1].T @ x[:, : j + 1] / len(x))[0] < NOTHING_LEFT:
            raise NotEstimable(f"'{term}' repeats what the other covariates say.", "Leave it out of the model.")
    back = np.diag(1 / scale)
    back[constant, :] -= mean / scale
    return x, back


def life_checks(fit: LifeFit, events: int) -> tuple[Check, ...]:
    """Check convergence, the slope at the maximum, that no estimate is infinite, and events enough."""
    kernel = fit.kernel
    words = f"The likelihood was maximised in {len(kernel.iterations)} iterations."
    steepest = float(np.abs(kernel.gradient).max())
    flat = steepest <= STATIONARY * (1 + abs(kernel.log_likelihood))
    return (
        Check("converged", kernel.converged, words if kernel.converged else "The likelihood did not settle."),
        Check("slope", flat, f"The steepest slope at the estimate is {steepest:.1e}{'' if flat else ': no maximum'}."),
        _finite(fit),
        _enough_events(events, len(fit.parameters)),
    )


def _finite(fit: LifeFit) -> Check:
    sigma, k = float(np.exp(fit.kernel.log_scale)), len(fit.design.terms)
    error = np.sqrt(np.diag(inverse_information(fit.kernel.information)))[:k] / sigma
    size = np.abs(fit.kernel.parameters[:k]) / sigma
    slopes = np.array([term != "Intercept" for term in fit.design.terms])
    tame = ~slopes | ((size <= RUNAWAY) & (error <= RUNAWAY))
    wild = [term for term, good in zip(fit.design.terms, tame, strict=True) if not good]
    wild += ["log(scale)"] if abs(fit.kernel.log_scale) > RUNAWAY else []
    words = f"The estimate of {', '.join(wild)} runs away, as when a group has no event: merge groups."
    return Check("finite estimates", not wild, words if wild else "No estimate runs away.")


def _enough_events(events: int, count: int) -> Check:
    enough = events >= EVENTS_PER_TERM * count
    words = "." if enough else f": fewer than {EVENTS_PER_TERM} a parameter, so intervals are unreliable."
    return Check("events per parameter", enough, f"{events} events for {count} parameters{words}")
