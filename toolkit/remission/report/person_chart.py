"""One participant over time: spans and interviews on one axis, scores with the band of reliable change."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from remission.questions.person import Person
from remission.report.looks import LABEL_SIZE, TEXT_SIZE, WIDTH, dressed, layered, rows, sentence_alone
from remission.report.numbers import ABSENT, count
from remission.report.palette import GRID, INK, PAPER, STROKES

LANE, PANEL = 28, 90
BLUE, BROWN, GREEN = (STROKES[place].colour for place in range(3))
COLOURS = {"abstinent": GREEN, "used": BROWN, "some": BROWN, "": BLUE}
STATES = {"abstinent": "no use", "used": "use", "some": "use on some days", "": ""}


def person_sentence(person: Person) -> str:
    """Say how much is known of a participant."""
    interviews = person.marks[person.marks["lane"] == "Interviews"]
    done = int(interviews["label"].str.contains(": completed").sum())
    site = f" ({person.site})" if person.site else ""
    told = f"{person.participant}{site}: {done} of {count(len(interviews), 'interview', 'interviews')} completed"
    return f"{told}, {count(len(person.milestones), 'milestone', 'milestones')} reached."


def timeline_chart(person: Person) -> alt.VConcatChart:
    """Draw what was told of use, groups and care as spans, interviews and events as points.

    ``timeline_table`` is its twin.

    Each lane says in words what it holds, so colour carries nothing alone.
    """
    finding = person_sentence(person)
    spans = [
        {"lane": lane, "start": row["start_day"], "end": row["end_day"] + 1, "colour": COLOURS[row["state"]]}
        for lane, (_, row) in zip(_lanes(person.spans), person.spans.iterrows(), strict=True)
    ]
    marks = [
        {"lane": row["lane"], "at": row["day"], "filled": "completed" in row["label"] or row["lane"] == "Events"}
        for _, row in person.marks.dropna(subset="day").iterrows()
    ]
    lanes = list(dict.fromkeys(each["lane"] for each in [*spans, *marks]))
    if not lanes:
        return sentence_alone(finding)
    y = alt.Y(
        "lane:N", sort=lanes, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=220, labelPadding=14)
    )
    axis = alt.Axis(title="Days since day 0", tickCount=6)
    known = [each["end"] for each in spans] + [each["at"] for each in marks]
    scale = alt.Scale(domain=[min([0.0, *(each["start"] for each in spans)]), max([1.0, *known])], nice=True)
    x = alt.X("start:Q", axis=axis, scale=scale)
    shade = alt.Color("colour:N", scale=None)
    bars = alt.Chart(rows(spans)).mark_bar(size=14).encode(x=x, x2="end:Q", y=y, color=shade)
    points = alt.Chart(rows(marks)).mark_point(size=90, stroke=INK, strokeWidth=1.5)
    fill = alt.condition("datum.filled", alt.value(INK), alt.value(PAPER))
    dots = points.encode(x=alt.X("at:Q", axis=axis, scale=scale), y=y, fill=fill)
    return dressed(alt.vconcat(layered([bars, dots], LANE * len(lanes))), finding, "Filled: completed. Hollow: not.")


def timeline_table(person: Person) -> pd.DataFrame:
    """Write spans and points as a table of text, in order of days."""
    spans = [
        (row["start_day"], f"{row['start_day']:.0f} to {row['end_day']:.0f}", lane, row["rests_on"])
        for lane, (_, row) in zip(_lanes(person.spans), person.spans.iterrows(), strict=True)
    ]
    marks = [
        (row["day"], ABSENT if pd.isna(row["day"]) else f"{row['day']:.0f}", f"{row['lane']}: {row['label']}", "")
        for _, row in person.marks.iterrows()
    ]
    ordered = sorted([*spans, *marks], key=lambda row: np.inf if pd.isna(row[0]) else row[0])
    return pd.DataFrame([row[1:] for row in ordered], columns=["Days", "What", "From"])


def scores_chart(person: Person) -> alt.VConcatChart:
    """Draw each measure over the interviews; the band holds what its error explains since the first one."""
    if person.scores.empty:
        return sentence_alone(scores_sentence(person))
    ends = [0.0, float(max(1.0, person.scores["day"].max()))]
    panels = [_panel(str(label), mine, ends) for label, mine in person.scores.groupby("label", sort=False)]
    note = "Band: changes since the first interview that the error of measurement explains (95 %)."
    return dressed(alt.vconcat(*panels, spacing=18), scores_sentence(person), note)


def scores_table(person: Person) -> pd.DataFrame:
    """Write scores as a table of text, one row a score."""
    scores = person.scores
    bands = zip(scores["low"], scores["high"], strict=True)
    return pd.DataFrame(
        {
            "Measure": scores["label"],
            "Wave": [str(wave).replace("_", " ") for wave in scores["wave"]],
            "Score": [f"{score:.4g}" for score in scores["score"]],
            "Error": [ABSENT if pd.isna(low) else f"{low:.1f} to {high:.1f}" for low, high in bands],
            "Changed": [_changed(row) for _, row in scores.iterrows()],
        }
    )


def scores_sentence(person: Person) -> str:
    """Say which measures have changed by more than error between the first and the last interview."""
    if person.scores.empty:
        return "There is no score yet."
    last = person.scores.drop_duplicates("measure", keep="last")
    moved = [str(row["label"]) for _, row in last.iterrows() if _changed(row) in ("up", "down")]
    judged = int(last["low"].notna().sum())
    told = f"changed by more than error since the first interview: {', '.join(moved)}" if moved else "none has changed"
    return f"Of {count(judged, 'measure', 'measures')} whose error is known, {told}."


def milestone_table(person: Person) -> pd.DataFrame:
    """Write milestones as a table of text, the latest first."""
    found = person.milestones
    return pd.DataFrame(
        {
            "Milestone": found["milestone"],
            "Day": [ABSENT if pd.isna(day) else f"{day:.0f}" for day in found["day"]],
            "Date": [ABSENT if pd.isna(on) else f"{on:%Y-%m-%d}" for on in found["on"]],
            "Rests on": found["rests_on"],
        }
    )


def signal_sentence(signals: pd.DataFrame) -> str:
    """Say how many people there is something to ask about; as from ``questions.signals``."""
    recent = signals[signals["recent"].astype(bool)]
    if recent.empty:
        return f"Nothing new to ask about; {count(len(signals), 'change is', 'changes are')} from longer ago."
    people = count(recent["participant_id"].nunique(), "participant", "participants")
    changes = count(len(recent), "change", "changes")
    return f"There is something to ask {people} about: {changes}. None of it predicts use."


def signal_table(signals: pd.DataFrame) -> pd.DataFrame:
    """Write signals one a row; as from ``questions.signals``."""
    return pd.DataFrame(
        {
            "Participant": signals["participant_id"],
            "Since": [ABSENT if pd.isna(day) else f"{day:%Y-%m-%d}" for day in signals["since"]],
            "What": [
                f"{str(name).capitalize()}. {said}"
                for name, said in zip(signals["signal"], signals["sentence"], strict=True)
            ],
            "What might help": signals["suggestion"],
        }
    )


def _lanes(spans: pd.DataFrame) -> list[str]:
    told = []
    for _, row in spans.iterrows():
        state = STATES[str(row["state"])]
        about = "" if row["label"] == "any" else f" ({row['label']})"
        told.append(f"{state.capitalize()}{about}" if state else f"{row['lane']}: {row['label']}")
    return told


def _changed(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return ABSENT
    return "up" if row["score"] > row["high"] else "down" if row["score"] < row["low"] else "no"


def _panel(label: str, mine: pd.DataFrame, ends: list[float]) -> alt.LayerChart:
    values = [{"day": row["day"], "score": row["score"], "told": f"{row['score']:.4g}"} for _, row in mine.iterrows()]
    x = alt.X("day:Q", scale=alt.Scale(domain=ends, nice=False, padding=12), axis=alt.Axis(title=None, tickCount=6))
    span = [value for value in (*mine["score"], mine["low"].iloc[0], mine["high"].iloc[0]) if not pd.isna(value)]
    room = 0.2 * (max(span) - min(span)) or 1.0
    extent = alt.Scale(domain=[min(span) - room, max(span) + room], nice=False)
    y = alt.Y("score:Q", scale=extent, axis=alt.Axis(title=None, tickCount=3))
    base = alt.Chart(rows(values)).encode(x=x, y=y)
    drawn = [
        base.mark_line(color=BLUE, strokeWidth=2),
        base.mark_point(color=BLUE, filled=True, size=60, opacity=1),
        base.mark_text(dy=-12, color=INK, fontSize=TEXT_SIZE).encode(text="told:N"),
    ]
    low, high = float(mine["low"].iloc[0]), float(mine["high"].iloc[0])
    if not np.isnan(low):
        band = alt.Chart(rows([{"from": ends[0], "to": ends[1], "low": low, "high": high}]))
        shade = band.mark_rect(color=GRID).encode(
            x=alt.X("from:Q"), x2="to:Q", y=alt.Y("low:Q", scale=extent), y2="high:Q"
        )
        drawn = [shade, *drawn]
    title = alt.TitleParams(text=label, anchor="start", fontSize=LABEL_SIZE, color=INK, offset=4)
    over: Any = alt.layer(*drawn)
    panel: alt.LayerChart = over.properties(width=WIDTH, height=PANEL, title=title)
    return panel
