"""How many of those due answered, wave by wave."""

import altair as alt
import pandas as pd

from remission.report.looks import TEXT_SIZE, dressed, layered, rows, sentence_alone
from remission.report.names import PLAIN, Names
from remission.report.numbers import percent, plain
from remission.report.palette import INK, STROKES
from remission.report.sentences import follow_up_sentence

BAR = 30
BLUE = STROKES[0].colour


def follow_up_chart(follow_up: pd.DataFrame) -> alt.VConcatChart:
    """Draw the share of those due who answered, one bar a wave.

    Parameters
    ----------
    follow_up : pandas.DataFrame
        As from ``remission.questions.follow_up``: ``wave due answered rate``.

    Returns
    -------
    altair.VConcatChart
        Its description is the finding; ``follow_up_table`` is its twin in text.
    """
    finding = follow_up_sentence(follow_up)
    due = follow_up[follow_up["due"] > 0]
    if due.empty:
        return sentence_alone(finding)
    values = [{"wave": plain(row["wave"]), "rate": 100 * row["rate"], "told": _told(row)} for _, row in due.iterrows()]
    waves = [value["wave"] for value in values]
    y = alt.Y("wave:N", sort=waves, axis=alt.Axis(title=None, domain=False, ticks=False, labelPadding=8))
    ends = alt.Scale(domain=[0, 100], nice=False)
    x = alt.X("rate:Q", scale=ends, axis=alt.Axis(title="Answered, of those due (%)", tickCount=5))
    base = alt.Chart(rows(values))
    bars = base.mark_bar(color=BLUE, size=18).encode(x=x, y=y)
    told = base.mark_text(align="left", dx=6, color=INK, fontSize=TEXT_SIZE).encode(x=x, y=y, text="told:N")
    return dressed(alt.vconcat(layered([bars, told], BAR * len(waves))), finding)


def follow_up_table(follow_up: pd.DataFrame) -> pd.DataFrame:
    """Write follow-up as a table of text, one row a wave."""
    return pd.DataFrame(
        {
            "Wave": [plain(wave) for wave in follow_up["wave"]],
            "Day": follow_up["day"].astype(int),
            "Due": follow_up["due"].astype(int),
            "Answered": follow_up["answered"].astype(int),
            "Rate, %": [percent(float(rate), 0) for rate in follow_up["rate"]],
        }
    )


def follow_up_by_table(follow_up: pd.DataFrame, names: Names = PLAIN) -> pd.DataFrame:
    """Write follow-up of groups as a table of text, one row a group and one column a wave."""
    by = str(follow_up.columns[0])
    codes = follow_up[by].astype(str)
    told = follow_up.assign(told=[_told(row) for _, row in follow_up.iterrows()])
    wide = told.pivot(index=by, columns="wave", values="told")[list(dict.fromkeys(follow_up["wave"]))]
    labels = names.strata(by, codes.unique())
    wide = wide.loc[list(labels)].rename(index=labels, columns=plain)
    return wide.rename_axis(columns=None).rename_axis(index=names.variable(by).capitalize()).reset_index()


def _told(row: pd.Series) -> str:
    if not row["due"]:
        return "none due"
    return f"{percent(row['rate'], 0)} % ({int(row['answered'])} of {int(row['due'])})"
