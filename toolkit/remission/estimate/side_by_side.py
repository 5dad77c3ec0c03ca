"""Cause-specific and subdistribution hazard ratios in one table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import NotEstimable
from remission.estimate.cause_data import event_and_cause, read_causes
from remission.estimate.cause_specific import cause_specific
from remission.estimate.fine_gray import fine_gray
from remission.estimate.record import Check, Estimand, Estimates, Method
from remission.estimate.result import Coefficients

HOW_TO_READ = (
    "How to read: a cause-specific ratio compares how fast the cause comes to those still free of any event; a "
    "subdistribution ratio says whose cumulative incidence is higher, and is no ratio of rates or risks. A group can "
    "have the lower incidence only because other causes come first: see the ratios of the other causes."
)
COLUMNS = ["term", "contrast", "estimate", "std_error", "conf_low", "conf_high", "p_value"]


@dataclass(frozen=True, kw_only=True)
class SideBySide(Estimates):
    """Ratios of both kinds; the summary says how to read them."""

    def summary(self) -> str:
        """Return the result as text, with how to read it at the end."""
        return super().summary() + HOW_TO_READ + "\n"


def side_by_side(
    formula: str,
    table: pd.DataFrame,
    *,
    cause: object = 1,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> SideBySide:
    """Hazard ratios of one cause of both kinds, and the cause-specific ratios of every other cause.

    Parameters
    ----------
    formula : str
        ``"Event(exit, cause) ~ ..."``.
    table : pandas.DataFrame
        One row is a participant.
    cause : int or str
        The cause of interest.
    cluster : str, optional
        Column within which rows may depend.
    conf_level : float

    Returns
    -------
    SideBySide
        Rows by term: ``cause-specific hazard ratio``, ``subdistribution hazard ratio`` of the cause, then
        the cause-specific ratios of the others; columns ``term contrast estimate std_error conf_low
        conf_high p_value``, the standard error on the log scale. Cause-specific ties as Efron.

    Raises
    ------
    NotEstimable, ImmortalTime, DefinitionError
        As in ``fine_gray`` and ``cause_specific`` of the cause. Another cause that cannot be estimated
        fails a check.

    References
    ----------
    Latouche A, Allignol A, Beyersmann J, Labopin M, Fine JP (2013). A competing risks analysis should report
    results on all cause-specific hazards and cumulative incidence functions.
    doi:10.1016/j.jclinepi.2012.09.017
    """
    subdistribution = fine_gray(formula, table, cause=cause, cluster=cluster, conf_level=conf_level)
    own = str(subdistribution.method.options["cause"])
    specific = cause_specific(formula, table, cause=own, cluster=cluster, conf_level=conf_level)
    others, missing = _others(formula, table, own, cluster, conf_level)
    pieces = [
        _ratios(specific, f"cause-specific hazard ratio of {own}"),
        _ratios(subdistribution, f"subdistribution hazard ratio of {own}"),
        *(_ratios(fit, f"cause-specific hazard ratio of {name}") for name, fit in others.items()),
    ]
    tidy = pd.concat(pieces)
    order = {term: place for place, term in enumerate(specific.table["term"])}
    tidy = tidy.sort_values("term", key=lambda terms: terms.map(order), kind="stable").reset_index(drop=True)
    fits: dict[str, Coefficients] = {f"cause-specific {own}": specific, f"subdistribution {own}": subdistribution}
    fits |= {f"cause-specific {name}": fit for name, fit in others.items()}
    return SideBySide(
        estimand=Estimand(
            "cause-specific and subdistribution hazard ratios",
            event=subdistribution.estimand.event,
            contrast="per unit or against the first category",
            time_origin=subdistribution.estimand.time_origin,
        ),
        method=Method(
            "cause-specific Cox and Fine–Gray regression",
            "Latouche et al. 2013, doi:10.1016/j.jclinepi.2012.09.017",
            {"cause": own, "cluster": cluster, "conf_level": conf_level, "how_to_read": HOW_TO_READ},
        ),
        sample=subdistribution.sample,
        table=tidy,
        checks=(_same_direction(specific, subdistribution), *missing, *_carried(fits)),
    )


def _others(
    formula: str, table: pd.DataFrame, own: str, cluster: str | None, conf_level: float
) -> tuple[dict[str, Coefficients], list[Check]]:
    exit, column, _ = event_and_cause(formula, delayed=False)
    fits: dict[str, Coefficients] = {}
    missing = []
    for name in read_causes(table, column, exit)[1]:
        if name == own:
            continue
        try:
            fits[name] = cause_specific(formula, table, cause=name, cluster=cluster, conf_level=conf_level)
        except NotEstimable as error:
            missing.append(Check(f"cause-specific {name}", False, str(error)))
    return fits, missing


def _ratios(fit: Coefficients, contrast: str) -> pd.DataFrame:
    ratios = fit.table.assign(contrast=contrast)
    with np.errstate(over="ignore"):
        for column in ("estimate", "conf_low", "conf_high"):
            ratios[column] = np.exp(ratios[column])
    return ratios[COLUMNS]


def _same_direction(specific: Coefficients, subdistribution: Coefficients) -> Check:
    signs = np.sign(specific.table["estimate"]) != np.sign(subdistribution.table["estimate"])
    sure = [(fit.table["conf_low"] > 0) | (fit.table["conf_high"] < 0) for fit in (specific, subdistribution)]
    apart = ", ".join(specific.table.loc[signs & (sure[0] | sure[1]), "term"])
    sentence = "No term has ratios that point in different directions by more than chance."
    if apart:
        sentence = (
            f"The two kinds of ratio point in different directions for {apart}: the incidence there follows from "
            "other causes that come first. Report both."
        )
    return Check("both kinds of ratio point the same way", not apart, sentence)


def _carried(fits: dict[str, Coefficients]) -> tuple[Check, ...]:
    return tuple(
        Check(f"{check.name} ({name})", check.passed, check.sentence)
        for name, fit in fits.items()
        for check in fit.checks
    )
