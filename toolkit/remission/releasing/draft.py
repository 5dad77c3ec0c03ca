"""A release computed, suppressed and audited; nothing of it is published by that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.cohort.permission import permission
from remission.disclosure import (
    Audit,
    Earlier,
    Key,
    LinkedTables,
    Rule,
    Seen,
    audit,
    compared,
    joined,
    link,
    needs_of,
    suppress,
)
from remission.errors import ReleaseRefused
from remission.releasing.attack import Attack, attack
from remission.releasing.content import content_of
from remission.releasing.ledger_file import hashed
from remission.releasing.models import hazard_ratios
from remission.releasing.plan import ReleasePlan
from remission.releasing.settled import Settled, settle
from remission.releasing.sorted_people import Sorted, sort_people

WORTH_OF_SIZES = 30.0
WORTH_OF_HEADLINE = 6.0


@dataclass(frozen=True)
class Draft:
    """A release before anybody signed it.

    Attributes
    ----------
    content : dict
        What ``release.json`` will say.
    verdict : Audit
        With the true counts at hand: also whether every interval is as wide as was asked for.
    attacked : Attack
        Without them: this release and the earlier ones, as an outsider has them.
    lost : int
        Cells hidden that are not small themselves.
    settled : Settled
        The people, under keyed hashes, and what was put off; it stays in the study.
    told : list of (dict, int)
        Cells that can now be read or worked out, for the ledger.
    left_out : str
        How many are left out for want of consent; empty where nobody is.
    """

    content: dict[str, Any]
    verdict: Audit
    attacked: Attack
    lost: int
    settled: Settled
    told: list[tuple[dict[str, str], int]]
    left_out: str

    @property
    def passed(self) -> bool:
        """Tell whether neither audit nor attack found anything."""
        return self.verdict.passed and self.attacked.recovered == 0


def draft(
    study: Study,
    plan: ReleasePlan,
    number: int,
    key: bytes,
    earlier: Sequence[Earlier] = (),
    published: Sequence[dict[str, Any]] = (),
    today: date | None = None,
) -> Draft:
    """Compute a release from a study.

    Parameters
    ----------
    study : Study
    plan : ReleasePlan
    number : int
    key : bytes
        The ledger's key.
    earlier : sequence of Earlier
        The ledger.
    published : sequence of dict
        What earlier releases say, for the attack.
    today : datetime.date, optional

    Raises
    ------
    NotEstimable
        Nothing can be shown that protects everybody.
    ReleaseRefused
        Nobody may be in a release.
    """
    found = sort_people(study, plan)
    if found.people.empty:
        raise ReleaseRefused("Nobody's data may be in a release.", "Record consents to the purpose `release`.")
    return _drafted(study, plan, number, key, found, earlier, published, today or date.today())


def _drafted(
    study: Study,
    plan: ReleasePlan,
    number: int,
    key: bytes,
    found: Sorted,
    earlier: Sequence[Earlier],
    published: Sequence[dict[str, Any]],
    today: date,
) -> Draft:
    # Few newcomers wait, and what few people moved stays as it was.
    code_of = dict(zip(hashed(found.people, key).index, found.people.index, strict=True))
    settled = settle(hashed(found.people, key), found.dimensions, earlier, plan.threshold)
    people = settled.people
    found = replace(found, people=people.set_axis(pd.Index([code_of[who] for who in people.index]), axis=0))
    tables = link(found.dimensions, found.tables)
    counts = tables.counts(people, found.dimensions)
    changed, known = compared(tables, people, found.dimensions, earlier, plan.threshold)
    told_waves = plan.follow_up if plan.abstinence else ()
    confidential = frozenset((wave, value) for wave in told_waves for value in ("abstinent", "used"))
    rule = Rule(plan.threshold, confidential)
    both = joined(tables, people, found.dimensions, earlier, rule)
    needs = [need for need in needs_of(tables, counts, rule) if need.cell not in known] + changed + both.needs
    worth = np.concatenate([_worth(tables, plan), np.ones(len(both.counts) - len(counts))])
    hidden = suppress(both.tables, both.counts, needs, known | both.told, worth).hidden[: len(counts)]
    printed = tables.planned & ~hidden
    content = content_of(study, plan, number, found, tables, counts, printed, today)
    waits = bool(settled.newcomers or settled.carried)
    content["models"] = hazard_ratios(study, plan, found, content) if plan.models and not waits else []
    reach = np.zeros(len(both.counts), dtype=bool)
    reach[: len(counts)] = printed
    reach[list(known | both.told)] = True
    verdict = audit(both.tables, Seen.of(both.counts, reach), plan.threshold, needs)
    sure = (verdict.bounds[:, 0] == verdict.bounds[:, 1])[: len(counts)]
    told = [(dict(tables.cells[cell]), int(counts[cell])) for cell in np.flatnonzero(sure)]
    lost = int((hidden & ~((counts > 0) & (counts < plan.threshold))).sum())
    attacked = attack([*published, content])
    return Draft(content, verdict, attacked, lost, settled, told, permission(study, "release").sentence)


def _worth(tables: LinkedTables, plan: ReleasePlan) -> np.ndarray:
    """Weigh what hiding a cell costs readers: sizes most, then the day that stands first, then margins."""
    first = {f"{what}_{plan.outcome.headline}" for what in ("event_by", "left_by", "free_at")}

    def one(key: Key) -> float:
        values = {value for _, value in key}
        if len(key) == 0 or {name for name, _ in key} == {plan.by}:
            return WORTH_OF_SIZES
        return (WORTH_OF_HEADLINE if values & first else 1.0) + (len(key) == 1)

    return np.array([one(key) for key in tables.cells])
