"""Where in a file a recorded value stood: its row and its variable, for the audit trail."""

import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from remission.exchange.intake.plan import ImportPlan


@dataclass
class Whereabouts:
    """Adds the row of the file, counted from 1, and the variable to lines of the audit trail."""

    plan: ImportPlan
    rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def __call__(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return the lines with ``row`` and ``variable``."""
        if not self.rows:
            self._index_rows()
        told = lines.to_dict("records")
        rows = pd.Series([self._row(line) for line in told], index=lines.index, dtype=object)
        return lines.assign(row=rows, variable=[self._variable(line) for line in told])

    def _index_rows(self) -> None:
        pieces = self.plan.entries
        for rows in pieces.blocks:
            waves = pieces.waves[rows]
            for row, code, wave in zip(rows, pieces.codes[rows], waves, strict=True):
                self.rows[(code, wave)] = int(row) + 1
                self.rows.setdefault((code, ""), int(row) + 1)

    def _row(self, line: dict[Any, Any]) -> int | None:
        wave = line["wave"] if self.plan.mapping.wave else ""
        if wave or not self.plan.mapping.wave:
            return self.rows.get((line["participant_id"], wave))
        return self._where_stated(line["participant_id"], self._variable(line))

    def _where_stated(self, code: str, variable: str) -> int | None:
        """Find the first row of a participant in which a variable says something."""
        file, codes = self.plan.file, self.plan.entries.codes
        mine = file.frame.loc[codes.index[codes == code]]
        if variable in mine:
            stated = mine[variable].notna() & (mine[variable] != "")
            mine = mine[stated] if stated.any() else mine
        return int(mine.index[0]) + 1 if len(mine) else None

    def _variable(self, line: dict[Any, Any]) -> str:
        mapping, key = self.plan.mapping, json.loads(line["key"])
        match line["table"]:
            case "answer":
                return self._of_answer(key)
            case "response":
                return str(mapping.waves[key[1]].day or "")
            case "characteristic":
                return mapping.characteristics[key[1]].variable
            case "enrolment":
                return str(getattr(getattr(mapping.enrolment, line["field"]), "variable", ""))
            case "use_report":
                return ", ".join(rule.day for rule in mapping.first_use if rule.source == key[4])
            case "affiliation":
                named = [spell for spell in mapping.groups if key[1] in (spell.group, *spell.codes.values())]
                return ", ".join(spell.variable or str(spell.start) for spell in named)
            case "status_event":
                told = [change for change in mapping.status if change.kind == key[1]]
                return ", ".join(change.variable or change.day for change in told)
        return ""

    def _of_answer(self, key: list[str]) -> str:
        _, wave, instrument, _, item = key
        mapping = self.plan.mapping
        return mapping.answers[instrument][item].name_at(wave, mapping.waves[wave])
