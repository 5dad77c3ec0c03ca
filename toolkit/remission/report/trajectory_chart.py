"""Observed means over the waves, with the line that a mixed model draws through them."""

import altair as alt
import pandas as pd

from remission.report.looks import (
    LABEL_AWAY,
    LABEL_SIZE,
    PALE,
    colour,
    dash,
    dressed,
    layered,
    number_table,
    rows,
    sentence_alone,
)
from remission.report.names import PLAIN, Names
from remission.report.numbers import ABSENT, estimate, listing, quantity, whole
from remission.report.palette import MOST_GROUPS
from remission.report.spreading import spread_out

HEIGHT = 300
LABEL_GAP = 0.052
ROOM = 0.045
AROUND = 0.04
NO_MEANS = "No participant has a score yet, so there is nothing to draw."
OBSERVED = "Points: observed means with 95 % confidence intervals."
FITTED = f"{OBSERVED} Lines: the model's fixed effects, averaged over those who answered."


def trajectory_chart(means: pd.DataFrame, measure: str, by: str = "", names: Names = PLAIN) -> alt.VConcatChart:
    """Draw observed wave means with intervals, the model's line, and below how many answered.

    Parameters
    ----------
    means : pandas.DataFrame
        As from ``remission.questions.wave_means``: one row is a wave of a group, ``stratum months n mean
        conf_low conf_high fitted``. Of more than five groups the five largest are drawn.
    measure : str
        Name of the measure.
    by : str
        Name of the variable that the groups come from.
    names : Names, optional
        Of variables and values.

    Returns
    -------
    altair.VConcatChart
        Its description is the finding in one sentence; ``trajectory_table`` is its twin in text.
    """
    if means.empty:
        return sentence_alone(NO_MEANS)
    shown = labelled(means, by, names)
    groups = _largest(shown)
    drawn = shown[shown["group"].isin(groups)]
    x = _months(drawn, "Months since day 0")
    answered = [{"group": row["group"], "at": row["months"], "number": int(row["n"])} for _, row in drawn.iterrows()]
    below = number_table(answered, groups, _months(drawn, None), "Answered")
    chart = alt.vconcat(_means(drawn, groups, x, names.variable(measure), labelled_lines=bool(by)), below)
    absent = [name for name in dict.fromkeys(shown["group"]) if name not in groups]
    note = FITTED if drawn["fitted"].notna().any() else OBSERVED
    left = f" Not drawn, the smaller groups: {listing(absent)}." if absent else ""
    return dressed(chart, trajectory_sentence(means, measure, by, names), note + left)


def trajectory_table(means: pd.DataFrame, by: str = "", names: Names = PLAIN) -> pd.DataFrame:
    """Write the means as a table of text, the twin of the figure."""
    shown = labelled(means, by, names)
    table = pd.DataFrame(
        {
            "Group": shown["group"],
            "Month": [whole(float(month)) for month in shown["months"]],
            "Answered": shown["n"].astype(int),
            "Mean (95 % CI)": [estimate(row["mean"], row["conf_low"], row["conf_high"]) for _, row in shown.iterrows()],
            "Model": [quantity(float(value)) for value in shown["fitted"]],
        }
    )
    unused = [*([] if by else ["Group"]), *(["Model"] if (table["Model"] == ABSENT).all() else [])]
    return table.drop(columns=unused)


def trajectory_sentence(means: pd.DataFrame, measure: str, by: str = "", names: Names = PLAIN) -> str:
    """Say where the means start and end, and how many answered then."""
    if means.empty:
        return NO_MEANS
    shown = labelled(means, by, names)
    told = []
    for group, steps in shown.groupby("group", sort=False):
        first, last = steps.iloc[0], steps.iloc[-1]
        where = f" in “{group}”" if by else ""
        start = f"{quantity(first['mean'])} at month {whole(first['months'])} ({first['n']:.0f} answered)"
        end = f"{quantity(last['mean'])} at month {whole(last['months'])} ({last['n']:.0f} answered)"
        told.append(f"{start}{where}" if len(steps) == 1 else f"from {start} to {end}{where}")
    return f"Mean of {names.variable(measure)}: {listing(told)}."


def labelled(means: pd.DataFrame, by: str, names: Names) -> pd.DataFrame:
    """Add the column ``group`` with labels, groups in the order to show them."""
    labels = names.strata(by, means["stratum"].astype(str).unique())
    place = {code: number for number, code in enumerate(labels)}
    codes = means["stratum"].astype(str)
    shown = means.assign(group=codes.map(labels), place=codes.map(place))
    return shown.sort_values(["place", "months"], ignore_index=True).drop(columns="place")


def _largest(shown: pd.DataFrame) -> list[str]:
    sizes = shown.groupby("group", sort=False)["n"].max().sort_values(ascending=False, kind="stable")
    largest = set(sizes.index[:MOST_GROUPS])
    return [name for name in dict.fromkeys(shown["group"]) if name in largest]


def _months(drawn: pd.DataFrame, title: str | None) -> alt.X:
    waves = sorted(drawn["months"].unique())
    room = ROOM * (max(waves) - min(waves) or 1)
    shown = alt.Axis(
        values=waves,
        title=title,
        labels=title is not None,
        ticks=title is not None,
        domain=title is not None,
        grid=False,
        titlePadding=8,
    )
    scale = alt.Scale(domain=[min(waves) - room, max(waves) + room], nice=False)
    return alt.X("at:Q", scale=scale, axis=shown)


def _means(drawn: pd.DataFrame, groups: list[str], x: alt.X, measure: str, labelled_lines: bool) -> alt.LayerChart:
    values = rows(_beside_one_another(drawn, groups))
    low, high = _reach(drawn)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y = alt.Y("mean:Q", scale=scale, axis=alt.Axis(title=measure, titlePadding=8, tickCount=6))
    base = alt.Chart(values)
    hue = colour(groups)
    line = (
        alt.Chart(rows(_model_lines(drawn)))
        .mark_line(strokeWidth=2)
        .encode(x=x, y=alt.Y("fitted:Q", scale=scale), color=hue, strokeDash=dash(groups))
    )
    bars = base.mark_rule(strokeWidth=1.4).encode(x=x, y=alt.Y("conf_low:Q", scale=scale), y2="conf_high:Q", color=hue)
    points = base.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=hue)
    layers = [points, bars, line, *(_labels(drawn, groups, (low, high), scale) if labelled_lines else [])]
    return layered(layers, HEIGHT)


def _labels(drawn: pd.DataFrame, groups: list[str], reach: tuple[float, float], scale: alt.Scale) -> list[alt.Chart]:
    """Names at the right margin, each tied to the last thing drawn of its group."""
    last = drawn.sort_values("months").groupby("group", sort=False).tail(1)
    ends = last["fitted"].where(last["fitted"].notna(), last["mean"]).tolist()
    places = spread_out(ends, LABEL_GAP * (reach[1] - reach[0]), *reach)
    values = [
        {"group": group, "at": month, "end": end, "place": place}
        for group, month, end, place in zip(last["group"], last["months"], ends, places, strict=True)
    ]
    months = drawn["months"]
    edge = alt.datum(float(months.max() + ROOM * (months.max() - months.min() or 1)))
    base = alt.Chart(rows(values))
    tie = base.mark_rule(strokeWidth=1, opacity=PALE, x2Offset=LABEL_AWAY - 4).encode(
        x="at:Q", x2=edge, y=alt.Y("end:Q", scale=scale), y2="place:Q", color=colour(groups)
    )
    name = base.mark_text(align="left", dx=LABEL_AWAY, fontSize=LABEL_SIZE, baseline="middle")
    return [tie, name.encode(x=edge, y=alt.Y("place:Q", scale=scale), text="group:N", color=colour(groups))]


def _beside_one_another(drawn: pd.DataFrame, groups: list[str]) -> list[dict[str, object]]:
    span = drawn["months"].max() - drawn["months"].min() or 1
    shift = {group: 0.009 * span * (place - (len(groups) - 1) / 2) for place, group in enumerate(groups)}
    return [
        {
            "group": row["group"],
            "at": row["months"] + shift[row["group"]],
            "mean": row["mean"],
            **{end: row["mean"] if pd.isna(row[end]) else row[end] for end in ("conf_low", "conf_high")},
        }
        for _, row in drawn.iterrows()
    ]


def _model_lines(drawn: pd.DataFrame) -> list[dict[str, object]]:
    known = drawn[drawn["fitted"].notna()]
    return [{"group": row["group"], "at": row["months"], "fitted": row["fitted"]} for _, row in known.iterrows()]


def _reach(drawn: pd.DataFrame) -> tuple[float, float]:
    values = drawn[["mean", "conf_low", "conf_high", "fitted"]].astype(float)
    low, high = float(values.min().min()), float(values.max().max())
    room = AROUND * (high - low) or 0.5
    return low - room, high + room
