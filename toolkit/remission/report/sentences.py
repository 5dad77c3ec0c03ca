"""One honest sentence for each kind of result."""

import re
from collections.abc import Sequence

import pandas as pd

from remission.estimate.result import Coefficients, Curve, Estimates, MixedFit, Test
from remission.questions.problem import Problem
from remission.report.coefficient_table import exponential, is_ratios, kind_words, ratio_name
from remission.report.names import PLAIN, Names
from remission.report.numbers import (
    count,
    interval,
    listing,
    p_equals,
    percent,
    plain,
    quantity,
    ratio,
    whole,
)
from remission.report.readings import FEW_AT_RISK, cause_words, free_words, is_share, readings

NO_CURVE = "No participant has an outcome yet, so there is no curve to draw."
ALPHA = 0.05


def curve_sentence(curve: Curve, times: Sequence[float], names: Names = PLAIN) -> str:
    """Say how many of 100 are still without the event, on the latest of the days with enough at risk.

    A curve of incidence tells how many have had the event, or each of several causes first; a hazard or a mean
    number of events is told as it is.
    """
    read = readings(curve, times, names)
    if read.empty:
        return NO_CURVE
    day = _telling_day(read)
    if day is None:
        return f"Nobody was followed to day {whole(float(min(times)))}, the first day the curve is read at."
    rows = [row for _, row in read[read["time"] == day].iterrows()]
    if not is_share(curve):
        return f"At day {whole(day)} the {curve.estimand.quantity} was an estimated {_sizes(curve, rows)}."
    told = _came(curve, rows) if curve.rises else _shares(curve, rows)
    return f"At day {whole(day)} an estimated {told}."


def test_sentence(test: Test) -> str:
    """Say what a test of equal curves tells, cause by cause; a large p-value is never read as equality."""
    return " ".join(_tested(test, row) for _, row in test.table.iterrows())


def comparison_sentence(curve: Curve, test: Test | Problem, times: Sequence[float], names: Names = PLAIN) -> str:
    """Say how groups compare, how sure that is, and that it is no proof of a cause."""
    compared = test.sentence if isinstance(test, Problem) else test_sentence(test)
    parts = [curve_sentence(curve, times, names), compared, caution(curve.estimand.contrast, names)]
    return " ".join(part for part in parts if part)


def coefficients_sentence(fit: Coefficients | Estimates, names: Names = PLAIN) -> str:
    """Say what the model's leading term tells: what participants chose, or time over waves.

    Of a table of ratios of several kinds, as from ``side_by_side``, each kind is told.
    """
    row = _leading_term(fit, names)
    if is_ratios(fit):
        return _kinds_words(fit, str(row["term"]), names)
    told = _ratio_words(fit, row, names) if ratio_name(fit) else _change_words(fit, row, names)
    return f"{told} {caution(_variable(str(row['term'])), names)}".rstrip()


def caution(variable: str, names: Names = PLAIN) -> str:
    """Return the sentence that keeps an association from being read as a cause."""
    if variable in ("", "Intercept", "months", "day", "all"):
        return ""
    if variable == "arm":
        return "This proves a cause only as far as chance alone assigned the arms."
    if variable in names.given:
        return "Chance did not form these groups: this is association, not proof."
    return "Groups chose themselves: this is association, not proof."


def follow_up_sentence(follow_up: pd.DataFrame) -> str:
    """Say how many of those due answered at the latest wave that is due for anyone."""
    due = follow_up[follow_up["due"] > 0]
    if due.empty:
        return "No interview is due yet."
    last = due.iloc[-1]
    share = percent(last["answered"] / last["due"], 0)
    people = count(int(last["due"]), "participant", "participants")
    return f"At {plain(last['wave'])}, {int(last['answered'])} of {people} due answered ({share} %)."


def _telling_day(read: pd.DataFrame) -> float | None:
    for least in (FEW_AT_RISK, 1):
        lowest = read.groupby("time")["n_at_risk"].min()
        enough = lowest[lowest >= least]
        if not enough.empty:
            return float(enough.index.max())
    followed = read.loc[read["followed"], "time"]
    return None if followed.empty else float(followed.max())


def _shares(curve: Curve, rows: list[pd.Series]) -> str:
    free = f"had {free_words(curve)}" if "used" in free_words(curve) else "had had no event"
    if not curve.estimand.contrast:
        return f"{_of_100(rows[0])} participants {_limits(rows[0])} {free}"
    told = [f"{_of_100(row)} {_limits(row)} in “{row['label']}”" for row in rows if row["followed"]]
    if len(told) == 2 == len(rows):
        first, second = (round(100 * row["estimate"]) for row in rows)
        more = f"{abs(first - second)} {'more' if first > second else 'fewer'} of 100"
        return f"{told[0]} {free}, against {told[1]}" + (f": {more}" if first != second else "")
    return f"{listing(told)} {free}"


def _came(curve: Curve, rows: list[pd.Series]) -> str:
    """Say how many have had the event, or each cause first."""
    told = []
    for cause in dict.fromkeys(row["cause"] for row in rows):
        had = f"had had “{cause}” first" if cause else "had had the event"
        of_cause = [row for row in rows if row["cause"] == cause and row["followed"]]
        people = [f"{_of_100(row)} {_limits(row)} in “{row['label']}”" for row in of_cause]
        if not curve.estimand.contrast:
            people = [f"{_of_100(row)} participants {_limits(row)}" for row in of_cause]
        told.append(f"{listing(people)} {had}")
    return "; ".join(told)


def _sizes(curve: Curve, rows: list[pd.Series]) -> str:
    told = []
    for row in rows:
        numbers = [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]
        value, low, high = (quantity(each, numbers) for each in numbers)
        where = f" in “{row['label']}”" if curve.estimand.contrast else ""
        told += [f"{value} {_confidence(interval(low, high))}{where}"] if row["followed"] else []
    return listing(told)


def _tested(test: Test, row: pd.Series) -> str:
    degrees = whole(float(row["df"]))
    evidence = f"chi-squared {quantity(row['statistic'])} on {degrees} df, {p_equals(row['p_value'])}"
    of_cause = f" for “{cause_words(row['cause'])}”" if "cause" in row.index else ""
    name = test.method.name[:1].upper() + test.method.name[1:]
    if row["p_value"] <= ALPHA:
        return f"{name}{of_cause} ({evidence}): curves this far apart would be rare if the groups were alike."
    return f"{name}{of_cause} ({evidence}): these data do not settle whether the groups differ."


def _of_100(row: pd.Series) -> str:
    return f"{percent(row['estimate'], 0)} of 100"


def _limits(row: pd.Series) -> str:
    return _confidence(interval(percent(row["conf_low"], 0), percent(row["conf_high"], 0)))


def _confidence(limits: str) -> str:
    return limits.replace("(", "(95 % CI ", 1) if "to" in limits else limits


def _leading_term(fit: Coefficients | Estimates, names: Names) -> pd.Series:
    """Time over waves, else the first measured term that participants could choose, else the first."""
    terms = fit.table["term"].astype(str)
    if isinstance(fit, MixedFit) and (terms == "months").any():
        return fit.table[terms == "months"].iloc[0]
    chosen = ~terms.str.contains(r"[\[:(]") & ~terms.isin(["Intercept", "months", *names.given])
    for told in (fit.table[chosen], fit.table[terms != "Intercept"], fit.table):
        if not told.empty:
            return told.iloc[0]
    return fit.table.iloc[0]


def _kinds_words(fit: Coefficients | Estimates, term: str, names: Names) -> str:
    """Say the ratios of each kind for one term."""
    told = [
        f"the {kind_words(row['contrast'])} was {ratio(row['estimate'])} "
        f"(95 % CI {ratio(row['conf_low'])} to {ratio(row['conf_high'])}, {p_equals(row['p_value'])})"
        for _, row in fit.table[fit.table["term"] == term].iterrows()
    ]
    others = " and with other terms held constant" if len(set(fit.table["term"])) > 1 else ""
    who = f"For “{names.term(term)}”" if "[" in term else f"Per unit of “{names.term(term)}”"
    return f"{who}{others}, {listing(told)}. {caution(_variable(term), names)}".rstrip()


def _variable(term: str) -> str:
    return re.sub(r"^C\(|[\[),].*$", "", term)


def _ratio_words(fit: Coefficients | Estimates, row: pd.Series, names: Names) -> str:
    low, high = ratio(exponential(row["conf_low"])), ratio(exponential(row["conf_high"]))
    found = f"{ratio(exponential(row['estimate']))} times (95 % CI {low} to {high}, {p_equals(row['p_value'])})"
    quantity_name = (ratio_name(fit) or "").removesuffix(" ratio").lower()
    event = f" of {fit.estimand.event}" if fit.estimand.event else ""
    category = "[" in str(row["term"])
    who = f"For “{names.term(str(row['term']))}”" if category else f"Per unit of “{names.term(str(row['term']))}”"
    against = " that of the reference group" if category else " as high"
    others = ", other terms held constant" if len(fit.table) > 1 else ""
    open_question = "" if row["p_value"] <= ALPHA else "; the interval reaches across 1, so its direction is open"
    return f"{who} the {quantity_name}{event} was {found}{against}{others}{open_question}."


def _change_words(fit: Coefficients | Estimates, row: pd.Series, names: Names) -> str:
    term = str(row["term"])
    numbers = [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    value, low, high = (quantity(each, numbers) for each in numbers)
    evidence = f"95 % CI {low} to {high}" + ("" if pd.isna(row["p_value"]) else f", {p_equals(row['p_value'])}")
    what = names.variable(fit.estimand.event) if fit.estimand.event else "measure"
    crossed = fit.table["term"].astype(str).str.contains(rf"(?:^|:){re.escape(term)}:|:{re.escape(term)}$").any()
    others = " in the reference group" if crossed else ", other terms held constant" if len(fit.table) > 2 else ""
    per = "month since day 0" if term == "months" else f"unit of “{names.term(term)}”"
    lead = f"For “{names.term(term)}”" if "[" in term else f"Per {per}"
    across = row["conf_low"] < 0 < row["conf_high"]
    return (
        f"{lead}, “{what}” changed by {value} ({evidence}){others}"
        f"{'; the interval reaches across 0, so its direction is open' if across else ''}."
    )
