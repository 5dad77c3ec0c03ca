"""Reliability: by hand, collapse, R's psych on the HELP trial's depression items, base R with missing answers."""

import json
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import reliability
from remission.estimate.kernels.one_factor import omega_total, one_factor
from remission.estimate.result import Estimates

STORED = Path(__file__).parents[1] / "reference" / "psychometrics.json"
TOLERANCE = 1e-9
# psych and optim stop where the sum of squares no longer moves; loadings are then right to half as many digits.
LOADINGS = 1e-6
ITEMS = [f"F1{letter}" for letter in ascii_uppercase[:20]]


def alpha(table: pd.DataFrame) -> pd.Series:
    return reliability(table, list(table.columns)).tidy().iloc[0]


def estimates(fit: Estimates) -> pd.Series:
    return fit.tidy().set_index(["term", "contrast"])["estimate"]


def scale(rows: int, loads: tuple[float, ...], seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    trait = random.normal(size=rows)
    own = random.normal(size=(rows, len(loads)))
    answers = np.outer(trait, loads) + own * np.sqrt(1 - np.square(loads))
    return pd.DataFrame(answers, columns=[f"q{i}" for i in range(len(loads))])


@pytest.fixture(scope="module")
def cesd(reference: Path) -> pd.DataFrame:
    wide, _ = pyreadstat.read_sav(str(reference / "data" / "help_wide.sav"))
    sheets = wide[[f"{item}_0" for item in ITEMS]].set_axis(ITEMS, axis=1)
    for item in ("F1D", "F1H", "F1L", "F1P"):
        sheets[item] = 3 - sheets[item]
    return sheets


def test_by_hand() -> None:
    # Items 1, 2, 3 and 1, 3, 2: variances 1 and 1, totals 2, 5, 5 with variance 3.
    # alpha = 2 / 1 * (1 - 2 / 3) = 2/3.
    found = estimates(reliability(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]}), ["a", "b"]))
    assert found["alpha", ""] == pytest.approx(2 / 3)
    # r = 1/2, so 2 r / (1 + r) = 2/3 too: the items have one variance.
    assert found["average r", ""] == pytest.approx(1 / 2)
    assert found["standardized alpha", ""] == pytest.approx(2 / 3)
    assert "omega" not in found.index.get_level_values("term")


def test_how_an_item_is_answered_by_hand() -> None:
    # a: 0 0 1 3 and one missing: mean 1, half at the floor, a quarter at the ceiling, one sheet of five without.
    table = pd.DataFrame({"a": [0, 0, 1, 3, None, None], "b": [0, 1, 2, 2, 1, None]})
    found = estimates(reliability(table, ["a", "b"]))
    assert found.loc[["mean", "floor", "ceiling", "missing"]].xs("a", level="contrast").tolist() == [1, 0.5, 0.25, 0.2]
    bounded = estimates(reliability(table, ["a", "b"], bounds={"a": (0, 4), "b": (-1, 2)}))
    assert bounded["ceiling", "a"] == 0
    assert bounded["floor", "b"] == 0
    assert bounded["ceiling", "b"] == pytest.approx(2 / 5)


def test_three_items_have_loadings_by_hand() -> None:
    # With three items r12 r13 / r23 is the first loading squared: .48 * .40 / .30 = .64. Loadings .8 .6 .5;
    # sum 1.9, squared 3.61; own variances .36 + .64 + .75 = 1.75; omega = 3.61 / 5.36.
    fit = one_factor(np.array([[1, 0.48, 0.40], [0.48, 1, 0.30], [0.40, 0.30, 1]]))
    assert fit.loadings == pytest.approx([0.8, 0.6, 0.5], abs=1e-10)
    assert omega_total(fit.loadings) == pytest.approx(3.61 / 5.36, abs=1e-10)
    assert fit.converged
    assert not fit.improper.any()


def test_loadings_that_made_the_correlations_are_found_again() -> None:
    loads = np.array([0.9, 0.7, -0.2, 0.5, 0.3, 0.6])
    correlation = np.outer(loads, loads)
    np.fill_diagonal(correlation, 1)
    fit = one_factor(correlation)
    assert fit.loadings == pytest.approx(loads, abs=1e-10)
    assert np.all(np.diff(fit.squares) <= 1e-15)


def test_identical_items_are_perfectly_consistent() -> None:
    one = [1, 4, 2, 5]
    found = estimates(reliability(pd.DataFrame({"a": one, "b": one, "c": one}), ["a", "b", "c"]))
    assert found[["alpha", "standardized alpha", "omega"]].tolist() == pytest.approx([1, 1, 1])


def test_items_of_equal_covariance_have_omega_equal_to_standardized_alpha() -> None:
    # With one correlation r throughout every loading is sqrt(r), and omega is k r / (1 + (k - 1) r).
    correlation = np.full((5, 5), 0.3)
    np.fill_diagonal(correlation, 1)
    assert omega_total(one_factor(correlation).loadings) == pytest.approx(5 * 0.3 / (1 + 4 * 0.3), abs=1e-10)


def test_against_psych(reference: Path, cesd: pd.DataFrame) -> None:
    expected = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["cesd"]
    fit = reliability(cesd, ITEMS)
    by_term = estimates(fit)
    drops = {row["item"]: row["r_drop"] for row in expected["alpha_drop"]}
    without = {row["item"]: row["raw_alpha"] for row in expected["alpha_drop"]}
    assert by_term.loc["item-rest correlation"].to_dict() == pytest.approx(drops, abs=TOLERANCE)
    assert by_term.loc["alpha without"].to_dict() == pytest.approx(without, abs=TOLERANCE)
    first = fit.tidy().iloc[0]
    assert first["estimate"] == pytest.approx(expected["alpha"]["raw_alpha"], abs=TOLERANCE)
    assert first["conf_low"] == pytest.approx(expected["alpha_ci_feldt"]["lower.ci"], abs=TOLERANCE)
    assert first["conf_high"] == pytest.approx(expected["alpha_ci_feldt"]["upper.ci"], abs=TOLERANCE)
    assert by_term["standardized alpha", ""] == pytest.approx(expected["alpha"]["std.alpha"], abs=TOLERANCE)
    assert by_term["average r", ""] == pytest.approx(expected["alpha"]["average_r"], abs=TOLERANCE)
    assert by_term["omega", ""] == pytest.approx(expected["omega_total_1factor_minres"], abs=LOADINGS)
    assert by_term.loc["loading"].tolist() == pytest.approx(expected["loadings_minres"], abs=LOADINGS)
    assert all(check.passed for check in fit.checks)


def test_against_base_r_with_missing_answers() -> None:
    expected = json.loads(STORED.read_text())["scale"]
    table = pd.DataFrame(expected["items"], columns=[f"q{i}" for i in range(6)], dtype=float)
    assert table.isna().to_numpy().any()
    fit = reliability(table, list(table.columns))
    found = estimates(fit)
    for term, name in (("alpha", "alpha"), ("standardized alpha", "standardized"), ("average r", "average")):
        assert found[term, ""] == pytest.approx(expected[name], abs=TOLERANCE)
    assert found["omega", ""] == pytest.approx(expected["omega"], abs=LOADINGS)
    assert found.loc["loading"].tolist() == pytest.approx(expected["loadings"], abs=LOADINGS)
    assert fit.trace["squared_residuals"].iloc[-1] <= expected["squares"] + 1e-12


def test_order_of_sheets_and_unit_of_answers_change_nothing() -> None:
    table = scale(60, (0.8, 0.6, 0.5, 0.7)).mask(np.random.default_rng(3).random((60, 4)) < 0.05)
    items = list(table.columns)
    one = estimates(reliability(table, items)).drop("mean", level="term")
    other = estimates(reliability((10 * table + 3).sample(frac=1, random_state=2), items)).drop("mean", level="term")
    assert other.tolist() == pytest.approx(one.tolist(), abs=1e-9)


def test_each_stratum_is_what_its_sheets_give_alone() -> None:
    table = pd.concat([scale(50, (0.8, 0.6, 0.7), seed).assign(wave=wave) for seed, wave in ((1, 0), (2, 6))])
    table["participant_id"] = [*range(50), *range(50)]
    items = ["q0", "q1", "q2"]
    fit = reliability(table, items, by="wave")
    assert list(fit.table["stratum"].unique()) == ["0", "6"]
    for wave in (0, 6):
        alone = reliability(table[table["wave"] == wave], items)
        piece = fit.tidy().query(f"stratum == '{wave}'").drop(columns="stratum").reset_index(drop=True)
        pd.testing.assert_frame_equal(piece, alone.tidy())
    assert (fit.sample.participants, fit.sample.rows) == (50, 100)
    assert "stratum" not in reliability(table, items).table


def test_a_wave_that_cannot_carry_it_is_left_out_and_named() -> None:
    flat = scale(40, (0.8, 0.6, 0.7)).assign(q1=0.0, wave=12)
    lost = scale(3, (0.8, 0.6, 0.7)).assign(wave=None)
    table = pd.concat([scale(40, (0.8, 0.6, 0.7)).assign(wave=6), flat, lost.astype({"wave": float})])
    fit = reliability(table, ["q0", "q1", "q2"], by="wave")
    assert set(fit.table["stratum"]) == {"6"}
    (failed,) = [check for check in fit.checks if not check.passed]
    assert "wave 12: Everyone gave the same answer to 'q1'" in failed.sentence
    assert fit.sample.left_out == (("wave is missing", 3), ("wave 12 cannot carry the estimate", 40))
    with pytest.raises(NotEstimable, match="wave 12: Everyone gave the same answer to 'q1'"):
        reliability(flat, ["q0", "q1", "q2"], by="wave")


def test_a_heywood_case_fails_a_check_and_gives_no_omega() -> None:
    # r12 = r13 = .7, r23 = .3: the first loading squared would be .49 / .3 > 1. Noise with exactly these correlations.
    wanted = np.array([[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]])
    noise = np.linalg.qr(np.c_[np.ones(50), np.random.default_rng(5).normal(size=(50, 3))])[0][:, 1:]
    table = pd.DataFrame(noise @ np.linalg.cholesky(wanted).T, columns=list("abc"))
    fit = reliability(table, list("abc"), bootstrap=5)
    assert np.isnan(estimates(fit)["omega", ""])
    (failed,) = [check for check in fit.checks if not check.passed]
    assert "all of a (Heywood case)" in failed.sentence
    assert estimates(fit)["alpha", ""] > 0.7


def test_the_interval_of_omega_is_asked_for_seeded_and_covers_it() -> None:
    table = scale(150, (0.8, 0.6, 0.7, 0.5))
    items = list(table.columns)
    first, again, other = (
        reliability(table, items, bootstrap=100, seed=seed).tidy().set_index("term").loc["omega"] for seed in (1, 1, 2)
    )
    pd.testing.assert_series_equal(first, again)
    assert first["conf_low"] < first["estimate"] < first["conf_high"]
    assert first["conf_low"] != other["conf_low"]
    assert np.isnan(reliability(table, items).tidy().set_index("term").loc["omega", "conf_low"])


def test_an_item_that_was_not_turned_round_is_named() -> None:
    random = np.random.default_rng(1)
    trait = random.normal(size=100)
    table = pd.DataFrame({name: trait + random.normal(size=100) for name in "abc"}).assign(d=lambda t: -t["a"])
    check = reliability(table, list("abcd")).checks[0]
    assert not check.passed
    assert "d goes against the rest" in check.sentence


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.DataFrame({"a": [1, 2, 3]}), "two items"),
        (pd.DataFrame({"a": [1, 2, None], "b": [1, 2, None]}), "Only 2"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [1, 1, 1]}), "same answer to 'b'"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [None] * 3}), "Nobody answered 'b'"),
        (pd.DataFrame({"a": [1, 2, 3] + [None] * 3, "b": [None] * 3 + [1, 2, 3]}), "No answer sheet holds both"),
        (pd.DataFrame({"a": [1, 2, 3, None], "b": [None, 1, 2, 3]}), "2 answer sheets hold both 'a' and 'b'"),
        (pd.DataFrame({"a": [1, 2, 3, None], "b": [1, 1, 1, 2]}), "one never varies"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}), "cancel each other"),
        (pd.DataFrame({"a": [1, 2, np.inf], "b": [3, 2, 1]}), "'a' holds an infinite number"),
    ],
)
def test_what_it_cannot_take_is_said(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        reliability(table, list(table.columns))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"items": ["a", "a"]}, "named twice"),
        ({"items": ["a", "words"]}, "'often', which is no number"),
        ({"items": ["a", "c"]}, "no column c"),
        ({"items": ["a", "b"], "by": "a"}, "'a' is an item"),
        ({"items": ["a", "b"], "bounds": {"a": (0, 2)}}, "'a' holds 3, outside its bounds 0 to 2"),
        ({"items": ["a", "b"], "bounds": {"z": (0, 2)}}, "no item"),
        ({"items": ["a", "b"], "bounds": {"a": (5, 2)}}, "lowest answer first"),
        ({"items": ["a", "b"], "bootstrap": -1}, "bootstrap=-1"),
        ({"items": ["a", "b"], "conf_level": 95}, "conf_level=95"),
    ],
)
def test_a_wrong_call_is_refused(options: dict, said: str) -> None:
    table = pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2], "words": ["often", "never", "often"]})
    with pytest.raises(DefinitionError, match=said):
        reliability(table, **options)
