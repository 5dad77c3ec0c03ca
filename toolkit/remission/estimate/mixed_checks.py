"""What was looked at before a linear mixed model is handed out."""

import numpy as np

from remission.estimate.kernels.linear_mixed_solution import LinearMixedSolution
from remission.estimate.mixed_data import MixedData, RandomBlock
from remission.estimate.result import Check

BOUNDARY = 1e-7
FEW_GROUPS = 5


def mixed_checks(data: MixedData, solution: LinearMixedSolution) -> tuple[Check, ...]:
    """Check convergence, the boundary, the rows behind the random effects and the number of groups."""
    return (
        _converged(solution),
        _inside(data, solution),
        _rows(data),
        _groups(data),
    )


def _converged(solution: LinearMixedSolution) -> Check:
    good = solution.search.converged
    return Check(
        "converged",
        good,
        f"The likelihood was maximised in {len(solution.search.iterations) - 1} iterations."
        if good
        else "The likelihood did not settle: treat the numbers as unusable.",
    )


def _inside(data: MixedData, solution: LinearMixedSolution) -> Check:
    named: list[str] = []
    start = 0
    for block, relative in zip(data.blocks, solution.relative, strict=True):
        end = start + len(block.terms)
        if relative < BOUNDARY:
            named += _what_is_singular(block, solution.covariance[start:end, start:end], solution.sigma)
        start = end
    return Check(
        "random effects vary freely",
        not named,
        f"{'; '.join(named)}: the data carry fewer random terms than the model has."
        if named
        else "No variance is zero and no correlation is 1.",
    )


def _what_is_singular(block: RandomBlock, covariance: np.ndarray, sigma: float) -> list[str]:
    variance = np.diag(covariance)
    empty = variance * (block.matrix**2).mean(axis=0) < BOUNDARY * sigma**2
    named = [
        f"the variance of {term} in {block.group} is estimated as 0"
        for term, none in zip(block.terms, empty, strict=True)
        if none
    ]
    alive = np.flatnonzero(~empty)
    for i, j in ((i, j) for i in alive for j in alive if i < j):
        correlation = covariance[i, j] / np.sqrt(variance[i] * variance[j])
        if abs(correlation) > 1 - BOUNDARY:
            named.append(
                f"the correlation of {block.terms[i]} and {block.terms[j]} in {block.group} is estimated as "
                f"{'1' if correlation > 0 else '-1'}"
            )
    return named or [f"the random terms {', '.join(block.terms)} in {block.group} depend on one another"]


def _rows(data: MixedData) -> Check:
    sizes = [
        max((len(block.terms) for block in data.blocks if block.level == level), default=0) * len(levels)
        for level, levels in enumerate(data.levels)
    ]
    n_effects = max(sizes)
    good = len(data.y) > n_effects
    return Check(
        "rows behind the random effects",
        good,
        f"{len(data.y)} rows for {n_effects} random effects"
        + ("." if good else ": the spreads rest on the few with enough rows."),
    )


def _groups(data: MixedData) -> Check:
    counts = {name: len(levels) for name, levels in zip(data.groups, data.levels, strict=True)}
    few = [f"'{name}' has {count} values" for name, count in counts.items() if count < FEW_GROUPS]
    told = " and ".join(few) or " and ".join(f"'{name}' has {count} values" for name, count in counts.items())
    return Check("enough groups", not few, told + (": too few to estimate a spread between them well." if few else "."))
