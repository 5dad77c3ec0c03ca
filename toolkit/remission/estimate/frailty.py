"""Cox regression with a frailty that participants of one group, or rows of one participant, share."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_checks import cox_checks
from remission.estimate.cox_fit import CoxFit, fit_cox, inverse_information
from remission.estimate.curves import require_choice, require_level
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.formula import build_design, required, split_sides
from remission.estimate.kernels.gamma_frailty import (
    MOST_SHARES,
    VARIANCES,
    FrailtyRows,
    Penalised,
    maximise_variance,
    whole_information,
)
from remission.estimate.result import COEFFICIENT_COLUMNS, Check, Coefficients, Estimand, Method

FEW_GROUPS = 10


@dataclass(frozen=True, kw_only=True)
class FrailtyCoefficients(Coefficients):
    """Log hazard ratios given the frailty, with its variance and the test of none in ``glance()``.

    Attributes
    ----------
    theta : float
        Variance of the frailty, whose mean is 1; 0 where the data speak for none.
    frailty_table : pandas.DataFrame
        Columns ``group estimate std_error``: predicted log frailties.
    """

    theta: float
    frailty_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    tests: dict[str, float] = field(default_factory=dict)

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "theta": self.theta, "n_groups": len(self.frailty_table), **self.tests}

    def frailties(self) -> pd.DataFrame:
        """Return the predicted log frailties, one row a group."""
        return self.frailty_table.copy()


def frailty(
    formula: str,
    table: pd.DataFrame,
    *,
    groups: str = "site",
    ties: str = "efron",
    conf_level: float = 0.95,
) -> FrailtyCoefficients:
    """Log hazard ratios when those of one group share an unseen gamma-distributed factor of their hazard.

    Ratios compare participants of the same group, or of groups equally frail, and lie further from 1 than
    those of ``cox`` with ``cluster``, which compare the average participants. The factor must not
    depend on the covariates. With ``entry`` only for later rows of the same participant: whoever is still free
    of the event at a delayed entry is less frail than others, which this likelihood does not know.

    Parameters
    ----------
    formula : str
        ``"Event(exit, event) ~ ..."`` or ``"Event(entry, exit, event) ~ ..."``.
    table : pandas.DataFrame
        One row is a participant, or a stretch of one.
    groups : str
        Column of those who share a frailty: a site, or ``participant_id`` for events that recur.
    ties : {"efron", "breslow"}
    conf_level : float

    Returns
    -------
    FrailtyCoefficients
        As R's ``coxph(... + frailty(groups, "gamma"))``. Errors treat the variance of the frailty as known;
        they come from the whole information, where R leaves out that groups share risk sets
        (``sparse``). ``log_likelihood`` has the frailties integrated out. Where no variance is more likely
        than 0, the fit is that of ``cox``.

    Raises
    ------
    NotEstimable
        No event, fewer than two groups, a covariate that never varies, or covariates that repeat one another.
    ImmortalTime
        A covariate was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Nielsen GG, Gill RD, Andersen PK, Sørensen TIA (1992). A counting process approach to maximum likelihood
    estimation in frailty models. Therneau TM, Grambsch PM, Pankratz VS (2003). Penalized survival models
    and frailty. doi:10.1198/1061860031365. Self SG, Liang KY (1987), for the test at the boundary.
    doi:10.1080/01621459.1987.10478472
    """
    require_choice("ties", ties, ("efron", "breslow"))
    z = require_level(conf_level)
    response, right = split_sides(formula)
    if response.kind != "Event" or len(response.names) not in (2, 3):
        raise DefinitionError(
            f"The left side of {formula!r} is no event.", "Write Event(exit, event) or Event(entry, exit, event)."
        )
    names, explaining = response.names, sorted(required(right))
    entry = names[0] if len(names) == 3 else None
    data = event_data(table, names[-2], names[-1], entry, [*explaining, groups])
    refuse_the_future(table, explaining, data.entry)
    if not data.event.any():
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    fit = fit_cox(data, build_design(right, data.table, intercept=False), [], np.ones(len(data.exit)), ties)
    options = {"groups": groups, "distribution": "gamma", "ties": ties, "conf_level": conf_level, "z": z}
    return _fit(fit, table, options)


def _fit(fit: CoxFit, table: pd.DataFrame, options: dict[str, Any]) -> FrailtyCoefficients:
    codes, levels = pd.factorize(fit.data.table[options["groups"]], sort=True)
    if len(levels) < 2:
        raise NotEstimable(
            f"All rows share one value of '{options['groups']}', so groups cannot be told apart.", "Use cox."
        )
    events = np.bincount(codes, fit.data.event, len(levels))
    rows = FrailtyRows(fit.x, fit.weights, np.asarray(codes), len(levels), events, fit.sets, fit.ties)
    best, path = maximise_variance(rows, fit.kernel.beta)
    k = len(fit.scale)
    if best is None:
        vcov, beta = fit.naive, fit.kernel.beta / fit.scale
        predicted, spread = np.zeros(len(levels)), np.zeros(len(levels))
    else:
        inverse = inverse_information(whole_information(rows, best))
        vcov, beta = inverse[:k, :k] / np.outer(fit.scale, fit.scale), best.beta / fit.scale
        predicted, spread = best.omega, np.sqrt(np.diag(inverse)[k:])
    shown = pd.DataFrame({"group": levels, "estimate": predicted, "std_error": spread})
    whole = rows.ties.at.size * rows.count <= MOST_SHARES
    told = {**options, "variance": "whole information" if whole else "groups taken as sharing no risk set"}
    return _result(fit, best, path, (beta, vcov), (table, told), shown)


def _result(
    fit: CoxFit,
    best: Penalised | None,
    path: list[Penalised],
    solution: tuple[np.ndarray, np.ndarray],
    told: tuple[pd.DataFrame, dict[str, Any]],
    shown: pd.DataFrame,
) -> FrailtyCoefficients:
    (beta, vcov), (table, options), terms = solution, told, list(fit.design.terms)
    log_likelihood = fit.kernel.log_likelihood if best is None else best.log_likelihood
    ratio = max(2 * (log_likelihood - fit.kernel.log_likelihood), 0.0)
    tests = {
        "log_likelihood_without_frailty": fit.kernel.log_likelihood,
        "frailty_likelihood_ratio": ratio,
        # Half of the cases give a variance of 0 when there is none.
        "frailty_p_value": 1.0 if ratio == 0 else float(chdtrc(1, ratio)) / 2,
    }
    trace = pd.DataFrame(
        {"theta": [p.theta for p in path], "log_likelihood": [p.log_likelihood for p in path]}
    ).sort_values("theta", ignore_index=True)
    return FrailtyCoefficients(
        estimand=Estimand(
            "log hazard ratio given the frailty",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "Cox regression with a shared gamma frailty", "Therneau et al. 2003, doi:10.1198/1061860031365", options
        ),
        sample=fit.data.sample,
        table=_tidy(terms, beta, np.sqrt(np.diag(vcov)), options["z"]),
        checks=(*cox_checks(fit), *_checks(best, path, shown, tests)),
        trace=trace,
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=log_likelihood,
        fitted=fit,
        theta=0.0 if best is None else best.theta,
        frailty_table=shown,
        tests=tests,
    )


def _checks(
    best: Penalised | None, path: list[Penalised], shown: pd.DataFrame, tests: dict[str, float]
) -> tuple[Check, ...]:
    """Check the search, and say what the test of no frailty means."""
    settled = all(p.converged for p in path) if best is None else best.converged
    inside = best is None or best.theta < float(VARIANCES[-1])
    few = len(shown) < FEW_GROUPS
    zero = "The most likely variance is 0, so this is Cox's model. " if best is None else ""
    words = (
        f"{zero}Chi-square {tests['frailty_likelihood_ratio']:.3g} for a variance of 0, p = "
        f"{tests['frailty_p_value']:.3g}: half that of one degree of freedom, since a variance cannot be below 0."
    )
    return (
        Check("frailty converged", settled, "Every search settled." if settled else "The frailties did not settle."),
        Check(
            "frailty variance",
            inside,
            words if inside else f"The variance passes {VARIANCES[-1]:g}: most groups have no event or all of them.",
        ),
        Check(
            "groups",
            not few,
            f"{len(shown)} groups{f': with fewer than {FEW_GROUPS} the variance is hardly known' if few else ''}.",
        ),
    )


def _tidy(terms: list[str], beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    statistic = beta / error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": "log hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]
