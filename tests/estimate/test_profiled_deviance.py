"""The profiled deviance and its search: against dense normal densities, differences, and known minima."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from remission.estimate.kernels import profiled_deviance
from remission.estimate.kernels.linear_mixed_solution import solve_linear_mixed, standardise
from remission.estimate.kernels.newton import central_hessian, minimise
from remission.estimate.kernels.profiled_deviance import (
    CrossProducts,
    block_pattern,
    cross_products,
    evaluate,
)

# Dense and grouped algebra differ only by rounding in sums of about 40 rows.
ROUNDING = 1e-10
# Central differences with step 1e-5 carry about 1e-9 of the third derivative.
DIFFERENCED = 1e-6

Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def rows() -> Rows:
    rng = np.random.default_rng(7)
    codes = rng.permutation(np.repeat(np.arange(9), [1, 2, 3, 4, 5, 6, 7, 8, 4]))
    time = rng.normal(size=codes.size)
    z = np.column_stack([np.ones_like(time), time, time**2])
    x = np.column_stack([np.ones_like(time), time, codes % 2])
    y = x @ [1.0, 2.0, -1.0] + rng.normal(size=9)[codes] + rng.normal(size=codes.size)
    return z, x, y, codes


def test_by_hand_two_participants_two_waves() -> None:
    # Rows 1, 3 and 5, 7; X = Z = 1, theta = 1. In each group Z'Z = 2, so V has determinant 1 + 2 = 3
    # and V^-1 1 = 1/3. X'V^-1 X = 2 * 2/3 = 4/3. beta = 4 (balanced). Residuals -3, -1 and 1, 3:
    # r'V^-1 r = r'r - (sum r)^2 / 3 = 10 - 16/3 = 14/3 each, 28/3 together.
    one = np.ones((4, 1))
    products = cross_products(one, one, np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1]))
    ml = evaluate(np.array([1.0]), products, block_pattern((1,)), reml=False)
    assert ml.beta == pytest.approx([4.0])
    assert ml.unscaled == pytest.approx(np.array([[0.75]]))
    assert ml.squares == pytest.approx(28 / 3)
    assert ml.deviance == pytest.approx(2 * np.log(3) + 4 * (1 + np.log(2 * np.pi * 28 / 3 / 4)))
    restricted = evaluate(np.array([1.0]), products, block_pattern((1,)), reml=True)
    expected = 2 * np.log(3) + np.log(4 / 3) + 3 * (1 + np.log(2 * np.pi * 28 / 3 / 3))
    assert restricted.deviance == pytest.approx(expected)


@pytest.mark.parametrize("sizes", [(3,), (1, 2), (1, 1, 1)])
@pytest.mark.parametrize("reml", [True, False])
def test_deviance_is_that_of_the_dense_normal_law(rows: Rows, sizes: tuple[int, ...], reml: bool) -> None:
    z, x, y, codes = rows
    pattern = block_pattern(sizes)
    theta = np.linspace(0.4, 1.3, pattern.rows.size)
    found = evaluate(theta, cross_products(z, x, y, codes), pattern, reml)
    factor = pattern.factor(theta)
    covariance = np.eye(y.size) + (z @ factor @ factor.T @ z.T) * (codes[:, None] == codes[None, :])
    precision = np.linalg.inv(covariance)
    information = x.T @ precision @ x
    beta = np.linalg.solve(information, x.T @ precision @ y)
    residual = y - x @ beta
    df = y.size - 3 if reml else y.size
    variance = residual @ precision @ residual / df
    dense = -2 * multivariate_normal(x @ beta, variance * covariance).logpdf(y)
    if reml:
        dense += np.linalg.slogdet(information / variance)[1] - 3 * np.log(2 * np.pi)
    assert found.deviance == pytest.approx(dense, rel=ROUNDING)
    assert found.beta == pytest.approx(beta, rel=ROUNDING)
    assert found.sigma**2 == pytest.approx(variance, rel=ROUNDING)
    assert found.unscaled == pytest.approx(np.linalg.inv(information), rel=1e-8)


@pytest.mark.parametrize("sizes", [(3,), (1, 2)])
@pytest.mark.parametrize("reml", [True, False])
def test_gradients_are_the_derivatives(rows: Rows, sizes: tuple[int, ...], reml: bool) -> None:
    products = cross_products(*rows)
    pattern = block_pattern(sizes)
    theta = np.linspace(-0.3, 1.1, pattern.rows.size)
    found = evaluate(theta, products, pattern, reml)
    for j, h in enumerate(1e-5 * np.eye(theta.size)):
        above = evaluate(theta + h, products, pattern, reml)
        below = evaluate(theta - h, products, pattern, reml)
        assert found.gradient[j] == pytest.approx((above.deviance - below.deviance) / 2e-5, abs=DIFFERENCED)
        slope = (above.squares - below.squares) / 2e-5
        assert found.squares_gradient[j] == pytest.approx(slope, abs=DIFFERENCED)


def test_theta_zero_is_least_squares(rows: Rows) -> None:
    z, x, y, codes = rows
    found = evaluate(np.zeros(6), cross_products(z, x, y, codes), block_pattern((3,)), reml=True)
    beta, squares, _, _ = np.linalg.lstsq(x, y, rcond=None)
    assert found.beta == pytest.approx(beta, rel=ROUNDING)
    assert found.squares == pytest.approx(squares[0], rel=ROUNDING)


def test_sign_of_a_column_of_lambda_does_not_matter(rows: Rows) -> None:
    products = cross_products(*rows)
    theta = np.array([0.7, 0.2, 0.5, -0.1, 0.3, 0.9])
    flipped = theta * [-1, -1, 1, -1, 1, 1]
    pattern = block_pattern((3,))
    assert list(zip(pattern.rows, pattern.columns, strict=True))[:4] == [(0, 0), (1, 0), (1, 1), (2, 0)]
    one, other = (evaluate(at, products, pattern, reml=True).deviance for at in (theta, flipped))
    assert one == pytest.approx(other, rel=1e-13)


def test_cross_products_do_not_depend_on_row_order(rows: Rows) -> None:
    order = np.random.default_rng(1).permutation(rows[2].size)
    one, other = cross_products(*rows), cross_products(*(part[order] for part in rows))
    assert one.stack == pytest.approx(other.stack, rel=1e-12, abs=1e-12)
    assert one.total == pytest.approx(other.total, rel=1e-12, abs=1e-12)


def test_groups_may_be_swept_in_pieces_of_any_size(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    products, pattern = cross_products(*rows), block_pattern((3,))
    theta = np.array([0.7, 0.2, 0.5, -0.1, 0.3, 0.9])
    whole = evaluate(theta, products, pattern, reml=True)
    monkeypatch.setattr(profiled_deviance, "PIECE", 2)
    pieces = evaluate(theta, products, pattern, reml=True)
    assert pieces.deviance == pytest.approx(whole.deviance, rel=1e-13)
    assert pieces.gradient == pytest.approx(whole.gradient, rel=1e-10)


def test_blocks_stay_apart() -> None:
    factor = block_pattern((1, 2)).factor(np.array([1.0, 2.0, 3.0, 4.0]))
    assert factor.tolist() == [[1, 0, 0], [0, 2, 0], [0, 3, 4]]


def test_the_solution_is_stationary_and_a_minimum(rows: Rows) -> None:
    z, x, y, codes = rows
    found = solve_linear_mixed((z[:, :2],), x, y, (codes,), reml=True)
    assert found.search.converged
    assert np.abs(found.search.gradient).max() < 1e-6
    assert np.linalg.eigvalsh(found.search.hessian)[0] > -1e-6


def test_a_far_origin_and_an_odd_unit_cost_no_accuracy(rows: Rows) -> None:
    z, x, y, codes = rows
    near = solve_linear_mixed((z[:, :2],), x, y, (codes,), reml=True)
    day = 20_000 + 365.25 * z[:, 1]
    far_z = np.column_stack([z[:, 0], day])
    far_x = np.column_stack([x[:, 0], day, x[:, 2]])
    far = solve_linear_mixed((far_z,), far_x, y + 1e5, (codes,), reml=True)
    # One day has mean square 4e8 against a spread of 1e5, so about 7 of 16 digits go to the origin.
    assert far.sigma == pytest.approx(near.sigma, rel=1e-8)
    assert far.beta[1] * 365.25 == pytest.approx(near.beta[1], rel=1e-7)
    assert far.criterion - 2 * np.log(365.25) == pytest.approx(near.criterion, abs=1e-6)


def test_satterthwaite_pieces_are_the_derivatives(rows: Rows) -> None:
    # Dense arithmetic: the restricted deviance and the variance of beta as functions of (theta, sigma).
    z, x, y, codes = rows
    pattern = block_pattern((2,))
    standard = standardise((z[:, :2],), x, y, (codes,), (0,))
    found = solve_linear_mixed((z[:, :2],), x, y, (codes,), reml=True)
    at = np.append(found.search.at, found.sigma / standard.scale)

    def dense(point: np.ndarray) -> tuple[float, np.ndarray]:
        evaluation = evaluate(point[:-1], standard.products, pattern, reml=True)
        profiled = evaluation.df * (1 + np.log(evaluation.squares / evaluation.df))
        deviance = evaluation.deviance - profiled + evaluation.df * np.log(point[-1] ** 2)
        turned = standard.from_x @ evaluation.unscaled @ standard.from_x.T
        return deviance + evaluation.squares / point[-1] ** 2, turned * (point[-1] * standard.scale) ** 2

    step = 1e-4 * np.eye(at.size)
    for h, slope in zip(step, found.satterthwaite.slopes, strict=True):
        assert slope == pytest.approx((dense(at + h)[1] - dense(at - h)[1]) / 2e-4, rel=1e-5, abs=1e-7)
    second = [
        [sum(i * j * dense(at + i * g + j * h)[0] for i in (1, -1) for j in (1, -1)) / 4e-8 for g in step] for h in step
    ]
    assert found.satterthwaite.spread == pytest.approx(2 * np.linalg.inv(second), rel=1e-3, abs=1e-6)


def test_newton_finds_a_curved_valley() -> None:
    def rosenbrock(at: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = at
        value = (1 - a) ** 2 + 100 * (b - a**2) ** 2
        return float(value), np.array([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)])

    found = minimise(rosenbrock, np.array([-1.2, 1.0]))
    assert found.converged
    assert found.at == pytest.approx([1.0, 1.0], abs=1e-7)
    assert central_hessian(rosenbrock, found.at) == pytest.approx(np.array([[802, -400], [-400, 200]]), rel=1e-5)


def test_newton_leaves_a_saddle() -> None:
    def two_wells(at: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = at
        return float((a**2 - 1) ** 2 + b**2), np.array([4 * a * (a**2 - 1), 2 * b])

    found = minimise(two_wells, np.zeros(2))
    assert found.converged
    assert np.abs(found.at) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_newton_says_when_it_did_not_settle() -> None:
    found = minimise(lambda at: (float(-at[0]), np.array([-1.0])), np.zeros(1))
    assert not found.converged


def test_products_know_their_sizes(rows: Rows) -> None:
    products = cross_products(*rows)
    assert isinstance(products, CrossProducts)
    assert (products.q, products.p, products.n_rows) == (3, 3, 40)
