"""Every stored result of ``survival_core`` (R's survival and survRM2) against the package's calls.

Estimates agree to 1e-6, errors and tests to 1e-5 (``conftest.py``); what is not compared is excused by name below.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from remission.estimate import (
    cox,
    discrete_time,
    kaplan_meier,
    log_rank,
    nelson_aalen,
    proportional_hazards,
    restricted_mean,
)

TIMES = {"exit": "ttr", "event": "relapse"}
ERROR = 1e-5
# glm stopped there at its default, a gain in deviance of 1e-8, with errors of the step before the last.
GLM = 2e-6
GLM_ERROR = 2e-4

NOT_COVERED = {
    "versions/*": (3, "which software made the file"),
    "*/note": (3, "a remark in words"),
    "ps/*_row": (13, "R's row names, told by another column already"),
    "*/concordance/*": (10, "no measure of concordance is offered"),
    "ps/survMisc_comp[[]]/[VZp]*": (4, "survMisc's variance leaves out the correction for ties that survdiff makes"),
    "ps/survMisc_comp[[]]/chiSq": (1, "made of that variance"),
    "ps/survMisc_comp[[]]/df": (1, "belongs to that statistic"),
    "alda/T15_2_B_missing_mood": (1, "counts a variable that the model does not use"),
}


def smokers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "pharmacoSmoking.csv")


def curves(ledger: Any, reference: Path) -> None:
    table = smokers(reference)
    for conf_type in ("log-log", "log", "plain"):
        curve, rows = kaplan_meier(table, by="grp", conf_type=conf_type, **TIMES), f"ps/km_{conf_type}[]"
        days = sorted(set(ledger.read(f"{rows}/time")))
        read = curve.at(days)
        ledger.equal(f"{rows}/strata", [f"grp={name}" for name in read["stratum"]])
        ledger.same(f"{rows}/time", read["time"])
        ledger.equal(f"{rows}/n.risk", read["n_at_risk"].tolist())
        ledger.same(f"{rows}/surv", read["estimate"])
        for key, column in (("se", "std_error"), ("lower", "conf_low"), ("upper", "conf_high")):
            ledger.same(f"{rows}/{key}", read[column], ERROR)
        for key, column in (("quantile", "estimate"), ("lower", "conf_low"), ("upper", "conf_high")):
            stored = f"ps/quant_{conf_type}/{key}[]"
            ledger.equal(f"{stored}/strata", ["grp=combination", "grp=patchOnly"])
            for percent in ("25", "50", "75"):
                ledger.same(f"{stored}/{percent}", curve.quantile(int(percent) / 100)[column])


def medians_and_means(ledger: Any, reference: Path) -> None:
    table, rows = smokers(reference), "ps/median_table[]"
    ledger.equal(f"{rows}/strata", ["grp=combination", "grp=patchOnly"])
    curve = kaplan_meier(table, by="grp", conf_type="log", **TIMES)
    groups = log_rank(table, by="grp", **TIMES).method.options["groups"].values()
    for key in ("records", "n.max", "n.start"):
        ledger.same(f"{rows}/{key}", [group["n"] for group in groups])
    ledger.same(f"{rows}/events", curve.tidy().groupby("stratum")["n_event"].sum())
    for key, column in (("median", "estimate"), ("0.95LCL", "conf_low"), ("0.95UCL", "conf_high")):
        ledger.same(f"{rows}/{key}", curve.quantile()[column])
    means = restricted_mean(table, by="grp", horizon=182, **TIMES).tidy()[:2]
    ledger.same(f"{rows}/rmean", means["estimate"])
    ledger.same(f"{rows}/se(rmean)", means["std_error"], ERROR)


def hazard(ledger: Any, reference: Path) -> None:
    rows = "ps/nelson_aalen_all[]"
    read = nelson_aalen(smokers(reference), **TIMES).at(ledger.read(f"{rows}/time"))
    ledger.same(f"{rows}/cumhaz", read["estimate"])
    ledger.same(f"{rows}/se", read["std_error"], ERROR)
    ledger.equal("ps/n_ttr0", int(nelson_aalen(smokers(reference), **TIMES).tidy()["n_event"].iloc[0]))


def log_rank_tests(ledger: Any, reference: Path) -> None:
    table = smokers(reference)
    cases: dict[str, dict[str, Any]] = {
        "logrank": {"by": "grp"},
        "peto": {"by": "grp", "weights": "peto"},
        "logrank_strat_ageGroup2": {"by": "grp", "strata": "ageGroup2"},
        "logrank_employment3": {"by": "employment"},
    }
    for key, options in cases.items():
        test = log_rank(table, **TIMES, **options)
        groups, found = test.method.options["groups"].values(), test.tidy().iloc[0]
        ledger.equal(f"ps/{key}/n", [group["n"] for group in groups])
        ledger.same(f"ps/{key}/obs", [group["observed"] for group in groups])
        ledger.same(f"ps/{key}/exp", [group["expected"] for group in groups])
        ledger.same(f"ps/{key}/chisq", found["statistic"], ERROR)
        ledger.equal(f"ps/{key}/df", int(found["df"]))
        ledger.same(f"ps/{key}/p", found["p_value"], ERROR)


WEIGHTED: dict[str, tuple[dict[str, Any], int]] = {
    "logrank": ({}, 0),
    "gehan": ({"weights": "gehan"}, 1),
    "tarone_ware": ({"weights": "tarone-ware"}, 2),
    "FH_1_0": ({"weights": "fleming-harrington", "rho": 1.0}, 5),
    "FH_0_1": ({"weights": "fleming-harrington", "gamma": 1.0}, 6),
    "FH_1_1": ({"weights": "fleming-harrington", "rho": 1.0, "gamma": 1.0}, 7),
}


def weighted_tests(ledger: Any, reference: Path) -> None:
    numerators = ledger.read("ps/survMisc_comp[]/Q")
    names = ["1", "n", "sqrtN", "S1", "S2", "FH_p=1_q=0", "FH_p=0_q=1", "FH_p=1_q=1"]
    ledger.equal("ps/survMisc_comp[]/W", names)
    for key, (options, place) in WEIGHTED.items():
        test = log_rank(smokers(reference), by="grp", **TIMES, **options)
        last, found = list(test.method.options["groups"].values())[-1], test.tidy().iloc[0]
        surplus = last["observed"] - last["expected"]
        ledger.same(f"ps/weighted/{key}/U", surplus, ERROR)
        assert numerators[place] == pytest.approx(surplus, abs=ERROR)
        ledger.same(f"ps/weighted/{key}/z", np.sign(surplus) * found["statistic"] ** 0.5, ERROR)
        ledger.same(f"ps/weighted/{key}/chisq", found["statistic"], ERROR)
        ledger.same(f"ps/weighted/{key}/V", surplus**2 / found["statistic"], 1e-3 if key == "gehan" else ERROR)
        ledger.same(f"ps/weighted/{key}/p", found["p_value"], ERROR)


def trend_tests(ledger: Any, reference: Path) -> None:
    table = smokers(reference)
    test = log_rank(table, by="ageGroup4", trend=True, **TIMES)
    groups, found = test.method.options["groups"], test.tidy().iloc[0]
    ledger.equal("ps/ageGroup4_levels", list(groups))
    slope = sum(score * (group["observed"] - group["expected"]) for score, group in enumerate(groups.values()))
    ledger.same("ps/trend_logrank_ageGroup4/U", slope, ERROR)
    ledger.same("ps/trend_logrank_ageGroup4/V", slope**2 / found["statistic"], ERROR)
    ledger.same("ps/trend_logrank_ageGroup4/z", np.sign(slope) * found["statistic"] ** 0.5, ERROR)
    ledger.same("ps/trend_logrank_ageGroup4/chisq", found["statistic"], ERROR)
    ledger.same("ps/trend_logrank_ageGroup4/p", found["p_value"], ERROR)
    scored = table.assign(step=table["ageGroup4"].map({name: place for place, name in enumerate(groups)}))
    glance = cox("Event(ttr, relapse) ~ step", scored, ties="breslow").glance().iloc[0]
    keys = {"test": "score", "df": "df", "pvalue": "score_p_value"}
    for key, column in keys.items():
        ledger.same(f"ps/trend_score_ageGroup4/score/{key}", glance[column], ERROR)


def restricted_means(ledger: Any, reference: Path) -> None:
    table = smokers(reference).assign(arm=lambda t: (t["grp"] == "combination").astype(int))
    found = restricted_mean(table, by="arm", horizon=182, **TIMES).tidy()
    for place, arm in enumerate(("arm0", "arm1")):
        free = found.iloc[place]
        lost = [182 - free["estimate"], free["std_error"], 182 - free["conf_high"], 182 - free["conf_low"]]
        kept = free[["estimate", "std_error", "conf_low", "conf_high"]]
        for column, key in enumerate(("Est.", "se", "lower .95", "upper .95")):
            ledger.same(f"ps/rmst_tau182/{arm}[]/{key}", [kept.iloc[column], lost[column]], ERROR)
    # Difference and ratio of time kept are offered; the ratio of time lost follows from what each arm tells.
    whole = np.vstack([found.loc[2:3, ["estimate", "conf_low", "conf_high", "p_value"]], ratio_of_times_lost(found)])
    contrasts = ["RMST (arm=1)-(arm=0)", "RMST (arm=1)/(arm=0)", "RMTL (arm=1)/(arm=0)"]
    ledger.equal("ps/rmst_tau182/unadj[]/row", contrasts)
    for column, key in enumerate(("Est.", "lower .95", "upper .95", "p")):
        ledger.same(f"ps/rmst_tau182/unadj[]/{key}", whole[:, column], ERROR)


def ratio_of_times_lost(means: pd.DataFrame) -> list[float]:
    """Give the second arm's time lost by that of the first, its limits and p value, on the log scale."""
    lost, error = 182 - means["estimate"].iloc[:2], means["std_error"].iloc[:2]
    log_ratio, spread = np.log(lost[1] / lost[0]), np.sqrt(((error / lost) ** 2).sum())
    reach = ndtri(0.975) * spread
    limits = [np.exp(log_ratio - reach), np.exp(log_ratio + reach)]
    return [np.exp(log_ratio), *limits, 2 * ndtr(-abs(log_ratio / spread))]


def cox_models(ledger: Any, reference: Path) -> None:
    for ties in ("efron", "breslow", "exact"):
        formula = "Event(ttr, relapse) ~ C(grp) + age + C(employment)"
        ledger.cox(f"ps/cox_{ties}", cox(formula, smokers(reference), ties=ties))


def proportionality(ledger: Any, reference: Path) -> None:
    fit = cox("Event(ttr, relapse) ~ C(grp) + age + C(employment)", smokers(reference))
    for transform in ("km", "rank", "identity"):
        rows = proportional_hazards(fit, transform).tidy().set_index("term")
        for term, stored in (("C(grp)", "grp"), ("age", "age"), ("C(employment)", "employment"), ("GLOBAL", "GLOBAL")):
            path = f"ps/zph_{transform}/{stored}"
            ledger.same(f"{path}/chisq", rows.loc[term, "statistic"], ERROR)
            ledger.same(f"{path}/df", rows.loc[term, "df"])
            ledger.same(f"{path}/p", rows.loc[term, "p_value"], ERROR)


def median_of(ledger: Any, path: str, table: pd.DataFrame, exit: str, horizon: float) -> None:
    curve = kaplan_meier(table, exit=exit, conf_type="log")
    for key in ("records", "n.max", "n.start"):
        ledger.equal(f"{path}/{key}", curve.sample.participants)
    ledger.equal(f"{path}/events", curve.sample.events)
    row, mean = curve.quantile().iloc[0], restricted_mean(table, exit=exit, horizon=horizon).tidy().iloc[0]
    for key, column in (("median", "estimate"), ("0.95LCL", "conf_low"), ("0.95UCL", "conf_high")):
        ledger.same(f"{path}/{key}", row[column])
    ledger.same(f"{path}/rmean", mean["estimate"])
    ledger.same(f"{path}/se(rmean)", mean["std_error"], ERROR)


def alcohol(ledger: Any, reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "alda_alcohol_relapse.csv").assign(event=lambda t: 1 - t["censor"])
    rows = "alda/alcohol_relapse/km[]"
    days = ledger.read(f"{rows}/time")
    ledger.equal("alda/alcohol_relapse/n", len(table))
    ledger.equal("alda/alcohol_relapse/events", int(table["event"].sum()))
    curve, rise = kaplan_meier(table, exit="weeks"), nelson_aalen(table, exit="weeks").at(days)
    ledger.same(f"{rows}/surv", curve.at(days)["estimate"])
    ledger.equal(f"{rows}/n.risk", curve.at(days)["n_at_risk"].tolist())
    there = curve.tidy().set_index("time")["n_event"]
    ledger.equal(f"{rows}/d", [int(there[there.index[np.abs(there.index - day).argmin()]]) for day in days])
    ledger.same(f"{rows}/cumhaz", rise["estimate"])
    ledger.same(f"{rows}/se_chaz", rise["std_error"], ERROR)
    median_of(ledger, "alda/alcohol_relapse/median", table, "weeks", float(table["weeks"].max()))


def cocaine_by_week(ledger: Any, reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "alda_cocaine_relapse_1.csv").assign(event=lambda t: 1 - t["censor"])
    rows, curve = "alda/cocaine1_lifetable[]", kaplan_meier(table, exit="weeks")
    read = curve.at(ledger.read(f"{rows}/week"))
    for key, column in (("n.risk", "n_at_risk"), ("relapse", "n_event"), ("censor", "n_censored")):
        ledger.equal(f"{rows}/{key}", read[column].tolist())
    ledger.same(f"{rows}/surv", read["estimate"])
    rise = nelson_aalen(table, exit="weeks").at(read["time"].tolist())["estimate"]
    ledger.same(f"{rows}/hazard", np.diff(rise, prepend=0))
    ledger.equal("alda/cocaine1_pp_rows", int(curve.sample.person_time or 0))
    median_of(ledger, "alda/cocaine1_median", table, "weeks", 12)


def cocaine_person_periods(ledger: Any, reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "alda_cocaine_relapse_1.csv")
    weekly = table.loc[table.index.repeat(table["weeks"])].reset_index(drop=True)
    weekly["week"] = weekly.groupby("id").cumcount() + 1
    weekly["relapse"] = ((weekly["week"] == weekly["weeks"]) & (weekly["censor"] == 0)).astype(int)
    for link in ("logit", "cloglog"):
        fit, path = discrete_time("Event(week, relapse) ~ needle", weekly, link=link), f"alda/cocaine1_discrete_{link}"
        ledger.same(f"{path}/coef", fit.tidy()["estimate"], GLM)
        ledger.same(f"{path}/se", fit.tidy()["std_error"], GLM_ERROR)
        ledger.same(f"{path}/deviance", fit.glance()["deviance"].item(), ERROR)


def cocaine_with_mood(ledger: Any, reference: Path) -> None:
    long = pd.read_csv(reference / "data" / "alda_cocaine_relapse_2.csv")
    first = long.groupby("id").first().reset_index().assign(event=lambda t: 1 - t["censor"])
    weekly = pd.read_csv(reference / "data" / "alda_cocaine_relapse_2_countingprocess_modelB.csv")
    ledger.equal("alda/T15_2_B_rows", len(weekly))
    models = {
        "A": cox("Event(days, event) ~ needle + base_mood", first),
        "B": cox("Event(t0, t1, ev) ~ needle + week_mood", weekly),
    }
    for name, fit in models.items():
        ledger.cox(f"alda/T15_2_{name}", fit)
        assert fit.log_likelihood is not None
        ledger.same(f"alda/T15_2_{name}/m2LL", -2 * fit.log_likelihood, ERROR)


COMPARISONS = [
    curves,
    medians_and_means,
    hazard,
    log_rank_tests,
    weighted_tests,
    trend_tests,
    restricted_means,
    cox_models,
    proportionality,
    alcohol,
    cocaine_by_week,
    cocaine_person_periods,
    cocaine_with_mood,
]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_against_r(compare: Callable[[Any, Path], None], open_ledger: Callable[[str], Any], reference: Path) -> None:
    compare(open_ledger("survival_core"), reference)


def test_every_result_is_compared_or_excused(audited: Callable[..., None]) -> None:
    audited("survival_core", COMPARISONS, NOT_COVERED)
