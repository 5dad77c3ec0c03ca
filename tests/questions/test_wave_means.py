"""Observed means beside the model: by hand, and the model's line from its own coefficients."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

from remission.cohort import Study, create_study
from remission.questions import all_trajectory_means, trajectory, wave_means
from remission.questions.problem import Problem
from remission.questions.wave_means import grouping, trajectory_means
from remission.simulate import record_simulated
from remission.tables import repeated

FORMULA = "identity ~ months * C(group) + (1 + months | participant_id)"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("means") / "study", "engagement", name="demo")
    record_simulated(study, 120, 11)
    return study


def test_means_and_intervals_are_students(study: Study) -> None:
    found = wave_means(study, "identity")
    scores = repeated(study, measures=["identity"])
    scores = scores.loc[scores["wave"] == "month_6", "identity"].dropna()
    row = found.set_index("wave").loc["month_6"]
    reach = t.ppf(0.975, len(scores) - 1) * np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert row["n"] == len(scores)
    assert row["mean"] == pytest.approx(scores.mean())
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([scores.mean() - reach, scores.mean() + reach])
    assert found["fitted"].isna().all()


def test_groups_add_up_to_all(study: Study) -> None:
    parts, whole = wave_means(study, "identity", "group"), wave_means(study, "identity")
    parts = parts.assign(total=parts["mean"] * parts["n"]).groupby("wave")[["n", "total"]].sum()
    joined = whole.set_index("wave").join(parts, rsuffix="_parts")
    assert joined["n"].tolist() == joined["n_parts"].tolist()
    assert joined["mean"].tolist() == pytest.approx((joined["total"] / joined["n_parts"]).tolist())


def test_the_line_is_the_models_own(study: Study) -> None:
    fit = trajectory(study, FORMULA)
    found = trajectory_means(study, FORMULA, fit)
    slope = fit.tidy().set_index("term")["estimate"]
    # Twelve-step is the reference group: its line is intercept + months * slope.
    reference = found[found["stratum"] == "twelve_step"]
    expected = slope["Intercept"] + reference["months"] * slope["months"]
    assert reference["fitted"].tolist() == pytest.approx(expected.tolist())
    assert found.attrs["by"] == "group"


def test_all_means_leave_problems_out(study: Study) -> None:
    fit = trajectory(study, FORMULA)
    found = all_trajectory_means(study, {FORMULA: fit, "x ~ months": Problem("There is no x.")})
    assert list(found) == [FORMULA]


@pytest.mark.parametrize(
    ("formula", "by"),
    [
        (FORMULA, "group"),
        ("identity ~ months + C(sex) + C(group) + (1 | participant_id)", "sex"),
        ("identity ~ months + age + (1 | participant_id)", None),
    ],
)
def test_the_category_compared(study: Study, formula: str, by: str | None) -> None:
    assert grouping(study, formula) == by


def test_an_empty_study(tmp_path: Path) -> None:
    found = wave_means(create_study(tmp_path / "study", "engagement"), "identity")
    assert found.empty
    assert "stratum" in found.columns
