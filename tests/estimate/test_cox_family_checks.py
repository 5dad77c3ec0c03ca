"""Cox models that cannot be trusted say so."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import NotEstimable
from remission.estimate import cox, cox_firth, proportional_hazards


def drawn(n: int, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "participant_id": np.arange(n),
            "exit": random.integers(1, 90, n),
            "event": random.integers(0, 2, n),
            "x": random.normal(size=n),
            "group": "twelve_step",
        }
    )


def failed(fit: object) -> dict[str, str]:
    return {check.name: check.sentence for check in fit.checks if not check.passed}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("n", "quiet"), [(60, 10), (1000, 4), (20_000, 3)])
@pytest.mark.parametrize("options", [{}, {"ties": "breslow"}, {"cluster": "participant_id"}])
def test_a_group_without_events_is_named_however_small(n: int, quiet: int, options: dict[str, str]) -> None:
    table = drawn(n)
    table.loc[: quiet - 1, ["group", "event", "exit"]] = ["secular", 0, 89]
    fit = cox("Event(exit, event) ~ x + C(group, contr.treatment('twelve_step'))", table, **options)
    assert "secular" in failed(fit)["finite estimates"]
    assert failed(fit)["finite estimates"].startswith("The estimate of C(group")  # x is not accused
    with pytest.raises(NotEstimable, match="secular"):
        proportional_hazards(fit)


def test_a_reference_group_without_events_makes_every_contrast_run_away() -> None:
    table = drawn(90).assign(group=np.repeat(["none", "smart", "twelve_step"], 30))
    table.loc[table["group"] == "none", "event"] = 0
    words = failed(cox("Event(exit, event) ~ C(group)", table))["finite estimates"]
    assert "smart" in words
    assert "twelve_step" in words


def test_two_covariates_that_separate_only_together() -> None:
    random = np.random.default_rng(5)
    a, b = random.normal(size=(2, 80))
    order = np.argsort(-(a + b))
    table = pd.DataFrame({"exit": 0, "event": 1, "a": a, "b": b})
    table.loc[order, "exit"] = np.arange(1, 81)
    assert failed(cox("Event(exit, event) ~ a", table)) == {}
    assert {"finite estimates", "converged"} & set(failed(cox("Event(exit, event) ~ a + b", table)))


def test_one_participant() -> None:
    with pytest.raises(NotEstimable):
        cox("Event(exit, event) ~ x", drawn(1).assign(event=1))
    stretches = pd.DataFrame({"entry": [0, 5, 9], "exit": [5, 9, 12], "event": [0, 0, 1], "x": [1.0, 2.0, 3.0]})
    for ties in ("efron", "breslow", "exact"):
        with pytest.raises(NotEstimable, match="never varies among those at risk"):
            cox("Event(entry, exit, event) ~ x", stretches, ties=ties)
    with pytest.raises(NotEstimable, match="never varies among those at risk"):
        cox_firth("Event(entry, exit, event) ~ x", stretches)


def test_all_censored() -> None:
    for fit in (cox, cox_firth):
        with pytest.raises(NotEstimable, match="No event"):
            fit("Event(exit, event) ~ x", drawn(20).assign(event=0))


def test_an_exposure_that_varies_only_where_nothing_happens() -> None:
    # Nobody with the exposure is at risk at any event: they enter after the last one.
    table = drawn(40).assign(entry=0, y=0)
    late = drawn(10, 2).assign(entry=100, exit=150, event=0, y=1)
    with pytest.raises(NotEstimable, match="'y' never varies among those at risk"):
        cox("Event(entry, exit, event) ~ x + y", pd.concat([table, late]))


def test_few_events_and_few_clusters_fail_checks() -> None:
    table = drawn(60).assign(site=lambda t: t["participant_id"] % 4)
    table.loc[4:, "event"] = 0
    table.loc[:3, "event"] = 1
    found = failed(cox("Event(exit, event) ~ x", table, cluster="site"))
    assert "4 events for 1 terms" in found["events per term"]
    assert "4 values of 'site'" in found["clusters enough"]
    with pytest.raises(NotEstimable, match="robust errors"):
        cox("Event(exit, event) ~ x", table.assign(site=1), cluster="site")
    many = cox("Event(exit, event) ~ x", drawn(60), cluster="participant_id")
    assert failed(many) == {}
