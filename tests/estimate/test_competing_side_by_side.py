"""Cause-specific ratios, and both kinds of ratio side by side."""

import numpy as np
import pandas as pd
import pytest

from remission.estimate import cause_specific, cox, fine_gray, proportional_hazards, side_by_side

MODEL = "Event(exit, cause) ~ x"


def drawn(seed: int, rows: int = 120, causes: int = 3, latest: int = 25) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "exit": random.integers(1, latest, rows),
            "cause": random.integers(0, causes + 1, rows),
            "x": random.normal(size=rows),
            "z": random.integers(0, 2, rows),
            "site": random.integers(0, 30, rows),
        }
    )


def same_fit(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
    np.testing.assert_allclose(ours[numbers], theirs[numbers], rtol=1e-7, atol=1e-9)


def test_cause_specific_is_cox_with_other_causes_censored() -> None:
    table = drawn(9).assign(entry=0)
    ours = cause_specific("Event(entry, exit, cause) ~ x + z", table, cause=3, cluster="site", ties="breslow")
    recoded = table.assign(cause=(table["cause"] == 3) * 1)
    theirs = cox("Event(entry, exit, cause) ~ x + z", recoded, cluster="site", ties="breslow")
    same_fit(ours.tidy(), theirs.tidy())
    assert ours.sample.events == (table["cause"] == 3).sum()
    assert "cause-specific" in ours.summary()
    assert proportional_hazards(ours).tidy()["term"].tolist() == ["x", "z", "GLOBAL"]


def test_side_by_side_holds_both_ratios_and_those_of_other_causes() -> None:
    table = drawn(10).assign(cause=lambda t: t["cause"].map({0: "", 1: "relapse", 2: "death", 3: "moved"}))
    found = side_by_side("Event(exit, cause) ~ x + z", table, cause="relapse")
    tidy = found.tidy()
    assert tidy["term"].tolist() == ["x"] * 4 + ["z"] * 4
    assert tidy["contrast"].tolist()[:4] == [
        "cause-specific hazard ratio of relapse",
        "subdistribution hazard ratio of relapse",
        "cause-specific hazard ratio of death",
        "cause-specific hazard ratio of moved",
    ]
    single = fine_gray("Event(exit, cause) ~ x + z", table, cause="relapse").tidy()
    row = tidy.iloc[1]
    assert row["estimate"] == pytest.approx(np.exp(single["estimate"][0]))
    assert row["conf_high"] == pytest.approx(np.exp(single["conf_high"][0]))
    assert row["std_error"] == pytest.approx(single["std_error"][0])
    assert "How to read" in found.summary()


def test_ratios_that_point_apart_fail_a_check() -> None:
    # z does nothing to the cause and doubles deaths many times over: whoever dies cannot have the cause.
    random = np.random.default_rng(11)
    z = np.repeat([0, 1], 1500)
    relapse, death = random.exponential(1 / (0.1 + 0.03 * z)), random.exponential(1 / (0.02 + 0.8 * z))
    cause = np.where(relapse < death, "relapse", "death")
    table = pd.DataFrame({"exit": np.minimum(relapse, death), "cause": cause, "z": z})
    found = side_by_side("Event(exit, cause) ~ z", table, cause="relapse")
    ratios = found.tidy().set_index("contrast")["estimate"]
    assert ratios["cause-specific hazard ratio of relapse"] > 1 > ratios["subdistribution hazard ratio of relapse"]
    assert "CHECK FAILED both kinds of ratio point the same way" in found.summary()


def test_noise_around_no_effect_is_no_disagreement() -> None:
    found = side_by_side(MODEL, drawn(12, rows=300), cause=1)
    ratios = found.tidy().set_index("contrast")["estimate"]
    assert ratios["cause-specific hazard ratio of 1"] > 1 > ratios["subdistribution hazard ratio of 1"]
    assert found.checks[0].passed


def test_another_cause_that_cannot_be_estimated_fails_a_check() -> None:
    table = drawn(12)
    table.loc[(table["z"] == 1) & (table["cause"] == 2), "cause"] = 0
    found = side_by_side("Event(exit, cause) ~ z", table, cause=1)
    failed = {check.name: check.sentence for check in found.checks if not check.passed}
    assert "'2' never happens where z is 1" in failed["cause-specific 2"]
    assert "cause-specific hazard ratio of 2" not in found.tidy()["contrast"].tolist()
