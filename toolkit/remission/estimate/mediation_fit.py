"""The quantities of a mediation analysis, for all rows and for each replicate of the bootstrap."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import logit

from remission.estimate.kernels.binary_regression import fit_binary
from remission.estimate.kernels.path_effects import (
    NaturalEffects,
    Path,
    Rule,
    linear_effects,
    normal_rule,
    path_products,
    risk_effects,
    specific_paths,
    spread_of_predictor,
)
from remission.estimate.kernels.path_models import PathFits, fit_paths
from remission.estimate.kernels.resampling import Block, blocks
from remission.estimate.mediation_data import Chain, MediationData
from remission.estimate.workers import ALONE, Crew, run_tasks

ARROW = " → "
TIMES = " × "
EFFECT, SPECIFIC, COEFFICIENT, RATIO = "effect", "specific path", "coefficient", "ratio"


@dataclass(frozen=True)
class Quantity:
    """One row of the table before its numbers are known: its name, its kind and the scale it is on."""

    term: str
    kind: str
    scale: str


@dataclass(frozen=True)
class Plan:
    """All that a replicate needs besides its counts.

    Attributes
    ----------
    data : MediationData
    paths : tuple of tuple of int
    patterns : numpy.ndarray, shape (patterns, covariates)
        Distinct covariates.
    member : scipy.sparse.csr_array, shape (rows, patterns), or None
        None where each row has covariates of its own.
    start : numpy.ndarray or None
        Scaled coefficients of a binary outcome fitted to all rows.
    rule : Rule
        Integrates over the mediators.
    """

    data: MediationData
    paths: tuple[Path, ...]
    patterns: np.ndarray
    member: csr_array | None
    start: np.ndarray | None
    rule: Rule

    def values(self, counts: np.ndarray) -> tuple[np.ndarray, PathFits]:
        """Return every quantity for each set of counts, shape (fits, quantities), NaN where the fit failed."""
        weights = self.data.row_counts(counts)
        fits = fit_paths(self.data.rows, weights, self.start)
        effects = self._effects(fits, weights)
        named = [effects.total, effects.direct, effects.indirect]
        named += [effects.pure_indirect, effects.total_direct] if self.data.layout.interaction else []
        low, high = self.data.contrast
        through = path_products(fits, self.paths) * (high - low)
        parts = [np.column_stack(named), *([] if self.data.layout.interaction else [through])]
        parts += [coefficients(fits, self.data), effects.ratio[:, None]]
        found = np.concatenate(parts, axis=1)
        found[~fits.usable] = np.nan
        return found, fits

    def block(self, block: Block) -> np.ndarray:
        """Return the quantities of one block of replicates."""
        return self.values(block.counts())[0]

    def _effects(self, fits: PathFits, weights: np.ndarray) -> NaturalEffects:
        if not self.data.rows.logistic:
            total = weights.sum(axis=1, keepdims=True)
            centre = weights @ self.data.z[:, : self.data.layout.base] / total
            return linear_effects(fits, self.paths, self.data.contrast, centre)
        held = weights if self.member is None else weights @ self.member
        return risk_effects(fits, self.data.contrast, self.patterns, held, self.rule)


def plan_of(data: MediationData) -> Plan:
    """Prepare what all replicates share."""
    layout = data.layout
    covariates, rows = data.z[:, 2 : layout.base], len(data.z)
    patterns, code = np.unique(covariates, axis=0, return_inverse=True)
    member = csr_array((np.ones(rows), (np.arange(rows), code.ravel())), shape=(rows, len(patterns)))
    paths = specific_paths(layout)
    if not data.rows.logistic:
        return Plan(data, paths, patterns, member, None, normal_rule(0.0))
    x, y = data.rows.scaled[:, :-1], data.rows.scaled[:, -1]
    first = np.zeros(x.shape[1])
    first[0] = logit(y.mean())
    start = fit_binary(x, y == 1, "logit", first).beta
    whole = fit_paths(data.rows, np.ones((1, rows)), start)
    rule = normal_rule(float(max(spread_of_predictor(whole, level)[0] for level in data.contrast)))
    if len(patterns) == rows:
        return Plan(data, paths, covariates, None, start, rule)
    return Plan(data, paths, patterns, member, start, rule)


def replicates(plan: Plan, count: int, seed: int, crew: Crew = ALONE) -> np.ndarray:
    """Return the quantities of each bootstrap replicate, shape (count, quantities)."""
    drawn = blocks(plan.data.people, len(plan.data.z), count, seed)
    return np.concatenate(run_tasks(plan.block, drawn, workers=crew.workers, cluster=crew.cluster))[:count]


def quantities(chain: Chain, plan: Plan) -> tuple[Quantity, ...]:
    """Name the columns of ``Plan.values``."""
    scale = "risk difference" if plan.data.rows.logistic else f"units of {chain.outcome}"
    onto = "log odds" if plan.data.rows.logistic else scale
    named = ["total", "direct", "total indirect"]
    named += ["pure indirect", "total direct"] if plan.data.layout.interaction else []
    found = [Quantity(name, EFFECT, scale) for name in named]
    if not plan.data.layout.interaction:
        found += [
            Quantity(ARROW.join([chain.exposure, *(chain.mediators[j] for j in path), chain.outcome]), SPECIFIC, onto)
            for path in plan.paths
        ]
    for j, name in enumerate(chain.mediators):
        before = () if chain.parallel else chain.mediators[:j]
        found += [
            Quantity(f"{cause}{ARROW}{name}", COEFFICIENT, f"units of {name}") for cause in (chain.exposure, *before)
        ]
    found += [
        Quantity(f"{cause}{ARROW}{chain.outcome}", COEFFICIENT, onto) for cause in (chain.exposure, *chain.mediators)
    ]
    if plan.data.layout.interaction:
        crossed = (f"{chain.exposure}{TIMES}{name}{ARROW}{chain.outcome}" for name in chain.mediators)
        found += [Quantity(name, COEFFICIENT, onto) for name in crossed]
    return (*found, Quantity("total indirect", RATIO, "risk ratio"))


def coefficients(fits: PathFits, data: MediationData) -> np.ndarray:
    """Line up the arrows' coefficients: into each mediator in turn, then into the outcome."""
    layout = data.layout
    columns = []
    for j in range(layout.mediators):
        columns.append(fits.base[:, j, 1])
        columns += [] if layout.parallel else [fits.between[:, i, j] for i in range(j)]
    columns += [fits.outcome[:, 1], *fits.onto.T]
    columns += list(fits.product.T) if layout.interaction else []
    return np.column_stack(columns)
