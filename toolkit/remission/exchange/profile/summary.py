"""What a person should know first: what the file is, what is odd, what it asks; a screen, not a list."""

from collections import defaultdict
from collections.abc import Iterable

from remission.exchange.profile.families import Pattern
from remission.exchange.profile.instruments import Match
from remission.exchange.profile.keys import IdFinding
from remission.exchange.profile.notes import Note
from remission.exchange.profile.profile import Profile

SOURCES = {
    "sav": "SPSS (.sav)", "zsav": "SPSS (.zsav)", "por": "SPSS portable", "dta": "Stata", "sas7bdat": "SAS",
    "xpt": "SAS transport", "csv": "CSV", "redcap": "REDCap export",
}  # fmt: skip
SHOWN = 3
MOST_LINES = 7
ODD = {
    "empty": "hold nothing",
    "constant": "have one value only",
    "outside labels": "hold values that have no label",
    "partly labelled": "have labels for some of their values only",
    "labels without values": "have labels that no row uses",
    "numbers as text": "hold numbers as text",
}
Part = tuple[str, list[str]]


def summary(profile: Profile, matches: Iterable[Match] = ()) -> list[Part]:
    """Sum up a profile in titled sentences, about thirty lines in all."""
    parts = [
        ("What it is", _what(profile)),
        ("Waves", _waves(profile)),
        ("Instruments", _instruments(list(matches))),
        ("What is odd", _odd(profile)),
        ("What it asks", _asks(profile)),
        ("Columns that may identify a person (values not shown, not proposed for import)", _private(profile)),
    ]
    return [(title, lines) for title, lines in parts if lines]


def _what(profile: Profile) -> list[str]:
    about = profile.dictionary
    kind = SOURCES.get(about.source, about.source)
    lines = [
        f"{kind}, {profile.rows:,} rows x {len(profile.variables):,} variables, {about.encoding or 'no encoding'}."
    ]
    if about.label:
        lines[0] += f" {about.label}."
    if about.encoding_note:
        lines.append(f"Encoding: {about.encoding_note.rstrip('.')}.")
    if about.rows is not None and about.rows >= 0 and about.rows != profile.rows:
        lines.append(f"Its head announces {about.rows:,} rows, and {profile.rows:,} were read.")
    if about.weight:
        lines.append(f"It is weighted by {about.weight}.")
    declared = [name for name, variable in profile.variables.items() if variable.missing_ranges]
    if declared:
        lines.append(
            f"{len(declared)} {'variables declare' if len(declared) > 1 else 'variable declares'} missing codes: "
            f"{_few(declared)}."
        )
    lines += about.remarks[:SHOWN]
    return lines + _rows(profile, profile.id)


def _rows(profile: Profile, found: IdFinding | None) -> list[str]:
    if found is None:
        return ["No variable looks like the participant's id."]
    sure = "" if found.is_sure else " (a guess)"
    line = f"The id is likely {found.variable}{sure}: {found.distinct:,} different, {found.why}."
    lines = [line]
    if profile.long:
        lines.append(f"One row is a participant at a wave; {profile.long.variable} names the wave.")
        if profile.long.pairs_twice:
            lines.append(f"{profile.long.pairs_twice:,} rows repeat a participant and wave.")
    elif found.n_duplicates:
        lines.append(f"{found.n_duplicates:,} ids stand more than once: {_places(profile, found.duplicates)}.")
    else:
        lines.append("One row is a participant: no id stands twice.")
    if found.empty:
        lines.append(f"{found.empty:,} rows have no id.")
    if found.n_variants:
        lines.append(
            f"{found.n_variants:,} ids differ only by case, spaces or zeros: {_places(profile, found.variants)}."
        )
    return lines


def _places(profile: Profile, found: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    hidden = profile.id is not None and profile.id.variable in profile.private
    said = [f"{'one' if hidden else value} in rows {', '.join(map(str, rows))}" for value, rows in list(found)[:SHOWN]]
    return "; ".join(said)


def _waves(profile: Profile) -> list[str]:
    if profile.long:
        said = [f"{value:g}" if isinstance(value, float) else value for value in profile.long.rows_by_value]
        rows = [f"{count:,}" for count in profile.long.rows_by_value.values()]
        shown = ", ".join(f"{value} ({count})" for value, count in zip(said[:8], rows[:8], strict=True))
        return [f"{profile.long.variable} holds {shown}{', ...' if len(said) > 8 else ''} (rows)."]
    if not profile.patterns:
        return ["None: no names repeat with a wave, and no id repeats with a wave variable."]
    return [line for pattern in profile.patterns[:SHOWN] for line in _pattern(pattern, profile)]


def _pattern(pattern: Pattern, profile: Profile) -> list[str]:
    affixes = ", ".join(dict.fromkeys(pattern.affixes.values()))
    unit = "" if pattern.unit in ("number", "word") else f" ({pattern.unit})"
    lines = [f"{affixes}{unit}: {pattern.evidence}."]
    if not pattern.is_sure:
        first = pattern.families[0]
        lines = [f"Are {', '.join(list(first.columns.values())[:SHOWN])} ... waves, or repeats? {pattern.evidence}."]
    for family in pattern.doubtful[:SHOWN]:
        lines.append(f"Different question? {', '.join(list(family.columns.values())[:SHOWN])}: {family.doubt}.")
    if pattern is profile.waves:
        most = max(pattern.families, key=lambda family: len(family.columns))
        counts = [f"{profile.tallies[name].n_valid:,}" for name in most.columns.values()]
        lines.append(f"For example {most.stem.rstrip('_.')} is answered by {', '.join(counts)}.")
    return lines


def _instruments(matches: list[Match]) -> list[str]:
    lines = []
    for match in matches[:MOST_LINES]:
        names = [question.name.rstrip("_.") for question in match.items.values()]
        sure = "" if not match.doubts else f" Unsure: {'; '.join(match.doubts)}."
        lines.append(f"{match.instrument.name} in {names[0]} to {names[-1]}: {'; '.join(match.evidence)}.{sure}")
    return lines or ["None recognised by names, number of items and codes."]


def _odd(profile: Profile) -> list[str]:
    by_type: dict[str, list[Note]] = defaultdict(list)
    for note in profile.notes:
        by_type[note.type].append(note)
    lines = []
    for type_, said in ODD.items():
        names = list(dict.fromkeys(note.variable for note in by_type[type_]))
        if names:
            lines.append(f"{len(names)} {_verb(said, len(names))}: {_few(names)}.")
    return lines


def _asks(profile: Profile) -> list[str]:
    grouped: dict[tuple[str, str], list[Note]] = defaultdict(list)
    for note in profile.notes:
        if note.type == "missing not declared":
            grouped[note.proposal, note.text.split(" (")[0].split(" and not")[0]].append(note)
        elif note.is_question:
            told = note.proposal or note.text
            grouped[told, note.type].append(note)
    lines = []
    gone = list(dict.fromkeys(note.variable for note in profile.notes if note.type == "missing not declared"))
    if len(gone) > SHOWN:
        lines.append(f"In {len(gone)} variables codes labelled as no answer are not declared missing; most often:")
    for (told, what), notes in sorted(grouped.items(), key=lambda item: -len(item[1])):
        names = _few(list(dict.fromkeys(note.variable for note in notes)))
        if notes[0].type == "missing not declared":
            lines.append(f"{what}, not declared missing, in {names}: {told}?")
        elif notes[0].type == "likely a missing code":
            lines.append(f"Does {notes[0].text.split(' ')[0]} in {names} stand for no answer? {told}")
        else:
            lines.append(f"{names}: {told}")
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([f"... and {more} more: see --html or --json."] if more > 0 else [])


def _private(profile: Profile) -> list[str]:
    by_what: dict[str, list[str]] = defaultdict(list)
    for name, found in profile.private.items():
        by_what[found.what].append(name)
    return [f"{_few(names)}: {what}." for what, names in list(by_what.items())[:MOST_LINES]]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _verb(said: str, count: int) -> str:
    verb, rest = said.split(" ", 1)
    one = {"hold": "holds", "have": "has"}[verb]
    return f"variable {one} {rest}" if count == 1 else f"variables {said}"
