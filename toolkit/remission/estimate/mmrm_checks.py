"""What was looked at before means over waves with a residual covariance are handed out."""

import numpy as np
import pandas as pd

from remission.estimate.kernels.marginal_solution import MarginalSolution
from remission.estimate.mmrm_data import MmrmData
from remission.estimate.result import Check

FEW_PEOPLE = 10
FEW_CLUSTERS = 40
NEARLY_SINGULAR = 1e-4
COLLAPSED = 1e-6


def mmrm_checks(
    data: MmrmData, solution: MarginalSolution, correlation: str, errors: str, held: pd.DataFrame
) -> tuple[Check, ...]:
    """Look at convergence, the covariance, participants at each wave and pair of waves, and their number."""
    return (
        settled(solution),
        covariance_apart(solution),
        _waves(held),
        *((_pairs(held),) if correlation == "unstructured" else ()),
        *((_clusters(data, errors),) if errors != "model" else ()),
    )


def settled(solution: MarginalSolution) -> Check:
    """Say whether the search ended at a minimum."""
    good = solution.search.converged
    told = f"The likelihood was maximised in {len(solution.search.iterations) - 1} iterations."
    return Check("converged", good, told if good else "The likelihood did not settle: treat the numbers as unusable.")


def covariance_apart(solution: MarginalSolution) -> Check:
    """Say whether some rows of a participant nearly determine others."""
    good = smallest_eigenvalue(solution) > NEARLY_SINGULAR
    told = (
        "No combination of rows of a participant is determined by the others."
        if good
        else "Residuals at some times are almost determined by those at others: use a covariance with fewer parameters."
    )
    return Check("covariance away from singular", good, told)


def smallest_eigenvalue(solution: MarginalSolution) -> float:
    """Return the smallest eigenvalue of all clusters' correlation matrices; 0 where one cannot be inverted back."""
    found = 1.0
    for inverse in solution.at.inverses:
        try:
            covariance = np.linalg.inv(inverse)
        except np.linalg.LinAlgError:
            return 0.0
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        if (variance <= 0).any():
            return 0.0
        size = np.sqrt(variance)
        held = covariance / (size[:, :, None] * size[:, None, :])
        found = min(found, float(np.linalg.eigvalsh(held).min()))
    return found


def _waves(held: pd.DataFrame) -> Check:
    seen = held[held["first"] == held["second"]]
    few = seen.loc[seen["pairs"] < FEW_PEOPLE, "first"].tolist()
    told = f"Each wave was seen in at least {int(seen['pairs'].min())} participants."
    if few:
        told = f"Wave {', '.join(few)} was seen in fewer than {FEW_PEOPLE} participants: its numbers rest on few."
    return Check("people at each wave", not few, told)


def _pairs(held: pd.DataFrame) -> Check:
    few = held[(held["first"] != held["second"]) & (held["pairs"] < FEW_PEOPLE)]
    told = "Every covariance rests on enough participants seen at both waves."
    if len(few):
        named = ", ".join(f"{a} with {b}" for a, b in zip(few["first"], few["second"], strict=True))
        told = f"Fewer than {FEW_PEOPLE} participants were seen at both waves of {named}. 'exchangeable' needs fewer."
    return Check("pairs behind each covariance", not len(few), told)


def _clusters(data: MmrmData, errors: str) -> Check:
    count = int(data.cluster.max()) + 1
    many = count >= FEW_CLUSTERS or errors == "mancl-derouen"
    told = f"{count} participants."
    if not many:
        told = f"{count} participants: below {FEW_CLUSTERS} robust errors are too small. Use errors='mancl-derouen'."
    return Check("enough participants for robust errors", many, told)
