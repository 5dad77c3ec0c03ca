"""What is looked at before the numbers of a Cox model are handed out, and its three global tests."""

import numpy as np
from scipy.special import chdtrc

from remission.estimate.cox_fit import CoxFit
from remission.estimate.result import Check

# On covariates scaled to a standard deviation of 1; honest effects stay far below.
RUNAWAY = 15.0
EVENTS_PER_TERM = 5
FEW_CLUSTERS = 10


def cox_checks(fit: CoxFit) -> tuple[Check, ...]:
    """Check convergence, that no estimate is infinite, and that there are events enough."""
    return (_converged(fit), _finite(fit), _enough_events(fit))


def cluster_check(codes: np.ndarray, name: str) -> Check:
    """Check that there are clusters enough for robust errors, which come out too small from a few.

    Parameters
    ----------
    codes : numpy.ndarray of int from 0, shape (rows,)
        Cluster of each row.
    name : str
        Of the column.
    """
    count = int(codes.max()) + 1
    words = "." if count >= FEW_CLUSTERS else f": fewer than {FEW_CLUSTERS}, so robust errors are too small."
    return Check("clusters enough", count >= FEW_CLUSTERS, f"{count} values of '{name}'{words}")


def global_tests(fit: CoxFit, beta: np.ndarray, vcov: np.ndarray) -> dict[str, float]:
    """Return likelihood-ratio, Wald (with the reported variance) and score test of no effect at all."""
    known = np.isfinite(vcov).all()
    statistics = {
        "likelihood_ratio": 2 * (fit.kernel.log_likelihood - fit.kernel.log_likelihood_null),
        "wald": float(beta @ np.linalg.pinv(vcov, hermitian=True) @ beta) if known else float("nan"),
        "score": fit.kernel.score_test,
    }
    df = len(beta)
    p_values = {f"{name}_p_value": float(chdtrc(df, max(value, 0.0))) for name, value in statistics.items()}
    return {"df": df, **statistics, **p_values}


def _converged(fit: CoxFit) -> Check:
    words = (
        f"The partial likelihood was maximised in {len(fit.kernel.iterations)} iterations."
        if fit.kernel.converged
        else "The partial likelihood did not settle: treat the numbers as unusable."
    )
    return Check("converged", fit.kernel.converged, words)


def _finite(fit: CoxFit) -> Check:
    size, error = np.abs(fit.kernel.beta), np.sqrt(np.diag(fit.naive)) * fit.scale
    tame = (size <= RUNAWAY) & (error <= RUNAWAY)
    wild = [term for term, good in zip(fit.design.terms, tame, strict=True) if not good]
    words = (
        f"The estimate of {', '.join(wild)} runs away, as when a group has no event or all of them: "
        "merge groups or use a penalised model."
        if wild
        else "No estimate runs away."
    )
    return Check("finite estimates", not wild, words)


def _enough_events(fit: CoxFit) -> Check:
    events, terms = fit.sets.event_rows.size, len(fit.design.terms)
    enough = events >= EVENTS_PER_TERM * terms
    words = "." if enough else f": fewer than {EVENTS_PER_TERM} a term, so intervals are unreliable."
    return Check("events per term", enough, f"{events} events for {terms} terms{words}")
