"""Standardised curves: collapse to predicted curves, by hand, against a bootstrap, recovery of a known truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, predicted_curve, standardised_curve

STORED = Path(__file__).resolve().parents[1] / "reference"
CLOSED = 1e-12
# The standard error of 400 bootstrap errors is some 3.5 per cent; the delta method adds its own second-order error.
BOOTSTRAP = 0.12
FORMULA = "Event(time, status) ~ C(trt) + karno"


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_veteran.csv")


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_over_one_participant_it_is_the_predicted_curve(veteran: pd.DataFrame, conf_type: str) -> None:
    fit = cox(FORMULA, veteran)
    one = veteran.head(1)
    ours = standardised_curve(fit, one, "trt", conf_type=conf_type).tidy()
    rows = pd.concat([one.assign(trt=1), one.assign(trt=2)]).set_axis([1, 2])
    theirs = predicted_curve(fit, rows, conf_type=conf_type).tidy()
    names = ["stratum", "time", "estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(ours[names], theirs[names], atol=CLOSED)


def test_many_alike_are_one_as_well(veteran: pd.DataFrame) -> None:
    fit = cox(FORMULA, veteran, strata="celltype")
    alike = pd.concat([veteran.iloc[[5]]] * 7, ignore_index=True)
    ours = standardised_curve(fit, alike).tidy()
    theirs = predicted_curve(fit, veteran.iloc[[5]]).tidy()
    np.testing.assert_allclose(ours["estimate"], theirs["estimate"], atol=CLOSED)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], atol=CLOSED)


def test_it_is_the_mean_of_everyones_curve(veteran: pd.DataFrame) -> None:
    fit = cox(FORMULA, veteran, strata="celltype")
    ours = standardised_curve(fit, veteran, "trt")
    for level in (1, 2):
        each = predicted_curve(fit, veteran.assign(trt=level)).at([30, 100])
        mean = each.groupby("time")["estimate"].mean()
        found = ours.at([30, 100]).query("stratum == @name", local_dict={"name": str(level)})
        np.testing.assert_allclose(found["estimate"], mean, atol=CLOSED)
    gap = ours.differences([30, 100])
    read = ours.at([30, 100]).pivot_table(index="time", columns="stratum", values="estimate")
    np.testing.assert_allclose(gap["estimate"], read["2"] - read["1"], atol=CLOSED)
    assert gap["contrast"].unique().tolist() == ["2 against 1"]


def test_the_exposure_may_be_a_stratum(veteran: pd.DataFrame) -> None:
    fit = cox("Event(time, status) ~ karno", veteran, strata="trt")
    ours = standardised_curve(fit, veteran, "trt")
    for level in (1, 2):
        each = predicted_curve(fit, veteran.assign(trt=level)).at(90)["estimate"]
        assert ours.at(90).set_index("stratum").loc[str(level), "estimate"] == pytest.approx(each.mean())
    last = veteran.groupby("trt")["time"].max().min()
    assert ours.tidy()["time"].max() == last


def test_the_error_by_the_definition(veteran: pd.DataFrame) -> None:
    # The derivative by the coefficients, differenced: refitting is not needed, the baseline follows from beta.
    fit = cox("Event(time, status) ~ trt + karno", veteran, ties="breslow")
    x, time, event = veteran[["trt", "karno"]].to_numpy(float), veteran["time"].to_numpy(), veteran["status"] == 1

    def parts(beta: np.ndarray) -> tuple[float, float, float, np.ndarray]:
        risk = np.exp(x @ beta)
        hazard = variance = 0.0
        for day in np.unique(time[event & (time <= 100)]):
            died, total = (event & (time == day)).sum(), risk[time >= day].sum()
            hazard, variance = hazard + died / total, variance + died / total**2
        own = np.exp(-hazard * risk)
        return float(own.mean()), variance, float((own * risk).mean()), own

    beta = fit.tidy()["estimate"].to_numpy()
    mean, variance, pull, own = parts(beta)
    slope = [(parts(beta + h)[0] - parts(beta - h)[0]) / 2e-6 for h in 1e-6 * np.eye(2)]
    expected = pull**2 * variance + slope @ fit.vcov.to_numpy() @ slope + own.var() / len(own)
    found = standardised_curve(fit, veteran).at(100)
    assert found["estimate"].item() == pytest.approx(mean, abs=1e-10)
    assert found["std_error"].item() == pytest.approx(np.sqrt(expected), rel=1e-6)


def drawn(n: int, seed: int) -> pd.DataFrame:
    """Draw participants whose severity leads to the exposure and to the event; the exposure halves the hazard."""
    random = np.random.default_rng(seed)
    severity = random.normal(size=n)
    meets = (random.random(n) < 1 / (1 + np.exp(severity))).astype(int)
    event_day = random.exponential(100 / np.exp(0.8 * severity - 0.7 * meets))
    stop = random.uniform(20, 300, n)
    return pd.DataFrame(
        {
            "participant_id": range(n),
            "exit": np.ceil(np.minimum(event_day, stop)),
            "event": (event_day <= stop).astype(int),
            "meets": meets,
            "severity": severity,
        }
    )


def test_errors_agree_with_a_bootstrap_of_participants() -> None:
    table, random = drawn(250, 1), np.random.default_rng(2)
    ours = standardised_curve(cox("Event(exit, event) ~ meets + severity", table), table, "meets")
    again = []
    for _ in range(400):
        resampled = table.iloc[random.integers(0, len(table), len(table))].assign(participant_id=range(len(table)))
        curve = standardised_curve(cox("Event(exit, event) ~ meets + severity", resampled), resampled, "meets")
        again.append([*curve.at(90)["estimate"], curve.differences(90)["estimate"].item()])
    expected = np.std(again, axis=0, ddof=1)
    found = [*ours.at(90)["std_error"], ours.differences(90)["std_error"].item()]
    np.testing.assert_allclose(found, expected, rtol=BOOTSTRAP)


def test_it_recovers_what_a_trial_would_show_where_the_plain_curves_do_not() -> None:
    table = drawn(20_000, 3)
    severity = np.random.default_rng(4).normal(size=200_000)
    truth = [np.exp(-0.9 * np.exp(0.8 * severity - 0.7 * level)).mean() for level in (0, 1)]
    adjusted = standardised_curve(cox("Event(exit, event) ~ meets + severity", table), table, "meets")
    found = adjusted.at(90)["estimate"].to_numpy()
    np.testing.assert_allclose(found, truth, atol=0.012)
    plain = standardised_curve(cox("Event(exit, event) ~ meets", table), table, "meets").at(90)["estimate"].to_numpy()
    assert np.diff(plain)[0] > np.diff(truth)[0] + 0.05


def test_levels_keep_the_order_of_categories_and_text_is_taken() -> None:
    table = drawn(300, 5)
    names = pd.Categorical(np.where(table["meets"] == 1, "smart", "none"), categories=["none", "smart", "lifering"])
    fit = cox("Event(exit, event) ~ C(group) + severity", table.assign(group=names))
    ours = standardised_curve(fit, table.assign(group=names), "group")
    assert ours.tidy()["stratum"].unique().tolist() == ["none", "smart"]
    text = table.assign(group=np.array(names, dtype=str))
    again = standardised_curve(cox("Event(exit, event) ~ C(group) + severity", text), text, "group")
    pd.testing.assert_frame_equal(ours.tidy(), again.tidy())
    turned = standardised_curve(fit, table.assign(group=names), "group", levels=["smart", "none"])
    assert turned.differences(60)["estimate"].item() == pytest.approx(-ours.differences(60)["estimate"].item())
    first = ours.tidy().groupby("stratum")["n_at_risk"].first()
    assert first.to_dict() == pd.Series(np.array(names, dtype=str)).value_counts().to_dict()


def test_rows_without_a_covariate_are_counted() -> None:
    table = drawn(100, 6)
    fit = cox("Event(exit, event) ~ meets + severity", table)
    table.loc[:4, "severity"] = np.nan
    assert standardised_curve(fit, table, "meets").sample.left_out == (("severity is missing", 5),)
    with pytest.raises(NotEstimable, match="No row"):
        standardised_curve(fit, table.head(5), "meets")


def test_what_cannot_be_standardised_is_refused() -> None:
    table = drawn(100, 7).assign(w=1.5, age=lambda t: np.arange(len(t)))
    fit = cox("Event(exit, event) ~ meets + severity + age", table)
    with pytest.raises(DefinitionError, match="not in the model"):
        standardised_curve(fit, table, "w")
    with pytest.raises(DefinitionError, match="100 values"):
        standardised_curve(fit, table, "age")
    with pytest.raises(DefinitionError, match="several rows"):
        standardised_curve(fit, pd.concat([table, table]), "meets")
    with pytest.raises(DefinitionError, match="No level"):
        standardised_curve(fit, table, "meets", levels=[])
    with pytest.raises(DefinitionError, match="no case weights"):
        standardised_curve(cox("Event(exit, event) ~ meets", table, weights="w"), table)
