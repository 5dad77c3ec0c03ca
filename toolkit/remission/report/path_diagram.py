"""The path diagram of a mediation analysis, as SVG that a screen reader can tell."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from remission.estimate.mediation_result import Mediation
from remission.report.looks import FONT, TEXT_SIZE
from remission.report.names import PLAIN, Names
from remission.report.numbers import count, interval, listing, quantity
from remission.report.palette import INK, PAPER, QUIET, STROKES

BOX_WIDTH, BOX_HEIGHT = 132, 48
BETWEEN, SLANTED, MARGIN = 128, 190, 24
ARC = 46
LINE = 16
LETTERS = 17
SHOWN, OPEN = STROKES[0], QUIET


@dataclass(frozen=True)
class Box:
    """A variable: its name and the middle of its box."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Arrow:
    """A coefficient: where its line runs, where its label stands, what it says."""

    line: str
    label: tuple[float, float]
    words: str
    shown: bool


def path_diagram(fit: Mediation, names: Names = PLAIN, name: str = "path") -> str:
    """Draw boxes and arrows with each arrow's coefficient and interval; total and indirect effects stand below.

    Arrows whose interval leaves out 0 are solid and coloured, the others grey and dashed. The same result gives
    the same text, letter by letter.

    Parameters
    ----------
    fit : Mediation
    names : Names, optional
        Of variables.
    name : str
        Begins all ids in the figure, so that several fit on one page.

    Returns
    -------
    str
        SVG with a title, and the finding as description.
    """
    boxes = _boxes(fit, names)
    arrows = _arrows(fit, boxes)
    notes = path_notes(fit, names)
    bottom = max([box.y + BOX_HEIGHT / 2 for box in boxes.values()] + [arrow.label[1] for arrow in arrows]) + LINE
    left = min([0.0, *(arrow.label[0] - 60 for arrow in arrows)])
    top = min([0.0, *(arrow.label[1] - 2 * LINE for arrow in arrows)])
    width = max(box.x + BOX_WIDTH / 2 for box in boxes.values()) + MARGIN - left
    height = bottom + LINE * (len(notes) + 1) - top
    title = f"Path diagram: {names.variable(fit.chain.exposure)} to {names.variable(fit.chain.outcome)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="{FONT}" font-size="{TEXT_SIZE}">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(path_sentence(fit, names))}</desc>',
        *(_marker(f"{name}-{kind}", colour) for kind, colour in (("shown", SHOWN.colour), ("open", OPEN))),
        *(_drawn(arrow, name) for arrow in arrows),
        *(_box(box) for box in boxes.values()),
        *(_label(arrow) for arrow in arrows),
        *(_note(words, left + MARGIN, bottom + LINE * (row + 1)) for row, words in enumerate(notes)),
        "</svg>",
    ]
    return "".join(parts)


def path_sentence(fit: Mediation, names: Names = PLAIN) -> str:
    """Say how much of the effect passes through the mediators, how sure that is, and what the timing allows."""
    rows = fit.table[fit.table["kind"] == "effect"].set_index("term")
    through = listing([f"“{names.variable(one)}”" for one in fit.chain.mediators])
    indirect = next(row for term, row in rows.iterrows() if term == "total indirect")
    across = indirect["conf_low"] < 0 < indirect["conf_high"]
    unit = " (difference in risk)" if indirect["scale"] == "risk difference" else ""
    compared = fit.estimand.contrast.removeprefix(fit.chain.exposure)
    total, direct = (_written(row, fit) for _, row in rows.loc[["total", "direct"]].iterrows())
    told = (
        f"Of a total difference in “{names.variable(fit.chain.outcome)}” of {total}{unit} for "
        f"“{names.variable(fit.chain.exposure)}”{compared}, {_written(indirect, fit)} passed through {through} and "
        f"{direct} did not"
    )
    unsure = "; the interval of the indirect part reaches across 0, so these data do not show that it exists"
    return f"{told}{unsure if across else ''}. {fit.timing.sentence}"


def path_notes(fit: Mediation, names: Names = PLAIN) -> list[str]:
    """Write the lines below the diagram: effects, then what dashes and numbers mean."""
    rows = fit.table[fit.table["kind"] == "effect"]
    scale = "difference in risk" if (rows["scale"] == "risk difference").any() else names.variable(fit.chain.outcome)
    told = [f"{str(row['term']).capitalize()} ({scale}): {_written(row, fit)}" for _, row in rows.iterrows()]
    onto = "; arrows into the outcome are log odds" if scale == "difference in risk" else ""
    level = 100 * float(fit.method.options["conf_level"])
    people = count(fit.sample.participants, "participant", "participants")
    arrows = fit.arrows()
    crossed = arrows[arrows["term"].str.contains(" × ")]
    told += [f"{row['term']}: {_written(row, fit)}" for _, row in crossed.iterrows()]
    return [
        *told,
        f"Per unit, {level:g} % bootstrap intervals, {people}{onto}. Dashed: the interval holds 0.",
        f"Timing: {fit.timing.label.removeprefix('timing ')}.",
    ]


def _written(row: pd.Series, fit: Mediation) -> str:
    numbers = [float(row[column]) for column in ("estimate", "conf_low", "conf_high")]
    value, low, high = (quantity(each, numbers) for each in numbers)
    level = 100 * float(fit.method.options["conf_level"])
    limits = interval(low, high)
    return f"{value} {limits.replace('(', f'({level:g} % CI ', 1) if 'to' in limits else limits}"


def _boxes(fit: Mediation, names: Names) -> dict[str, Box]:
    """Place a series on one line with the exposure first; parallel mediators one below another."""
    chain, k = fit.chain, len(fit.chain.mediators)
    step, x = BOX_WIDTH + BETWEEN, MARGIN + BOX_WIDTH / 2
    if chain.parallel or k == 1:
        step, rise = BOX_WIDTH + SLANTED, BOX_HEIGHT + 72
        floor = MARGIN + k * rise + BOX_HEIGHT / 2
        placed = [(chain.exposure, x, floor), (chain.outcome, x + 2 * step, floor)]
        placed += [(name, x + step, MARGIN + BOX_HEIGHT / 2 + j * rise) for j, name in enumerate(chain.mediators)]
    else:
        row = MARGIN + ARC * (k + 1) + BOX_HEIGHT / 2
        placed = [(name, x + j * step, row) for j, name in enumerate(chain.names)]
    return {name: Box(names.variable(name), at, y) for name, at, y in placed}


def _arrows(fit: Mediation, boxes: dict[str, Box]) -> list[Arrow]:
    order = list(fit.chain.names)
    straight = fit.chain.parallel or len(fit.chain.mediators) == 1
    found = []
    for _, row in fit.arrows().iterrows():
        cause, effect = str(row["term"]).split(" → ")
        if cause not in boxes:
            continue
        numbers = [float(row[column]) for column in ("estimate", "conf_low", "conf_high")]
        value, low, high = (quantity(each, numbers) for each in numbers)
        shown = not row["conf_low"] <= 0 <= row["conf_high"]
        apart = order.index(effect) - order.index(cause)
        line, label = (
            _straight(boxes[cause], boxes[effect])
            if straight or apart == 1
            else _arched(boxes[cause], boxes[effect], apart, below=cause == fit.chain.exposure)
        )
        found.append(Arrow(line, label, f"{value}\n{interval(low, high)}", shown))
    return found


def _straight(start: Box, end: Box) -> tuple[str, tuple[float, float]]:
    """Lead an arrow straight; its label stands above a level one, and on a slanted one near the mediator."""
    x1, x2 = start.x + BOX_WIDTH / 2, end.x - BOX_WIDTH / 2 - 2
    share = 0.5 if start.y == end.y else 0.6 if start.y > end.y else 0.4
    above = LINE + 4 if start.y == end.y else 0
    label = (x1 + share * (x2 - x1), start.y + share * (end.y - start.y) - above)
    return f"M{x1:g} {start.y:g} L{x2:g} {end.y:g}", label


def _arched(start: Box, end: Box, apart: int, below: bool) -> tuple[str, tuple[float, float]]:
    """Lead an arrow over the boxes between, or under them where it comes from the exposure."""
    side = 1 if below else -1
    shift = 10 * (apart - 1)
    x1, x2 = start.x + 20 - shift, end.x - 20 + shift
    edge = start.y + side * BOX_HEIGHT / 2
    reach = edge + side * ARC * apart * 4 / 3
    peak = edge + side * ARC * apart
    line = f"M{x1:g} {edge:g} C{x1:g} {reach:g} {x2:g} {reach:g} {x2:g} {edge + side * 2:g}"
    return line, ((x1 + x2) / 2, peak - 2)


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
    )


def _drawn(arrow: Arrow, name: str) -> str:
    colour, kind, dash = (SHOWN.colour, "shown", "") if arrow.shown else (OPEN, "open", ' stroke-dasharray="6 4"')
    stroke = f'fill="none" stroke="{colour}" stroke-width="1.6"{dash}'
    return f'<path d="{arrow.line}" {stroke} marker-end="url(#{name}-{kind})"/>'


def _label(arrow: Arrow) -> str:
    x, y = arrow.label
    first, second = arrow.words.split("\n")
    wide = max(len(first), len(second)) * 6.4 + 6
    return (
        f'<rect x="{x - wide / 2:g}" y="{y - LINE:g}" width="{wide:g}" height="{2 * LINE:g}" fill="{PAPER}"/>'
        f'<text x="{x:g}" y="{y - 3:g}" text-anchor="middle" fill="{INK}" font-weight="bold">{escape(first)}</text>'
        f'<text x="{x:g}" y="{y + LINE - 4:g}" text-anchor="middle" fill="{INK}">{escape(second)}</text>'
    )


def _box(box: Box) -> str:
    lines = _wrapped(box.name)
    first = box.y + 4 - LINE / 2 * (len(lines) - 1)
    text = "".join(
        f'<text x="{box.x:g}" y="{first + LINE * row:g}" text-anchor="middle" fill="{INK}">{escape(words)}</text>'
        for row, words in enumerate(lines)
    )
    return (
        f'<rect x="{box.x - BOX_WIDTH / 2:g}" y="{box.y - BOX_HEIGHT / 2:g}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="4" fill="{PAPER}" stroke="{INK}"/>{text}'
    )


def _wrapped(words: str) -> list[str]:
    """Break a name into at most three lines; one that is longer still ends with an ellipsis."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > LETTERS:
            lines.append(word)
        else:
            lines[-1] = longer
    lines = [line if len(line) <= LETTERS + 2 else f"{line[:LETTERS]}…" for line in lines]
    return lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][:LETTERS]}…"]


def _note(words: str, x: float, y: float) -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{QUIET}">{escape(words)}</text>'
