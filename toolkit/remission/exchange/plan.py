"""What an import would do, before it does anything."""

import difflib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from remission.cohort import Differences, Entries, Study, compare, participants
from remission.errors import DefinitionError, ImportRefused
from remission.exchange.collecting import (
    OUT_OF_RANGE,
    Notes,
    collect,
    id_problems,
    order_problems,
    participant_codes,
    plain_code,
)
from remission.exchange.files import DataFile
from remission.exchange.mapping import Mapping, Source
from remission.survey import score


@dataclass(frozen=True)
class ImportPlan:
    """An import as it would go.

    Attributes
    ----------
    file : DataFile
    mapping : Mapping
    entries : Entries
    differences : Differences
        Against the cohort database.
    matched : pandas.DataFrame
        One row is a mapped target: where it comes from and how many participants it has per wave.
    unmatched : tuple of str
        Variables neither mapped nor set aside.
    out_of_range : pandas.DataFrame
        One row is a value that its item does not allow.
    totals : pandas.DataFrame
        One row is a stored total compared with the computed score.
    left_out : tuple of (str, int)
    problems : tuple of str
        What stops the import, worst first.
    """

    file: DataFile
    mapping: Mapping
    entries: Entries
    differences: Differences
    matched: pd.DataFrame
    unmatched: tuple[str, ...]
    out_of_range: pd.DataFrame
    totals: pd.DataFrame
    left_out: tuple[tuple[str, int], ...]
    problems: tuple[str, ...]

    def refuse_if_faulty(self) -> None:
        """Refuse a plan with problems.

        Raises
        ------
        ImportRefused
            Names file, row and variable of the first problem, and how many more there are.
        """
        if self.problems:
            more = f" ({len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
            raise ImportRefused(f"{self.problems[0]}{more}.", "Correct the file or the mapping; nothing was written.")

    def sections(self) -> list[tuple[str, pd.DataFrame]]:
        """Give the plan as titled tables, for the terminal."""
        found = [("File", self._about()), ("What goes where", self.matched)]
        if not self.out_of_range.empty:
            found.append(("Values out of range", self.out_of_range))
        if not self.totals.empty:
            found.append(("Totals in the file against scores from its items", self.totals))
        if self.left_out:
            found.append(("Left out", pd.DataFrame(self.left_out, columns=["reason", "rows"])))
        if self.unmatched:
            listed = pd.DataFrame({"variables": [", ".join(self.unmatched)]})
            found.append((f"Variables neither mapped nor set aside: {len(self.unmatched)}", listed))
        return [*found, ("Against the cohort database", self._against())]

    def as_dict(self) -> dict[str, Any]:
        """Give the plan as plain values, for scripts."""
        return {
            "file": self.file.path.name,
            "sha256": self.file.sha256,
            "rows": len(self.file.frame),
            "participants_new": len(self.differences.participants_new),
            "participants_known": self.differences.participants_known,
            "new": self.differences.new,
            "same": self.differences.same,
            "changed": self.differences.changed,
            "matched": self.matched.to_dict("records"),
            "unmatched": list(self.unmatched),
            "out_of_range": self.out_of_range.to_dict("records"),
            "totals": self.totals.to_dict("records"),
            "left_out": [list(item) for item in self.left_out],
            "problems": list(self.problems),
        }

    def _about(self) -> pd.DataFrame:
        facts = {
            "name": self.file.path.name,
            "label": self.file.dictionary.label,
            "rows and variables": f"{len(self.file.frame)} x {self.file.frame.shape[1]}",
            "encoding": self.file.dictionary.encoding,
            "sha256": self.file.sha256[:16],
            "mapping": self.mapping.title,
        }
        return pd.DataFrame(list(facts.items()), columns=["what", "value"])

    def _against(self) -> pd.DataFrame:
        found = self.differences
        people = [("participants", len(found.participants_new), found.participants_known, 0)]
        rows = [(name.replace("_", " "), found.new[name], found.same[name], found.changed[name]) for name in found.new]
        return pd.DataFrame(people + rows, columns=["what", "new", "already there", "would change"])


def plan_import(study: Study, file: DataFile, mapping: Mapping) -> ImportPlan:
    """Work out what importing a file through a mapping would do; nothing is written.

    Raises
    ------
    ImportRefused
        The mapping names a variable, wave, instrument, item, characteristic or measure that is not there.
    """
    _require_targets(study, mapping)
    used = _require_variables(file, mapping)
    ids = participant_codes(file, mapping)
    notes = Notes(problems=[*id_problems(file, mapping, ids), *order_problems(file, mapping, ids)])
    usable = ids[(ids != "") & ~ids.duplicated()]
    kept = file.take(usable.index)
    entries = collect(study, kept, mapping, usable, notes)
    notes.problems += [
        f"{file.path.name}, variable {row['variable']}: {row['rows']} rows hold {row['value']:g}, which "
        f"{row['target']} does not allow"
        for row in notes.out_of_range
    ]
    differences = compare(study, entries)
    return ImportPlan(
        file=file,
        mapping=mapping,
        entries=entries,
        differences=differences,
        matched=_matched(mapping, entries),
        unmatched=_unmatched(file, mapping, used),
        out_of_range=pd.DataFrame(notes.out_of_range, columns=list(OUT_OF_RANGE)),
        totals=_compare_totals(study, kept, mapping, usable, entries),
        left_out=tuple(notes.left_out),
        problems=(*notes.problems, *_known_otherwise(study, file, differences), *_change_problems(differences)),
    )


def _known_otherwise(study: Study, file: DataFile, differences: Differences) -> list[str]:
    """Find new codes that differ from a known one by case or leading zeros only."""
    known = participants(study)["participant_id"]
    stored = dict(zip(plain_code(known), known, strict=True))
    new = pd.Series(differences.participants_new, dtype=object)
    return [
        f"{file.path.name}: participant {code} is new, and {stored[plain]} is known already; are they the same"
        for code, plain in zip(new, plain_code(new), strict=True)
        if plain in stored
    ]


def _change_problems(differences: Differences) -> list[str]:
    try:
        differences.refuse_if_changed()
    except ImportRefused as refusal:
        return [refusal.cause.removesuffix(".")]
    return []


def _require_targets(study: Study, mapping: Mapping) -> None:
    order = [study.protocol.wave(name).day for name in mapping.waves]
    if order != sorted(order):
        raise ImportRefused(
            f"The mapping lists the waves as {', '.join(mapping.waves)}, not in the order of the study.",
            "Put them in the order in which they happen.",
        )
    for name, items in mapping.answers.items():
        asked = study.instrument(name)
        for item in items:
            asked.item(item)
    known = study.protocol.characteristics
    for name in mapping.characteristics:
        if name not in known:
            raise ImportRefused(
                f"The study has no characteristic '{name}'.",
                f"study.yaml lists {', '.join(known) or 'none'}; add it there or take it out of the mapping.",
            )
    for total in mapping.totals:
        if total.measure not in study.protocol.measures:
            raise ImportRefused(
                f"The study has no measure '{total.measure}'.", "Name a measure of study.yaml under totals."
            )


def _require_variables(file: DataFile, mapping: Mapping) -> set[str]:
    """Return the variables a mapping uses, after checking that the file has them."""
    single = [mapping.id, *[source.variable for source in _single_sources(mapping)]]
    single += [name for rule in mapping.first_use for name in (rule.day, rule.used)]
    single += [columns.day for columns in mapping.waves.values() if isinstance(columns.day, str)]
    for name in single:
        _require(file, name, [name])
    used = set(single)
    stems = [source.variable for items in mapping.answers.values() for source in items.values()]
    for stem in [*stems, *[total.variable for total in mapping.totals]]:
        names = [columns.variable(stem) for columns in mapping.waves.values()]
        _require(file, stem, names)
        used |= set(names) & set(file.frame.columns)
    return used


def _single_sources(mapping: Mapping) -> list[Source]:
    enrolment = [source for source in (mapping.enrolment.arm, mapping.enrolment.site) if source is not None]
    return [*enrolment, *mapping.characteristics.values()]


def _require(file: DataFile, stem: str, names: list[str]) -> None:
    if any(name in file.frame for name in names):
        return
    near = difflib.get_close_matches(names[0], list(file.frame.columns), n=1)
    hint = f"Did you mean {near[0]}?" if near else "Compare the mapping with the file's variables."
    where = "" if names == [stem] else f" (looked for {', '.join(names)})"
    raise ImportRefused(f"{file.path.name} has no variable {stem}{where}.", hint)


def _matched(mapping: Mapping, entries: Entries) -> pd.DataFrame:
    rows = [
        {"target": name, "from": source.variable, "wave": "", "participants": _count(entries.characteristics, name)}
        for name, source in mapping.characteristics.items()
    ]
    for name, items in mapping.answers.items():
        mine = entries.answers[entries.answers["instrument"] == name]
        counts = mine.groupby("wave")["participant_id"].nunique()
        told = [source.variable for source in items.values()]
        origin = told[0] if len(told) == 1 else f"{told[0]} … {told[-1]} ({len(told)} items)"
        rows += [
            {"target": name, "from": origin, "wave": wave, "participants": int(counts.get(wave, 0))}
            for wave in mapping.waves
        ]
    for rule in mapping.first_use:
        reports = entries.use_reports[entries.use_reports["substance"] == rule.substance]
        rows.append(
            {
                "target": f"use of {rule.substance}",
                "from": f"{rule.day}, {rule.used}",
                "wave": "",
                "participants": int(reports["participant_id"].nunique()),
            }
        )
    return pd.DataFrame(rows, columns=["target", "from", "wave", "participants"])


def _count(characteristics: pd.DataFrame, name: str) -> int:
    return int((characteristics["name"] == name).sum())


def _unmatched(file: DataFile, mapping: Mapping, used: set[str]) -> tuple[str, ...]:
    patterns = [pattern for group in mapping.ignored for pattern in group.variables]
    return tuple(
        name
        for name in file.frame.columns
        if name not in used and not any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def _compare_totals(study: Study, file: DataFile, mapping: Mapping, ids: pd.Series, entries: Entries) -> pd.DataFrame:
    rows = []
    for total in mapping.totals:
        measure = study.protocol.measures[total.measure]
        asked = study.instrument(measure.instrument)
        try:
            scored = score(asked, entries.answers, scale=measure.scale, missing=measure.missing)
        except DefinitionError as error:
            raise ImportRefused(error.cause, error.cure) from error
        for wave, columns in mapping.waves.items():
            name = columns.variable(total.variable)
            if name not in file.frame:
                continue
            stored = pd.Series(file.frame[name].to_numpy(dtype=float), index=ids.to_numpy()).dropna()
            ours = scored[scored["wave"] == wave].set_index("participant_id")["score"].reindex(stored.index)
            agree = int(((stored - ours.astype(float)).abs() < 1e-6).sum())
            rows.append({"total": name, "measure": total.measure, "agree": agree, "of": len(stored)})
    return pd.DataFrame(rows, columns=["total", "measure", "agree", "of"])
