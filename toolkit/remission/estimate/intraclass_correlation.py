"""Agreement of repeated scores of the same targets."""

import pandas as pd

from remission.estimate.curves import require_level
from remission.estimate.kernels.intraclass import Form, MeanSquares, mean_squares, shrout_fleiss
from remission.estimate.ratings import ratings
from remission.estimate.record import Check, Estimand, Estimates, Method, Sample

FEW = 30
MEANINGS = {
    "ICC(1,1)": "one rating, other raters for each target",
    "ICC(2,1)": "one rating, absolute agreement",
    "ICC(3,1)": "one rating, consistency",
    "ICC(1,k)": "mean of k, other raters for each target",
    "ICC(2,k)": "mean of k, absolute agreement",
    "ICC(3,k)": "mean of k, consistency",
}


def intraclass_correlation(
    table: pd.DataFrame, *, targets: str, raters: str, score: str, conf_level: float = 0.95
) -> Estimates:
    """Shrout and Fleiss's six intraclass correlations from a long table.

    Test–retest reliability is ICC(2,1): one score, absolute agreement, so that a shift of everyone from
    the first occasion to the second counts as disagreement; ``test_retest`` gives it with what else such
    a study reports. ICC(3,1) forgives the shift. The forms with k hold for the mean of as many ratings as
    there are raters and say nothing about a single score.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is one score of a target by a rater (or on an occasion). Targets without a score of every
        rater are left out and counted.
    targets, raters, score : str
        Columns.
    conf_level : float

    Returns
    -------
    Estimates
        Rows ``ICC(1,1)``, ``ICC(2,1)``, ``ICC(3,1)``, ``ICC(1,k)``, ``ICC(2,k)``, ``ICC(3,k)``; after the
        usual columns ``F df1 df2 p_value`` of the test that targets do not differ. Intervals come from
        the F distribution, so there is no standard error.

    Raises
    ------
    NotEstimable
        There are fewer than two raters or two complete targets, or all scores are equal.
    DefinitionError
        A column is absent, a score is no number, or a target has two scores of one rater.

    References
    ----------
    Shrout PE, Fleiss JL (1979), doi:10.1037/0033-2909.86.2.420. McGraw KO, Wong SP (1996),
    doi:10.1037/1082-989X.1.1.30. As R's ``psych::ICC(lmer=FALSE)``; choosing a form: Koo TK, Li MY
    (2016), doi:10.1016/j.jcm.2016.02.012.
    """
    require_level(conf_level)
    data = ratings(table, targets, raters, score)
    ms = mean_squares(data.scores.to_numpy())
    return Estimates(
        estimand=Estimand("intraclass correlation", event=score, contrast=f"{targets} by {raters}"),
        method=Method(
            "two-way analysis of variance, intervals from F",
            "Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420",
            {"conf_level": conf_level, "targets": ms.targets, "raters": ms.raters},
        ),
        sample=Sample(ms.targets, ms.targets * ms.raters, left_out=data.left_out),
        table=pd.DataFrame([_row(form) for form in shrout_fleiss(ms, conf_level)]),
        checks=_checks(ms),
    )


def _row(form: Form) -> dict[str, object]:
    return {
        "term": form.name,
        "contrast": MEANINGS[form.name],
        "estimate": form.estimate,
        "std_error": float("nan"),
        "conf_low": form.low,
        "conf_high": form.high,
        "F": form.f,
        "df1": form.df1,
        "df2": form.df2,
        "p_value": form.p_value,
    }


def _checks(ms: MeanSquares) -> tuple[Check, ...]:
    differ = ms.between > ms.error
    return (
        Check("enough targets", ms.targets >= FEW, f"{ms.targets} complete targets."),
        Check(
            "targets differ",
            differ,
            "Targets differ by more than error."
            if differ
            else "Targets differ by no more than error, so a correlation near or below 0 says nothing of agreement.",
        ),
    )
