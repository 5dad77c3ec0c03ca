"""Agreement: by hand, collapse, R's psych, base R, pingouin, invariants; test–retest as its special case."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import intraclass_correlation
from remission.estimate import test_retest as retest

STORED = Path(__file__).parents[1] / "reference" / "psychometrics.json"
TOLERANCE = 1e-9
# Shrout and Fleiss 1979, table 2: six targets, four judges.
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def long(scores: object) -> pd.DataFrame:
    wide = pd.DataFrame(scores).rename_axis(index="target", columns="rater").reset_index()
    return wide.melt("target", value_name="score")


def icc(table: pd.DataFrame, **options: float) -> pd.DataFrame:
    fit = intraclass_correlation(table, targets="target", raters="rater", score="score", **options)
    return fit.tidy().set_index("term")


def occasions(one: list[float], two: list[float]) -> pd.DataFrame:
    people = list(range(len(one)))
    return pd.DataFrame({"participant_id": people * 2, "wave": [0] * len(one) + [1] * len(two), "score": one + two})


def test_by_hand() -> None:
    # Scores (1, 2), (3, 4), (5, 6): targets 1.5 3.5 5.5, so MS between = 2 * 8 / 2 = 8; raters 3 and 4,
    # MS = 3 * .5 / 1 = 1.5; no error left; MS within = 1.5 / 3 = .5.
    # ICC(1,1) = 7.5 / 8.5, ICC(2,1) = 8 / (8 + 2 * 1.5 / 3) = 8/9, ICC(3,1) = 1; k: 7.5/8, 8/8.5, 1.
    found = icc(long([[1, 2], [3, 4], [5, 6]]))
    assert found["estimate"].tolist() == pytest.approx([7.5 / 8.5, 8 / 9, 1, 7.5 / 8, 8 / 8.5, 1])
    assert found.loc["ICC(1,1)", ["F", "df1", "df2"]].tolist() == [16, 2, 3]
    assert found.loc["ICC(3,1)", ["conf_low", "conf_high", "p_value"]].tolist() == [1, 1, 0]


def test_equal_ratings_agree_perfectly() -> None:
    found = icc(long([[0.1, 0.1], [0.2, 0.2], [0.7, 0.7]]))
    for column in ("estimate", "conf_low", "conf_high"):
        assert found[column].tolist() == pytest.approx([1] * 6)


def test_against_psych(reference: Path) -> None:
    expected = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["icc_shrout_fleiss"]
    assert expected["data"] == SHROUT
    found = icc(long(SHROUT))
    columns = {"estimate": "ICC", "conf_low": "lower bound", "conf_high": "upper bound", "F": "F", "p_value": "p"}
    for ours, theirs in (columns | {"df1": "df1", "df2": "df2"}).items():
        assert found[ours].tolist() == pytest.approx([row[theirs] for row in expected["results"]], abs=TOLERANCE)


def test_against_base_r_at_another_level() -> None:
    expected = json.loads(STORED.read_text())["agreement"]
    found = icc(long(expected["ratings"]), conf_level=0.9)
    for ours, theirs in (("estimate", "estimate"), ("conf_low", "low"), ("conf_high", "high")):
        assert found[ours].tolist() == pytest.approx(expected[theirs], abs=TOLERANCE)


def test_against_pingouin() -> None:
    table = long(np.random.default_rng(4).normal(size=(25, 1)) + np.random.default_rng(5).normal(size=(25, 3)))
    theirs = pingouin.intraclass_corr(table, targets="target", raters="rater", ratings="score")
    found = icc(table)
    assert found["estimate"].tolist() == pytest.approx(theirs["ICC"].tolist(), abs=1e-9)
    assert found["p_value"].tolist() == pytest.approx(theirs["pval"].tolist(), abs=1e-9)
    assert found[["conf_low", "conf_high"]].to_numpy() == pytest.approx(np.stack(theirs["CI95"].tolist()), abs=0.0051)


def test_order_unit_and_names_change_nothing() -> None:
    table = long(SHROUT)
    other = table.assign(score=100 - 7.0 * table["score"], rater=table["rater"].map("dcba".__getitem__))
    numbers = icc(table).drop(columns="contrast").astype(float).to_numpy()
    assert icc(other.sample(frac=1, random_state=3)).drop(columns="contrast").astype(float).to_numpy() == pytest.approx(
        numbers, abs=1e-9, nan_ok=True
    )


def test_a_shift_of_one_rater_lowers_agreement_and_not_consistency() -> None:
    before, after = icc(long(SHROUT)), icc(long(pd.DataFrame(SHROUT).add([0, 0, 0, 5])))
    assert after.loc["ICC(3,1)", "estimate"] == pytest.approx(before.loc["ICC(3,1)", "estimate"])
    assert after.loc["ICC(2,1)", "estimate"] < before.loc["ICC(2,1)", "estimate"]


def test_incomplete_targets_are_left_out_and_counted() -> None:
    whole = long(SHROUT)
    extra = pd.DataFrame({"target": [6, 6, 7], "rater": [0, 1, 2], "score": [1.0, None, 2.0]})
    fit = intraclass_correlation(pd.concat([whole, extra]), targets="target", raters="rater", score="score")
    pd.testing.assert_frame_equal(fit.tidy().set_index("term"), icc(whole))
    assert (fit.sample.participants, fit.sample.rows) == (6, 24)
    assert fit.sample.left_out == (("score is missing", 1), ("2 values of target lack a score of some rater", 2))


def test_targets_that_differ_by_less_than_error_fail_a_check() -> None:
    fit = intraclass_correlation(long([[1, 3], [3, 1], [2, 2.5]]), targets="target", raters="rater", score="score")
    assert not {check.name: check.passed for check in fit.checks}["targets differ"]
    assert fit.table["estimate"].iloc[0] < 0


@pytest.mark.parametrize("scores", [[[1, 2], [2, 1]], [[1, 2], [1, 2], [1, 2]], [[1, 2], [2, 1], [1.5, 1.5]]])
def test_targets_of_equal_means_give_numbers_or_nan(scores: list) -> None:
    found = icc(long(scores))
    assert not np.isinf(found[["estimate", "conf_low", "conf_high"]].to_numpy()).any()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (long([[1], [2]]), "1 values among the scores"),
        (long([[1, 2]]), "1 of 1 values of 'target'"),
        (long([[1, 1], [1, 1]]), "All scores are equal"),
        (long([[1, 2], [2, np.inf]]), "infinite"),
        (long([[1, 2], [2, 3]]).iloc[:0], "0 values among the scores"),
    ],
)
def test_what_it_cannot_take_is_said(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        icc(table)


def test_two_scores_of_one_pair_and_one_column_for_two_are_refused() -> None:
    with pytest.raises(DefinitionError, match="three different columns"):
        intraclass_correlation(long(SHROUT), targets="target", raters="target", score="score")
    with pytest.raises(DefinitionError, match="target 0 has two scores where rater is 0"):
        icc(pd.concat([long(SHROUT), long(SHROUT).iloc[[0]]]))


def test_retest_by_hand() -> None:
    # Changes 1, -1, 2, 2: mean 1, sd sqrt(2), error sqrt(2) / 2; squares 1 + 1 + 4 + 4 = 10.
    # SEM = sqrt(10 / 4 / 2) = sqrt(1.25); smallest detectable change 1.96 * sqrt(2) * SEM = 1.96 * sqrt(2.5).
    fit = retest(occasions([1, 5, 4, 8], [2, 4, 6, 10]), first=0, second=1)
    found = fit.tidy().set_index("term")
    assert found.loc["pairs", "estimate"] == 4
    assert found.loc["mean change", ["estimate", "std_error"]].tolist() == pytest.approx([1, np.sqrt(2) / 2])
    assert found.loc["standard error of measurement", "estimate"] == pytest.approx(np.sqrt(1.25))
    assert found.loc["smallest detectable change", "estimate"] == pytest.approx(1.959963985 * np.sqrt(2.5))
    assert found.loc["mean change", "contrast"] == "1 against 0"


def test_retest_is_the_second_form_of_two_occasions() -> None:
    table = occasions([1, 5, 4, 8, 7], [2, 4, 6, 10, 7])
    forms = intraclass_correlation(table, targets="participant_id", raters="wave", score="score")
    expected = forms.tidy().set_index("term").loc["ICC(2,1)", ["estimate", "conf_low", "conf_high"]].tolist()
    found = retest(table, first=0, second=1).tidy().set_index("term").loc["ICC(2,1)"]
    assert found[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(expected)


def test_error_of_measurement_is_what_icc_leaves_of_the_spread() -> None:
    # SEM squared = (1 - ICC(2,1)) times person, occasion and error variance together.
    random = np.random.default_rng(8)
    one = random.normal(20, 5, 30)
    two = one + random.normal(1, 2, 30)
    found = retest(occasions(one.tolist(), two.tolist()), first=0, second=1).tidy().set_index("term")["estimate"]
    change, total = two - one, one + two
    between, error, moved = total.var(ddof=1) / 2, change.var(ddof=1) / 2, 30 * change.mean() ** 2 / 2
    spread = (between - error) / 2 + (moved - error) / 30 + error
    assert found["standard error of measurement"] ** 2 == pytest.approx((1 - found["ICC(2,1)"]) * spread)


def test_retest_against_base_r() -> None:
    expected = json.loads(STORED.read_text())["retest"]
    found = retest(occasions(expected["first"], expected["second"]), first=0, second=1).tidy().set_index("term")
    interval = ["conf_low", "conf_high"]
    assert found.loc["Pearson r", "estimate"] == pytest.approx(expected["r"], abs=TOLERANCE)
    assert found.loc["Pearson r", interval].tolist() == pytest.approx(expected["r_interval"], abs=TOLERANCE)
    change = found.loc["mean change", ["estimate", "std_error", *interval]].tolist()
    wanted = [expected["change"], expected["change_error"], *expected["change_interval"]]
    assert change == pytest.approx(wanted, abs=TOLERANCE)


def test_retest_turned_round_turns_the_change_alone() -> None:
    table = occasions([1, 5, 4, 8], [2, 4, 6, 10])
    there, back = (retest(table, first=a, second=b).tidy().set_index("term")["estimate"] for a, b in ((0, 1), (1, 0)))
    assert back["mean change"] == -there["mean change"]
    assert back.drop("mean change").tolist() == pytest.approx(there.drop("mean change").tolist())


def test_retest_takes_pairs_and_counts_the_rest() -> None:
    extra = pd.DataFrame({"participant_id": [9, 9], "wave": [1, 2], "score": [3, 3]})
    table = pd.concat([occasions([1, 5, 4, 8], [2, 4, 6, 10]), extra])
    fit = retest(table, first=0, second=1)
    assert (fit.sample.participants, fit.sample.rows) == (4, 8)
    assert fit.sample.left_out == (("1 values of participant_id lack a score of some wave", 1),)


def test_a_shift_of_everyone_fails_a_check_and_lowers_agreement_not_correlation() -> None:
    one = [float(x) for x in range(40)]
    fit = retest(occasions(one, [x + 10 for x in one]), first=0, second=1)
    found = fit.tidy().set_index("term")["estimate"]
    assert found["Pearson r"] == pytest.approx(1)
    assert found["ICC(2,1)"] < 0.8
    assert "moved by 10 on average" in next(check.sentence for check in fit.checks if not check.passed)


@pytest.mark.parametrize(
    ("first", "second", "error", "said"),
    [
        (0, 0, DefinitionError, "are both 0"),
        (0, 7, DefinitionError, "'wave' is never 7"),
        (0, 1, NotEstimable, "Only 2 participants"),
    ],
)
def test_what_retest_cannot_take_is_said(first: int, second: int, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        retest(occasions([1, 2], [2, 4]), first=first, second=second)
