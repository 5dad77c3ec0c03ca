"""Counts over the pieces of a file: participants per mapped target, stored totals against computed scores."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from remission.cohort import Entries, Study
from remission.errors import DefinitionError, ImportRefused
from remission.exchange.intake.cells import numbers
from remission.exchange.intake.collect import Collector
from remission.exchange.mapping import Mapping
from remission.survey import score

MATCHED = ("target", "from", "wave", "participants")
TOTALS = ("total", "measure", "agree", "of")


@dataclass
class Matched:
    """How many participants each mapped target has."""

    mapping: Mapping
    people: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, entries: Entries) -> None:
        """Count the participants of a piece; no participant is in two pieces."""
        for name, rows in entries.characteristics.groupby("name"):
            self.people[(str(name), "")] += rows["participant_id"].nunique()
        for (instrument, wave), rows in entries.answers.groupby(["instrument", "wave"]):
            self.people[(str(instrument), str(wave))] += rows["participant_id"].nunique()
        spells = (
            (entries.use_reports, "substance", "use of "),
            (entries.affiliations, "group_name", "group "),
            (entries.status_events, "kind", ""),
        )
        for frame, column, prefix in spells:
            for what, people in frame.groupby(column)["participant_id"]:
                self.people[(f"{prefix}{what}", "")] += people.nunique()

    def table(self) -> pd.DataFrame:
        """One row is a target, by wave where it has waves."""
        mapping = self.mapping
        rows = [(name, source.variable, "") for name, source in mapping.characteristics.items()]
        for name, items in mapping.answers.items():
            told = [source.variable or next(iter(source.at.values())) for source in items.values()]
            origin = told[0] if len(told) == 1 else f"{told[0]} … {told[-1]} ({len(told)} items)"
            rows += [(name, origin, wave) for wave in mapping.waves]
        rows += [(f"use of {rule.substance}", f"{rule.day}, {rule.used}", "") for rule in mapping.first_use]
        for spell in mapping.groups:
            named = [spell.group] if spell.group else [group for group in spell.codes.values() if group]
            rows += [(f"group {group}", spell.variable or str(spell.start), "") for group in dict.fromkeys(named)]
        rows += [(change.kind, change.variable or change.day, "") for change in mapping.status]
        counted = [(*row, self.people[(row[0], row[2])]) for row in rows]
        return pd.DataFrame(counted, columns=list(MATCHED))


@dataclass
class Totals:
    """Totals that the file holds, against the scores computed from its items."""

    study: Study
    mapping: Mapping
    agree: Counter[tuple[str, str]] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, collector: Collector, entries: Entries) -> None:
        """Compare the totals of a piece."""
        for total in self.mapping.totals:
            scored = self._scores(total.measure, entries)
            for wave, columns in self.mapping.waves.items():
                rows = collector.at_wave(wave)
                name = columns.variable(total.variable)
                if name not in rows.frame:
                    continue
                people = collector.codes[rows.frame.index].to_numpy()
                stored = pd.Series(numbers(rows, name).to_numpy(), index=people).dropna()
                ours = scored[scored["wave"] == wave].set_index("participant_id")["score"].reindex(stored.index)
                where = (name if not self.mapping.wave else f"{name} at {wave}", total.measure)
                self.agree[where] += int(((stored - ours.astype(float)).abs() < 1e-6).sum())
                self.held[where] += len(stored)

    def _scores(self, name: str, entries: Entries) -> pd.DataFrame:
        measure = self.study.protocol.measures[name]
        asked = self.study.instrument(measure.instrument)
        try:
            return score(asked, entries.answers, scale=measure.scale, missing=measure.missing)
        except DefinitionError as error:
            raise ImportRefused(error.cause, error.cure) from error

    def table(self) -> pd.DataFrame:
        """One row is a total at a wave."""
        rows = [(*where, self.agree[where], held) for where, held in self.held.items()]
        return pd.DataFrame(rows, columns=list(TOTALS))
