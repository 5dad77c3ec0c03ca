"""Where answers are missing, by instrument and wave."""

import altair as alt
import pandas as pd

from remission.questions.data_quality import missing_by_instrument
from remission.report.looks import TEXT_SIZE, dressed, layered, rows, sentence_alone
from remission.report.numbers import percent, plain
from remission.report.palette import FROM_LITTLE, INK, PAPER, TO_MUCH

CELL = 26
DARK_CELL = 0.45
NO_ANSWERS = "No answer has been recorded yet."


def missing_chart(missingness: pd.DataFrame) -> alt.VConcatChart:
    """Draw the share of answers missing, one cell an instrument and wave, over its items.

    Parameters
    ----------
    missingness : pandas.DataFrame
        As from ``remission.questions.data_quality.missingness``.
    """
    if missingness.empty:
        return sentence_alone(NO_ANSWERS)
    shares = missing_by_instrument(missingness)
    waves = [plain(wave) for wave in dict.fromkeys(missingness["wave"])]
    values = [
        {
            "wave": plain(row["wave"]),
            "instrument": plain(row["instrument"]),
            "share": row["share"],
            "told": percent(float(row["share"])),
        }
        for _, row in shares.iterrows()
    ]
    axis = alt.Axis(title=None, domain=False, ticks=False, labelPadding=8, labelAngle=0, labelLimit=240)
    x = alt.X("wave:N", sort=waves, axis=axis, scale=alt.Scale(paddingInner=0.04))
    y = alt.Y("instrument:N", axis=axis, scale=alt.Scale(paddingInner=0.08))
    hue = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=[FROM_LITTLE, TO_MUCH]), legend=None)
    ink = alt.condition(f"datum.share > {DARK_CELL}", alt.value(PAPER), alt.value(INK))
    base = alt.Chart(rows(values))
    cells = base.mark_rect().encode(x=x, y=y, color=hue)
    told = base.mark_text(fontSize=TEXT_SIZE).encode(x=x, y=y, text="told:N", color=ink)
    height = CELL * shares["instrument"].nunique()
    drawn = alt.vconcat(layered([cells, told], height))
    return dressed(
        drawn, missing_sentence(missingness), "Missing answers, % of all items that were asked of those who answered."
    )


def missing_sentence(missingness: pd.DataFrame) -> str:
    """Name the instrument and wave with most answers missing."""
    if missingness.empty:
        return NO_ANSWERS
    shares = missing_by_instrument(missingness)
    worst = shares.loc[shares["share"].idxmax()]
    if worst["share"] == 0:
        return "Nobody who answered an instrument left an item out."
    where = f"{plain(worst['instrument'])} at {plain(worst['wave'])}"
    return f"Most answers are missing for {where}: {percent(float(worst['share']))} % of its items."


def missing_table(missingness: pd.DataFrame) -> pd.DataFrame:
    """Write missing answers as a table of text, items with most missing first within an instrument."""
    return pd.DataFrame(
        {
            "Wave": [plain(wave) for wave in missingness["wave"]],
            "Instrument": [plain(name) for name in missingness["instrument"]],
            "Item": missingness["item"],
            "Answered": missingness["n_answered"].astype(int),
            "Missing": missingness["n_missing"].astype(int),
            "Not asked": missingness["n_not_asked"].astype(int),
            "Missing, %": [percent(float(rate)) for rate in missingness["rate"]],
            "Reasons": missingness["reasons"],
        }
    )
