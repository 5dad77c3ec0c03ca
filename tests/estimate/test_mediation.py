"""Mediation: by hand, collapse to simpler cases, invariants, timing, refusals."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy.stats import norm

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import mediation
from remission.estimate.kernels.bootstrap_interval import bootstrap_interval
from remission.estimate.kernels.path_effects import normal_rule
from remission.estimate.kernels.path_models import PathLayout, fit_paths, path_rows
from remission.estimate.kernels.resampling import blocks
from remission.estimate.kernels.weighted_logistic import fit_weighted_logistic
from remission.estimate.mediation_checks import interaction_p
from remission.estimate.mediation_data import Chain, mediation_data
from remission.estimate.mediation_result import MEDIATION_COLUMNS, Mediation

# Normal equations on scaled columns: rounding alone.
EXACT = 1e-9
WAVES = {"support": 0, "identity": 3, "efficacy": 6, "wellbeing": 12, "abstinent": 12}
FEW = 200


def people(count: int = 300, seed: int = 5) -> pd.DataFrame:
    """Support acts on identity, identity on self-efficacy, both on well-being and abstinence."""
    draw = np.random.default_rng(seed)
    support, start = draw.integers(0, 2, count), draw.normal(size=count)
    identity = 0.8 * support + 0.3 * start + draw.normal(size=count)
    efficacy = 0.6 * identity + 0.2 * support + draw.normal(size=count)
    wellbeing = 2 + 0.7 * efficacy + 0.3 * support + 0.2 * start + draw.normal(size=count)
    risk = 1 / (1 + np.exp(0.5 - efficacy - 0.5 * support))
    frame = {"support": support, "start": start, "identity": identity, "efficacy": efficacy, "wellbeing": wellbeing}
    return pd.DataFrame(frame).assign(abstinent=(draw.random(count) < risk).astype(int))


def read(found: Mediation, term: str, column: str = "estimate", kind: str | None = None) -> float:
    rows = found.table[(found.table["term"] == term) & (found.table["kind"] == (kind or found.table["kind"]))]
    return float(rows[column].iloc[0])


def serial(table: pd.DataFrame, outcome: str = "wellbeing", **options: Any) -> Mediation:
    chosen = {"bootstrap": FEW, "measured_at": WAVES} | options
    return mediation(table, "support", ["identity", "efficacy"], outcome, ["start"], **chosen)


def test_simple_mediation_by_hand() -> None:
    # x = 0 0 1 1, m = 0 2 3 5: a = 4 - 1 = 3, and m leaves -1 1 -1 1. Given x, y = 1 3 6 10 leaves -1 1 -2 2:
    # b = (1 + 1 + 2 + 2) / 4 = 1.5; total = 8 - 2 = 6, direct = 6 - 3 * 1.5 = 1.5. Twelve people: three of each.
    one = pd.DataFrame({"x": [0, 0, 1, 1], "m": [0.0, 2, 3, 5], "y": [1.0, 3, 6, 10]})
    found = mediation(pd.concat([one] * 3, ignore_index=True), "x", "m", "y", bootstrap=FEW)
    told = {"total": 6.0, "direct": 1.5, "total indirect": 4.5, "x → m → y": 4.5, "x → m": 3.0, "m → y": 1.5}
    assert {term: read(found, term) for term in told} == pytest.approx(told, rel=EXACT)
    # Residual variances 12 / 10 of m and 3 * (0.5 ** 2 * 4) / 9 of y; s_a^2 = 1.2 (1/6 + 1/6), s_b^2 = (1/3) / 12.
    s_a, s_b = np.sqrt(1.2 / 3), np.sqrt(1 / 36)
    assert read(found, "x → m", "model_error") == pytest.approx(s_a, rel=EXACT)
    assert read(found, "m → y", "model_error") == pytest.approx(s_b, rel=EXACT)
    sobel = np.sqrt((1.5 * s_a) ** 2 + (3 * s_b) ** 2)
    assert read(found, "total indirect", "model_error") == pytest.approx(sobel, rel=EXACT)
    # rho at which nothing is left: correlation of -1 1 -1 1 and -1 1 -2 2.
    rho = found.sensitivity.set_index("quantity").loc["rho at which the indirect effect is 0", "estimate"]
    assert rho == pytest.approx(6 / np.sqrt(4 * 10), rel=EXACT)


def test_rows_and_columns_stand_in_one_order() -> None:
    found = serial(people())
    assert tuple(found.table.columns) == MEDIATION_COLUMNS
    assert found.table["term"].tolist() == [
        "total",
        "direct",
        "total indirect",
        "support → identity → wellbeing",
        "support → efficacy → wellbeing",
        "support → identity → efficacy → wellbeing",
        "support → identity",
        "support → efficacy",
        "identity → efficacy",
        "support → wellbeing",
        "identity → wellbeing",
        "efficacy → wellbeing",
    ]
    assert found.replicates.shape == (FEW, 12)
    with pytest.raises(FrozenInstanceError):
        found.sample = None  # type: ignore[misc, assignment]


def test_total_is_direct_plus_every_path() -> None:
    found = serial(people())
    paths = found.table[found.table["kind"] == "specific path"]["estimate"]
    assert read(found, "total indirect") == pytest.approx(paths.sum(), rel=EXACT)
    assert read(found, "total") == pytest.approx(read(found, "direct") + paths.sum(), rel=EXACT)
    # And the total is what the outcome's regression without mediators gives.
    x = np.column_stack([np.ones(300), people()[["support", "start"]]])
    assert read(found, "total") == pytest.approx(np.linalg.lstsq(x, people()["wellbeing"])[0][1], rel=EXACT)
    every = found.replicates.to_numpy()
    assert every[:, 0] == pytest.approx(every[:, 1] + every[:, 3:6].sum(axis=1), rel=1e-7)


def test_four_mediators_make_fifteen_paths() -> None:
    draw = np.random.default_rng(2)
    table = pd.DataFrame(draw.normal(size=(200, 6)), columns=list("xabcdy"))
    found = mediation(table, "x", list("abcd"), "y", bootstrap=FEW)
    paths = found.table[found.table["kind"] == "specific path"]
    assert len(paths) == 15
    assert paths["term"].iloc[-1] == "x → a → b → c → d → y"
    assert read(found, "total") == pytest.approx(read(found, "direct") + paths["estimate"].sum(), rel=1e-7)


def test_a_series_of_one_is_simple_mediation() -> None:
    table = people()
    one = mediation(table, "support", ["identity"], "wellbeing", bootstrap=FEW)
    other = mediation(table, "support", "identity", "wellbeing", bootstrap=FEW)
    pd.testing.assert_frame_equal(one.table, other.table)


def test_a_parallel_analysis_has_the_coefficients_of_separate_regressions() -> None:
    table = people()
    found = mediation(table, "support", ["identity", "efficacy"], "wellbeing", parallel=True, bootstrap=FEW)
    for name in ("identity", "efficacy"):
        means = table.groupby("support")[name].mean()
        assert read(found, f"support → {name}") == pytest.approx(means[1] - means[0], rel=EXACT)
    paths = found.table[found.table["kind"] == "specific path"]
    assert len(paths) == 2
    assert read(found, "total indirect") == pytest.approx(paths["estimate"].sum(), rel=EXACT)


@pytest.mark.parametrize("names", [["identity"], ["identity", "efficacy"]])
def test_pingouin_agrees_where_its_model_is_ours(names: list[str]) -> None:
    # Its b path leaves the exposure out, so that row is not compared.
    table = people()
    theirs = pingouin.mediation_analysis(table, "support", names, "wellbeing", "start", n_boot=200, seed=1)
    theirs = theirs.set_index("path")["coef"]
    ours = mediation(table, "support", names, "wellbeing", ["start"], parallel=len(names) > 1, bootstrap=FEW)
    assert read(ours, "total") == pytest.approx(theirs["Total"], abs=1e-8)
    assert read(ours, "direct") == pytest.approx(theirs["Direct"], abs=1e-8)
    for name in names:
        label = "Indirect" if len(names) == 1 else f"Indirect {name}"
        assert read(ours, f"support → {name} → wellbeing") == pytest.approx(theirs[label], abs=1e-8)
        assert read(ours, f"support → {name}") == pytest.approx(theirs[f"{name} ~ X"], abs=1e-8)


def test_a_chain_without_noise_in_the_outcome_is_found_exactly() -> None:
    table = people(60)
    table["wellbeing"] = 1 + 2 * table["support"] - 3 * table["identity"] + 4 * table["efficacy"]
    found = serial(table)
    assert read(found, "direct") == pytest.approx(2, rel=1e-8)
    assert read(found, "efficacy → wellbeing") == pytest.approx(4, rel=1e-8)
    assert read(found, "efficacy → wellbeing", "std_error") == pytest.approx(0, abs=1e-6)
    assert not next(check for check in found.checks if check.name == "exposure by mediator").passed


def test_a_mediator_of_pure_noise_carries_nothing() -> None:
    table = people(3000).assign(noise=np.random.default_rng(8).normal(size=3000))
    found = mediation(table, "support", "noise", "wellbeing", bootstrap=1000)
    assert abs(read(found, "total indirect")) < 0.02
    assert read(found, "total indirect", "p_value") > 0.05
    assert read(found, "total indirect", "conf_low") < 0 < read(found, "total indirect", "conf_high")


def test_a_noise_mediator_orthogonal_to_all_carries_exactly_nothing() -> None:
    # m is the same on average under both levels, and given x unrelated to y.
    table = pd.DataFrame({"x": [0, 0, 0, 0, 1, 1, 1, 1], "m": [-1.0, 1, -1, 1] * 2, "y": [0.0, 0, 1, 1, 3, 3, 5, 5]})
    found = mediation(pd.concat([table] * 2, ignore_index=True), "x", "m", "y", bootstrap=FEW)
    assert read(found, "total indirect") == pytest.approx(0, abs=EXACT)
    assert read(found, "direct") == pytest.approx(3.5, rel=EXACT)


@pytest.mark.parametrize("outcome", ["wellbeing", "abstinent"])
def test_units_of_mediators_and_exposure_do_not_matter(outcome: str) -> None:
    table = people()
    before = serial(table, outcome)
    changed = table.assign(
        identity=1e4 + 250 * table["identity"], efficacy=-3 * table["efficacy"], support=5 + 2 * table["support"]
    )
    after = serial(changed, outcome, contrast=(5, 7))
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        ours, theirs = (one.effects()[column].to_numpy() for one in (after, before))
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-9)


def test_a_wider_contrast_multiplies_linear_effects() -> None:
    one, three = serial(people()), serial(people(), contrast=(1, 4))
    assert three.effects()["estimate"].to_numpy() == pytest.approx(3 * one.effects()["estimate"].to_numpy(), rel=EXACT)
    back = serial(people(), contrast=(1, 0))
    assert back.effects()["estimate"].to_numpy() == pytest.approx(-one.effects()["estimate"].to_numpy(), rel=EXACT)


def test_exposures_in_words_compare_two_groups_and_leave_the_others_out() -> None:
    table = people().assign(group=lambda t: np.where(t["support"] == 1, "smart", "none"))
    table.loc[:19, "group"] = "other"
    found = mediation(table, "group", "identity", "wellbeing", contrast=("none", "smart"), bootstrap=FEW)
    same = mediation(table.iloc[20:], "support", "identity", "wellbeing", bootstrap=FEW)
    assert found.table["estimate"].to_numpy() == pytest.approx(same.table["estimate"].to_numpy(), rel=EXACT)
    assert found.sample.left_out == (("group is neither none nor smart", 20),)


def test_missing_values_are_counted_by_column() -> None:
    table = people()
    table.loc[:4, "identity"] = np.nan
    table.loc[3:9, "wellbeing"] = np.nan
    found = serial(table)
    assert found.sample.left_out == (("identity is missing", 5), ("wellbeing is missing", 5))
    assert found.sample.rows == 290
    assert "Left out: 5 rows, identity is missing." in found.summary()


def test_seeds_reproduce_and_more_replicates_go_on() -> None:
    first, again, other = (serial(people(), seed=seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not first.replicates.equals(other.replicates)
    more = serial(people(), seed=3, bootstrap=600)
    pd.testing.assert_frame_equal(more.replicates.iloc[:FEW], first.replicates)


@pytest.mark.parametrize("logistic", [False, True])
def test_replicates_are_the_same_in_any_grouping(logistic: bool) -> None:
    table = people(80)
    z = np.column_stack([np.ones(80), table[["support", "identity", "abstinent" if logistic else "wellbeing"]]])
    rows = path_rows(z, PathLayout(0, 1), logistic)
    counts = np.concatenate([block.counts() for block in blocks(80, 80, 300, 1)])[:300]
    whole = fit_paths(rows, counts)
    parts = [fit_paths(rows, piece) for piece in np.array_split(counts, 7)]
    for name in ("base", "outcome", "onto", "residual"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=1e-8, atol=1e-10)


def test_a_replicate_is_a_fit_to_the_rows_drawn() -> None:
    table = people(90).assign(participant_id=np.arange(90) // 2)
    found = serial(table, "abstinent")
    counts = blocks(45, 90, FEW, 0)[0].counts()
    for number in (0, 7):
        drawn = pd.concat(
            [table[table["participant_id"] == i] for i in np.repeat(np.arange(45), counts[number].astype(int))]
        )
        again = serial(drawn.assign(participant_id=range(90)), "abstinent")
        assert found.replicates.iloc[number].to_numpy() == pytest.approx(again.table["estimate"].to_numpy(), abs=1e-7)


def test_rows_of_one_participant_are_drawn_together() -> None:
    table = people(120).assign(participant_id=range(120))
    once, twice = serial(table), serial(pd.concat([table, table], ignore_index=True))
    assert twice.sample.participants == 120
    assert twice.sample.rows == 240
    np.testing.assert_allclose(twice.replicates, once.replicates, rtol=1e-7, atol=1e-10)
    apart = serial(pd.concat([table, table.assign(participant_id=range(120, 240))], ignore_index=True))
    assert read(apart, "total", "std_error") < 0.85 * read(twice, "total", "std_error")
    assert np.isnan(twice.table["model_error"]).all()


@pytest.mark.parametrize("outcome", ["wellbeing", "abstinent"])
def test_rows_told_twice_do_not_sharpen_the_test_of_interaction(outcome: str) -> None:
    table = people(600, 14).assign(participant_id=range(600))
    chain = Chain("support", ("identity",), outcome)

    def z_of(rows: pd.DataFrame) -> float:
        p = interaction_p(mediation_data(rows, chain, (), (0, 1), "auto", False, "participant_id"))
        assert p is not None
        return float(norm.isf(p / 2))

    once = z_of(table)
    twice = z_of(pd.concat([table, table], ignore_index=True))
    strangers = z_of(pd.concat([table, table.assign(participant_id=range(600, 1200))], ignore_index=True))
    assert twice == pytest.approx(once, rel=0.1)
    assert strangers == pytest.approx(np.sqrt(2) * once, rel=0.02)


def test_bias_correction_by_hand() -> None:
    # 1 to 99 with the estimate above 60 of them: z0 = normal quantile of 60 / 99; order statistic k is share k / 100.
    draws = np.random.default_rng(0).permutation(np.arange(1.0, 100))
    found = bootstrap_interval(draws, 60.5, 0.90, corrected=True)
    z0, tail = norm.ppf(60 / 99), 1.644854
    assert found.low == pytest.approx(100 * norm.cdf(2 * z0 - tail), abs=0.01)
    assert found.high == pytest.approx(100 * norm.cdf(2 * z0 + tail), abs=0.01)
    plain = bootstrap_interval(draws, 60.5, 0.90, corrected=False)
    assert (plain.low, plain.high) == pytest.approx((5, 95))
    assert plain.p_value == pytest.approx(2 * 1 / 100)


@pytest.mark.parametrize("corrected", [False, True])
def test_p_is_the_level_at_which_the_interval_reaches_0(corrected: bool) -> None:
    draws = np.random.default_rng(1).normal(1.6, 1, 4999)
    p = bootstrap_interval(draws, 1.7, 0.95, corrected).p_value
    inside = bootstrap_interval(draws, 1.7, 1 - 0.97 * p, corrected)
    outside = bootstrap_interval(draws, 1.7, 1 - 1.03 * p, corrected)
    assert inside.low < 0 < outside.low
    assert 0.05 < p < 0.2


def test_an_interaction_splits_effects_by_level() -> None:
    draw = np.random.default_rng(4)
    table = people(4000, 1)
    table["wellbeing"] = (
        0.5 * table["support"] + table["identity"] * (0.2 + 0.6 * table["support"]) + draw.normal(size=4000)
    )
    plain = mediation(table, "support", "identity", "wellbeing", bootstrap=FEW)
    check = next(check for check in plain.checks if check.name == "exposure by mediator")
    assert not check.passed
    assert "interaction=True" in check.sentence
    found = mediation(table, "support", "identity", "wellbeing", interaction=True, bootstrap=FEW)
    # a = 0.8: through identity 0.8 * 0.2 without support, 0.8 * 0.8 with it; identity averages 0 without.
    assert read(found, "pure indirect") == pytest.approx(0.16, abs=0.06)
    assert read(found, "total indirect") == pytest.approx(0.64, abs=0.08)
    assert read(found, "direct") == pytest.approx(0.5, abs=0.12)
    total = read(found, "total")
    assert total == pytest.approx(read(found, "direct") + read(found, "total indirect"), rel=EXACT)
    assert total == pytest.approx(read(found, "total direct") + read(found, "pure indirect"), rel=EXACT)
    assert "support × identity → wellbeing" in found.table["term"].tolist()
    assert not (found.table["kind"] == "specific path").any()


def test_a_binary_outcome_adds_up_and_nearly_equals_what_people_did() -> None:
    table = people(4000, 9)
    found = mediation(table, "support", ["identity", "efficacy"], "abstinent", bootstrap=FEW)
    seen = table.groupby("support")["abstinent"].mean()
    assert read(found, "total") == pytest.approx(read(found, "direct") + read(found, "total indirect"), abs=1e-12)
    assert read(found, "total") == pytest.approx(seen[1] - seen[0], abs=0.01)
    assert set(found.effects()["scale"]) == {"risk difference", "log odds"}
    assert found.sample.events == table["abstinent"].sum()
    assert "not identified" in " ".join(found.assumptions)


def test_a_mediator_that_does_nothing_leaves_the_whole_risk_difference_direct() -> None:
    table = people(2000).assign(noise=np.random.default_rng(2).normal(size=2000))
    found = mediation(table, "support", "noise", "abstinent", bootstrap=FEW)
    assert read(found, "total indirect") == pytest.approx(0, abs=0.002)
    assert read(found, "direct") == pytest.approx(read(found, "total"), abs=0.002)


@pytest.mark.parametrize("spread", [0.05, 0.4, 0.9, 2.0, 6.0])
def test_the_rule_for_risks_is_exact_to_seven_digits(spread: float) -> None:
    rule = normal_rule(spread)
    fine = np.linspace(-12, 12, 400_001)
    mass = np.exp(-0.5 * fine**2) / np.exp(-0.5 * fine**2).sum()
    for centre in (-3.0, 0.0, 1.2):
        exact = (mass / (1 + np.exp(-centre - 1.5 * spread * fine))).sum()
        found = (rule.shares / (1 + np.exp(-centre - 1.5 * spread * rule.points))).sum()
        assert found == pytest.approx(exact, abs=1e-7)


def test_replicates_in_which_outcomes_are_told_apart_do_not_settle() -> None:
    x = np.column_stack([np.ones(8), [-1.0, -1, -1, -1, 1, 1, 1, 1]])
    y = np.array([0.0, 0, 0, 1, 1, 1, 1, 0])
    counts = np.array([[1.0] * 8, [1, 1, 1, 0, 1, 1, 1, 0], [1, 1, 1, 0, 1, 1, 1, 1]])
    fit = fit_weighted_logistic(x, y, counts, np.zeros(2))
    assert fit.settled.tolist() == [True, False, False]
    assert fit.beta[0] == pytest.approx([0, np.log(3)], abs=1e-9)


def test_failed_replicates_are_counted_and_left_out() -> None:
    table = people(60, 3)
    table["abstinent"] = ((table["support"] == 1) & (np.arange(60) % 7 != 0)).astype(int)
    table.loc[table.index[table["support"] == 0][:2], "abstinent"] = 1
    found = mediation(table, "support", "identity", "abstinent", bootstrap=400)
    check = next(check for check in found.checks if check.name == "replicates")
    assert not check.passed
    failed = 400 - len(found.replicates)
    assert 10 < failed < 200
    assert f"{failed} of 400 replicates" in check.sentence


def test_a_lagged_chain_is_called_so() -> None:
    found = serial(people())
    assert found.timing.label == "lagged"
    assert found.estimand.quantity.startswith("lagged serial mediation")
    assert found.estimand.horizon == "support at 0, identity at 3, efficacy at 6, wellbeing at 12"
    assert next(check for check in found.checks if check.name == "timing").passed


def test_a_cross_sectional_chain_is_called_so_everywhere() -> None:
    found = serial(people(), measured_at=dict.fromkeys(WAVES, 6))
    check = next(check for check in found.checks if check.name == "timing")
    assert found.timing.label == "cross-sectional"
    assert found.estimand.quantity.startswith("cross-sectional serial mediation")
    assert not check.passed
    assert "the chain is cross-sectional" in check.sentence
    assert "cross-sectional" in found.summary()


def test_timing_may_be_partial_unknown_or_carried_by_the_table() -> None:
    table = people()
    partly = serial(table, measured_at=WAVES | {"identity": 0})
    assert (partly.timing.label, "'support' and 'identity'" in partly.timing.sentence) == ("partly lagged", True)
    untold = serial(table, measured_at=None)
    assert untold.estimand.quantity.startswith("untimed")
    assert not next(check for check in untold.checks if check.name == "timing").passed
    table.attrs["measured_day"] = WAVES
    assert serial(table, measured_at=None).timing.label == "lagged"


def test_covariates_after_the_exposure_fail_a_check() -> None:
    found = serial(people(), measured_at=WAVES | {"start": 3})
    check = next(check for check in found.checks if check.name == "covariates before the exposure")
    assert not check.passed
    assert "start" in check.sentence


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"identity": -1}, "before the exposure"),
        ({"efficacy": 13}, "after the outcome"),
        ({"identity": 7}, "comes before 'efficacy'"),
        ({"identity": "month 3"}, "no number"),
    ],
)
def test_an_impossible_order_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        serial(people(), measured_at=WAVES | changed)


def test_a_wave_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(DefinitionError, match="does not say when 'efficacy'"):
        serial(people(), measured_at={"support": 0, "identity": 3, "wellbeing": 12})


def test_levels_that_nobody_had_and_missing_covariates_fail_checks() -> None:
    found = mediation(people(), "support", "identity", "wellbeing", contrast=(0, 3), bootstrap=FEW)
    assert {check.name for check in found.checks if not check.passed} >= {"contrast", "covariates"}
    assert {"contrast", "covariates"} <= {check.name for check in serial(people()).checks if check.passed}


def test_few_participants_fail_a_check() -> None:
    small, large = (serial(people(count)) for count in (40, 300))
    assert [next(c for c in one.checks if c.name == "size").passed for one in (small, large)] == [False, True]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bootstrap": 50}, "too few"),
        ({"interval": "bca"}, "interval='bca'"),
        ({"outcome_kind": "binary"}, "other than 0 and 1"),
        ({"interaction": True}, "one mediator"),
        ({"contrast": (0, 0)}, "two levels"),
        ({"contrast": ("no", "yes")}, "holds numbers"),
        ({"participant": "pid"}, "no column pid"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        serial(people(), **options)


def test_columns_that_cannot_carry_a_chain_are_refused() -> None:
    table = people()
    with pytest.raises(DefinitionError, match="two roles"):
        mediation(table, "support", "support", "wellbeing")
    with pytest.raises(DefinitionError, match="No mediator"):
        mediation(table, "support", [], "wellbeing")
    with pytest.raises(DefinitionError, match="parallel=True needs"):
        mediation(table, "support", "identity", "wellbeing", parallel=True)
    with pytest.raises(NotEstimable, match="'identity' follows from the columns before it"):
        mediation(table.assign(identity=2 * table["support"]), "support", "identity", "wellbeing")
    with pytest.raises(NotEstimable, match="same value"):
        mediation(table.assign(identity=1), "support", "identity", "wellbeing")
    with pytest.raises(NotEstimable, match="No row has a value"):
        mediation(table.assign(identity=np.nan), "support", "identity", "wellbeing")
    with pytest.raises(NotEstimable, match="cannot carry"):
        mediation(table.iloc[:5], "support", ["identity", "efficacy"], "wellbeing", ["start"])
    with pytest.raises(NotEstimable, match="has two values"):
        mediation(table.assign(identity=table["identity"] > 0), "support", "identity", "abstinent")
    with pytest.raises(NotEstimable, match="tell 'abstinent' apart"):
        mediation(table.assign(abstinent=(table["identity"] > 0).astype(int)), "support", "identity", "abstinent")


def test_risk_differences_by_linear_models_can_be_asked_for() -> None:
    found = serial(people(), "abstinent", outcome_kind="continuous")
    assert set(found.effects()["scale"]) == {"units of abstinent"}
    paths = found.table[found.table["kind"] == "specific path"]["estimate"].sum()
    assert read(found, "total indirect") == pytest.approx(paths, rel=EXACT)


def test_rho_and_e_values_say_how_much_hiding_it_takes() -> None:
    found = mediation(people(), "support", "identity", "wellbeing", bootstrap=FEW)
    curve = found.rho_curve
    zero = found.sensitivity["estimate"].iloc[0]
    assert curve.loc[np.isclose(curve["rho"], 0), "indirect"].item() == pytest.approx(read(found, "total indirect"))
    assert curve.loc[np.isclose(curve["rho"], zero), "indirect"].item() == pytest.approx(0, abs=1e-12)
    assert (np.diff(curve["indirect"]) < 0).all()
    e = found.sensitivity.set_index("quantity")["estimate"]
    ratio = np.exp(0.91 * read(found, "total indirect") / people()["wellbeing"].std())
    assert e["e-value of the indirect effect"] == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    assert 1 < e["e-value of its limit nearest no effect"] < e["e-value of the indirect effect"]
    several = serial(people())
    assert several.rho_curve.empty
    assert len(several.sensitivity) == 2


def test_rho_recovers_the_indirect_effect_when_the_confounder_is_known() -> None:
    # A hidden cause moves mediator and outcome alike; at the true correlation of errors the curve gives the truth.
    draw = np.random.default_rng(6)
    count = 40_000
    x, hidden = draw.integers(0, 2, count), draw.normal(size=count)
    m = x + hidden + draw.normal(size=count)
    y = 0.5 * m + hidden + draw.normal(size=count)
    found = mediation(pd.DataFrame({"x": x, "m": m, "y": y}), "x", "m", "y", bootstrap=100)
    assert read(found, "total indirect") == pytest.approx(1.0, abs=0.05)
    # Errors hidden + e: variance 2 each, covariance 1, so rho = 0.5.
    at_half = found.rho_curve.loc[np.isclose(found.rho_curve["rho"], 0.5), "indirect"].item()
    assert at_half == pytest.approx(0.5, abs=0.05)
