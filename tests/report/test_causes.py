"""Results with several causes in front of a reader: every number belongs to the group and the cause that it names."""

from typing import Any

import pandas as pd
import pytest

from remission.estimate import (
    aalen_johansen,
    cause_specific,
    fine_gray,
    gray,
    mean_cumulative,
    nelson_aalen,
    side_by_side,
)
from remission.estimate.result import Curve
from remission.report import coefficient_table, curve_chart, curve_table, sentences
from remission.report.curve_layout import lay_out
from remission.report.names import PLAIN
from remission.report.numbers import p_equals, quantity
from remission.report.sections import basis_of
from remission.report.svg import as_svg
from remission.report.time_axis import axis_of

DAYS = (30, 90, 180)
# Of each group of 20, so many relapse on days 1, 2, ..., then so many die; the others are followed to day 200.
FATES = {"smart": (4, 2), "twelve_step": (8, 2)}


def people(**codes: object) -> pd.DataFrame:
    named: dict[str, object] = {"relapse": "relapse", "death": "death", "none": "", **codes}
    rows = []
    for group, (relapses, deaths) in FATES.items():
        causes = ["relapse"] * relapses + ["death"] * deaths
        rows += [(group, day, named[cause], day % 3) for day, cause in enumerate(causes, start=1)]
        rows += [(group, 200, named["none"], day % 3) for day in range(20 - len(causes))]
    table = pd.DataFrame(rows, columns=["group", "exit", "cause", "age"])
    table.attrs = {"time_origin": "the day treatment ended"}
    return table


def incidences(by: str | None = "group", **codes: object) -> Curve:
    return aalen_johansen(people(**codes), by=by)


def test_incidence_tells_how_many_have_had_each_cause_first() -> None:
    death, relapse = sentences.curve_sentence(incidences(), DAYS).split("; ")
    # Nobody is lost, so incidences are shares: 2 and 2, 8 and 4 of 20.
    assert death.startswith("At day 180 an estimated 10 of 100 (95 % CI ")
    assert death.endswith(" in “SMART Recovery” had had “death” first")
    assert relapse.startswith("40 of 100 (95 % CI ")
    assert ") in “12-step” and 20 of 100 (95 % CI " in relapse
    assert relapse.endswith(") in “SMART Recovery” had had “relapse” first.")


def test_incidence_without_groups_speaks_of_participants() -> None:
    death, relapse = sentences.curve_sentence(incidences(by=None), DAYS).split("; ")
    # 4 and 12 of 40.
    assert death.startswith("At day 180 an estimated 10 of 100 participants (95 % CI ")
    assert relapse.startswith("30 of 100 participants (95 % CI ")
    assert relapse.endswith(") had had “relapse” first.")


def test_causes_that_are_numbers_are_named_as_causes() -> None:
    told = sentences.curve_sentence(incidences(by=None, relapse=1, death=2, none=0), DAYS)
    assert "“cause 1” first" in told
    assert "“cause 2” first" in told


def test_a_cause_nobody_in_a_group_had_has_no_interval() -> None:
    table = people()
    table.loc[(table["group"] == "twelve_step") & (table["cause"] == "death"), "cause"] = "relapse"
    told = sentences.curve_sentence(aalen_johansen(table, by="group"), DAYS)
    assert "an estimated 0 of 100 (no interval) in “12-step” and 10 of 100" in told


def test_table_has_a_row_for_each_group_cause_and_day() -> None:
    table = curve_table(incidences(), DAYS)
    assert list(table.columns) == ["Group", "Cause", "Day", "With the event, % (95 % CI)", "At risk", "Events by then"]
    assert len(table) == 2 * 2 * len(DAYS)
    last = table[table["Day"] == "180"].set_index(["Group", "Cause"])
    assert last["Events by then"].to_dict() == {
        ("SMART Recovery", "relapse"): 4,
        ("SMART Recovery", "death"): 2,
        ("12-step", "relapse"): 8,
        ("12-step", "death"): 2,
    }
    assert last.loc[("12-step", "relapse"), "With the event, % (95 % CI)"].startswith("40.0 (")
    assert last.loc[("SMART Recovery", "death"), "At risk"] == 14
    assert "Group" not in curve_table(incidences(by=None), DAYS).columns


def test_figure_draws_a_rising_line_for_each_group_and_cause() -> None:
    curve = incidences()
    layout = lay_out(curve, axis_of(curve), PLAIN)
    lines = pd.DataFrame(layout.lines).groupby("group", sort=False)["free"]
    assert lines.first().eq(0).all()
    assert lines.max().to_dict() == pytest.approx(
        {"12-step, death": 10, "12-step, relapse": 40, "SMART Recovery, death": 10, "SMART Recovery, relapse": 20}
    )
    assert set(lines.groups) == set(layout.groups)
    chart = curve_chart(curve, times=DAYS)
    assert chart.to_dict()["description"] == sentences.curve_sentence(curve, DAYS)
    assert "With the event (%)" in as_svg(chart, "f", "Causes")


def test_figure_names_causes_where_there_is_one_group() -> None:
    written = as_svg(curve_chart(incidences(by=None), times=DAYS), "f", "Causes")
    for cause in ("relapse", "death"):
        # At the end of its line, and at its row of numbers at risk.
        assert written.count(f">{cause}<") == 2


@pytest.mark.parametrize("by", [None, "group"])
def test_hazards_and_mean_numbers_are_no_shares(by: str | None) -> None:
    table = people().assign(event=lambda t: (t["cause"] != "").astype(int), participant_id=range(40), entry=0)
    for curve, name in (
        (nelson_aalen(table, by=by), "cumulative hazard"),
        (
            mean_cumulative(table, by=by, entry="entry", participant="participant_id"),
            "cumulative mean number of events",
        ),
    ):
        told = sentences.curve_sentence(curve, DAYS)
        assert told.startswith(f"At day 180 the {name} was an estimated 0.")
        assert "of 100" not in told
        shown = curve_table(curve, DAYS)
        assert f"{name.capitalize()} (95 % CI)" in shown.columns
        assert told.rstrip(".") in str(curve_chart(curve, times=DAYS).to_dict())


def test_grays_test_is_told_for_each_cause() -> None:
    test = gray(people(), by="group")
    told = sentences.test_sentence(test)
    for row in test.table.itertuples():
        evidence = f"chi-squared {quantity(row.statistic)} on 1 df, {p_equals(row.p_value)}"
        assert f"Gray's test for “{row.cause}” ({evidence}):" in told
    assert told.count("whether the groups differ") == 2
    assert basis_of(test).method == "Gray's test"


def models() -> list[Any]:
    formula, table = "Event(exit, cause) ~ age + C(group)", people()
    return [cause_specific(formula, table, cause="relapse"), fine_gray(formula, table, cause="relapse")]


def test_models_of_one_cause_name_it() -> None:
    for fit, name in zip(models(), ("cause-specific hazard", "subdistribution hazard"), strict=True):
        assert f"the {name} of relapse was " in sentences.coefficients_sentence(fit)
        assert f"{name.capitalize()} ratio (95 % CI)" in coefficient_table(fit).columns


def test_ratios_side_by_side_are_each_named_and_not_raised_to_a_power() -> None:
    both = side_by_side("Event(exit, cause) ~ age + C(group)", people(), cause="relapse")
    table = coefficient_table(both)
    assert list(table.columns) == ["Term", "Kind", "Ratio (95 % CI)", "p"]
    assert table["Kind"].tolist()[:3] == [
        "cause-specific hazard ratio of “relapse”",
        "subdistribution hazard ratio of “relapse”",
        "cause-specific hazard ratio of “death”",
    ]
    for place, fit in enumerate(models()):
        column = next(name for name in coefficient_table(fit).columns if "CI" in name)
        mine = table["Ratio (95 % CI)"].iloc[[place, place + 3]].tolist()
        assert mine == coefficient_table(fit)[column].tolist()
    told = sentences.coefficients_sentence(both)
    assert told.startswith("Per unit of “age” and with other terms held constant, the cause-specific hazard ratio of ")
    assert told.count("hazard ratio of") == 3
    assert "changed by" not in told
    assert "association, not proof" in told
