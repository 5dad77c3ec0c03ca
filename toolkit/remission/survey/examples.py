"""Worked answer sheets that lie beside a definition, and whether the scoring agrees with them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from remission.errors import DefinitionError
from remission.survey.answers import ANSWERS
from remission.survey.definition import Instrument
from remission.survey.missing import Kind, MissingRule
from remission.survey.scoring import score

FIXED = ("example", "missing", "by_hand")
SCORE = "score:"
NOT_LOOKED_AT = "-"


@dataclass(frozen=True)
class Example:
    """One answer sheet with the scores worked out by hand.

    Attributes
    ----------
    name, by_hand : str
        What the sheet shows, and the arithmetic in words.
    missing : MissingRule or None
        A rule in place of the definition's.
    answers : pandas.DataFrame
        The sheet as answers of one participant at one wave.
    expected : dict of str to float or None
        Score a scale; None where no score is to be given.
    """

    name: str
    by_hand: str
    missing: MissingRule | None
    answers: pd.DataFrame
    expected: dict[str, float | None]

    def disagreements(self, instrument: Instrument) -> list[str]:
        """Return one sentence for each scale whose score differs from the expected one."""
        found = []
        for scale, expected in self.expected.items():
            scores = score(instrument, self.answers, scale, self.missing)
            got = float(scores["score"].iloc[0])
            agrees = pd.isna(got) if expected is None else abs(got - expected) < 1e-9
            if not agrees:
                wanted = "no score" if expected is None else f"{expected:g}"
                found.append(
                    f"{self.name}: scale '{scale}' scores {got:g}, by hand {wanted} ({self.by_hand})"
                )
        return found


def read_examples(path: Path, instrument: Instrument) -> tuple[Example, ...]:
    """Read ``scoring_examples.csv``.

    Parameters
    ----------
    path : pathlib.Path
        Columns ``example missing by_hand``, one a item, one a scale as ``score:<scale>``. An empty
        item cell is no answer, a word in it a missing reason. An empty score cell means no score, a
        dash that the scale is not looked at. ``missing`` is empty, or a rule such as ``prorate 3``.
    instrument : Instrument

    Returns
    -------
    tuple of Example

    Raises
    ------
    DefinitionError
        A column is missing or unknown, or a cell cannot be read.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        _check_columns(path, tuple(reader.fieldnames or ()), instrument)
        return tuple(_example(path, row, instrument) for row in reader)


def _check_columns(path: Path, columns: tuple[str, ...], instrument: Instrument) -> None:
    wanted = {*FIXED, *(i.name for i in instrument.items), *(f"{SCORE}{s.name}" for s in instrument.scales)}
    for name in sorted(wanted ^ set(columns)):
        state = "is absent" if name in wanted else "is neither an item nor a score"
        raise DefinitionError(f"{path}: the column '{name}' {state}.", "Mend the first row of the file.")


def _example(path: Path, row: dict[str, str], instrument: Instrument) -> Example:
    try:
        return Example(
            name=row["example"],
            by_hand=row["by_hand"],
            missing=_missing(row["missing"]),
            answers=_answers(row, instrument),
            expected={
                scale.name: float(cell) if cell else None
                for scale in instrument.scales
                if (cell := row[f"{SCORE}{scale.name}"]) != NOT_LOOKED_AT
            },
        )
    except (ValueError, TypeError) as problem:
        raise DefinitionError(
            f"{path}: the example '{row['example']}' has a cell that cannot be read: {problem}.",
            "Write numbers with a point, a missing rule as 'prorate 3', and one cell a column.",
        ) from problem


def _missing(cell: str) -> MissingRule | None:
    if not cell:
        return None
    kinds: dict[str, Kind] = {"strict": "strict", "prorate": "prorate", "sum_answered": "sum_answered"}
    kind, _, least = cell.partition(" ")
    if kind not in kinds:
        raise ValueError(f"'{cell}' is no missing rule")
    return MissingRule(kind=kinds[kind], min_answered=int(least) if least else None)


def _answers(row: dict[str, str], instrument: Instrument) -> pd.DataFrame:
    cells = [(item.name, row[item.name].strip()) for item in instrument.items]
    reasons = [cell if cell and not _is_number(cell) else None for _, cell in cells]
    return pd.DataFrame(
        {
            "participant_id": "example",
            "wave": "baseline",
            "day": 0,
            "instrument": instrument.name,
            "version": instrument.version,
            "item": [name for name, _ in cells],
            "value": [float(cell) if _is_number(cell) else float("nan") for _, cell in cells],
            "missing_reason": pd.Series(reasons, dtype=object),
        }
    )[list(ANSWERS.columns)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
