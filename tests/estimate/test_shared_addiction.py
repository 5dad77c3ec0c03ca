"""Stored results of ``addiction`` and ``addiction_multistate_interval`` on time to use, against the package's calls.

Estimates agree to 1e-6, errors and tests to 1e-5 (``conftest.py``) unless a tolerance is named here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import cox, interval_cox, kaplan_meier, log_rank, parametric, restricted_mean, turnbull

ERROR = 1e-5
TIMES = {"exit": "daysanysub", "event": "anysubstatus"}
# icenReg's ic_sp stops when the log-likelihood rises by less than 1e-7 or so, ic_par earlier still.
IC_SP = 1e-5
IC_PAR = 1e-4
# survfit stops its self-consistency well short of the maximum, on which icenReg and we agree.
SURVFIT = 4e-3

NOT_COVERED = {
    "versions/*": (5, "which software made the file"),
    "*_row": (3, "R's row names, told by another column already"),
    "*/concordance/*": (4, "no measure of concordance is offered"),
    "help/n4[57]*": (2, "rows of the published file, before anything is estimated"),
    "help_long/*": (169, "repeated measures: for the tests of mixed and marginal models, not time to an event"),
}
NOT_COVERED_INTERVAL = {
    "versions/*": (5, "which software made the file"),
    "help_ic/icsp_ph/boot_se200/*": (
        4,
        "resampled, with a random part of 5 %; held to 10 % in test_interval_reference",
    ),
}
FORMULA = "Interval(L, U) ~ alc + female + group + E9A"


def first_use(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "data" / "help_baseline_453.csv")
    return table.assign(
        treated=(table["treat"] == "yes").astype(int), unhoused=(table["homeless"] == "homeless").astype(int)
    )


def curves(ledger: Any, reference: Path) -> None:
    table, rows = first_use(reference), "help/first_use_km_substance[]"
    curve = kaplan_meier(table, by="substance", **TIMES)
    read = curve.at(sorted(set(ledger.read(f"{rows}/time"))))
    ledger.equal(f"{rows}/strata", [f"substance={name}" for name in read["stratum"]])
    ledger.same(f"{rows}/time", read["time"])
    ledger.equal(f"{rows}/n.risk", read["n_at_risk"].tolist())
    ledger.same(f"{rows}/surv", read["estimate"])
    for key, column in (("se", "std_error"), ("lower", "conf_low"), ("upper", "conf_high")):
        ledger.same(f"{rows}/{key}", read[column], ERROR)
    ledger.equal("help/first_use_n", curve.sample.rows)
    ledger.equal("help/first_use_events", curve.sample.events)
    whole = kaplan_meier(table, **TIMES).tidy()
    ledger.equal("help/first_use_n_day0", int(whole.loc[whole["time"] == 0, "n_event"].item()))


def medians(ledger: Any, reference: Path) -> None:
    table, rows = first_use(reference), "help/first_use_median[]"
    curve = kaplan_meier(table, by="substance", conf_type="log", **TIMES)
    groups = log_rank(table, by="substance", **TIMES).method.options["groups"]
    ledger.equal(f"{rows}/strata", [f"substance={name}" for name in groups])
    for key in ("records", "n.max", "n.start"):
        ledger.same(f"{rows}/{key}", [group["n"] for group in groups.values()])
    ledger.same(f"{rows}/events", curve.tidy().groupby("stratum")["n_event"].sum())
    for key, column in (("median", "estimate"), ("0.95LCL", "conf_low"), ("0.95UCL", "conf_high")):
        ledger.same(f"{rows}/{key}", curve.quantile()[column])
    # R carries each curve on to the longest follow-up of all groups, which restricted_mean refuses to do;
    # the same comes of following each group's last participants so long.
    last, horizon = table.groupby("substance")[TIMES["exit"]].transform("max"), table[TIMES["exit"]].max()
    at_last = (table[TIMES["exit"]] == last) & (table[TIMES["event"]] == 0)
    carried = table.assign(**{TIMES["exit"]: table[TIMES["exit"]].mask(at_last, horizon)})
    means = restricted_mean(carried, by="substance", horizon=horizon, **TIMES).tidy()[: len(groups)]
    ledger.same(f"{rows}/rmean", means["estimate"])
    ledger.same(f"{rows}/se(rmean)", means["std_error"], ERROR)


def log_rank_tests(ledger: Any, reference: Path) -> None:
    test = log_rank(first_use(reference), by="substance", **TIMES)
    groups, found, path = test.method.options["groups"], test.tidy().iloc[0], "help/first_use_logrank_substance"
    for key, stored in (("n", "n"), ("observed", "obs"), ("expected", "exp")):
        ledger.same(f"{path}/{stored}", [group[key] for group in groups.values()])
    for key, column in (("chisq", "statistic"), ("df", "df"), ("p", "p_value")):
        ledger.same(f"{path}/{key}", found[column], ERROR)


def models(ledger: Any, reference: Path) -> None:
    formula = "Event(daysanysub, anysubstatus) ~ treated + age + female + cesd + C(substance) + unhoused"
    for ties in ("efron", "breslow"):
        ledger.cox(f"help/first_use_cox_{ties}", cox(formula, first_use(reference), ties=ties))


def looks(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "help_interval_censored_first_drinking.csv")


def interval_curve(ledger: Any, reference: Path) -> None:
    table = looks(reference)
    at_first, never = (table["L"] == 0) & table["U"].notna(), table["U"].isna()
    counts = [len(table), int(at_first.sum()), int((~at_first & ~never).sum()), int(never.sum())]
    ledger.equal("help_ic/n", counts)
    curve = turnbull(table, left="L", right="U", resamples=0)
    spans = np.array(ledger.read("help_ic/np/int"), dtype=float)
    told = np.array(ledger.read("help_ic/np/S/baseline"), dtype=float)
    # The first stored interval is a mark at the origin; the last has no end.
    assert spans[0] == pytest.approx([0, 0], abs=IC_SP)
    assert told[[0, -1]] == pytest.approx([1, 0])
    finite = np.isfinite(spans[1:, 1])
    np.testing.assert_allclose(curve.at(spans[1:, 1][finite])["estimate"], told[1:][finite], atol=IC_SP)
    stored = "help_ic/survfit_turnbull[]"
    ledger.same(f"{stored}/surv", curve.at(ledger.read(f"{stored}/time"))["estimate"], SURVFIT)


def interval_models(ledger: Any, reference: Path) -> None:
    table = looks(reference)
    fit = interval_cox(FORMULA, table)
    ledger.same("help_ic/icsp_ph/coef", fit.tidy()["estimate"], IC_SP)
    ledger.same("help_ic/icsp_ph/llk", fit.log_likelihood, IC_SP)
    for law in ("weibull", "loglogistic", "lognormal"):
        fitted, path = parametric(FORMULA, table, distribution=law), f"help_ic/survreg_{law}"
        ledger.same(f"{path}/coef", fitted.tidy()["estimate"].iloc[:5])
        ledger.same(f"{path}/se", fitted.tidy()["std_error"], ERROR)
        ledger.same(f"{path}/scale", fitted.scale)
        ledger.same(f"{path}/loglik", fitted.log_likelihood)


def interval_hazards(ledger: Any, reference: Path) -> None:
    path = "help_ic/weibull_ph"
    names = ["alc", "female", "group", "E9A"]
    table = looks(reference)
    # ic_par's scale is that of a participant with mean covariates.
    fit = parametric(FORMULA, table.assign(**{name: table[name] - table[name].mean() for name in names}))
    ratios, rows = fit.hazard_ratios(), fit.tidy()
    law = [-np.log(fit.scale), rows["estimate"].iloc[0]]
    ledger.same(f"{path}/coef", [*law, *ratios["estimate"]], IC_PAR)
    errors = [rows["std_error"].iloc[-1], rows["std_error"].iloc[0]]
    ledger.same(f"{path}/se", [*errors, *ratios["std_error"]], IC_PAR)
    ledger.same(f"{path}/llk", fit.log_likelihood)


COMPARISONS = [curves, medians, log_rank_tests, models]
INTERVAL_COMPARISONS = [interval_curve, interval_models, interval_hazards]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_help_against_r(
    compare: Callable[[Any, Path], None], open_ledger: Callable[[str], Any], reference: Path
) -> None:
    compare(open_ledger("addiction"), reference)


@pytest.mark.parametrize("compare", INTERVAL_COMPARISONS, ids=lambda compare: compare.__name__)
def test_interviews_against_r(
    compare: Callable[[Any, Path], None], open_ledger: Callable[[str], Any], reference: Path
) -> None:
    compare(open_ledger("addiction_multistate_interval"), reference)


def test_every_result_is_compared_or_excused(audited: Callable[..., None]) -> None:
    audited("addiction", COMPARISONS, NOT_COVERED)
    audited("addiction_multistate_interval", INTERVAL_COMPARISONS, NOT_COVERED_INTERVAL)
