"""Which variable names the participant, which the wave, and what is odd about them."""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.exchange.files import DataFile, Variable
from remission.exchange.profile.names import words_of

ID_NAMES = (
    "participantid", "participant", "pid", "subjectid", "subject", "subjid", "recordid", "patientid", "patno",
    "personid", "caseid", "respondentid", "studyid", "id", "idnum", "usubjid", "proband", "probandid", "vpnr", "vp",
    "participante", "sujeto", "paciente", "code", "idstud", "stuid", "responseid",
)  # fmt: skip
WAVE_NAMES = (
    "redcapeventname", "wave", "visit", "timepoint", "event", "welle", "ola", "visita", "zeitpunkt", "followup",
    "time", "month", "assessment", "interview", "week", "visitnum", "tp", "year", "day", "period", "session",
)  # fmt: skip
ID_LABEL = re.compile(
    r"\b(participant|subject|patient|person|respondent|study|record|case|proband\w*)[ -]?(id|code|number|nr)\b", re.I
)
MOST_WAVES = 60
FIRST_SHOWN = 5


@dataclass(frozen=True)
class IdFinding:
    """The likely id.

    Attributes
    ----------
    variable : str
    why : str
    is_sure : bool
    distinct, empty : int
    duplicates : tuple of (value, rows)
        Values that stand more than once; rows of the file from 1.
    variants : tuple of (values, rows)
        Values alike but for case, spaces or leading zeros.
    n_duplicates, n_variants : int
    """

    variable: str
    why: str
    is_sure: bool
    distinct: int
    empty: int
    duplicates: tuple[tuple[str, tuple[int, ...]], ...] = ()
    variants: tuple[tuple[str, tuple[int, ...]], ...] = ()
    n_duplicates: int = 0
    n_variants: int = 0


@dataclass(frozen=True)
class LongForm:
    """One row a participant and wave: the variable that names the wave, and its values with their rows."""

    variable: str
    rows_by_value: dict[float | str, int]
    pairs_twice: int

    @property
    def is_sure(self) -> bool:
        """Tell whether no participant has a wave twice."""
        return self.pairs_twice == 0


class Keys:
    """Whole columns of the few variables that may be an id or a wave."""

    def __init__(self, variables: dict[str, Variable]) -> None:
        self.ids = _candidates(variables, ID_NAMES, 3)
        labelled = [name for name, variable in variables.items() if ID_LABEL.search(variable.label)]
        self.ids += [name for name in labelled[:2] if name not in self.ids]
        self.first = next(iter(variables), "")
        self.waves = [name for name in _candidates(variables, WAVE_NAMES, 4) if name not in self.ids]
        self._pieces: dict[str, list[pd.Series]] = defaultdict(list)

    def add(self, piece: DataFile) -> None:
        """Keep the candidates' cells of a piece."""
        for name in {*self.ids, *self.waves, self.first} & set(piece.frame.columns):
            self._pieces[name].append(piece.frame[name])

    def column(self, name: str) -> pd.Series:
        """Return a kept column as text, empty where nothing stands."""
        pieces = self._pieces.get(name)
        if not pieces:
            return pd.Series(dtype=object)
        return as_text(pd.concat(pieces))

    def find_id(self) -> IdFinding | None:
        """Choose the likely id; None where nothing looks like one."""
        best: IdFinding | None = None
        for name in self.ids:
            found = _id_finding(name, self.column(name), "named like an id", True)
            if found.distinct and (best is None or found.distinct > best.distinct):
                best = found
        if best is not None or not self.first:
            return best
        raw = self._pieces.get(self.first)
        if not raw or not _whole_or_text(raw):
            return None
        found = _id_finding(self.first, self.column(self.first), "the first column, and no value twice", False)
        return found if found.distinct > 1 and not found.n_duplicates and not found.empty else None

    def find_long(self, named: IdFinding | None) -> LongForm | None:
        """Find the wave variable of a file with several rows a participant."""
        if named is None or not named.n_duplicates:
            return None
        codes = self.column(named.variable)
        best: LongForm | None = None
        for name in self.waves:
            waves = self.column(name)
            counts = waves[waves != ""].value_counts()
            if not 2 <= len(counts) <= MOST_WAVES or (waves == "").mean() > 0.05:
                continue
            twice = int(pd.DataFrame({"id": codes, "wave": waves}).duplicated().sum())
            if twice > 0.05 * len(codes):
                continue
            values = {_number_or_text(str(value)): int(rows) for value, rows in counts.items()}
            ordered = dict(sorted(values.items(), key=lambda item: (isinstance(item[0], str), item[0])))
            if best is None or twice < best.pairs_twice:
                best = LongForm(name, ordered, twice)
        return best


def as_text(column: pd.Series) -> pd.Series:
    """Write a column as codes: whole numbers as digits, texts as they are, missing as empty."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype(object).astype(str).str.strip()
    cells = column.to_numpy(dtype=float)
    whole = np.isfinite(cells) & (cells == np.floor(cells)) & (np.abs(cells) < 2.0**53)
    text = np.full(len(cells), "", dtype=object)
    text[whole] = cells[whole].astype(np.int64).astype(str)
    other = ~whole & ~np.isnan(cells)
    text[other] = [f"{value:.15g}" for value in cells[other]]
    return pd.Series(text, index=column.index, dtype=object)


def _number_or_text(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _candidates(variables: dict[str, Variable], names: tuple[str, ...], most: int) -> list[str]:
    plain = {name: "".join(re.findall(r"[^\W_]+", name)).lower() for name in variables}
    found = [name for wanted in names for name, said in plain.items() if said == wanted]
    ends = [name for name in variables if words_of(name)[-1:] in (["id"], ["pid"]) and "id" in names]
    return list(dict.fromkeys([*found, *ends]))[:most]


def _whole_or_text(pieces: list[pd.Series]) -> bool:
    if not pd.api.types.is_numeric_dtype(pieces[0].dtype):
        return True
    return all(bool((piece.dropna() == np.floor(piece.dropna())).all()) for piece in pieces)


def _id_finding(name: str, codes: pd.Series, why: str, sure: bool) -> IdFinding:
    filled = codes[codes != ""]
    twice = filled[filled.duplicated(keep=False)]
    plain = filled.drop_duplicates()
    alike = plain.str.casefold().str.replace(r"\s+", "", regex=True).str.lstrip("0")
    variants = plain[alike.duplicated(keep=False)]
    return IdFinding(
        variable=name,
        why=why,
        is_sure=sure,
        distinct=len(plain),
        empty=int((codes == "").sum()),
        duplicates=_grouped(twice, twice),
        variants=_grouped(variants, alike[variants.index]),
        n_duplicates=int(twice.nunique()),
        n_variants=int(alike[variants.index].nunique()),
    )


def _grouped(values: pd.Series, by: pd.Series) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found = []
    for wanted in by.drop_duplicates().head(FIRST_SHOWN):
        group = values[by == wanted]
        shown = ", ".join(f"'{value}'" for value in group.drop_duplicates())
        found.append((shown, tuple(int(row) + 1 for row in group.index[:FIRST_SHOWN])))
    return tuple(found)
