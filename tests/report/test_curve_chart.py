"""Curves as figures: what is drawn is what was estimated, for one to seven groups and at the edges."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from remission.estimate import kaplan_meier
from remission.estimate.result import Curve
from remission.report.curve_chart import curve_chart
from remission.report.curve_layout import lay_out
from remission.report.names import PLAIN
from remission.report.palette import STROKES
from remission.report.sentences import NO_CURVE, curve_sentence
from remission.report.svg import as_svg
from remission.report.time_axis import axis_of, time_axis

MakeCurve = Callable[..., Curve]
TIMES = (30, 90, 180, 365)


def marks(chart: Any, kind: str) -> list[dict[str, Any]]:
    spec = chart.to_dict()
    layers = [layer for view in spec["vconcat"] for layer in view.get("layer", [view])]
    found = [layer for layer in layers if layer["mark"]["type"] == kind]
    return [{**layer, "rows": spec["datasets"][layer["data"]["name"]]} for layer in found]


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 5])
def test_one_to_five_groups(groups: int, make_curve: MakeCurve) -> None:
    curve = make_curve(groups=groups)
    chart = curve_chart(curve)
    drawn = {row["group"] for row in marks(chart, "line")[0]["rows"]}
    assert len(drawn) == groups
    colours = marks(chart, "line")[0]["encoding"]["color"]["scale"]["range"]
    assert colours == [stroke.colour for stroke in STROKES[:groups]]
    assert marks(chart, "line")[0]["mark"]["clip"] is True
    assert chart.to_dict()["description"] == curve_sentence(curve, TIMES)


def test_of_seven_groups_the_five_largest_are_drawn_and_the_others_named(make_curve: MakeCurve) -> None:
    chart = curve_chart(make_curve(groups=7))
    drawn = {row["group"] for row in marks(chart, "line")[0]["rows"]}
    # Groups get smaller from the first to the last.
    assert drawn == {"12-step", "SMART Recovery", "LifeRing", "Women for Sobriety", "no group"}
    assert "Not drawn, the smaller groups: another group and unknown." in chart.to_dict()["title"]["text"]


def test_lines_are_the_estimates(make_curve: MakeCurve) -> None:
    curve = make_curve()
    layout = lay_out(curve, axis_of(curve), PLAIN)
    drawn = pd.DataFrame(layout.lines)
    estimated = curve.table.set_index("time")["estimate"]
    assert len(drawn) > 10
    for row in drawn.itertuples():
        assert row.free == pytest.approx(100 * estimated[row.day])


def test_number_at_risk_is_the_curves_own(make_curve: MakeCurve) -> None:
    curve = make_curve(groups=2)
    axis = axis_of(curve)
    drawn = pd.DataFrame(lay_out(curve, axis, PLAIN).at_risk)
    read = curve.at(axis.days)
    for code, label in (("twelve_step", "12-step"), ("smart", "SMART Recovery")):
        numbers = drawn.loc[drawn["group"] == label, "number"].tolist()
        assert numbers == read.loc[read["stratum"] == code, "n_at_risk"].tolist()
    assert drawn.loc[drawn["day"] == 0, "number"].tolist() == [40, 38]


def test_paler_from_where_fewer_than_11_are_followed(make_curve: MakeCurve) -> None:
    # 40 participants leave on days 10, 20, ..., 400: after day 290 there are 11 left, after 300 ten.
    pieces = pd.DataFrame(lay_out(make_curve(size=40), time_axis(400), PLAIN).lines)
    assert pieces.loc[pieces["part"] == "few", "day"].min() == 300
    assert pieces.loc[pieces["part"] == "full", "day"].max() == 300
    small = pd.DataFrame(lay_out(make_curve(size=9), time_axis(90), PLAIN).lines)
    assert set(small["part"]) == {"few"}


def test_events_on_day_0_drop_the_curve_there() -> None:
    # Two of eight on day 0: the line falls from 100 to 75 at the very start.
    table = pd.DataFrame({"exit": [0, 0, 5, 6, 7, 8, 9, 9], "event": [1, 1, 0, 1, 0, 0, 0, 0]})
    lines = pd.DataFrame(lay_out(kaplan_meier(table), time_axis(30), PLAIN).lines)
    assert lines["day"].tolist()[:2] == [0.0, 0.0]
    assert lines["free"].tolist()[:2] == [100.0, 75.0]


def test_a_curve_that_reaches_0_is_drawn_to_the_end() -> None:
    table = pd.DataFrame({"exit": [5, 6, 7], "event": [1, 1, 1]})
    curve = kaplan_meier(table)
    layout = lay_out(curve, time_axis(30), PLAIN)
    assert layout.lines[-1]["free"] == 0
    assert not pd.DataFrame(layout.bands).isna().any().any()
    assert as_svg(curve_chart(curve), "figure", "Curve").startswith("<svg")


def test_no_events_is_a_flat_line() -> None:
    table = pd.DataFrame({"exit": [50, 60, 70], "event": [0, 0, 0]})
    lines = pd.DataFrame(lay_out(kaplan_meier(table), time_axis(70), PLAIN).lines)
    assert set(lines["free"]) == {100.0}
    assert lines["day"].max() == 70


def test_one_participant() -> None:
    curve = kaplan_meier(pd.DataFrame({"exit": [12], "event": [1]}))
    assert as_svg(curve_chart(curve), "figure", "Curve").startswith("<svg")


def test_an_empty_curve_is_a_sentence(make_curve: MakeCurve) -> None:
    curve = make_curve()
    empty = replace(curve, table=curve.table.iloc[:0])
    chart = curve_chart(empty)
    assert chart.to_dict()["description"] == NO_CURVE
    assert NO_CURVE.split()[0] in as_svg(chart, "figure", "Curve")


def test_many_distinct_times_are_drawn_whole() -> None:
    days = [number / 7 for number in range(1, 7001)]
    curve = kaplan_meier(pd.DataFrame({"exit": days, "event": 1}))
    assert len(marks(curve_chart(curve), "line")[0]["rows"]) > 6000


def test_axis_is_the_studys_and_not_the_groups(make_curve: MakeCurve) -> None:
    chart = curve_chart(make_curve(size=20), time_axis(730))
    scale = marks(chart, "line")[0]["encoding"]["x"]["scale"]
    assert scale["domain"] == [0, 730]


def test_svg_has_title_description_and_ids_of_its_own(make_curve: MakeCurve) -> None:
    drawn = as_svg(curve_chart(make_curve(groups=2)), "figure-3", "By <group>")
    assert '<title id="figure-3-title">By &lt;group&gt;</title>' in drawn
    assert 'aria-labelledby="figure-3-title figure-3-desc"' in drawn
    assert 'role="img"' in drawn
    assert 'id="clip' not in drawn
    assert "<script" not in drawn
    assert "<image" not in drawn
