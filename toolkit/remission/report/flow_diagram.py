"""Participant flow as SVG: who was seen at each wave, and what became of the others."""

from html import escape

import pandas as pd

from remission.questions.flow import SEEN, Flow
from remission.report.looks import FONT, TEXT_SIZE
from remission.report.numbers import count, percent, plain
from remission.report.palette import INK, PAPER, QUIET

LEFT, WIDTH, SIDE, SIDE_WIDTH = 20, 230, 320, 300
LINE, ROOM = 17, 26


def flow_diagram(flow: Flow, name: str = "flow") -> str:
    """Draw one box a wave under one another, with those who were not seen at its side.

    Parameters
    ----------
    flow : Flow
    name : str
        Begins all ids in the figure.

    Returns
    -------
    str
        SVG with a title, and the finding as description; the same counts give the same text.
    """
    parts, y = [], 20.0
    parts.append(_box(LEFT, y, WIDTH, [f"Enrolled: {flow.enrolled}"]))
    bottom = y + _height(1)
    for _, row in flow.waves.iterrows():
        seen, others = _seen(row), _others(row)
        top = bottom + ROOM
        tall = max(_height(2), _height(len(others)) if others else 0)
        words = [f"{plain(row['wave'])}: {seen} seen", f"of {_due(row)} due ({_share(seen, _due(row))})"]
        parts.append(_arrow(LEFT + WIDTH / 2, bottom, LEFT + WIDTH / 2, top))
        parts.append(_box(LEFT, top, WIDTH, words))
        if others:
            middle = top + _height(2) / 2
            parts.append(_arrow(LEFT + WIDTH, middle, SIDE, middle))
            parts.append(_box(SIDE, top, SIDE_WIDTH, others))
        bottom = top + tall
    size = f"0 0 {SIDE + SIDE_WIDTH + 20} {bottom + 20:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" '
        f'font-family="{FONT}" font-size="{TEXT_SIZE}"><title id="{name}-title">Participant flow</title>'
        f'<desc id="{name}-desc">{escape(flow_sentence(flow))}</desc>{"".join(parts)}</svg>'
    )


def flow_sentence(flow: Flow) -> str:
    """Say how many were enrolled and how many were seen at the last wave that is due."""
    due = [row for _, row in flow.waves.iterrows() if _due(row)]
    enrolled = count(flow.enrolled, "participant was", "participants were")
    if not due:
        return f"{enrolled} enrolled; no interview is due yet."
    last = due[-1]
    return f"{enrolled} enrolled; at {plain(last['wave'])}, {_seen(last)} of {_due(last)} due were seen."


def flow_table(flow: Flow) -> pd.DataFrame:
    """Write the counts as a table of text, the twin of the diagram."""
    shown = flow.waves.assign(wave=[plain(wave) for wave in flow.waves["wave"]])
    kept = [column for column in shown.columns if column == "wave" or shown[column].any()]
    return shown[kept].rename(columns={column: _called(column) for column in kept})


def _called(name: str) -> str:
    return "Not yet due, or day 0 without a date" if name == "not_yet_due" else plain(name).capitalize()


def _seen(row: pd.Series) -> int:
    return int(sum(row[name] for name in SEEN))


def _due(row: pd.Series) -> int:
    return int(row.drop(["wave", "not_yet_due"]).sum())


def _share(part: int, whole: int) -> str:
    return f"{percent(part / whole, 0)} %" if whole else "none due"


def _others(row: pd.Series) -> list[str]:
    names = [name for name in row.index if name not in ("wave", *SEEN) and row[name]]
    extra = [name for name in ("completed_out_of_window", "partial") if row[name]]
    return [f"{_called(name)}: {int(row[name])}" for name in (*extra, *names)]


def _height(lines: int) -> float:
    return lines * LINE + 14


def _box(x: float, y: float, width: float, lines: list[str]) -> str:
    frame = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{_height(len(lines)):g}" rx="4" fill="{PAPER}" '
        f'stroke="{QUIET}"/>'
    )
    words = [
        f'<text x="{x + 12:g}" y="{y + 7 + LINE * (place + 0.8):g}" fill="{INK}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    ]
    return frame + "".join(words)


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    line = f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" stroke="{QUIET}"/>'
    down = to_x == x
    tip = (
        f"{to_x - 4:g},{to_y - 7:g} {to_x + 4:g},{to_y - 7:g}"
        if down
        else f"{to_x - 7:g},{to_y - 4:g} {to_x - 7:g},{to_y + 4:g}"
    )
    return f'{line}<polygon points="{to_x:g},{to_y:g} {tip}" fill="{QUIET}"/>'
