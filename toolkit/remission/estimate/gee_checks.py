"""What was looked at before averages are handed out."""

import numpy as np

from remission.estimate.gee_data import GeeData
from remission.estimate.kernels.estimating_equations import Equations, Solution, correlation
from remission.estimate.result import Check

FEW_CLUSTERS = 40
FEW_PAIRS = 10
SINGULAR = 1e-6


def gee_checks(equations: Equations, solution: Solution, errors: str, data: GeeData) -> tuple[Check, ...]:
    """Look at convergence, number of clusters, the working correlation, and pairs behind it."""
    return (
        _settled(solution),
        _clusters(equations, errors),
        _working(equations, solution),
        *((_possible(equations, solution),) if equations.family == "binomial" and solution.alpha.size else ()),
        *((_pairs(solution),) if equations.structure == "unstructured" else ()),
        _repeated(data),
    )


def _settled(solution: Solution) -> Check:
    words = f"The equations were solved in {len(solution.path)} steps."
    told = words if solution.converged else "The equations did not settle: treat the numbers as unusable."
    return Check("converged", solution.converged, told)


def _clusters(equations: Equations, errors: str) -> Check:
    many = equations.clusters >= FEW_CLUSTERS or errors == "mancl-derouen"
    words = f"{equations.clusters} clusters"
    told = (
        f"{words}."
        if many
        else f"{words}: below {FEW_CLUSTERS} robust errors are too small. Use errors='mancl-derouen', df='groups'."
    )
    return Check("enough clusters", many, told)


def _working(equations: Equations, solution: Solution) -> Check:
    """Say whether the working correlation of the longest pattern is one."""
    longest = max(equations.patterns, key=lambda pattern: len(pattern.position))
    held = correlation(equations.structure, longest.position, solution.alpha, equations.positions)
    lowest = float(np.linalg.eigvalsh(held)[0])
    passed = lowest > SINGULAR
    told = (
        "The working correlation is one that can be."
        if passed
        else "The working correlation is none that can be (an eigenvalue is not above 0). Use 'exchangeable'."
    )
    return Check("working correlation", passed, told)


def _possible(equations: Equations, solution: Solution) -> Check:
    """Compare correlations of yes and no with the range that their means allow (Prentice 1988)."""
    mean = equations.mean(solution.beta)
    beyond = 0
    for pattern in equations.patterns:
        if pattern.position.size < 2:
            continue
        held = correlation(equations.structure, pattern.position, solution.alpha, equations.positions)
        odds = np.sqrt(mean[pattern.rows] / np.maximum(1 - mean[pattern.rows], 1e-12))
        ratio = odds[:, :, None] / odds[:, None, :]
        high = np.minimum(ratio, 1 / ratio)
        product = odds[:, :, None] * odds[:, None, :]
        low = np.maximum(-product, -1 / product)
        off = ~np.eye(len(pattern.position), dtype=bool)
        beyond += int((((held > high + 1e-9) | (held < low - 1e-9)) & off).any(axis=(1, 2)).sum())
    share = beyond / max(1, equations.clusters)
    passed = share <= 0.05
    told = "Nearly all pairs of answers can have the working correlation."
    if not passed:
        told = (
            f"In {100 * share:.0f} % of clusters the means rule out the working correlation; it serves as a weight "
            "only, and robust errors still hold. 'independence' avoids it."
        )
    return Check("correlation possible for yes and no", passed, told)


def _pairs(solution: Solution) -> Check:
    few = int((solution.pairs < FEW_PAIRS).sum())
    told = (
        f"{few} correlations rest on fewer than {FEW_PAIRS} pairs. Use 'ar1' or 'exchangeable'."
        if few
        else "Every correlation rests on enough pairs."
    )
    return Check("pairs behind each correlation", not few, told)


def _repeated(data: GeeData) -> Check:
    sizes = np.bincount(data.cluster)
    passed = bool((sizes > 1).any())
    told = f"Clusters have 1 to {int(sizes.max())} rows." if passed else "No cluster has two rows."
    return Check("repeated outcomes", passed, told)
