"""From the rows of a file to entries, with every fault noted on the way."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from remission.cohort import Entries, Study
from remission.exchange.files import DataFile
from remission.exchange.intake.cells import is_missing, labels, numbers, plain_codes, reasons, recoded, values
from remission.exchange.intake.days import LAST_DAY, dates, day_column, iso_dates, order_problems, origins
from remission.exchange.intake.notes import Notes, place, quoted
from remission.exchange.intake.people import one_row_each
from remission.exchange.mapping import FirstUse, GroupSpell, Mapping, Source, StatusChange, plain_code
from remission.survey import Instrument
from remission.survey.possible import allowed

YES = ("1", "yes", "true", "y", "x", "checked", "ja", "sí", "si", "oui")
NO = ("0", "no", "false", "n", "unchecked", "nein", "non")


@dataclass
class Collector:
    """Turns rows of a file into entries; what is wrong goes to the notes.

    Attributes
    ----------
    study : Study
    file : DataFile
        The rows to take; all variables of the mapping are in it.
    mapping : Mapping
    codes : pandas.Series
        Participant of each row.
    waves : pandas.Series
        Wave of each row of a long file; empty words for a wide one.
    notes : Notes
    """

    study: Study
    file: DataFile
    mapping: Mapping
    codes: pd.Series
    waves: pd.Series
    notes: Notes
    person: DataFile = field(init=False)
    people: pd.Series = field(init=False)
    day_0: pd.Series = field(init=False)

    def __post_init__(self) -> None:
        names = person_variables(self.mapping)
        self.person, self.people = one_row_each(self.file, self.codes, names, self.notes)
        self.day_0 = origins(self.study, self.person, self.mapping, self.people, self.notes)

    def entries(self) -> Entries:
        """Collect everything."""
        return Entries(
            participants=self._participants(),
            characteristics=self._characteristics(),
            answers=self._answers(),
            affiliations=self._affiliations(),
            use_reports=self._use_reports(),
            status_events=self._status_events(),
            restates=tuple(sorted({rule.source for rule in self.mapping.first_use})),
        )

    def at_wave(self, wave: str) -> DataFile:
        """Return the rows of a wave: of a long file its own, of a wide one all."""
        return self.file.take(self.waves == wave) if self.mapping.wave else self.file

    def _participants(self) -> pd.DataFrame:
        enrolment = self.mapping.enrolment
        day_0 = None
        if enrolment.origin_date is not None:
            day_0 = iso_dates(dates(self.person, enrolment.origin_date, self.people, Notes()))
        return pd.DataFrame(
            {
                "participant_id": self.people,
                "site": self._labels(enrolment.site),
                "arm": self._labels(enrolment.arm),
                "origin_date": day_0,
            }
        )

    def _labels(self, source: Source | None) -> pd.Series | None:
        return None if source is None else labels(self.person, source, source.variable, self.notes)

    def _characteristics(self) -> pd.DataFrame:
        pieces = []
        for name, source in self.mapping.characteristics.items():
            why = reasons(self.person, source, source.variable, self.notes)
            if self.study.protocol.characteristics[name].kind == "number":
                said = values(self.person, source, source.variable, self.notes)
            else:
                said = self._category(name, source)
            piece = pd.DataFrame(
                {"participant_id": self.people, "name": name, "value": said, "missing_reason": why}, dtype=object
            )
            pieces.append(piece[said.notna() | why.notna()])
        return pd.concat(pieces, ignore_index=True) if pieces else Entries().characteristics

    def _category(self, name: str, source: Source) -> pd.Series:
        declared = self.study.protocol.characteristics[name]
        said = recoded(self.person, source, source.variable, self.notes)
        known = {plain_code(code) for code in declared.categories} | set(declared.categories.values())
        codes = plain_codes(said)
        strange = said.notna() & ~codes.isin(known)
        if strange.any():
            row = said.index[strange][0]
            self.notes.problem(
                f"{place(self.file, row, source.variable)}: {quoted(said[row])} is none of the categories of {name} "
                "in study.yaml"
            )
        return codes.mask(said.isna() | strange, None)

    def _answers(self) -> pd.DataFrame:
        pieces, days = [], {}
        for wave, columns in self.mapping.waves.items():
            rows = self.at_wave(wave)
            days[wave] = day_column(rows, columns.day, self.codes[rows.frame.index], self.day_0, self.notes)
            mine = [
                self._answered(rows, days[wave], wave, name, item, source.name_at(wave, columns), source)
                for name, items in self.mapping.answers.items()
                for item, source in items.items()
                if source.name_at(wave, columns) in rows.frame
            ]
            pieces += mine
            self._note_windows(wave, mine)
        order_problems(self.file, days, self.codes, self.notes)
        return pd.concat(pieces, ignore_index=True) if pieces else Entries().answers

    def _answered(
        self, rows: DataFile, day: pd.Series, wave: str, name: str, item: str, variable: str, source: Source
    ) -> pd.DataFrame:
        asked = self.study.instrument(name)
        codes = self.codes[rows.frame.index]
        why = reasons(rows, source, variable, self.notes)
        said = self._within_range(asked, item, variable, values(rows, source, variable, self.notes), codes)
        piece = pd.DataFrame({"participant_id": codes, "wave": wave, "day": day, "instrument": name})
        piece = piece.assign(version=asked.version, item=item, value=said, missing_reason=why)
        return piece[said.notna() | why.notna()]

    def _within_range(
        self, asked: Instrument, item: str, variable: str, said: pd.Series, codes: pd.Series
    ) -> pd.Series:
        wrong = ~allowed(asked, item, said)
        for value in np.sort(said[wrong].unique()):
            ids = codes[said == value]
            self.notes.add_out_of_range(variable, f"{asked.name}.{item}", float(value), ids)
        return said.mask(wrong)

    def _note_windows(self, wave: str, pieces: list[pd.DataFrame]) -> None:
        if not pieces:
            return
        seen = pd.concat([piece[["participant_id", "day"]] for piece in pieces]).dropna().drop_duplicates()
        planned = self.study.protocol.wave(wave)
        early, late = seen["day"] < planned.first_day, seen["day"] > planned.last_day
        self.notes.add_interviews(wave, early, late, seen["participant_id"])

    def _affiliations(self) -> pd.DataFrame:
        pieces = [self._spells(spell) for spell in self.mapping.groups]
        return pd.concat(pieces, ignore_index=True) if pieces else Entries().affiliations

    def _spells(self, spell: GroupSpell) -> pd.DataFrame:
        if spell.variable:
            source = Source(variable=spell.variable, codes=dict(spell.codes), missing=spell.missing)
            reasons(self.person, source, spell.variable, self.notes)
            group = labels(self.person, source, spell.variable, self.notes) if spell.codes else None
            there = ~is_missing(self.person, source, spell.variable)
            if group is None:
                group = pd.Series(spell.group, index=self.people.index, dtype=object)
                there &= self._says_yes(spell, there)
        else:
            group = pd.Series(spell.group, index=self.people.index, dtype=object)
            there = pd.Series(True, index=self.people.index)
        start = day_column(self.person, spell.start, self.people, self.day_0, self.notes)
        end = day_column(self.person, spell.end, self.people, self.day_0, self.notes)
        self._count_without_start(there & (group != "") & start.isna(), spell)
        kept = there & start.notna() & group.notna() & (group != "")
        found = {"participant_id": self.people, "group_name": group, "start_day": start, "end_day": end}
        return pd.DataFrame(found).assign(is_primary=spell.primary)[kept]

    def _says_yes(self, spell: GroupSpell, there: pd.Series) -> pd.Series:
        """Tell who is in the group: by the codes listed, else by 1 or yes against 0 or no, labels before codes."""
        codes = plain_codes(self.person.frame[spell.variable])
        if spell.when:
            return codes.isin([plain_code(code) for code in spell.when])
        named = {plain_code(code): label for code, label in self.person.variables[spell.variable].value_labels.items()}
        words = codes.map(lambda code: str(named.get(code, code)).strip().casefold())
        yes, no = words.isin(YES), words.isin(NO)
        unclear = there & ~yes & ~no
        if unclear.any():
            row = unclear.index[unclear][0]
            self.notes.problem(
                f"{place(self.file, row, spell.variable)}: {quoted(codes[row])} says neither yes nor no; list the "
                "codes that mean yes under when"
            )
        return yes

    def _count_without_start(self, wrong: pd.Series, spell: GroupSpell) -> None:
        if wrong.any():
            reason = f"in a group by {spell.variable or spell.start}, without the day on which it began"
            self.notes.left_out[reason] += int(wrong.sum())

    def _status_events(self) -> pd.DataFrame:
        pieces = [self._changes(change) for change in self.mapping.status]
        return pd.concat(pieces, ignore_index=True) if pieces else Entries().status_events

    def _changes(self, change: StatusChange) -> pd.DataFrame:
        day = day_column(self.person, change.day or None, self.people, self.day_0, self.notes)
        happened = day.notna()
        if change.variable:
            codes = plain_codes(self.person.frame[change.variable])
            happened = codes.isin([plain_code(code) for code in change.when])
        found = pd.DataFrame({"participant_id": self.people, "kind": change.kind, "day": day})
        return found[happened]

    def _use_reports(self) -> pd.DataFrame:
        pieces = [self._first_use(rule) for rule in self.mapping.first_use]
        return pd.concat(pieces, ignore_index=True) if pieces else Entries().use_reports

    def _first_use(self, rule: FirstUse) -> pd.DataFrame:
        used = numbers(self.person, rule.used)
        day = self._use_days(rule)
        known = day.notna() & used.notna()
        half = day.notna() != used.notna()
        if half.any():
            reason = f"{rule.used} without {rule.day}, or the reverse: no day of use is known"
            self.notes.left_out[reason] += int(half.sum())
        wrong = known & (~used.isin([0, 1]) | (day < 0) | (day > LAST_DAY) | (day != np.floor(day)))
        if wrong.any():
            row = wrong.index[wrong][0]
            self.notes.problem(
                f"{place(self.file, row, code=self.people[row])}: {rule.day} is {day[row]:g} and {rule.used} "
                f"is {used[row]:g}; the day must be a whole number from 0 to {LAST_DAY} and the other 0 or 1"
            )
        known &= ~wrong
        last_free = (day - used)[known & (day - used >= 0)]
        free = pd.DataFrame({"participant_id": self.people[last_free.index], "start_day": 0, "end_day": last_free})
        use = day[known & (used == 1)]
        event = pd.DataFrame({"participant_id": self.people[use.index], "start_day": use, "end_day": use})
        both = pd.concat([free.assign(state="abstinent"), event.assign(state="used")], ignore_index=True)
        whole = both.astype({"start_day": int, "end_day": int})
        return whole.assign(substance=rule.substance, source=rule.source)

    def _use_days(self, rule: FirstUse) -> pd.Series:
        if self.file.variables[rule.day].kind in ("date", "datetime"):
            return day_column(self.person, rule.day, self.people, self.day_0, self.notes)
        return numbers(self.person, rule.day)


def person_variables(mapping: Mapping) -> list[str]:
    """Name the variables that say something about a participant and not about a wave."""
    enrolment = mapping.enrolment
    sources = [enrolment.arm, enrolment.site, enrolment.origin_date, *mapping.characteristics.values()]
    names = [source.variable for source in sources if source is not None]
    names += [name for rule in mapping.first_use for name in (rule.day, rule.used)]
    spells = [name for spell in mapping.groups for name in (spell.variable, spell.start, spell.end)]
    names += [name for name in spells if isinstance(name, str)]
    names += [name for change in mapping.status for name in (change.variable, change.day)]
    return list(dict.fromkeys(name for name in names if name))
