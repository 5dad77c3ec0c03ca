"""Whether groups do alike, by a margin that was declared beforehand."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import AlikeQuestion
from remission.estimate import cox, equivalence, fixed_day_difference, restricted_mean
from remission.estimate.formula import required
from remission.estimate.result import Estimates, Result
from remission.questions.reference import against
from remission.tables import time_to_event

SCALES = {
    "hazard_ratio": "hazard_ratio",
    "risk_difference": "risk_difference",
    "restricted_mean": "restricted_mean_difference",
}


@dataclass(frozen=True)
class Alike:
    """Verdicts on each group against the reference.

    Attributes
    ----------
    asked : AlikeQuestion
    verdicts : Estimates
        As from ``remission.estimate.equivalence``.
    basis : Result
        What was held against the margin.
    """

    asked: AlikeQuestion
    verdicts: Estimates
    basis: Result


def alike(study: Study, asked: AlikeQuestion) -> Alike:
    """Hold each group's difference from the reference against the margin: equivalent, different or inconclusive.

    Parameters
    ----------
    study : Study
    asked : AlikeQuestion
        From study.yaml (questions: alike).

    Raises
    ------
    NotEstimable
        There are fewer than two groups, nobody has the reference value, or a group is not followed to the day.
    """
    extra = sorted(required(asked.terms)) if asked.terms else []
    table = against(time_to_event(study, [asked.by, *extra]), asked.by, asked.reference)
    basis = _basis(asked, table)
    # More of a hazard, or of a share with the event, is worse; more days free of it are better.
    higher = "worse" if asked.scale == "hazard_ratio" else "better"
    groups = [term for term in basis.tidy()["term"] if str(term).startswith(f"C({asked.by})[")]
    verdicts = equivalence(
        basis, asked.margin, scale=SCALES[asked.scale], kind=asked.kind, higher_is=higher, term=groups or None
    )
    return Alike(asked, verdicts, basis)


def _basis(asked: AlikeQuestion, table: pd.DataFrame) -> Result:
    if asked.scale == "risk_difference":
        return fixed_day_difference(table, asked.by, asked.day)
    if asked.scale == "restricted_mean":
        return restricted_mean(table, asked.by, horizon=asked.day)
    terms = f"C({asked.by})" + (f" + {asked.terms}" if asked.terms else "")
    return cox(f"Event(exit, event) ~ {terms}", table)
