"""A profile as titled tables, and as plain values for scripts."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from remission.exchange.profile.families import Family, Pattern
from remission.exchange.profile.instruments import Match
from remission.exchange.profile.names import without_time
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.summary import SOURCES
from remission.exchange.profile.variables_table import span, variable_rows, variables_table

Titled = tuple[str, pd.DataFrame]


def sections(profile: Profile, matches: Iterable[Match] = (), variables: str = "*") -> list[Titled]:
    """Give everything as titled tables; ``variables`` picks rows of the last one."""
    found: list[Titled] = [("File", file_facts(profile))]
    if profile.id is not None and (profile.id.n_duplicates or profile.id.n_variants) and not profile.long:
        found.append(("Ids that need a look", _ids(profile)))
    for pattern in profile.patterns:
        title = "Waves in the names" if pattern.is_sure else "Waves, or not? Bare numbers at the end of names"
        found.append((f"{title}: {', '.join(dict.fromkeys(pattern.affixes.values()))}", _families(profile, pattern)))
    listed = list(matches)
    if listed:
        found.append(("Instruments", _instruments(listed)))
    if profile.private:
        rows = [(name, why.what, why.why) for name, why in profile.private.items()]
        found.append(
            ("Columns that may identify a person", pd.DataFrame(rows, columns=["variable", "looks like", "why"]))
        )
    if profile.notes:
        notes = [(note.variable, note.text, note.proposal) for note in profile.notes]
        found.append(("Notes", pd.DataFrame(notes, columns=["variable", "note", "proposal"])))
    return [*found, ("Variables", variables_table(profile, variables))]


def file_facts(profile: Profile) -> pd.DataFrame:
    """Give what the file says about itself; empty facts are left out."""
    about = profile.dictionary
    sets = [f"{each.name} ({len(each.variables)} variables)" for each in about.response_sets]
    facts = {
        "name": about.path.name,
        "kind": SOURCES.get(about.source, about.source),
        "label": about.label,
        "rows and variables": f"{profile.rows} x {len(profile.variables)}",
        "rows announced": "" if about.rows in (None, profile.rows) else str(about.rows),
        "encoding": f"{about.encoding} ({about.encoding_note})" if about.encoding_note else about.encoding,
        "written by": about.producer,
        "created": about.created,
        "compression": about.compression,
        "weight": about.weight,
        "multiple-response sets": ", ".join(sets),
        "documents": " / ".join(about.documents),
        "remarks": " ".join(about.remarks),
        "sha256": about.sha256,
    }
    return pd.DataFrame([(what, value) for what, value in facts.items() if value], columns=["what", "value"])


def _ids(profile: Profile) -> pd.DataFrame:
    found = profile.id
    if found is None:
        return pd.DataFrame()
    hidden = found.variable in profile.private
    rows = [
        (what, "" if hidden else values, ", ".join(map(str, places)))
        for what, listed in (("stands more than once", found.duplicates), ("alike but for writing", found.variants))
        for values, places in listed
    ]
    return pd.DataFrame(rows, columns=["what", found.variable, "rows"])


def _families(profile: Profile, pattern: Pattern) -> pd.DataFrame:
    rows = [_family(profile, family) for family in pattern.families]
    columns = ["stem", "label", "waves", "valid", "from_to", "labels_alike", "value_labels", "question"]
    return pd.DataFrame(rows, columns=columns)


def _family(profile: Profile, family: Family) -> dict[str, Any]:
    names = list(family.columns.values())
    spans = [span(profile.variables[name], profile.tallies[name]) for name in names if name not in profile.private]
    label = next((profile.variables[name].label for name in names if profile.variables[name].label), "")
    return {
        "stem": family.stem.rstrip("_."),
        "label": label if len(without_time(label)) > 0 else "",
        "waves": len(names),
        "valid": ", ".join(str(profile.tallies[name].n_valid) for name in names),
        "from_to": ", ".join(f"{low}–{high}" for low, high in spans if low or high),
        "labels_alike": "" if family.label_overlap is None else f"{family.label_overlap:.2f}",
        "value_labels": family.value_labels,
        "question": f"different question? {family.doubt}" if family.doubt else "",
    }


def _instruments(matches: list[Match]) -> pd.DataFrame:
    rows = []
    for match in matches:
        names = [question.name.rstrip("_.") for question in match.items.values()]
        rows.append(
            (match.instrument.name, f"{names[0]} … {names[-1]}", "; ".join(match.evidence), "; ".join(match.doubts))
        )
    return pd.DataFrame(rows, columns=["instrument", "variables", "evidence", "unsure"])


def as_dict(profile: Profile, matches: Iterable[Match] = ()) -> dict[str, Any]:
    """Give a profile as plain values; values of columns that may identify a person are not among them."""
    return {
        **_file_dict(profile),
        "id": _id_dict(profile),
        "wave_variable": profile.long.variable if profile.long else None,
        "wave_values": [[value, rows] for value, rows in profile.long.rows_by_value.items()] if profile.long else [],
        "waves": [_pattern_dict(profile, pattern) for pattern in profile.patterns],
        "instruments": [
            {
                "instrument": match.instrument.name,
                "items": {item: list(question.columns) for item, question in match.items.items()},
                "evidence": list(match.evidence),
                "doubts": list(match.doubts),
            }
            for match in matches
        ],
        "identifying": {name: why.sentence for name, why in profile.private.items()},
        "notes": [
            {"variable": n.variable, "type": n.type, "text": n.text, "proposal": n.proposal, "question": n.is_question}
            for n in profile.notes
        ],
        "variables": variable_rows(profile),
    }


def _file_dict(profile: Profile) -> dict[str, Any]:
    about = profile.dictionary
    plain = ("sha256", "source", "label", "encoding", "encoding_note", "producer", "created", "weight")
    return {
        "file": about.path.name,
        "rows": profile.rows,
        "rows_announced": about.rows,
        **{name: getattr(about, name) for name in plain},
        "response_sets": [{"name": each.name, "variables": list(each.variables)} for each in about.response_sets],
        "documents": list(about.documents),
        "remarks": list(about.remarks),
    }


def _id_dict(profile: Profile) -> dict[str, Any] | None:
    found = profile.id
    if found is None:
        return None
    hidden = found.variable in profile.private
    return {
        "variable": found.variable,
        "is_sure": found.is_sure,
        "why": found.why,
        "distinct": found.distinct,
        "empty": found.empty,
        "duplicates": [] if hidden else [[value, list(rows)] for value, rows in found.duplicates],
        "variants": [] if hidden else [[value, list(rows)] for value, rows in found.variants],
        "n_duplicates": found.n_duplicates,
        "n_variants": found.n_variants,
    }


def _pattern_dict(profile: Profile, pattern: Pattern) -> dict[str, Any]:
    return {
        "affixes": list(pattern.affixes.values()),
        "unit": pattern.unit,
        "is_sure": pattern.is_sure,
        "evidence": pattern.evidence,
        "families": [
            {**_family(profile, family), "variables": list(family.columns.values())} for family in pattern.families
        ],
    }
