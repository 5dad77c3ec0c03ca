"""How the ways in which observation ends share out between groups."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.estimate import aalen_johansen, gray
from remission.estimate.result import Curve, Test
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import time_to_cause


@dataclass(frozen=True)
class Endings:
    """The outcome and its competing endings, by a covariate.

    Attributes
    ----------
    by : str
    curve : Curve
        Probability that each cause has come first.
    test : Test or Problem
        Gray's, cause by cause.
    counts : pandas.DataFrame
        One row is an ending of a group: the covariate, ``ending participants share``.
    """

    by: str
    curve: Curve
    test: Test | Problem
    counts: pd.DataFrame


def compare_endings(study: Study, by: str) -> Endings:
    """Estimate how likely each ending is to come first, by what is known at day 0.

    Parameters
    ----------
    study : Study
    by : str
        A covariate that ``remission.tables.time_to_cause`` knows.

    Raises
    ------
    NotEstimable
        No participant has both an ending and the covariate, or all are censored.
    """
    table = time_to_cause(study, covariates=[by])
    known = table[table[by].notna()]
    counts = known.groupby([by, "ending"], observed=True, sort=True).size().rename("participants").reset_index()
    share = counts["participants"] / counts.groupby(by, observed=True)["participants"].transform("sum")
    test = answer_or_problem(lambda: gray(table, by=by))
    return Endings(by, aalen_johansen(table, by=by), test, counts.assign(share=share))
