"""Competing risks against stored results of R's survival, cmprsk and mets (tests/reference/competing.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import aalen_johansen, cause_specific, fine_gray, gray, side_by_side

STORED = Path(__file__).resolve().parents[1] / "reference"
# Closed forms differ by rounding.
CLOSED = 1e-9
# crr is stopped at a scaled gradient of 1e-12 in our own runs, at its default 1e-6 in the shared ones.
NEWTON = 1e-7
SHARED = 1e-6

CURVE = ("estimate", "std_error", "conf_low", "conf_high")
DATES = {
    "mgus2": ("sex", [6, 60, 120, 240, 360]),
    "bmt": ("group", [100, 365, 730, 2000]),
    "made": ("group", [1, 3, 7, 15, 25]),
}


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "competing.json").read_text())


def stored(name: str) -> pd.DataFrame:
    return pd.read_csv(STORED / f"competing_{name}.csv")


def compare_curves(ours: pd.DataFrame, theirs: list[dict[str, Any]], columns: tuple[str, ...] = CURVE) -> None:
    key = ["stratum", "event", "time"]
    both = ours.merge(pd.DataFrame(theirs).astype({"stratum": str, "event": str}), on=key, suffixes=("", "_r"))
    assert len(both) == len(ours) == len(theirs)
    for column in columns:
        expected = both[f"{column}_r"].astype(float)
        # R leaves the limits of an incidence of 0 out; here both are 0.
        told = expected.notna() | (both["estimate"] > 0)
        np.testing.assert_allclose(both.loc[told, column], expected[told], atol=CLOSED, err_msg=column)


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_incidences_with_every_kind_of_limits(r: dict[str, Any], conf_type: str) -> None:
    curve = aalen_johansen(stored("mgus2"), by="sex", conf_type=conf_type)
    compare_curves(curve.at(DATES["mgus2"][1]), r["mgus2"]["curves"][conf_type])


@pytest.mark.parametrize("name", ["bmt", "made"])
def test_incidences_of_three_groups(r: dict[str, Any], name: str) -> None:
    by, dates = DATES[name]
    compare_curves(aalen_johansen(stored(name), by=by).at(dates), r[name]["curves"])


@pytest.mark.parametrize("name", ["mgus2", "made"])
def test_incidences_with_delayed_entry(r: dict[str, Any], name: str) -> None:
    by, dates = DATES[name]
    curve = aalen_johansen(stored(name), by=by, entry="entry")
    compare_curves(curve.at(dates), r[name]["late"])


def test_records_cut_at_two_times(r: dict[str, Any]) -> None:
    whole = stored("made").assign(participant_id=lambda t: range(len(t)))
    pieces = []
    for left, right in ((0, 4), (4, 11), (11, 99)):
        inside = whole[(whole["exit"] > left) & (whole["entry"] < right)]
        ends = inside["exit"] <= right
        pieces.append(
            inside.assign(
                entry=inside["entry"].clip(lower=left),
                exit=inside["exit"].clip(upper=right),
                cause=inside["cause"].where(ends, 0),
            )
        )
    cut = aalen_johansen(pd.concat(pieces), by="group", entry="entry")
    compare_curves(cut.at(DATES["made"][1]), r["made"]["cut"])


@pytest.mark.parametrize("name", ["mgus2", "bmt"])
def test_aalens_variance(r: dict[str, Any], name: str) -> None:
    by, dates = DATES[name]
    theirs = [{**row, "std_error": row["variance"] ** 0.5} for row in r[name]["aalen"] if row["variance"] != "NA"]
    compare_curves(aalen_johansen(stored(name), by=by, variance="aalen").at(dates), theirs, ("estimate", "std_error"))


@pytest.mark.parametrize(
    ("name", "key", "options"),
    [
        ("mgus2", "gray", {}),
        ("mgus2", "gray_rho", {"rho": 1}),
        ("bmt", "gray", {}),
        ("bmt", "gray_strata", {"strata": "hospital"}),
        ("made", "gray", {}),
        ("made", "gray_strata", {"strata": "site", "rho": 0.5}),
    ],
)
def test_grays_test(r: dict[str, Any], name: str, key: str, options: dict[str, Any]) -> None:
    ours, theirs = gray(stored(name), by=DATES[name][0], **options).tidy(), pd.DataFrame(r[name][key])
    assert ours["cause"].tolist() == theirs["cause"].astype(str).tolist()
    assert ours["df"].tolist() == theirs["df"].tolist()
    np.testing.assert_allclose(ours["statistic"], theirs["statistic"], rtol=CLOSED)
    # R subtracts from 1, which costs digits.
    np.testing.assert_allclose(ours["p_value"], theirs["p_value"], atol=1e-12)


REGRESSIONS = {
    "mgus2": ("age + C(sex) + mspike", pd.DataFrame({"age": [60, 80], "sex": ["F", "M"], "mspike": [1, 2]})),
    "bmt": ("C(group) + donor + fab", pd.DataFrame({"group": [1, 2], "donor": [30, 20], "fab": [1, 0]})),
    "made": ("x + z", pd.DataFrame({"x": [0, 1], "z": [0, 1]})),
}


@pytest.mark.parametrize(
    ("name", "cause"), [("mgus2", 1), ("mgus2", 2), ("bmt", 1), ("bmt", 2), ("made", 1), ("made", 2), ("made", 3)]
)
def test_fine_gray(r: dict[str, Any], name: str, cause: int) -> None:
    right, new = REGRESSIONS[name]
    fit, theirs = fine_gray(f"Event(exit, cause) ~ {right}", stored(name), cause=cause), r[name]["crr"][cause - 1]
    np.testing.assert_allclose(fit.tidy()["estimate"], theirs["coef"], atol=NEWTON)
    np.testing.assert_allclose(fit.vcov, theirs["vcov"], rtol=1e-6, atol=1e-10)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(
        [theirs["loglik_null"], theirs["loglik"]], rel=CLOSED
    )
    curves = fit.incidence(new).loc[theirs["times"]]
    np.testing.assert_allclose(curves, theirs["incidence"], atol=NEWTON)


def test_fine_gray_with_clusters(r: dict[str, Any]) -> None:
    found = fine_gray("Event(exit, cause) ~ x + z", stored("clusters"), cluster="clinic").tidy()
    np.testing.assert_allclose(found[["estimate", "std_error"]], r["clusters"], atol=1e-6)


@pytest.fixture(scope="module")
def shared(reference: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    table = pd.read_csv(reference / "data" / "survival_mgus2.csv")
    first = table["pstat"] == 1
    table = table.assign(
        exit=table["ptime"].where(first, table["futime"]), cause=np.where(first, 1, 2 * table["death"])
    )
    return table, json.loads((reference / "results" / "survival_advanced.json").read_text())["mgus2"]


def test_shared_incidences(shared: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, theirs = shared
    wide = pd.DataFrame(theirs["aj"]).assign(stratum=lambda t: t["strata"].str.removeprefix("sex="))
    long = [
        {"stratum": row["stratum"], "event": code, "time": row["time"], "estimate": row[name], "std_error": row[error]}
        for row in wide.to_dict("records")
        for code, name, error in (("1", "pcm", "se_pcm"), ("2", "death", "se_death"))
    ]
    ours = aalen_johansen(table, by="sex").at(sorted(wide["time"].unique()))
    compare_curves(ours, long, ("estimate", "std_error"))
    names = {"pcm": "estimate", "se": "std_error", "lo": "conf_low", "hi": "conf_high"}
    pooled = pd.DataFrame(theirs["aj_all"]).rename(columns=names).assign(stratum="all", event="1")
    all_sexes = aalen_johansen(table).at(pooled["time"].tolist())
    compare_curves(all_sexes[all_sexes["event"] == "1"], pooled.to_dict("records"))


def test_shared_variances_and_tests_of_cmprsk(shared: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, theirs = shared
    long = []
    for estimates, variances in zip(theirs["cuminc_est"], theirs["cuminc_var"], strict=True):
        stratum, event = estimates["_row"].split()
        assert variances["_row"] == estimates["_row"]
        for day in (60, 120, 240):
            values = {"estimate": estimates[str(day)], "std_error": variances[str(day)] ** 0.5}
            long.append({"stratum": stratum, "event": event, "time": day, **values})
    ours = aalen_johansen(table, by="sex", variance="aalen").at([60, 120, 240])
    compare_curves(ours, long, ("estimate", "std_error"))
    found, expected = gray(table, by="sex").tidy(), pd.DataFrame(theirs["gray_tests"])
    np.testing.assert_allclose(found["statistic"], expected["stat"], rtol=CLOSED)
    np.testing.assert_allclose(found["p_value"], expected["pv"], atol=1e-12)


def test_one_minus_kaplan_meier_overstates_as_stored(shared: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, theirs = shared
    naive = {row["time"]: row["one_minus_km"] for row in theirs["km_naive_1minus"]}
    ours = aalen_johansen(table).at(list(naive))
    right = ours[ours["event"] == "1"]["estimate"].to_numpy()
    only = aalen_johansen(table.assign(cause=table["cause"].replace(2, 0))).at(list(naive))["estimate"]
    np.testing.assert_allclose(only, list(naive.values()), atol=CLOSED)
    assert (only.to_numpy() > right + 0.005).all()


FORMULA = "Event(exit, cause) ~ age + C(sex) + mspike"


@pytest.mark.parametrize(("cause", "key"), [(1, "cs_pcm"), (2, "cs_death")])
def test_shared_cause_specific_models(shared: tuple[pd.DataFrame, dict[str, Any]], cause: int, key: str) -> None:
    table, theirs = shared
    fit = cause_specific(FORMULA, table, cause=cause)
    np.testing.assert_allclose(fit.tidy()["estimate"], list(theirs[key]["coef"].values()), atol=SHARED)
    np.testing.assert_allclose(fit.tidy()["std_error"], list(theirs[key]["se"].values()), atol=SHARED)
    assert fit.sample.events == theirs[key]["nevent"]


def test_shared_fine_gray_and_its_predictions(shared: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, theirs = shared
    fit = fine_gray(FORMULA, table)
    np.testing.assert_allclose(fit.tidy()["estimate"], list(theirs["crr"]["coef"].values()), atol=SHARED)
    np.testing.assert_allclose(fit.tidy()["std_error"], list(theirs["crr"]["se"].values()), atol=SHARED)
    assert fit.log_likelihood == pytest.approx(theirs["crr"]["loglik"], rel=CLOSED)
    # R's finegray weighs ties of events with censoring differently and takes no account of estimated weights.
    variant = theirs["finegray_coxph"]
    np.testing.assert_allclose(fit.tidy()["estimate"], list(variant["coef"].values()), atol=1e-3)
    np.testing.assert_allclose(fit.tidy()["std_error"], list(variant["robust_se"].values()), atol=1e-3)
    # The two stored profiles: a woman of 60 and a man of 80, both with an M spike of 1.
    people = pd.DataFrame({"age": [60, 80], "sex": ["F", "M"], "mspike": [1.0, 1.0]})
    expected = pd.DataFrame(theirs["crr_pred"]).set_index("V1")
    np.testing.assert_allclose(fit.incidence(people).loc[expected.index], expected, atol=SHARED)


def test_shared_ratios_side_by_side(shared: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, theirs = shared
    found = side_by_side(FORMULA, table)
    ratios = found.tidy().set_index("contrast")
    specific = ratios.loc["cause-specific hazard ratio of 1"]
    for column, key in (("estimate", "hr"), ("conf_low", "hr_lo"), ("conf_high", "hr_hi"), ("p_value", "p")):
        np.testing.assert_allclose(specific[column], list(theirs["cs_pcm"][key].values()), atol=1e-5)
    other = ratios.loc["cause-specific hazard ratio of 2"]
    np.testing.assert_allclose(other["estimate"], list(theirs["cs_death"]["hr"].values()), atol=1e-6)
    sub = ratios.loc["subdistribution hazard ratio of 1", "estimate"]
    np.testing.assert_allclose(sub, np.exp(list(theirs["crr"]["coef"].values())), atol=1e-6)
    # Age raises the hazard of progression, yet lowers its incidence, for the old die first.
    assert " age:" in next(check.sentence for check in found.checks if not check.passed)
