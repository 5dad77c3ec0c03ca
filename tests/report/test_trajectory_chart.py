"""Means over waves: points, intervals, the model's line and the number who answered."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.report import trajectory_chart, trajectory_sentence, trajectory_table
from remission.report.svg import as_svg
from remission.report.trajectory_chart import NO_MEANS


def layers(chart: Any) -> dict[str, dict[str, Any]]:
    spec = chart.to_dict()
    above, below = spec["vconcat"]
    drawn = {layer["mark"]["type"]: layer for layer in reversed(above["layer"])} | {"numbers": below}
    return {kind: {**layer, "rows": spec["datasets"][layer["data"]["name"]]} for kind, layer in drawn.items()}


def test_points_lines_and_numbers_are_the_means(means: pd.DataFrame) -> None:
    chart = trajectory_chart(means, "depression", "group")
    points = pd.DataFrame(layers(chart)["point"]["rows"])
    assert sorted(points["mean"]) == sorted(means["mean"])
    lines = pd.DataFrame(layers(chart)["line"]["rows"])
    assert sorted(lines["fitted"]) == sorted(means["fitted"])
    below = layers(chart)["numbers"]["rows"]
    assert sorted(row["number"] for row in below) == sorted(means["n"])
    assert chart.to_dict()["description"] == trajectory_sentence(means, "depression", "group")
    assert as_svg(chart, "figure", "Means").startswith("<svg")


def test_twin_in_text(means: pd.DataFrame) -> None:
    table = trajectory_table(means, "group")
    assert table.iloc[0].tolist() == ["12-step", "0", 50, "22.00 (21.00 to 23.00)", "22.20"]
    assert len(table) == len(means)


def test_sentence_tells_start_end_and_how_many_answered(means: pd.DataFrame) -> None:
    told = trajectory_sentence(means[means["stratum"] == "smart"].assign(stratum="all"), "depression")
    assert told == "Mean of depression: from 20.00 at month 0 (50 answered) to 17.00 at month 12 (30 answered)."


def test_without_a_model_there_is_no_line_and_no_column(means: pd.DataFrame) -> None:
    alone = means.assign(fitted=np.nan)
    assert layers(trajectory_chart(alone, "depression", "group"))["line"]["rows"] == []
    assert "Model" not in trajectory_table(alone, "group")


def test_one_participant_at_one_wave(means: pd.DataFrame) -> None:
    lone = means.head(1).assign(stratum="all", n=1, conf_low=np.nan, conf_high=np.nan)
    chart = trajectory_chart(lone, "depression")
    assert as_svg(chart, "figure", "Means").startswith("<svg")
    assert trajectory_table(lone)["Mean (95 % CI)"].tolist() == ["20.00 (no interval)"]
    assert "from" not in trajectory_sentence(lone, "depression")


def test_nothing_to_draw_is_a_sentence(means: pd.DataFrame) -> None:
    assert trajectory_chart(means.iloc[:0], "depression").to_dict()["description"] == NO_MEANS
    assert trajectory_table(means.iloc[:0]).empty


def test_the_smaller_groups_beyond_five_are_named(means: pd.DataFrame) -> None:
    one = means[means["stratum"] == "smart"]
    many = pd.concat([one.assign(stratum=f"group_{k}", n=100 - k) for k in range(7)], ignore_index=True)
    chart = trajectory_chart(many, "depression", "site")
    assert "group 5 and group 6" in chart.to_dict()["title"]["text"]
    assert len({row["group"] for row in layers(chart)["point"]["rows"]}) == 5


@pytest.mark.parametrize("by", ["", "group"])
def test_labels_at_lines_only_where_groups_are_compared(means: pd.DataFrame, by: str) -> None:
    chosen = means if by else means[means["stratum"] == "smart"].assign(stratum="all")
    assert ("text" in layers(trajectory_chart(chosen, "depression", by))) == bool(by)
