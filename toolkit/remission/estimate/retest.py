"""Test–retest reliability of a score: two occasions between which nothing should have changed."""

# Named as the method is; neither ruff (PT028) nor pytest (__test__, below) should take it for a test.
# ruff: noqa: PT028

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import label, require_level
from remission.estimate.formula import complete_rows
from remission.estimate.kernels.intraclass import mean_squares, shrout_fleiss
from remission.estimate.ratings import Ratings, ratings
from remission.estimate.record import Check, Estimand, Estimates, Method, Sample

FEW = 30
COLUMNS = ("term", "contrast", "estimate", "std_error", "conf_low", "conf_high")
Row = tuple[str, str, float, float, float, float]


def test_retest(
    table: pd.DataFrame,
    *,
    first: object,
    second: object,
    participant: str = "participant_id",
    occasion: str = "wave",
    score: str = "score",
    conf_level: float = 0.95,
) -> Estimates:
    """Agreement of two scores of the same people, and the change that error alone can make.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant's score on an occasion. Participants without both scores are left out
        and counted; rows of other occasions are not looked at.
    first, second : object
        Values of ``occasion``.
    participant, occasion, score : str
        Columns.
    conf_level : float

    Returns
    -------
    Estimates
        Rows ``pairs``; ``ICC(2,1)`` (absolute agreement); ``Pearson r`` (Fisher's interval; blind to a
        shift of everyone); ``mean change`` (second minus first, Student's interval);
        ``standard error of measurement`` (agreement: occasions and error together, the root of half the
        mean squared change); ``smallest detectable change``, which a person's change must exceed to
        be beyond error at ``conf_level``.

    Raises
    ------
    NotEstimable
        There are fewer than three pairs, or all scores are equal.
    DefinitionError
        A column or occasion is absent, the occasions are the same, a score is no number, or a participant
        has two scores on one occasion.

    References
    ----------
    Shrout PE, Fleiss JL (1979), doi:10.1037/0033-2909.86.2.420. de Vet HCW, Terwee CB, Knol DL, Bouter LM
    (2006), doi:10.1016/j.jclinepi.2005.10.015. Weir JP (2005), doi:10.1519/15184.1.
    """
    z = require_level(conf_level)
    data = _pairs(table, participant, occasion, score, first, second)
    one, two = data.scores[first].to_numpy(), data.scores[second].to_numpy()
    change = _mean_change(two - one, conf_level)
    error = float(np.sqrt(((two - one) ** 2).mean() / 2))
    rows: list[Row] = [
        ("pairs", "", float(len(one)), np.nan, np.nan, np.nan),
        _icc(data.scores[[first, second]].to_numpy(), conf_level),
        _pearson(one, two, z),
        ("mean change", f"{label(second)} against {label(first)}", *change),
        ("standard error of measurement", "agreement", error, np.nan, np.nan, np.nan),
        ("smallest detectable change", "one person", z * np.sqrt(2) * error, np.nan, np.nan, np.nan),
    ]
    return Estimates(
        estimand=Estimand("test–retest reliability", event=score, contrast=f"{occasion} {first} and {second}"),
        method=Method(
            "two-way analysis of variance, absolute agreement",
            "Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420; de Vet et al. 2006, "
            "doi:10.1016/j.jclinepi.2005.10.015",
            {"conf_level": conf_level, "first": first, "second": second},
        ),
        sample=Sample(len(one), 2 * len(one), left_out=data.left_out),
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        checks=_checks(len(one), change),
    )


vars(test_retest)["__test__"] = False


def _pairs(table: pd.DataFrame, participant: str, occasion: str, score: str, first: object, second: object) -> Ratings:
    known = complete_rows(table, [occasion]).table
    if first == second:
        raise DefinitionError(f"The first and the second {occasion} are both {first}.", "Give two different ones.")
    for wanted in (first, second):
        if not (known[occasion] == wanted).any():
            there = ", ".join(label(value) for value in known[occasion].unique()[:20])
            raise DefinitionError(f"'{occasion}' is never {wanted!r}.", f"It is {there}.")
    rows = known[known[occasion].isin([first, second])]
    found = ratings(rows, participant, occasion, score)
    if len(found.scores) < 3:
        raise NotEstimable(f"Only {len(found.scores)} participants have both scores.", "Three at least are needed.")
    return found


def _icc(scores: np.ndarray, conf_level: float) -> Row:
    form = shrout_fleiss(mean_squares(scores), conf_level)[1]
    return (form.name, "absolute agreement", form.estimate, np.nan, form.low, form.high)


def _pearson(one: np.ndarray, two: np.ndarray, z: float) -> Row:
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        return ("Pearson r", "", np.nan, np.nan, np.nan, np.nan)
    r = float(np.corrcoef(one, two)[0, 1])
    if len(one) < 4 or abs(r) >= 1:
        return ("Pearson r", "", r, np.nan, np.nan, np.nan)
    reach = z / np.sqrt(len(one) - 3)
    return ("Pearson r", "", r, np.nan, float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach)))


def _mean_change(change: np.ndarray, conf_level: float) -> tuple[float, float, float, float]:
    mean, error = float(change.mean()), float(change.std(ddof=1) / np.sqrt(len(change)))
    reach = float(stdtrit(len(change) - 1, 0.5 + conf_level / 2)) * error
    return mean, error, mean - reach, mean + reach


def _checks(pairs: int, change: tuple[float, float, float, float]) -> tuple[Check, ...]:
    mean, _, low, high = change
    steady = low <= 0 <= high
    sentence = (
        "The mean change is within error." if steady else f"Scores moved by {mean:.3g} on average: did people change?"
    )
    return (
        Check("enough pairs", pairs >= FEW, f"{pairs} participants have both scores."),
        Check("no change on average", steady, sentence),
    )
