"""Kenward and Roger's variance and degrees of freedom for the fixed effects of a linear mixed model.

The covariance ``Sigma`` is linear in the residual variance and in the entries of the random effects' covariance;
``R = sigma^2 Sigma^-1 = I - Z S Z'`` within a group, and powers of it keep that form, so that every sum below comes
from the groups' cross-products alone. Kenward MG, Roger JH (1997), doi:10.2307/2533558.
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.kenward_roger import KenwardRoger
from remission.estimate.kernels.profiled_deviance import CrossProducts, Pattern, forward, precision_root


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over groups, in units of sigma: index 0 is the residual variance, the others entries of ``D``."""

    xx: np.ndarray
    first: np.ndarray
    second: np.ndarray
    traces: np.ndarray


def kenward_roger(
    products: CrossProducts, factor: np.ndarray, sigma: float, pattern: Pattern, back: np.ndarray
) -> KenwardRoger:
    """Adjust the variance of the fixed effects at the REML estimate.

    Parameters
    ----------
    products : CrossProducts
    factor : numpy.ndarray, shape (q, q)
        ``Lambda``.
    sigma : float
    pattern : Pattern
        Which entries of the random effects' covariance the model has.
    back : numpy.ndarray, shape (p, p)
        Turns the kernel's fixed effects into those of the caller.
    """
    sums = _sums(products, factor, _directions(pattern))
    variance = sigma**2
    plain = variance * np.linalg.inv(sums.xx)
    first, second = -sums.first / variance**2, sums.second / variance**3
    information = sums.traces / variance**2 - 2 * np.einsum("pr,ijrp->ij", plain, second)
    information += np.einsum("pr,irs,st,jtp->ij", plain, first, plain, first)
    spread = np.linalg.pinv(information / 2, hermitian=True)
    inner = np.einsum("ij,ijpr->pr", spread, second)
    inner -= np.einsum("ij,ips,st,jtr->pr", spread, first, plain, first)
    added = plain @ inner @ plain
    vcov = plain + added + added.T
    slopes = -plain @ first @ plain
    return KenwardRoger(back @ vcov @ back.T, back @ plain @ back.T, back @ slopes @ back.T, spread)


def _directions(pattern: Pattern) -> np.ndarray:
    """Return the symmetric matrices along which ``D`` may move, shape (k, q, q)."""
    directions = np.zeros((pattern.rows.size, pattern.q, pattern.q))
    place = np.arange(pattern.rows.size)
    directions[place, pattern.rows, pattern.columns] = 1.0
    directions[place, pattern.columns, pattern.rows] = 1.0
    return directions


def _sums(products: CrossProducts, factor: np.ndarray, directions: np.ndarray) -> _Sums:
    q, p = products.q, products.p
    zz, zx, xx = products.stack[:, :q], products.stack[:, q : q + p], products.total[:p, :p]
    root = precision_root(zz, factor)
    half = forward(root, np.repeat(factor.T[:, :, None], zz.shape[2], axis=2))
    s1 = np.einsum("kag,kbg->abg", half, half)
    s1_zz = np.einsum("abg,bcg->acg", s1, zz)
    s2 = 2 * s1 - np.einsum("abg,bcg->acg", s1_zz, s1)
    s2_zz = np.einsum("abg,bcg->acg", s2, zz)
    s3 = s2 + s1 - np.einsum("abg,bcg->acg", s2_zz, s1)
    zrx = zx - np.einsum("bag,bpg->apg", s1_zz, zx)
    zr2x = zx - np.einsum("bag,bpg->apg", s2_zz, zx)
    zrz = zz - np.einsum("abg,bcg->acg", zz, s1_zz)
    zr2z = zz - np.einsum("abg,bcg->acg", zz, s2_zz)

    k = len(directions)
    first, second, traces = np.zeros((k + 1, p, p)), np.zeros((k + 1, k + 1, p, p)), np.zeros((k + 1, k + 1))
    turned = [np.einsum("ab,bpg->apg", direction, zrx) for direction in directions]
    first[0], second[0, 0] = (xx - np.einsum("apg,abg,brg->pr", zx, s, zx) for s in (s2, s3))
    traces[0, 0] = products.n_rows - np.einsum("aag->", s2_zz)
    for i, direction in enumerate(directions, start=1):
        first[i] = np.einsum("apg,arg->pr", zrx, turned[i - 1])
        second[0, i] = np.einsum("apg,arg->pr", zr2x, turned[i - 1])
        second[i, 0] = second[0, i].T
        traces[0, i] = traces[i, 0] = np.einsum("abg,ba->", zr2z, direction)
        along = np.einsum("abg,bc->acg", zrz, direction)
        for j in range(1, k + 1):
            second[i, j] = np.einsum("apg,abg,brg->pr", turned[i - 1], zrz, turned[j - 1])
            traces[i, j] = np.einsum("abg,bcg,ca->", along, zrz, directions[j - 1])
    return _Sums(xx - np.einsum("apg,abg,brg->pr", zx, s1, zx), first, second, traces)
