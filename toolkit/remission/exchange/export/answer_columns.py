"""Columns of answers: every item of every instrument, at each wave or along the rows of waves."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.exchange.export.coding import Coding, own_coding
from remission.exchange.export.column import Column, Target
from remission.exchange.export.facts import Facts
from remission.exchange.export.makers import Draft, coding_of, own_column, sourced_column, text_column
from remission.exchange.export.rows import Rows
from remission.exchange.export.sources import Claim, Claims
from remission.survey import Instrument

FEW = 2


@dataclass
class AnswerColumns:
    """Makes the columns of answers.

    Attributes
    ----------
    study : Study
    facts : Facts
    rows : Rows
    claims : Claims
    remarks : list of str
        Takes what a person should know.
    """

    study: Study
    facts: Facts
    rows: Rows
    claims: Claims
    remarks: list[str]

    def make(self) -> list[Column]:
        """Make all, by wave and then in the order of the instruments."""
        told = self.facts.answers
        self.told = dict(list(told.groupby(["about", "instrument", "item"], sort=False)))
        instruments = dict.fromkeys(
            [*sorted(set(told["instrument"])), *(name.split(".")[0] for name in self._claimed())]
        )
        found: list[tuple[int, Column]] = []
        for name in instruments:
            definition = self.study.instrument(name)
            self._remark_versions(definition)
            for item in definition.items:
                found += self._item(definition, item.name)
            for about in sorted(set(told.loc[told["instrument"] == name, "about"]) - {""}):
                for item in definition.items:
                    found += self._about(definition, item.name, about)
        return [column for _, column in sorted(found, key=lambda pair: pair[0])] + self._texts()

    def _claimed(self) -> list[str]:
        return sorted(self.claims.items()) if self.rows.waves else []

    def _remark_versions(self, definition: Instrument) -> None:
        mine = self.facts.answers[self.facts.answers["instrument"] == definition.name]
        strange = sorted(set(mine["item"]) - {item.name for item in definition.items})
        if strange:
            self.remarks.append(
                f"{definition.name}: {', '.join(strange)} were answered in another version of the instrument and are "
                "left out."
            )

    def _item(self, definition: Instrument, item: str) -> list[tuple[int, Column]]:
        told = self.told.get(("", definition.name, item), self.facts.answers.iloc[:0])
        name = f"{definition.name}.{item}"
        claims = self.claims.of_item(name)
        head = max(claims.values(), key=lambda claim: claim.batch, default=None)
        for wave, claim in list(claims.items()):
            if head is not None and not _alike(claim, head):
                self.claims.drop(Target("answer", name, wave), "a newer file has other codes for the item")
                del claims[wave]
        waves = self._waves_of(definition, item, told, claims)
        coding = self._coding(definition, item, told, head)
        found = []
        for wave in waves:
            draft = self._draft(definition, item, told, wave)
            claim_here = claims.get(wave)
            if claim_here is None:
                column = own_column(draft, coding)
            else:
                column = sourced_column(draft, claim_here, coding, self.remarks)
            found.append((self._order(wave), column))
        return found

    def _waves_of(self, definition: Instrument, item: str, told: pd.DataFrame, claims: dict[str, Claim]) -> list[str]:
        if self.rows.is_long:
            return [""] if "" in claims or self._wanted(definition, told, "") else []
        return [wave for wave in self.rows.waves if wave in claims or self._wanted(definition, told, wave)]

    def _wanted(self, definition: Instrument, told: pd.DataFrame, wave: str) -> bool:
        """Tell whether an item that no file brought belongs there: answered, or asked with its instrument."""
        if not (told.empty if not wave else told[told["wave"] == wave].empty):
            return True
        brought = any(name.split(".")[0] == definition.name for name in self.claims.items())
        mine = self.facts.answers
        mine = mine[(mine["instrument"] == definition.name) & (mine["about"] == "")]
        asked = not mine.empty if not wave else bool((mine["wave"] == wave).any())
        return asked and not brought

    def _coding(self, definition: Instrument, item: str, told: pd.DataFrame, head: Claim | None) -> Coding:
        values = told["value"].dropna().astype(object)
        if head is None:
            return own_coding(values, definition.bounds(item)[0])
        return coding_of(head.source, head.variable, values, told["missing_reason"].dropna(), {})

    def _draft(self, definition: Instrument, item: str, told: pd.DataFrame, wave: str, about: str = "") -> Draft:
        asked = definition.item(item)
        here = told if not wave else told[told["wave"] == wave]
        choices = {one.value: one.label for one in definition.choices[asked.choices]} if asked.choices else {}
        where = f" ({wave.replace('_', ' ')})" if wave else ""
        who = f" - about {self.study.protocol.group(about).title}" if about else ""
        measure = ("nominal" if len(choices) <= FEW else "ordinal") if choices else "scale"
        names = [definition.name, item, about, wave]
        return Draft(
            target=Target("about" if about else "answer", f"{definition.name}.{item}", wave),
            wish="_".join(part for part in names if part),
            label=f"{asked.text or asked.descriptor}{who}{where}",
            cells=self.rows.by_wave(here, "value"),
            reasons=self.rows.by_wave(here, "missing_reason"),
            measure=measure,
            choices=choices,
            lowest=definition.bounds(item)[0],
        )

    def _about(self, definition: Instrument, item: str, about: str) -> list[tuple[int, Column]]:
        told = self.told.get((about, definition.name, item))
        if told is None:
            return []
        waves = [""] if self.rows.is_long else [wave for wave in self.rows.waves if (told["wave"] == wave).any()]
        return [(self._order(wave), own_column(self._draft(definition, item, told, wave, about))) for wave in waves]

    def _texts(self) -> list[Column]:
        found = []
        texts = self.facts.texts
        keys = ["instrument", "item", "about"] if self.rows.is_long else ["instrument", "item", "about", "wave"]
        for key, told in texts.groupby(keys, sort=True):
            instrument, item, about, wave = (str(part) for part in ((*key, "") if self.rows.is_long else key))
            asked = self.study.instrument(instrument).item(item)
            wish = "_".join(part for part in (instrument, item, about, "text", wave) if part)
            label = f"{asked.text or asked.descriptor} - in words{f' ({wave})' if wave else ''}"
            target = Target("text", f"{instrument}.{item}", wave)
            found.append(text_column(target, wish, label, self.rows.by_wave(told, "text")))
        return found

    def _order(self, wave: str) -> int:
        return self.rows.waves.index(wave) if wave else 0


def _alike(claim: Claim, head: Claim) -> bool:
    """Tell whether two variables hold an item in the same codes."""
    same = claim.source.codes == head.source.codes and claim.source.missing == head.source.missing
    return same and (claim.variable.kind == "text") == (head.variable.kind == "text")
