"""What was looked at before a logistic or count mixed model is handed out."""

import numpy as np

from remission.estimate.generalized_data import GeneralizedData
from remission.estimate.generalized_model import ScaledSolution
from remission.estimate.kernels.generalized_solution import ALIKE, movement_with_more_points
from remission.estimate.kernels.separation import separable_within
from remission.estimate.result import Check

FAR = 0.05
FAR_WITHIN = 5.0
FEW_GROUPS = 5
FEW_WAVES = 10
SINGULAR = 1 - 1e-6


def generalized_checks(data: GeneralizedData, scaled: ScaledSolution, test: tuple[float, float]) -> tuple[Check, ...]:
    """Check convergence, a second start, the boundary, separation within groups, quadrature and number of groups."""
    return (
        _converged(scaled),
        _one_top(scaled),
        _inside(data, scaled, test),
        _overlap(data, scaled),
        _quadrature(data, scaled),
        _groups(data),
    )


def _converged(scaled: ScaledSolution) -> Check:
    top = scaled.solution.top
    return Check(
        "converged",
        top.converged,
        f"The likelihood was maximised in {len(top.path)} iterations; the gradient leaves {top.distance:.0e} "
        "standard errors to go."
        if top.converged
        else "The likelihood did not settle: treat the numbers as unusable.",
    )


def _one_top(scaled: ScaledSolution) -> Check:
    gap = scaled.solution.second_gap
    good = abs(gap) <= ALIKE * 10
    return Check(
        "a second start agrees",
        good,
        "A search from other values ended at the same likelihood."
        if good
        else f"A search from other values ended {abs(gap):.2g} away in log-likelihood; the higher is shown.",
    )


def _inside(data: GeneralizedData, scaled: ScaledSolution, test: tuple[float, float]) -> Check:
    terms = [(block.group, term) for block in data.blocks for term in block.design.terms]
    named = []
    covariance = scaled.factor @ scaled.factor.T
    spread = np.sqrt(np.diag(covariance))
    for (group, term), sd in zip(terms, spread, strict=True):
        if sd == 0:
            named.append(f"the variance of {term} in {group} is estimated as 0")
    for i, j in zip(*np.triu_indices(len(terms), 1), strict=True):
        if spread[i] and spread[j] and abs(covariance[i, j]) > SINGULAR * spread[i] * spread[j]:
            sign = "1" if covariance[i, j] > 0 else "-1"
            named.append(f"the correlation of {terms[i][1]} and {terms[j][1]} is estimated as {sign}")
    if named:
        law = " (no random effect: half chi-squared with 1, half with 0 degrees of freedom)" if len(terms) == 1 else ""
        sentence = f"{'; '.join(named)}: the data carry fewer random terms than the model has{law}."
    elif scaled.solution.problem.k == 1:
        sentence = (
            f"The variance is above 0; likelihood-ratio test of 0: {test[0]:.3g}, p = {test[1]:.3g} "
            "(half chi-squared with 1, half with 0 degrees of freedom, as 0 is the edge)."
        )
    else:
        sentence = (
            f"No variance is 0; likelihood-ratio test of no random effect: {test[0]:.3g}, p at most {test[1]:.3g} "
            f"(chi-squared with {scaled.solution.problem.k} degrees of freedom; at the edge the true p is smaller)."
        )
    return Check("random effects vary freely", not named, sentence)


def _overlap(data: GeneralizedData, scaled: ScaledSolution) -> Check:
    """Look for separation within groups where the fixed part of some group's linear predictor goes far."""
    problem, codes = scaled.solution.problem, data.codes[-1]
    name = "outcomes overlap within groups"
    whole = ((data.y == 0) | (data.y == data.trials)) & (data.weight > 0)
    eta = data.fixed.matrix @ scaled.beta
    low, high = np.full(codes.max() + 1, np.inf), np.full(codes.max() + 1, -np.inf)
    np.minimum.at(low, codes, eta)
    np.maximum.at(high, codes, eta)
    apart = (
        problem.law.name == "binomial"
        and bool(whole.all() and (high - low).max() > FAR_WITHIN)
        and separable_within(data.fixed.matrix, problem.z, codes, data.y > 0)
    )
    return Check(
        name,
        not apart,
        f"Within values of '{data.groups[-1]}' the covariates tell values of '{data.outcome}' apart without exception: "
        "coefficients and spread can grow together without limit, so the numbers are arbitrary."
        if apart
        else "Coefficients and spread cannot grow together without limit.",
    )


def _quadrature(data: GeneralizedData, scaled: ScaledSolution) -> Check:
    solution = scaled.solution
    name = "enough quadrature points"
    waves = len(data.y) / len(data.levels[-1])
    few = (
        solution.points == 1
        and waves < FEW_WAVES
        and data.trials.max() == 1
        and solution.problem.law.name == "binomial"
    )
    if solution.vanished and solution.problem.k == 1:
        return Check(name, True, "Without random effects there is nothing to integrate.")
    biased = (
        f"Laplace's approximation is biased for {waves:.1f} rows of yes and no a participant: effects and variances "
        "may be far off."
    )
    if solution.problem.nested:
        sentence = "Nested groupings are fitted by Laplace's approximation."
        return Check(name, not few, biased if few else sentence)
    moved = movement_with_more_points(solution)
    told = f"With more points the estimates would move by at most {moved:.2g} standard errors."
    if few:
        return Check(name, False, f"{biased} {told} Use quadrature=15.")
    good = moved <= FAR
    return Check(name, good, told if good else f"{told} Raise quadrature above {solution.points}.")


def _groups(data: GeneralizedData) -> Check:
    count, name = len(data.levels[0]), data.groups[0]
    good = count >= FEW_GROUPS
    return Check(
        "enough groups",
        good,
        f"'{name}' has {count} values" + ("." if good else ": too few to estimate a spread between them well."),
    )
