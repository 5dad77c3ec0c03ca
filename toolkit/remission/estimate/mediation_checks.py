"""What was looked at before a mediation analysis was handed out."""

import numpy as np
from scipy.special import expit, logit
from scipy.stats import chi2, f

from remission.estimate.kernels.binary_regression import fit_binary
from remission.estimate.kernels.path_models import LEAST_SPREAD
from remission.estimate.mediation_data import Chain, MediationData
from remission.estimate.mediation_timing import LAGGED, Timing
from remission.estimate.record import Check

PER_COEFFICIENT = 10
FEW_REPLICATES = 1000
FAILED_SHARE = 0.01
ALPHA = 0.05


def mediation_checks(
    data: MediationData, chain: Chain, timing: Timing, paths: int, failed: int, replicates: int
) -> tuple[Check, ...]:
    """Judge timing, size, replicates, interaction and kinds of variables."""
    found = [Check("timing", timing.label == LAGGED, timing.sentence)]
    if timing.late:
        named = ", ".join(timing.late)
        found.append(
            Check(
                "covariates before the exposure",
                False,
                f"Measured after the exposure: {named}. The exposure may have changed them, and then adjusting for "
                "them takes part of its effect away.",
            )
        )
    found += [_covariates(data), _range(data, chain)]
    found += [_size(data, chain, paths), _replicates(failed, replicates), _interaction(data, chain)]
    if data.two_valued:
        found.append(
            Check(
                "kinds of mediators",
                False,
                f"{', '.join(data.two_valued)} has two values only: its equation is a linear probability model.",
            )
        )
    return tuple(found)


def _covariates(data: MediationData) -> Check:
    if data.layout.covariates:
        return Check("covariates", True, f"{data.layout.covariates} columns of covariates are in every equation.")
    return Check(
        "covariates",
        False,
        "Nothing is adjusted for: whatever moves mediators and outcome alike counts as mediation. Name the baseline "
        "values of mediators and outcome, and their common causes.",
    )


def _range(data: MediationData, chain: Chain) -> Check:
    seen = data.z[:, 1]
    inside = bool(seen.min() <= min(data.contrast) and max(data.contrast) <= seen.max())
    if inside:
        return Check("contrast", True, f"Both levels lie within the values of '{chain.exposure}'.")
    return Check(
        "contrast",
        False,
        f"'{chain.exposure}' runs from {seen.min():g} to {seen.max():g}, but {data.labels[0]} and {data.labels[1]} are "
        "compared: nobody was observed there. Name two levels with contrast=.",
    )


def _size(data: MediationData, chain: Chain, paths: int) -> Check:
    coefficients = data.layout.columns - 1
    needed = PER_COEFFICIENT * max(coefficients, paths)
    outcome = data.z[:, -1]
    held, unit = data.people, "participants"
    if data.rows.logistic:
        held, unit = int(min(outcome.sum(), (1 - outcome).sum())), "participants with the rarer outcome"
    enough = held >= needed
    told = (
        f"{held} {unit} for {paths} {'path' if paths == 1 else 'paths'} and {coefficients} coefficients of the outcome"
    )
    if enough:
        return Check("size", True, f"{told}.")
    return Check(
        "size",
        False,
        f"{told}: a rule of thumb wants {needed}. Paths to '{chain.outcome}' may look null or large by chance.",
    )


def _replicates(failed: int, replicates: int) -> Check:
    if failed > FAILED_SHARE * replicates:
        return Check(
            "replicates",
            False,
            f"{failed} of {replicates} replicates could not be fitted and are left out; intervals describe the others.",
        )
    few = replicates < FEW_REPLICATES
    told = f"{replicates - failed} of {replicates} replicates were fitted."
    return Check("replicates", not few, f"{told} {'Use at least 1,000 for intervals to quote.' if few else ''}".strip())


def _interaction(data: MediationData, chain: Chain) -> Check:
    p = interaction_p(data)
    name = "exposure by mediator"
    if p is None:
        return Check(name, False, "Whether the exposure acts with the mediators cannot be tested in these rows.")
    said = f"Exposure by mediator interaction: p = {p:.3f}."
    if data.layout.interaction:
        return Check(name, True, f"{said} It is in the model: direct and indirect effects are given at each level.")
    if p >= ALPHA:
        return Check(name, True, f"{said} The model without it stands, though a small test is no proof.")
    cure = " Use interaction=True." if len(chain.mediators) == 1 else " Look at one mediator with interaction=True."
    return Check(
        name, False, f"{said} The model without it may mislead: effects differ by level of the exposure.{cure}"
    )


def interaction_p(data: MediationData) -> float | None:
    """Test products of exposure and all mediators in the outcome's equation by Wald's test, robust where clustered."""
    layout = data.layout
    first = layout.base + layout.mediators
    z = data.z[:, :first]
    crossed = z[:, 1:2] * z[:, layout.base :]
    full = np.column_stack([z, crossed])[:, 1:]
    spread = full.std(axis=0)
    if (spread == 0).any():
        return None
    x = np.column_stack([np.ones(len(full)), (full - full.mean(axis=0)) / spread])
    if np.linalg.eigvalsh(x.T @ x / len(x))[0] <= LEAST_SPREAD or len(x) <= x.shape[1]:
        return None
    found = _logistic(x, data.z[:, -1]) if data.rows.logistic else _linear(x, data.z[:, -1], data.clustered)
    if found is None:
        return None
    beta, bread, scores = found
    variance = bread
    if data.clustered:
        summed = np.zeros((data.people, x.shape[1]))
        np.add.at(summed, data.code, scores)
        variance = bread @ summed.T @ summed @ bread
    q = crossed.shape[1]
    statistic = float(beta[-q:] @ np.linalg.solve(variance[-q:, -q:], beta[-q:]))
    if data.rows.logistic or data.clustered:
        return float(chi2.sf(statistic, q))
    return float(f.sf(statistic / q, q, len(x) - x.shape[1]))


def _linear(x: np.ndarray, y: np.ndarray, clustered: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    left = y - x @ beta
    noise = float(left @ left) / (len(x) - x.shape[1])
    if noise <= 1e-20 * float(np.var(y)):
        return None
    return beta, inverse if clustered else noise * inverse, x * left[:, None]


def _logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    start = np.zeros(x.shape[1])
    start[0] = logit(y.mean())
    fit = fit_binary(x, y == 1, "logit", start)
    risk = expit(x @ fit.beta)
    if not fit.converged or float((risk * (1 - risk)).max()) < ALPHA / 100:
        return None
    return fit.beta, np.linalg.inv(fit.information), fit.scores
