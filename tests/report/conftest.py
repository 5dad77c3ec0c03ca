"""Results made by hand, so that what is drawn and said can be worked out on paper."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from remission.estimate import kaplan_meier
from remission.estimate.result import (
    COEFFICIENT_COLUMNS,
    Check,
    Coefficients,
    Curve,
    Estimand,
    Method,
    MixedFit,
    Sample,
    Test,
)
from remission.outcomes import outcome
from remission.questions import Comparison, Problem, StudyResults

MIXED = "depression ~ months + (1 | participant_id)"
MakeCurve = Callable[..., Curve]


def one_group(size: int, every: int, group: str) -> pd.DataFrame:
    """``size`` participants, followed to day 10, 20, ...; each ``every``-th one has the event then."""
    days = [10 * number for number in range(1, size + 1)]
    events = [int(number % every == 0) for number in range(size)]
    return pd.DataFrame({"exit": days, "event": events, "group": group})


@pytest.fixture(scope="session")
def make_curve() -> MakeCurve:
    def make(groups: int = 1, size: int = 40, definition: str = "first use after day 0") -> Curve:
        names = ["twelve_step", "smart", "lifering", "women_for_sobriety", "none", "other", "unknown"]
        table = pd.concat([one_group(size - 2 * k, k + 2, names[k]) for k in range(groups)])
        table.attrs = {"definition": definition, "time_origin": "the day treatment ended"}
        return kaplan_meier(table.reset_index(drop=True), by="group" if groups > 1 else None)

    return make


@pytest.fixture(scope="session")
def make_test() -> Callable[[float], Test]:
    def make(p_value: float) -> Test:
        return Test(
            estimand=Estimand("equality of time to the event", contrast="group"),
            method=Method("log-rank test", "Mantel 1966"),
            sample=Sample(40, 40, 20),
            table=pd.DataFrame({"statistic": [0.0349], "df": [1], "p_value": [p_value]}),
        )

    return make


def coefficient_frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "p_value"])
    return frame.assign(contrast="", std_error=0.1, statistic=1.0)[list(COEFFICIENT_COLUMNS)]


@pytest.fixture(scope="session")
def make_cox() -> Callable[..., Coefficients]:
    def make(rows: list[tuple[Any, ...]], checks: tuple[Check, ...] = ()) -> Coefficients:
        frame = coefficient_frame(rows)
        return Coefficients(
            estimand=Estimand("log hazard ratio", event="first use after day 0"),
            method=Method("Cox regression", "Cox 1972", {"ties": "efron", "cluster": None}),
            sample=Sample(40, 40, 20, left_out=(("age is missing", 3),)),
            table=frame,
            checks=checks,
            vcov=pd.DataFrame(),
        )

    return make


@pytest.fixture(scope="session")
def make_mixed() -> Callable[..., MixedFit]:
    def make(rows: list[tuple[Any, ...]]) -> MixedFit:
        variances = pd.DataFrame(
            [
                ("participant_id", "Intercept", "Intercept", 80.0),
                ("participant_id", "Intercept", "months", -0.2),
                ("residual", "", "", 89.0),
            ],
            columns=["group", "term", "other", "covariance"],
        )
        return MixedFit(
            estimand=Estimand("difference in the mean", event="depression"),
            method=Method("Linear mixed model by REML", "Bates et al. 2015", {"reml": True}),
            sample=Sample(470, 1463),
            table=coefficient_frame(rows),
            vcov=pd.DataFrame(),
            variance_table=variances,
        )

    return make


@pytest.fixture(scope="session")
def means() -> pd.DataFrame:
    rows = [
        (stratum, wave, months, n, mean, mean - 1, mean + 1, mean + 0.2)
        for stratum, start in (("smart", 20.0), ("twelve_step", 22.0))
        for wave, months, n, mean in (
            ("baseline", 0.0, 50, start),
            ("month_6", 6.0, 40, start - 2),
            ("month_12", 12.0, 30, start - 3),
        )
    ]
    columns = ["stratum", "wave", "months", "n", "mean", "conf_low", "conf_high", "fitted"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs = {"by": "group"}
    return frame


@pytest.fixture(scope="session")
def results(
    make_curve: Callable[..., Curve],
    make_test: Callable[[float], Test],
    make_cox: Callable[..., Coefficients],
    make_mixed: Callable[..., MixedFit],
) -> StudyResults:
    failed = Check("converged", False, "The partial likelihood did not settle.")
    return StudyResults(
        title="Recovery <after> treatment & beyond",
        time_origin="the day treatment ended",
        revision="3-3-0-abc",
        definition=outcome("first_use"),
        follow_up=pd.DataFrame({"wave": ["baseline"], "day": [0], "due": [40], "answered": [38], "rate": [0.95]}),
        times=(30, 90, 180, 365),
        first_use=make_curve(),
        by={
            "group": Comparison("group", make_curve(groups=3), make_test(0.2)),
            "arm": Problem("The arm of nobody is known. Import it."),
        },
        cox={"attended": make_cox([("attended", -0.1, -0.3, 0.1, 0.3)], (failed,))},
        over_time={},
        trajectories={MIXED: make_mixed([("Intercept", 3, 2, 4, 0), ("months", -0.4, -0.5, -0.3, 0)])},
    )
