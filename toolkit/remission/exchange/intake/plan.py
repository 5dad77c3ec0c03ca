"""What an import would do, before it does anything."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import pandas as pd

from remission.cohort import EVERYONE, Differences, Entries, Study, compare, participants
from remission.errors import ImportRefused
from remission.exchange.files import DataFile
from remission.exchange.intake.collect import Collector
from remission.exchange.intake.counts import Matched, Totals
from remission.exchange.intake.meaning import changed_meanings, since_last_import, swapped_codes
from remission.exchange.intake.notes import Notes
from remission.exchange.intake.people import participant_codes, plain_code, usable_rows, wave_names
from remission.exchange.intake.variables import require_targets, required_variables, unmatched
from remission.exchange.mapping import Mapping

PEOPLE_AT_ONCE = 20_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pieces(Collection[Entries]):
    """The entries of a file, some thousand participants at a time; each is made when its turn comes."""

    study: Study
    file: DataFile
    mapping: Mapping
    codes: pd.Series
    waves: pd.Series
    blocks: tuple[pd.Index, ...]
    kept: dict[int, Entries] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many pieces there are."""
        return len(self.blocks)

    def __contains__(self, entries: object) -> bool:
        """Tell nothing: pieces are made anew."""
        return False

    def __iter__(self) -> Iterator[Entries]:
        """Make the pieces one after the other."""
        for number in range(len(self.blocks)):
            yield self.kept[number] if number in self.kept else self.collector(number, Notes()).entries()

    def collector(self, number: int, notes: Notes) -> Collector:
        """Return what turns the rows of one piece into entries."""
        rows = self.blocks[number]
        return Collector(self.study, self.file.take(rows), self.mapping, self.codes[rows], self.waves[rows], notes)


@dataclass(frozen=True)
class ImportPlan:
    """An import as it would go.

    Attributes
    ----------
    file : DataFile
    mapping : Mapping
    used : tuple of str
        The variables that are read.
    entries : collection of Entries
        In pieces of some thousand participants.
    differences : Differences
        Against the cohort database.
    matched : pandas.DataFrame
        One row is a mapped target: where it comes from and how many participants it has per wave.
    unmatched : tuple of str
        Variables neither mapped nor set aside.
    out_of_range, missing, windows : pandas.DataFrame
        Values that their items do not allow; codes for missing answers; interviews outside their windows.
    totals : pandas.DataFrame
        One row is a stored total compared with the computed score.
    dictionary_changes : pandas.DataFrame
        What the file says otherwise of its variables than at the last import.
    left_out : tuple of (str, int)
    problems : tuple of str
        What stops the import, worst first.
    to_accept : tuple of str
        What stops it until someone accepts it with a reason.
    """

    file: DataFile
    mapping: Mapping
    used: tuple[str, ...]
    entries: Pieces
    differences: Differences
    matched: pd.DataFrame
    unmatched: tuple[str, ...]
    out_of_range: pd.DataFrame
    missing: pd.DataFrame
    windows: pd.DataFrame
    totals: pd.DataFrame
    dictionary_changes: pd.DataFrame
    left_out: tuple[tuple[str, int], ...]
    problems: tuple[str, ...]
    to_accept: tuple[str, ...]

    def refuse_if_faulty(self, accept: str | None = None) -> None:
        """Refuse a plan with problems, or with changes that nobody has accepted.

        Raises
        ------
        ImportRefused
            Names file, row and variable of the first problem, and how many more there are.
        """
        cure = "Correct the file or the mapping; nothing was written."
        found = self.problems
        if not found and accept is None:
            found = self.to_accept
            cure = "Correct the file, or take it with --accept-changes and a reason; nothing was written."
        if found:
            more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
            raise ImportRefused(f"{found[0]}{more}.", cure)

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
            "filled": self.differences.filled,
            "changed": self.differences.changed,
            "changes": self.differences.changes.to_dict("records"),
            "matched": self.matched.to_dict("records"),
            "unmatched": list(self.unmatched),
            "out_of_range": self.out_of_range.to_dict("records"),
            "missing": self.missing.to_dict("records"),
            "windows": self.windows.to_dict("records"),
            "totals": self.totals.to_dict("records"),
            "dictionary_changes": self.dictionary_changes.to_dict("records"),
            "left_out": [list(item) for item in self.left_out],
            "problems": list(self.problems),
            "to_accept": list(self.to_accept),
        }


def plan_import(study: Study, file: DataFile, mapping: Mapping, progress: Progress | None = None) -> ImportPlan:
    """Work out what importing a file through a mapping would do; nothing is written.

    Parameters
    ----------
    study : Study
    file : DataFile
        With at least the variables that the mapping names.
    mapping : Mapping
    progress : callable, optional
        Called with (done, total) in pieces of the file.

    Raises
    ------
    ImportRefused
        The mapping names a variable, wave, instrument, item, characteristic, group or measure that is not there.
    """
    require_targets(study, mapping)
    used = required_variables(file.dictionary, mapping)
    notes = Notes(problems=[f"{mapping.name}: {line}" for line in mapping.open_lines()])
    codes = participant_codes(file, mapping)
    waves = wave_names(file, mapping, notes)
    usable = usable_rows(file, mapping, codes, waves, notes)
    pieces = Pieces(study, file, mapping, codes, waves, tuple(_blocks(codes[usable])))
    matched, totals = Matched(mapping), Totals(study, mapping)
    differences = reduce(add, _compared(pieces, notes, matched, totals, progress), Differences.none())
    dictionary_changes = since_last_import(study, file.dictionary, used)
    meanings = changed_meanings(file.dictionary, dictionary_changes)
    return ImportPlan(
        file=file,
        mapping=mapping,
        used=tuple(used),
        entries=pieces,
        differences=differences,
        matched=matched.table(),
        unmatched=unmatched(file.dictionary, mapping, used),
        out_of_range=notes.range_table(),
        missing=notes.missing_table(),
        windows=notes.window_table(),
        totals=totals.table(),
        dictionary_changes=dictionary_changes,
        left_out=tuple(notes.left_out.items()),
        problems=(
            *notes.problems,
            *swapped_codes(study, file.dictionary, mapping),
            *_out_of_range(file, notes),
            *_known_otherwise(study, file, differences),
            *_moved_origins(file, differences),
        ),
        to_accept=(*_change_problems(differences), *meanings),
    )


def _compared(
    pieces: Pieces, notes: Notes, matched: Matched, totals: Totals, progress: Progress | None
) -> Iterator[Differences]:
    """Compare piece after piece with the database, counting on the way."""
    for number in range(len(pieces)):
        collector = pieces.collector(number, notes)
        entries = collector.entries()
        if len(pieces) == 1:
            pieces.kept[number] = entries
        matched.add(entries)
        totals.add(collector, entries)
        yield compare(pieces.study, entries)
        if progress is not None:
            progress(number + 1, len(pieces))


def _blocks(codes: pd.Series) -> Iterator[pd.Index]:
    numbers, people = pd.factorize(codes)
    if len(people) <= PEOPLE_AT_ONCE:
        yield codes.index
        return
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        yield codes.index[(numbers >= start) & (numbers < start + PEOPLE_AT_ONCE)]


def _out_of_range(file: DataFile, notes: Notes) -> list[str]:
    return [
        f"{file.path.name}, variable {variable}: {count} rows hold {value:g}, which {target} does not allow (first: "
        f"participant {ids[0]})"
        for (variable, target, value), (count, ids) in notes.out_of_range.items()
    ]


def _known_otherwise(study: Study, file: DataFile, differences: Differences) -> list[str]:
    """Find new codes that differ from a known one by case or leading zeros only."""
    known = participants(study.for_purpose(EVERYONE))["participant_id"]
    stored = dict(zip(plain_code(known), known, strict=True))
    new = pd.Series(differences.participants_new, dtype=object)
    return [
        f"{file.path.name}: participant {code} is new, and {stored[plain]} is known already; are they the same"
        for code, plain in zip(new, plain_code(new), strict=True)
        if plain in stored
    ]


def _moved_origins(file: DataFile, differences: Differences) -> list[str]:
    """Find participants whose day 0 would move: what is stored already would keep counting from the old one."""
    moved = differences.changes[differences.changes["field"] == "origin_date"]
    return [
        f"{file.path.name}: day 0 of participant {row['participant_id']} is recorded as {row['old']}, and the file "
        f"says {row['new']}; stored days count from the old one, so undo what came in with it and import it anew"
        for row in moved.to_dict("records")
    ]


def _change_problems(differences: Differences) -> list[str]:
    try:
        differences.refuse_if_changed()
    except ImportRefused as refusal:
        return [refusal.cause.removesuffix(".")]
    return []
