"""The model of several landmarks: against R's coxph on the same rows (tests/reference/cox_family.R), and collapse."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, landmark_pooled

STORED = Path(__file__).resolve().parents[1] / "reference"
# Both Newton iterations are run to the last digits.
NEWTON = 1e-7
FORMULA = "Event(entry, exit, event) ~ bili + age"
S1, S2 = "landmark_share", "landmark_share_squared"


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "cox_family.json").read_text())["landmarks"]


@pytest.fixture(scope="module")
def stacked() -> pd.DataFrame:
    return pd.read_csv(STORED / "cox_family_landmarks.csv")


@pytest.mark.parametrize(
    ("key", "varying", "options"),
    [
        ("strata", (), {}),
        ("strata_linear", ["bili", "age"], {}),
        ("smooth", (), {"baseline": "smooth"}),
        ("smooth_quadratic", ["bili", "age"], {"baseline": "smooth", "shape": "quadratic", "ties": "efron"}),
    ],
)
def test_against_r(r: dict[str, Any], stacked: pd.DataFrame, key: str, varying: Any, options: dict[str, str]) -> None:
    fit, theirs = landmark_pooled(FORMULA, stacked, varying, **options), r[key]
    names = {"bili": "bili", "age": "age", "s1": S1, "s2": S2, "bili:s1": f"bili:{S1}", "bili:s2": f"bili:{S2}"}
    names |= dict.fromkeys(("age:s1", "s1:age"), f"age:{S1}") | dict.fromkeys(("age:s2", "s2:age"), f"age:{S2}")
    found = fit.tidy().set_index("term").loc[[names[name] for name in theirs["coef"]]]
    assert len(found) == len(fit.tidy())
    np.testing.assert_allclose(found["estimate"], list(theirs["coef"].values()), atol=NEWTON)
    np.testing.assert_allclose(found["std_error"], theirs["se"], atol=NEWTON)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], rel=1e-9)
    assert fit.glance()["score"].item() == pytest.approx(theirs["score"], rel=1e-7)
    naive = np.sqrt(
        np.diag(pd.DataFrame(fit.fitted.naive, fit.vcov.index, fit.vcov.index).loc[found.index, found.index])
    )
    np.testing.assert_allclose(naive, theirs["naive"], atol=NEWTON)


def test_effects_at_landmarks_are_the_sums_of_their_parts(stacked: pd.DataFrame) -> None:
    fit = landmark_pooled(FORMULA, stacked, "bili", shape="quadratic")
    found = fit.effects_at([0, 365, 1460])
    b = fit.tidy().set_index("term")["estimate"]
    expected = [b["bili"] + s * b[f"bili:{S1}"] + s**2 * b[f"bili:{S2}"] for s in (0, 0.25, 1)]
    np.testing.assert_allclose(found["estimate"], expected)
    first = fit.tidy().set_index("term").loc["bili"]
    assert found.loc[0, "std_error"] == pytest.approx(first["std_error"])
    # Counted from the last landmark instead, the last effect is a coefficient with an error of its own.
    mirrored = stacked.assign(u=1 - stacked["landmark"] / 1460)
    turned = cox(
        "Event(entry, exit, event) ~ bili + age + bili:u + bili:I(u**2)",
        mirrored, strata="landmark", cluster="participant_id", ties="breslow",
    )  # fmt: skip
    last = turned.tidy().set_index("term").loc["bili"]
    assert found.loc[2, "estimate"] == pytest.approx(last["estimate"], abs=1e-7)
    assert found.loc[2, "std_error"] == pytest.approx(last["std_error"], rel=1e-6)
    assert found.columns.tolist() == ["landmark", *fit.tidy().columns]


def test_prediction_takes_the_landmark(stacked: pd.DataFrame) -> None:
    fit = landmark_pooled("Event(entry, exit, event) ~ bili", stacked, "bili")
    found = fit.predict(pd.DataFrame({"bili": [1.0, 1.0], "landmark": [365, 1460]}))
    names = ["estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(found, fit.effects_at([365, 1460])[names])
    with pytest.raises(DefinitionError, match="no column landmark"):
        fit.predict(pd.DataFrame({"bili": [1.0]}))


def test_two_landmarks_with_everything_varying_are_two_models(stacked: pd.DataFrame) -> None:
    two = stacked[stacked["landmark"].isin([365, 730])]
    fit = landmark_pooled(FORMULA, two, ["bili", "age"])
    effects = fit.effects_at([365, 730]).set_index(["term", "landmark"])
    for day, own in two.groupby("landmark"):
        alone = cox(FORMULA, own, ties="breslow", cluster="participant_id").tidy().set_index("term")
        for term in ("bili", "age"):
            for column in ("estimate", "std_error"):
                assert effects.loc[(term, day), column] == pytest.approx(alone.loc[term, column], abs=1e-7)


def test_groups_vary_category_by_category(stacked: pd.DataFrame) -> None:
    groups = np.array(["twelve_step", "smart", "lifering"])[stacked["participant_id"] % 3]
    table = stacked.assign(group=groups)
    fit = landmark_pooled("Event(entry, exit, event) ~ C(group) + bili", table, "C(group)")
    names = ["C(group)[T.smart]", "C(group)[T.twelve_step]"]
    assert fit.tidy()["term"].tolist() == [*names, "bili", *(f"{name}:{S1}" for name in names)]
    assert fit.effects_at(730)["term"].tolist() == names
    smooth = landmark_pooled("Event(entry, exit, event) ~ C(group) + bili", table, "C(group)", baseline="smooth")
    assert smooth.tidy()["term"].tolist()[3:5] == [S1, S2]


def test_nothing_varying_has_no_effects_by_landmark(stacked: pd.DataFrame) -> None:
    fit = landmark_pooled(FORMULA, stacked)
    plain = cox(FORMULA, stacked, strata="landmark", cluster="participant_id", ties="breslow")
    pd.testing.assert_frame_equal(fit.tidy(), plain.tidy())
    assert fit.effects_at(365).empty


def test_a_landmark_without_events_fails_a_check(stacked: pd.DataFrame) -> None:
    quiet = stacked.assign(event=stacked["event"].where(stacked["landmark"] != 1460, 0))
    failed = [check.sentence for check in landmark_pooled(FORMULA, quiet).checks if not check.passed]
    assert failed == ["No event follows the landmark 1460, so it says nothing."]


def test_what_is_no_stack_of_landmarks_is_refused(stacked: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="not the landmark"):
        landmark_pooled(FORMULA, stacked.assign(entry=0))
    with pytest.raises(DefinitionError, match="landmark as entry"):
        landmark_pooled("Event(exit, event) ~ bili", stacked)
    with pytest.raises(DefinitionError, match="one landmark only"):
        landmark_pooled(FORMULA, stacked[stacked["landmark"] == 365])
    with pytest.raises(DefinitionError, match="no term 'bilirubin'"):
        landmark_pooled(FORMULA, stacked, "bilirubin")
    with pytest.raises(DefinitionError, match="itself"):
        landmark_pooled("Event(entry, exit, event) ~ bili + landmark", stacked)
    with pytest.raises(DefinitionError, match="outside"):
        landmark_pooled(FORMULA, stacked, "bili").effects_at(2000)
    with pytest.raises(NotEstimable, match="No event"):
        landmark_pooled(FORMULA, stacked.assign(event=0))
    one = stacked[stacked["participant_id"] == 4].assign(bili=lambda t: np.arange(len(t)), event=1, exit=3000)
    with pytest.raises(NotEstimable):
        landmark_pooled("Event(entry, exit, event) ~ bili", one)
