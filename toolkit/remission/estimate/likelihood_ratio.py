"""Two nested linear mixed models held against one another."""

import pandas as pd
from scipy.special import chdtrc

from remission.errors import DefinitionError
from remission.estimate.mixed_fit import LinearMixedFit
from remission.estimate.result import Check, Estimand, Method, Test

SLACK = 1e-6


def likelihood_ratio(smaller: LinearMixedFit, larger: LinearMixedFit) -> Test:
    """Test whether the terms that a larger model adds are needed.

    Under the smaller model an added variance is 0, on the edge of what is possible, where chi-squared's law does not
    hold. With one added variance the statistic is an even mixture of chi-squared laws; with several no simple law is
    known, and the p-value given is too large rather than too small.

    Parameters
    ----------
    smaller, larger : LinearMixedFit
        Of the same rows, by the same likelihood; restricted only where the fixed effects are the same.

    Returns
    -------
    Test
        ``statistic df p_value``, and ``naive_p_value`` that takes no heed of the boundary. ``df`` counts all added
        parameters.

    Raises
    ------
    DefinitionError
        The models are not of the same rows or the same likelihood, are not nested, or restricted likelihoods of
        different fixed effects are compared.

    References
    ----------
    Self SG, Liang KY (1987). doi:10.1080/01621459.1987.10478472. Stram DO, Lee JW (1994). Variance components testing
    in the longitudinal mixed effects model. doi:10.2307/2533455
    """
    variances, covariances, fixed = _added(smaller, larger)
    statistic = 2 * (float(larger.log_likelihood or 0.0) - float(smaller.log_likelihood or 0.0))
    fell = statistic < -SLACK * max(1.0, abs(float(smaller.log_likelihood or 0.0)))
    statistic = max(statistic, 0.0)
    df = variances + covariances + fixed
    naive = float(chdtrc(df, statistic))
    p_value = naive
    if variances == 1:
        p_value = 0.5 * _tail(df - 1, statistic) + 0.5 * naive
    boundary = {
        0: "No variance is tested.",
        1: f"One variance is tested at 0: the law is half chi-squared on {df - 1} and half on {df} df.",
    }.get(variances, f"{variances} variances are tested at 0 together: the p-value is an upper bound.")
    return Test(
        estimand=Estimand("need of the added terms", event=larger.estimand.event, contrast=_formula(larger)),
        method=Method(
            "Likelihood-ratio test",
            "Stram and Lee 1994, doi:10.2307/2533455",
            {"smaller": _formula(smaller), "larger": _formula(larger), "reml": larger.reml, "law": boundary},
        ),
        sample=larger.sample,
        table=pd.DataFrame({"statistic": [statistic], "df": [df], "p_value": [p_value], "naive_p_value": [naive]}),
        checks=(
            Check("boundary", variances <= 1, boundary),
            Check(
                "larger model fits no worse",
                not fell,
                "The larger model's likelihood is lower: one of the two did not converge."
                if fell
                else "The larger model's likelihood is at least the smaller one's.",
            ),
            *larger.checks,
        ),
    )


def _formula(fit: LinearMixedFit) -> str:
    return str(fit.method.options["formula"])


def _tail(df: int, statistic: float) -> float:
    """Return the upper tail of chi-squared; on 0 df all mass lies at 0."""
    return float(chdtrc(df, statistic)) if df else float(statistic <= 0)


def _added(smaller: LinearMixedFit, larger: LinearMixedFit) -> tuple[int, int, int]:
    """Count added variances, covariances and fixed effects."""
    same = smaller.estimand.event == larger.estimand.event and smaller.sample.rows == larger.sample.rows
    if not same or smaller.method.options["weights"] != larger.method.options["weights"]:
        raise DefinitionError(
            f"The models are of {smaller.sample.rows} rows of '{smaller.estimand.event}' and {larger.sample.rows} of "
            f"'{larger.estimand.event}'.",
            "Fit both to the same rows: leave out those that lack a covariate of the larger one.",
        )
    if smaller.reml != larger.reml:
        raise DefinitionError("One model was fitted by REML and the other not.", "Fit both with reml=False.")
    fixed = set(larger.tidy()["term"]) - set(smaller.tidy()["term"])
    dropped = set(smaller.tidy()["term"]) - set(larger.tidy()["term"])
    if larger.reml and (fixed or dropped):
        raise DefinitionError(
            "Restricted likelihoods of models with different fixed effects cannot be compared.",
            "Fit both with reml=False.",
        )
    kinds = [_kinds(fit) for fit in (smaller, larger)]
    added = [kinds[1][place] - kinds[0][place] for place in (0, 1)]
    lost = any(kinds[0][place] - kinds[1][place] for place in (0, 1)) or dropped
    if lost or not (fixed or added[0] or added[1]):
        raise DefinitionError(
            "The first model is not the second one with terms left out.", "Give the smaller model first."
        )
    return len(added[0]), len(added[1]), len(fixed)


def _kinds(fit: LinearMixedFit) -> tuple[set[tuple[str, str]], set[tuple[str, frozenset[str]]]]:
    table = fit.variances()
    table = table[table["group"] != "residual"].assign(
        group=lambda rows: rows["group"].str.replace(r"\.\d+$", "", regex=True)
    )
    alone = table["term"] == table["other"]
    variances = set(zip(table.loc[alone, "group"], table.loc[alone, "term"], strict=True))
    pairs = table[~alone]
    covariances = {
        (group, frozenset((term, other)))
        for group, term, other in pairs[["group", "term", "other"]].itertuples(index=False)
    }
    return variances, covariances
