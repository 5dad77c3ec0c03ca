"""A simulated cohort is what its truth says."""

from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest

from remission.cohort import Study, create_study
from remission.estimate import cox, linear_mixed
from remission.simulate import DEMO_TRUTH, record_simulated, simulate_cohort
from remission.tables import repeated, risk_interval, time_to_event

COHORTS = 20


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("simulated") / "study", "engagement")
    record_simulated(study, 800, seed=1)
    return study


def test_same_seed_same_cohort(study: Study) -> None:
    one, two, other = (simulate_cohort(DEMO_TRUTH, 50, seed, study.protocol.waves).entries for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(one.answers, two.answers)
    assert not one.use_reports.equals(other.use_reports)


def test_the_groups_of_the_field_are_there(study: Study) -> None:
    table = time_to_event(study, covariates=["group", "sex"])
    assert set(table["group"]) == {"twelve_step", "smart", "lifering", "women_for_sobriety", "none"}
    assert set(table.loc[table["group"] == "women_for_sobriety", "sex"]) == {"female"}


def test_everyone_is_recorded_and_some_are_lost(study: Study) -> None:
    waves = repeated(study, measures=["involvement"]).groupby("wave")["participant_id"].nunique()
    assert waves["baseline"] == 800
    assert 0.6 * 800 < waves["month_24"] < 0.9 * 800


def test_hazard_without_effects_is_the_log_logistic_of_the_truth(study: Study) -> None:
    # With no effects and no dropout the share without use by the median time is one half.
    truth = replace(DEMO_TRUTH, involvement_effect=0.0, dropout=0.0)
    histories = simulate_cohort(truth, 20_000, 5, study.protocol.waves).histories
    shares = [(histories.use_day > day).mean() for day in (100, 330, 700)]
    expected = [1 / (1 + (day / 330) ** 0.8) for day in (100, 330, 700)]
    np.testing.assert_allclose(shares, expected, atol=4 * 0.5 / np.sqrt(20_000))


def test_dropout_after_use_removes_those_who_used(study: Study) -> None:
    truth = replace(DEMO_TRUTH, dropout=0.0, dropout_after_use=0.5)
    histories = simulate_cohort(truth, 5_000, 6, study.protocol.waves).histories
    lost = ~histories.came[:, -1]
    assert lost.sum() > 0
    assert (histories.use_day[lost] <= histories.interview_day[lost, -1]).all()


def test_engagement_effect_is_recovered(tmp_path_factory: pytest.TempPathFactory) -> None:
    # The mean over cohorts lies within three Monte Carlo errors of the truth, and intervals that
    # claim 95 % hold it about that often (17 of 20 or more with probability 0.98).
    found = []
    for seed in range(COHORTS):
        study = create_study(tmp_path_factory.mktemp("recovery") / "study", "engagement")
        record_simulated(study, 300, seed=100 + seed)
        table = risk_interval(study, exposures=["involvement"])
        fit = cox("Event(entry, exit, event) ~ involvement", table, cluster="participant_id").tidy().iloc[0]
        found.append((fit["estimate"], fit["conf_low"] <= log(0.8) <= fit["conf_high"]))
    estimates = np.array([estimate for estimate, _ in found])
    error = estimates.std(ddof=1) / np.sqrt(COHORTS)
    assert abs(estimates.mean() - log(0.8)) < 3 * error
    assert sum(covered for _, covered in found) >= 17


def test_growth_of_confidence_is_recovered(study: Study) -> None:
    # Rounding to tens and the ends of the scale pull a little; six points a year stay within reach.
    table = repeated(study, measures=["confidence", "involvement"])
    fit = linear_mixed("confidence ~ months + involvement + (1 + months | participant_id)", table).tidy()
    by_term = fit.set_index("term")
    assert by_term.loc["months", "estimate"] * 12 == pytest.approx(6.0, abs=1.2)
    assert by_term.loc["involvement", "estimate"] == pytest.approx(3.0, abs=0.4)
