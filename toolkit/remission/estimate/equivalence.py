"""Whether two groups do equally well, judged by a margin that was declared beforehand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice
from remission.estimate.record import Check, Estimand, Estimates, Method, Result, Sample

RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")
DIFFERENCES = ("risk_difference", "restricted_mean_difference", "mean_difference")
REFERENCE = "Schuirmann 1987, doi:10.1007/BF01068419; Lakens 2017, doi:10.1177/1948550617697177"
# How the quantity of a result starts that holds differences on one scale only.
QUANTITIES = {
    "mean time free": "restricted_mean_difference",
    "probability": "risk_difference",
    "difference in the mean": "mean_difference",
}
SHOWN = {"equivalence": ("equivalent", "different"), "non_inferiority": ("non-inferior", "inferior")}


def equivalence(
    estimates: Result | pd.DataFrame | tuple[float, float],
    margin: float | tuple[float, float],
    *,
    scale: str = "hazard_ratio",
    kind: str = "equivalence",
    higher_is: str = "worse",
    term: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
    multiplicity: str = "holm",
    df: float | None = None,
) -> Estimates:
    """Judge by two one-sided tests whether effects lie within a margin; no difference found is not no difference.

    Parameters
    ----------
    estimates : Result or pandas.DataFrame or (float, float)
        With columns ``term estimate std_error`` and, for several rows of a term, ``contrast``; or one estimate and its
        standard error. Estimates of ratios are logarithms, as ``cox`` gives them. Of ``restricted_mean`` and
        ``fixed_day_difference`` the rows ``difference`` are taken.
    margin : float or (float, float)
        Declared before the data were seen, on the scale reported. For ratios 1.25 means 0.8 to 1.25; for differences
        10 means -10 to 10.
    scale : str
        ``hazard_ratio odds_ratio risk_ratio`` or ``risk_difference restricted_mean_difference mean_difference``.
    kind : {"equivalence", "non_inferiority"}
    higher_is : {"worse", "better"}
        For non-inferiority: what a larger value means. A hazard of relapse is worse, days free of use are better.
    term : str or sequence of str, optional
        Which terms, for instance each secular group against 12-step; all where not given.
    conf_level : float
        0.95 puts the 90 % interval against the margin: two tests at 5 % each.
    multiplicity : {"holm", "bonferroni", "none"}
        Over the terms.
    df : float, optional
        Degrees of freedom of a t distribution; normal where not given.

    Returns
    -------
    Estimates
        One row is a term: ``term contrast estimate std_error conf_low conf_high margin_low margin_high p_lower
        p_upper p_value p_difference verdict sentence``. Estimates, limits and margin are on the scale reported;
        limits are those of the tests (90 %); ``p_value`` is of equivalence (or non-inferiority), ``p_difference`` of
        any difference, both after ``multiplicity``. Verdicts: ``equivalent`` where the tests show it, else
        ``different`` where a difference is shown, else ``inconclusive`` (``non-inferior``, ``inferior``).

    Raises
    ------
    NotEstimable
        An estimate or its error is missing or infinite.
    DefinitionError
        The margin does not hold the null, a column or term is absent, or the result is on another scale.

    References
    ----------
    Schuirmann DJ (1987). doi:10.1007/BF01068419. Lakens D (2017). Equivalence tests.
    doi:10.1177/1948550617697177. Holm S (1979). A simple sequentially rejective multiple test procedure.
    """
    _require_options(scale, kind, higher_is, multiplicity, conf_level)
    low, high = _margin(margin, scale)
    rows = _rows(estimates, term, scale)
    law = norm() if df is None else t(df)
    value, error = rows["estimate"].to_numpy(dtype=float), rows["std_error"].to_numpy(dtype=float)
    p_lower, p_upper = law.sf((value - low) / error), law.cdf((value - high) / error)
    both = np.maximum(p_lower, p_upper)
    shown = both if kind == "equivalence" else p_upper if higher_is == "worse" else p_lower
    difference = 2 * law.sf(np.abs(value / error))
    reach = law.ppf(conf_level) * error
    found = pd.DataFrame(
        {
            "term": rows["term"],
            "contrast": rows["contrast"],
            "estimate": value,
            "std_error": error,
            "conf_low": value - reach,
            "conf_high": value + reach,
            "margin_low": low,
            "margin_high": high,
            "p_lower": p_lower,
            "p_upper": p_upper,
            "p_value": _adjusted(shown, multiplicity),
            "p_difference": _adjusted(difference, multiplicity),
        }
    )
    worse = value > 0 if higher_is == "worse" else value < 0
    options = {"conf_level": conf_level, "multiplicity": multiplicity, "df": df, "higher_is": higher_is}
    return _result(found, worse, scale, kind, options, estimates if isinstance(estimates, Result) else None)


def _require_options(scale: str, kind: str, higher_is: str, multiplicity: str, conf_level: float) -> None:
    require_choice("scale", scale, (*RATIOS, *DIFFERENCES))
    require_choice("kind", kind, tuple(SHOWN))
    require_choice("higher_is", higher_is, ("worse", "better"))
    require_choice("multiplicity", multiplicity, ("holm", "bonferroni", "none"))
    if not 0.5 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level} is no level.", "Give a number between 0.5 and 1, such as 0.95.")


def _result(
    found: pd.DataFrame,
    worse: np.ndarray,
    scale: str,
    kind: str,
    options: dict[str, object],
    source: Result | None,
) -> Estimates:
    alpha = 1 - float(str(options["conf_level"]))
    yes, no = SHOWN[kind]
    apart = (found["p_difference"] <= alpha) & (worse if kind == "non_inferiority" else True)
    found = found.assign(verdict=np.select([found["p_value"] <= alpha, apart], [yes, no], "inconclusive"))
    if scale in RATIOS:
        natural = ["estimate", "conf_low", "conf_high", "margin_low", "margin_high"]
        # The interval of a group without events reaches beyond the largest number there is.
        with np.errstate(over="ignore"):
            found[natural] = np.exp(found[natural])
    found["sentence"] = [_sentence(row, kind, scale, alpha) for row in found.to_dict("records")]
    checks = source.checks if source else ()
    settled = bool((found["verdict"] != "inconclusive").all())
    undecided = found[found["verdict"] == "inconclusive"]
    open_ones = ", ".join(_called(row) for row in undecided.to_dict("records"))
    said = "Every comparison has a verdict." if settled else f"The data do not decide about {open_ones}."
    return Estimates(
        estimand=Estimand(scale.replace("_", " "), source.estimand.event if source else ""),
        method=Method("two one-sided tests", REFERENCE, {**options, "kind": kind, "scale": scale}),
        sample=source.sample if source else Sample(0, 0),
        table=found,
        checks=(*checks, Check("verdict reached", settled, said)),
    )


def _sentence(row: dict[object, object], kind: str, scale: str, alpha: float) -> str:
    level = f"{100 * (1 - 2 * alpha):.0f} %"
    name = scale.replace("_", " ")
    what = _called(row)
    limits = f"{row['conf_low']:.3g} to {row['conf_high']:.3g}"
    said = f"{what}: {name} {row['estimate']:.3g}, {level} interval {limits}, "
    said += f"margin {row['margin_low']:.3g} to {row['margin_high']:.3g}, p = {row['p_value']:.3g} of the tests."
    aim = "within the margin" if kind == "equivalence" else "no worse than the margin allows"
    verdict = row["verdict"]
    if verdict in ("equivalent", "non-inferior"):
        also = float(str(row["p_difference"])) <= alpha and kind == "equivalence"
        more = " A difference is shown as well, one too small to matter by this margin." if also else ""
        return f"{said} The effect is shown to be {aim}: {verdict}.{more}"
    if verdict in ("different", "inferior"):
        return f"{said} A difference is shown, and it is not shown to be {aim}: {verdict}."
    return f"{said} It is not shown to be {aim}, nor to be worse or different: inconclusive. This is not equality."


def _called(row: dict[Any, Any]) -> str:
    """Name a comparison by its groups where the contrast does, else by its term."""
    contrast, term = str(row["contrast"] or ""), str(row["term"])
    return contrast if contrast and term in ("difference", "ratio", "effect") else term


def _margin(margin: float | tuple[float, float], scale: str) -> tuple[float, float]:
    ratio, pair = scale in RATIOS, np.atleast_1d(np.asarray(margin, dtype=float))
    if pair.size == 1 and pair[0] > (1 if ratio else 0) and np.isfinite(pair[0]):
        one = float(pair[0])
        return (-float(np.log(one)), float(np.log(one))) if ratio else (-one, one)
    null = 1.0 if ratio else 0.0
    if pair.size != 2 or not np.isfinite(pair).all() or not pair[0] < null < pair[1] or (ratio and pair[0] <= 0):
        raise DefinitionError(
            f"margin={margin} holds no room about {null:g}.",
            "Give one number above 1 for ratios or above 0 for differences, or a lower and an upper bound.",
        )
    low, high = np.log(pair) if ratio else pair
    return float(low), float(high)


def _require_scale(estimates: Result, scale: str) -> None:
    quantity = estimates.estimand.quantity
    if quantity.startswith(("log ", "conditional log ")):
        fits = scale in RATIOS and scale.replace("_", " ") in quantity
    else:
        known = [name for start, name in QUANTITIES.items() if quantity.startswith(start)]
        fits = scale in (known or DIFFERENCES)
    if not fits:
        raise DefinitionError(
            f"The result is of the {quantity}, not of a {scale.replace('_', ' ')}.", "Name its scale."
        )


def _as_table(estimates: Result | pd.DataFrame | tuple[float, float], scale: str) -> pd.DataFrame:
    if isinstance(estimates, Result):
        _require_scale(estimates, scale)
        return estimates.tidy()
    if isinstance(estimates, pd.DataFrame):
        return estimates
    return pd.DataFrame([{"term": "effect", "estimate": estimates[0], "std_error": estimates[1]}])


def _rows(
    estimates: Result | pd.DataFrame | tuple[float, float], term: str | Sequence[str] | None, scale: str
) -> pd.DataFrame:
    table = _as_table(estimates, scale)
    absent = [name for name in ("term", "estimate", "std_error") if name not in table.columns]
    if absent:
        raise DefinitionError(f"The estimates have no column {absent[0]}.", "They need term, estimate and std_error.")
    if scale in DIFFERENCES and (table["term"] == "difference").any():
        table = table[table["term"] == "difference"]
    if term is not None:
        terms = [term] if isinstance(term, str) else list(term)
        known = table["term"].astype(str)
        wrong = [name for name in terms if name not in set(known)]
        if wrong:
            raise DefinitionError(f"There is no term '{wrong[0]}'.", f"There are {', '.join(dict.fromkeys(known))}.")
        table = table[known.isin(terms)]
    if "contrast" not in table.columns:
        table = table.assign(contrast="")
    numbers = table[["estimate", "std_error"]].astype(float)
    if table.empty or not np.isfinite(numbers).all(axis=None) or not (numbers["std_error"] > 0).all():
        raise NotEstimable("An estimate or its error is missing, infinite or 0.", "Judge terms that were estimated.")
    return table.reset_index(drop=True)


def _adjusted(p: np.ndarray, multiplicity: str) -> np.ndarray:
    if multiplicity == "none":
        return p
    if multiplicity == "bonferroni":
        return np.asarray(np.minimum(p * len(p), 1.0))
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.minimum(p[order] * np.arange(len(p), 0, -1), 1.0))
    found = np.empty(len(p))
    found[order] = stepped
    return found
