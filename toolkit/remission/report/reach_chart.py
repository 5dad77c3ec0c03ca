"""How many attempts it takes to reach people, and follow-up against its goal, as figure, tables and sentences."""

import altair as alt
import pandas as pd

from remission.estimate.result import Curve
from remission.questions.reach import Forecast
from remission.report.looks import TEXT_SIZE, dressed, layered, rows, sentence_alone
from remission.report.numbers import ABSENT, count, percent, plain
from remission.report.palette import INK, STROKES

BAR = 30
BLUE = STROKES[0].colour


def reach_chart(curve: Curve) -> alt.VConcatChart:
    """Draw the share of interviews completed by each attempt, one bar an attempt; ``reach_tables`` is its twin."""
    finding = reach_sentence(curve)
    values = [
        {"attempt": f"attempt {time:.0f}", "share": 100 * share, "told": f"{percent(share, 0)} % ({at_risk:.0f} tried)"}
        for time, share, at_risk in _reached(curve)[["time", "estimate", "n_at_risk"]].itertuples(index=False)
    ]
    if not values:
        return sentence_alone(finding)
    order = [value["attempt"] for value in values]
    y = alt.Y("attempt:N", sort=order, axis=alt.Axis(title=None, domain=False, ticks=False, labelPadding=8))
    ends = alt.Scale(domain=[0, 100], nice=False)
    x = alt.X("share:Q", scale=ends, axis=alt.Axis(title="Completed by then, of those tried (%)", tickCount=5))
    base = alt.Chart(rows(values))
    bars = base.mark_bar(color=BLUE, size=18).encode(x=x, y=y)
    told = base.mark_text(align="left", dx=6, color=INK, fontSize=TEXT_SIZE).encode(x=x, y=y, text="told:N")
    return dressed(alt.vconcat(layered([bars, told], BAR * len(order))), finding)


def reach_table(curve: Curve) -> pd.DataFrame:
    """Write the reach curve as a table of text, one row an attempt."""
    reached = _reached(curve)
    return pd.DataFrame(
        {
            "Attempt": [f"{time:.0f}" for time in reached["time"]],
            "Tried so often": [f"{number:.0f}" for number in reached["n_at_risk"]],
            "Completed by then, %": [percent(float(share)) for share in reached["estimate"]],
            "95 % interval": [
                f"{percent(float(low))} to {percent(float(high))}"
                for low, high in zip(reached["conf_low"], reached["conf_high"], strict=True)
            ],
        }
    )


def reach_sentence(curve: Curve) -> str:
    """Say how many interviews the first attempt completes, and how many all attempts do."""
    reached = _reached(curve)
    first, last = reached.iloc[0], reached.iloc[-1]
    told = f"The first attempt completes {percent(float(first['estimate']), 0)} % of interviews"
    more = count(int(last["time"]), "attempt", "attempts")
    return f"{told}; with up to {more}, {percent(float(last['estimate']), 0)} % are completed."


def forecast_sentences(forecast: Forecast) -> list[str]:
    """Say wave by wave what it takes to come to the goal."""
    return [_told(row, forecast.goal) for _, row in forecast.waves.iterrows()]


def forecast_table(forecast: Forecast) -> pd.DataFrame:
    """Write follow-up against its goal as a table of text, one row a wave.

    ``Needed`` is of those still open, ``Likely`` how many of them will answer (90 % range), ``Chance`` in per cent.
    """
    waves = forecast.waves
    expected = [
        ABSENT if pd.isna(row["expected"]) else f"{row['expected']:.0f} ({row['low']:.0f} to {row['high']:.0f})"
        for _, row in waves.iterrows()
    ]
    chance = [ABSENT if pd.isna(value) else percent(float(value), 0) for value in waves["chance"]]
    return pd.DataFrame(
        {
            "Wave": [plain(wave) for wave in waves["wave"]],
            "Answered": [f"{some} of {due}" for some, due in zip(waves["answered"], waves["due"], strict=True)],
            "Needed": [f"{need} of {left}" for need, left in zip(waves["need"], waves["open"], strict=True)],
            "Likely": expected,
            "Chance": chance,
        }
    )


def _told(row: pd.Series, goal: float) -> str:
    aim = f"{percent(goal, 0)} %"
    begun = f"{plain(row['wave']).capitalize()}: {row['answered']} of {row['due']} answered"
    so_far = f"{begun} ({percent(row['answered'] / row['due'], 0)} %)"
    if row["need"] == 0:
        return f"{so_far}; {aim} is reached."
    if row["need"] > row["open"]:
        most = row["answered"] + row["open"]
        return f"{so_far}; {aim} is out of reach: at most {most} can answer ({percent(row['at_most'], 0)} %)."
    needed = f"{so_far}; {aim} takes {row['need']} of the {row['open']} that are still open"
    if pd.isna(row["chance"]):
        return f"{needed}; too few attempts are noted to say how likely that is."
    likely = f"{row['expected']:.0f} are expected ({row['low']:.0f} to {row['high']:.0f})"
    return f"{needed}; {likely}, a chance of {percent(row['chance'], 0)} %."


def _reached(curve: Curve) -> pd.DataFrame:
    table = curve.table
    return table[(table["event"] == "reached") & (table["time"] >= 1)].reset_index(drop=True)
