"""From a long table of scores to a complete table of targets by raters."""

from dataclasses import dataclass

import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.as_numbers import numbers
from remission.estimate.formula import complete_rows


@dataclass(frozen=True)
class Ratings:
    """Scores of the targets that every rater scored.

    Attributes
    ----------
    scores : pandas.DataFrame
        One row is a target, one column a rater.
    left_out : tuple of (str, int)
        Reasons and numbers of rows of the long table.
    """

    scores: pd.DataFrame
    left_out: tuple[tuple[str, int], ...]


def ratings(table: pd.DataFrame, targets: str, raters: str, score: str) -> Ratings:
    """Lay out a long table and keep its complete targets.

    Raises
    ------
    DefinitionError
        A column is absent, a score is no number, or a target has two scores of one rater.
    NotEstimable
        There are fewer than two raters or two complete targets, or all scores are equal.
    """
    if len({targets, raters, score}) < 3:
        raise DefinitionError("Targets, raters and score are not three columns.", "Name three different columns.")
    frame = complete_rows(table, [targets, raters, score])
    values = numbers(frame.table, [score])[score].to_numpy()
    long = pd.DataFrame({"target": frame.table[targets].to_numpy(), "rater": frame.table[raters].to_numpy()})
    twice = long[long.duplicated()]
    if len(twice):
        target, rater = twice["target"].iloc[0], twice["rater"].iloc[0]
        raise DefinitionError(
            f"{targets} {target} has two scores where {raters} is {rater}.", "Keep one row for each pair."
        )
    wide = long.assign(score=values).set_index(["target", "rater"])["score"].unstack()
    if wide.shape[1] < 2:
        raise NotEstimable(f"'{raters}' has {wide.shape[1]} values among the scores.", "Agreement needs at least two.")
    complete = wide.dropna()
    if len(complete) < 2:
        raise NotEstimable(
            f"{len(complete)} of {len(wide)} values of '{targets}' have a score from every one of '{raters}'.",
            "Agreement needs at least two such: leave out who scored few.",
        )
    if complete.to_numpy().min() == complete.to_numpy().max():
        raise NotEstimable("All scores are equal, so nothing tells one target from another.", "Choose another score.")
    partly = len(wide) - len(complete)
    gone = len(long) - complete.size
    reason = (f"{partly} values of {targets} lack a score of some {raters}", gone)
    return Ratings(complete, frame.left_out + ((reason,) if partly else ()))
