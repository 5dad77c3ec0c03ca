"""A draft as the text of a mapping file."""

from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.answers import Block, ItemLine
from remission.exchange.proposal.draft import Draft
from remission.exchange.proposal.leftovers import Group
from remission.exchange.proposal.lines import braces, comment, listed, scalar, short
from remission.exchange.proposal.people import Fact
from remission.exchange.proposal.waves import WaveLine

FIRST_LABELS = 40
ITEMS = "Instrument, item: variable without what names the wave. Codes that are no answer have their reason."
LEFT = "Nobody has said yet where these go. Map them above, or move them under 'ignored' with a reason."


def mapping_text(profile: Profile, draft: Draft) -> str:
    """Write a draft as a mapping file with comments that tell the evidence."""
    about = profile.dictionary
    lines = comment(
        f"Proposed by remission from {about.path.name} ({profile.rows} rows, {len(profile.variables)} variables). "
        "Read every line. A line with 'decide' and everything under 'undecided' stops the import until a person has "
        "decided: correct the line and take 'decide' out, or move the variables to where they belong."
    )
    lines += [f"title: {scalar(draft.title)}", f"id: {scalar(draft.id)}{_aside(draft.id_note)}"]
    made = {"file": about.path.name, "sha256": about.sha256, "encoding": about.encoding}
    lines += [f"made_from: {braces(made)}", "", *_waves(profile, draft)]
    lines += _facts("enrolment", "Arm, site and the date of day 0.", draft.enrolment)
    lines += _facts("characteristics", "What does not change over the waves.", draft.characteristics)
    lines += _answers(draft.blocks)
    if draft.totals:
        lines += ["", *comment("The file's own totals, compared with the scores from its items."), "totals:"]
        for measure, variable, said in draft.totals:
            lines.append(f"  - {braces({'measure': measure, 'variable': variable})}{_aside(said)}")
    lines += _ignored(draft.ignored) + _undecided(draft.undecided)
    return "\n".join(lines) + "\n"


def _aside(text: str) -> str:
    return f"  # {text}" if text else ""


def _waves(profile: Profile, draft: Draft) -> list[str]:
    pattern = profile.waves
    if draft.wave:
        lines = comment("One row is a participant at a wave; this variable says which.")
        lines += [f"wave: {scalar(draft.wave)}"]
    elif pattern:
        lines = comment(f"The wave stands in the names: {pattern.evidence}.")
    else:
        lines = comment("No wave was found, neither in the names nor in the rows.")
    return [*lines, "waves:", *[f"  {scalar(line.name)}: {_wave(line)}{_aside(line.evidence)}" for line in draft.waves]]


def _wave(line: WaveLine) -> str:
    parts: dict[str, object] = {"prefix": line.prefix, "suffix": line.suffix, "value": line.value, "day": line.day}
    return braces({**parts, "decide": line.decide})


def _facts(key: str, what: str, facts: list[Fact]) -> list[str]:
    if not facts:
        return []
    lines = ["", *comment(what), f"{key}:"]
    for fact in facts:
        parts: dict[str, object] = {"variable": fact.variable, "codes": fact.codes, "missing": fact.missing}
        source = braces({**parts, "decide": fact.decide})
        plain = not (fact.codes or fact.missing or fact.decide)
        lines.append(f"  {fact.target}: {scalar(fact.variable) if plain else source}{_aside(short(fact.evidence, 60))}")
    return lines


def _answers(blocks: list[Block]) -> list[str]:
    if not blocks:
        return []
    lines = ["", *comment(ITEMS), "answers:"]  # fmt: skip
    for block in blocks:
        lines += comment(f"{block.title}: {block.evidence}.", 2)
        lines.append(f"  {block.instrument}:")
        lines += [f"    {line.item}: {_source(line)}{_aside(short(line.label, 50))}" for line in block.items]
    return lines


def _source(line: ItemLine) -> str:
    if line.variable and not (line.at or line.missing or line.decide):
        return scalar(line.variable)
    parts: dict[str, object] = {"variable": line.variable, "at": line.at, "missing": line.missing}
    return braces({**parts, "decide": line.decide})


def _ignored(groups: list[Group]) -> list[str]:
    if not groups:
        return []
    lines = ["", *comment("Columns that may identify a person are not imported."), "ignored:"]
    return lines + [
        line
        for group in groups
        for line in (f"  - variables: {listed(group.variables, 6)}", f"    reason: {scalar(group.why)}")
    ]


def _undecided(groups: list[Group]) -> list[str]:
    if not groups:
        return []
    lines = ["", *comment(LEFT), "undecided:"]  # fmt: skip
    for group in groups:
        for name, label in group.labels[:FIRST_LABELS]:
            if label:
                lines.append(f"  # {name.rstrip('_.')}: {short(label, 90)}")
        if len(group.labels) > FIRST_LABELS:
            lines.append(f"  # ... and {len(group.labels) - FIRST_LABELS} more")
        lines += [f"  - variables: {listed(group.variables, 6)}", f"    why: {scalar(group.why)}"]
    return lines
