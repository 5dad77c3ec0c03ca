"""The likelihood of logistic and count mixed models: its gradient by differences, its modes, its layout, its limits."""

import numpy as np
import pytest

from remission.estimate.kernels.adaptive_quadrature import gauss_hermite
from remission.estimate.kernels.beta_binomial import BetaBinomialLaw
from remission.estimate.kernels.mixed_likelihood import MixedProblem, mixed_likelihood
from remission.estimate.kernels.profiled_deviance import Pattern, block_pattern
from remission.estimate.kernels.row_likelihood import BinomialLaw, NegativeBinomialLaw, PoissonLaw, RowLaw, Rows
from remission.estimate.kernels.separation import separable_within, separating_direction

# Central differences with steps of 1e-5, relative to the largest entry of the gradient.
DIFFERENCE = 2e-7

LAWS: dict[str, RowLaw] = {
    "binomial": BinomialLaw(),
    "poisson": PoissonLaw(),
    "negative_binomial": NegativeBinomialLaw(),
    "beta_binomial": BetaBinomialLaw(),
}


def problem(law: RowLaw, q: int, nested: bool = False, seed: int = 1) -> MixedProblem:
    """Make rows of unequal groups; for ``nested``, 13 groups in 4 above."""
    rng = np.random.default_rng(seed)
    inner = np.sort(rng.integers(0, 13, 70))
    inner[:13] = np.arange(13)
    trials = rng.integers(1, 6, 70).astype(float)
    y = rng.binomial(trials.astype(int), 0.4).astype(float)
    x = np.column_stack([np.ones(70), rng.normal(size=70)])
    levels = np.arange(2)
    return MixedProblem(
        law,
        x,
        np.ones((70, 1)) if nested else np.column_stack([np.ones(70), rng.normal(size=70)])[:, :q],
        rng.normal(size=70) / 4,
        Rows(y, trials, rng.integers(1, 3, 70).astype(float)),
        (inner % 4, inner) if nested else (inner,),
        Pattern(2, levels, levels) if nested else block_pattern((q,)),
    )


def vector(made: MixedProblem) -> np.ndarray:
    at = np.linspace(0.3, 0.8, made.p + made.k + 1)
    at[1], at[-1] = -0.4, 1.2
    return at


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("q", "points"), [(1, 1), (1, 6), (2, 1), (2, 5), (0, 1)])
def test_gradient_is_that_of_the_value(law: str, q: int, points: int) -> None:
    # q = 0 stands for nested groups, which have Laplace's approximation only.
    made = problem(LAWS[law], max(q, 1), nested=q == 0)
    likelihood, at = mixed_likelihood(made, points), vector(made)
    value, gradient, outer = likelihood(at)
    step = 1e-5 * np.eye(at.size)
    found = np.array([(likelihood(at + one)[0] - likelihood(at - one)[0]) / 2e-5 for one in step])
    np.testing.assert_allclose(gradient, found, atol=DIFFERENCE * np.abs(gradient).max())
    assert np.isfinite(value)
    # The last parameter is the dispersion: only laws that have one move with it.
    assert (gradient[-1] != 0) == made.law.dispersed
    assert np.linalg.eigvalsh(outer)[0] > -1e-8


@pytest.mark.parametrize("law", LAWS)
def test_more_points_settle(law: str) -> None:
    made = problem(LAWS[law], 1)
    values = [mixed_likelihood(made, points)(vector(made))[0] for points in (3, 7, 15, 31, 61)]
    steps = np.abs(np.diff(values))
    assert (steps[1:] < steps[:-1] + 1e-11).all()
    assert steps[-1] < 1e-8


def test_conditional_modes_maximise_the_penalised_likelihood() -> None:
    made = problem(BinomialLaw(), 2)
    at = vector(made)
    [(modes, errors)] = mixed_likelihood(made, 5).effects(at)
    factor = made.pattern.factor(at[made.p : -1])
    u = np.linalg.solve(factor, modes.T).T
    code = made.codes[0]
    eta = made.x @ at[: made.p] + made.offset + (made.z * modes[code]).sum(axis=1)
    chance = 1 / (1 + np.exp(-eta))
    weight, trials = made.rows.weight, made.rows.trials
    v = made.z @ factor
    residual = weight * (made.rows.y - trials * chance)
    slope = np.array([np.bincount(code, residual * v[:, a]) for a in range(2)]).T - u
    assert np.abs(slope).max() < 1e-6
    curved = [
        np.eye(2) + (v[code == g].T * (weight * trials * chance * (1 - chance))[code == g]) @ v[code == g]
        for g in range(13)
    ]
    expected = [np.sqrt(np.diag(factor @ np.linalg.inv(one) @ factor.T)) for one in curved]
    np.testing.assert_allclose(errors, expected, atol=1e-7)


def test_overdispersed_laws_near_the_simpler_ones() -> None:
    made, twin = problem(NegativeBinomialLaw(), 1), problem(PoissonLaw(), 1)
    at = vector(made)
    at[-1] = 60.0
    # The dispersion is bounded by exp(12) or more: a relative difference of 1e-5 of the variance is left.
    assert mixed_likelihood(made, 9)(at)[0] == pytest.approx(mixed_likelihood(twin, 9)(at)[0], abs=5e-3)
    made, twin = problem(BetaBinomialLaw(), 1), problem(BinomialLaw(), 1)
    assert mixed_likelihood(made, 9)(at)[0] == pytest.approx(mixed_likelihood(twin, 9)(at)[0], abs=5e-3)


def test_quadrature_integrates_polynomials_against_the_normal_law() -> None:
    # Moments of the standard normal law up to the ninth: 1, 0, 1, 0, 3, 0, 15, 0, 105, 0.
    rule = gauss_hermite(5, 1)
    weight = np.exp(rule.log_weight - rule.z[0] ** 2 / 2)
    moments = [float(weight @ rule.z[0] ** k) for k in range(10)]
    assert moments == pytest.approx([1, 0, 1, 0, 3, 0, 15, 0, 105, 0], abs=1e-10)
    assert gauss_hermite(3, 2).z.shape == (2, 9)


def test_separation_is_found_where_it_is() -> None:
    one, x = np.ones(6), np.array([0.0, 1, 2, 3, 4, 5])
    side = np.array([-1, -1, -1, 1, 1, 1])
    direction = separating_direction(np.column_stack([one, x]), side)
    assert direction is not None
    assert (np.column_stack([one, x]) @ direction * side >= 0).all()
    assert separating_direction(np.column_stack([one, x]), np.array([-1, 1, -1, 1, -1, 1])) is None
    # A tie at the border still separates; a row with a likeliest value on either side does not.
    assert separating_direction(np.column_stack([one, np.array([0.0, 1, 2, 2, 3, 4])]), side) is not None
    assert separating_direction(np.column_stack([one, x]), np.array([-1, 0, -1, 1, 0, 1])) is None


def test_separation_within_groups_is_found_where_it_is() -> None:
    x, z, codes = np.array([[0.0], [1], [2], [10], [11], [12]]), np.ones((6, 1)), np.repeat([0, 1], 3)
    up = np.array([False, True, True, False, False, True])
    assert separable_within(x, z, codes, up)
    assert not separable_within(x, z, codes, np.array([False, True, True, False, True, False]))
    # Groups that rise and groups that fall cannot share one slope, but each may have its own.
    mixed = np.array([False, True, True, True, True, False])
    assert not separable_within(x, z, codes, mixed)
    assert separable_within(x, np.hstack([z, x]), codes, mixed)
    # A group that never changes has nothing to say.
    assert separable_within(x, z, codes, np.array([False, True, True, True, True, True]))
