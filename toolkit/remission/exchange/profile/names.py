"""The ways in which a variable's name may carry a wave: where the token stands, and what it says."""

import re
from dataclasses import dataclass
from functools import lru_cache

UNITS = {
    "wave": "wave", "waves": "wave", "welle": "wave", "ola": "wave", "onda": "wave", "w": "wave", "t": "wave",
    "time": "wave", "timepoint": "wave", "tp": "wave", "zeitpunkt": "wave", "tiempo": "wave", "v": "visit",
    "visit": "visit", "visita": "visit", "besuch": "visit", "round": "wave", "phase": "wave", "fu": "follow-up",
    "followup": "follow-up", "follow": "follow-up", "m": "month", "mo": "month", "mth": "month", "month": "month",
    "months": "month", "monat": "month", "monate": "month", "mes": "month", "meses": "month", "wk": "week",
    "week": "week", "weeks": "week", "woche": "week", "semana": "week", "y": "year", "yr": "year", "year": "year",
    "years": "year", "jahr": "year", "ano": "year", "day": "day", "tag": "day", "dia": "day",
}  # fmt: skip
MARKS = {
    "baseline": 0, "base": 0, "bl": 0, "pre": 0, "pretest": 0, "vortest": 0, "vorher": 0, "vor": 0, "intake": 0,
    "screening": -1, "screen": -1, "post": 1, "posttest": 1, "nachtest": 1, "nachher": 1, "nach": 1, "discharge": 1,
    "exit": 1, "followup": 2, "fu": 2, "katamnese": 2, "seguimiento": 2, "antes": 0, "despues": 1,
}  # fmt: skip
LONG_UNITS = "|".join(sorted((unit for unit in UNITS if len(unit) > 3), key=len, reverse=True))
ALL_UNITS = "|".join(sorted(UNITS, key=len, reverse=True))
CAPITAL_UNITS = (
    "TimePoint|Timepoint|timepoint|Wave|wave|Visit|visit|Month|month|Week|Year|Time|Welle|Monat|FU|Zeitpunkt"
)
CAPITAL_MARKS = "BL|Pre|Post|PRE|POST|Baseline|Pretest|Posttest"
SPELT = rf"(?:(?:{LONG_UNITS})_?|{ALL_UNITS})"
ALL_MARKS = "|".join(sorted(MARKS, key=len, reverse=True))
COUNTED = "months|month|mth|mo|m|weeks|week|wk|w|years|year|yr|y"
RECALL = re.compile(
    r"\b(past|last|previous|preceding|prior|letzten?|vergangenen?|[uú]ltim[oa]s?)\s+(\d+)[ -]*"
    r"(days?|weeks?|months?|years?|tagen?|wochen?|monaten?|jahren?|d[ií]as|semanas|meses|a[nñ]os)",
    re.I,
)


@dataclass(frozen=True, order=True)
class Token:
    """What a name says about its wave.

    Attributes
    ----------
    number : float
        Order; for words such as ``BL`` and ``post`` their place.
    unit : str
        ``wave``, ``visit``, ``month``, ``week``, ``year``, ``day``, ``follow-up``, ``word``, or ``number`` where
        only a number stands.
    text : str
        As it stands in the name, without its separator.
    """

    number: float
    unit: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One way to read a name: what comes before the token, what after.

    ``style`` groups readings that can belong together: ``suffix``, ``prefix`` or ``infix``, how the token is
    set off, and whether it is told (``_t1``) or a bare number (``_1``).
    """

    name: str
    head: str
    token: Token
    tail: str
    style: tuple[str, str, str]
    affix: str

    @property
    def stem(self) -> str:
        """The name without its token."""
        return f"{self.head}\N{MIDDLE DOT}{self.tail}" if self.style[0] == "infix" else self.head or self.tail

    @property
    def is_told(self) -> bool:
        """Tell whether a word of time stands in the name."""
        return self.style[2] == "explicit"


SUFFIXES = (
    (re.compile(rf"^(?P<head>.+?)(?P<sep>[_.])(?P<unit>{SPELT})(?P<n>\d{{1,3}})$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<head>.+?)(?P<sep>[_.])(?P<n>\d{{1,3}})(?P<unit>{COUNTED})$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<head>.+?)(?P<sep>[_.])(?P<mark>{ALL_MARKS})$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<head>.*[a-z])(?P<sep>)(?P<unit>{CAPITAL_UNITS})(?P<n>\d{{1,3}})$"), "glued", "explicit"),
    (re.compile(r"^(?P<head>.*[a-z])(?P<sep>)(?P<unit>[TW])(?P<n>\d{1,2})$"), "glued", "explicit"),
    (re.compile(r"^(?P<head>.*[A-Za-z])(?P<sep>)(?P<n>\d{1,2})(?P<unit>m|mo|mth|wk)$"), "glued", "explicit"),
    (re.compile(rf"^(?P<head>.*[a-z])(?P<sep>)(?P<mark>{CAPITAL_MARKS})$"), "glued", "explicit"),
    (re.compile(r"^(?P<head>.+?)(?P<sep>[_.])(?P<n>\d{1,3})$"), "set off", "bare"),
    (re.compile(r"^(?P<head>.*[A-Za-z])(?P<sep>)(?P<n>\d{1,3})$"), "glued", "bare"),
)  # fmt: skip
PREFIXES = (
    (re.compile(rf"^(?P<unit>{SPELT})(?P<n>\d{{1,3}})(?P<sep>[_.])(?P<tail>[a-z].*)$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<mark>{ALL_MARKS})(?P<sep>[_.])(?P<tail>[^\W\d_].*)$", re.I), "set off", "explicit"),
    (re.compile(r"^(?P<unit>[TW])(?P<n>\d{1,2})(?P<sep>)(?P<tail>[A-Z][A-Z].*)$", re.I), "glued", "explicit"),
    (re.compile(r"^(?P<letter>[HRVYSP])(?P<n>\d{1,2})(?P<sep>_?)(?P<tail>[A-Za-z][A-Za-z0-9_]+)$"), "glued", "bare"),
)  # fmt: skip
INFIXES = (
    (re.compile(rf"^(?P<head>.+[_.])(?P<unit>{SPELT})(?P<n>\d{{1,3}})(?P<tail>[_.].+)$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<head>.+[_.])(?P<n>\d{{1,3}})(?P<unit>{COUNTED})(?P<tail>_.+)$", re.I), "set off", "explicit"),
    (re.compile(rf"^(?P<head>.+[_.])(?P<mark>{ALL_MARKS})(?P<tail>[_.].+)$", re.I), "set off", "explicit"),
    (re.compile(r"^(?P<head>.+[a-z])(?P<mark>Pretest|Posttest|Pre|Post)(?P<tail>[_.]?\d+)$"), "glued", "explicit"),
    (re.compile(r"^(?P<head>.+[_.])(?P<n>\d{1,3})(?P<tail>[_.]\d+)$"), "set off", "bare"),
)  # fmt: skip


@lru_cache(maxsize=50_000)
def readings(name: str) -> tuple[Reading, ...]:
    """Give every way in which a name may carry a wave, told ones first."""
    found = []
    for place, patterns in (("suffix", SUFFIXES), ("prefix", PREFIXES), ("infix", INFIXES)):
        for pattern, setting, strength in patterns:
            match = pattern.match(name)
            if match:
                found.append(_reading(name, place, setting, strength, match.groupdict()))
    return tuple(sorted(found, key=lambda reading: not reading.is_told))


def _reading(name: str, place: str, setting: str, strength: str, parts: dict[str, str | None]) -> Reading:
    head, tail = parts.get("head") or "", parts.get("tail") or ""
    affix = name[len(head) : len(name) - len(tail)]
    mark = parts.get("mark")
    if mark:
        token = Token(float(MARKS[mark.lower()]), "word", mark)
    else:
        unit = parts.get("unit")
        said = UNITS[unit.lower().rstrip("_")] if unit else "number"
        token = Token(float(parts["n"] or 0), said, affix.strip("_."))
    setting += f" {letter}" if (letter := parts.get("letter")) else ""
    return Reading(name, head, token, tail, (place, setting, strength), affix)


def words_of(name: str) -> list[str]:
    """Split a name at separators, digits and changes of case: ``LastName_2`` to ``last``, ``name``."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    parted = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", parted)
    return [word.lower() for word in re.findall(r"[^\W\d_]+", parted)]


@lru_cache(maxsize=50_000)
def without_time(label: str) -> str:
    """Take words of time and their numbers out of a label, to compare what is asked."""
    units = rf"{LONG_UNITS}|{ALL_MARKS}|mo|mth|wk|yr|days|follow[- ]?up"
    # A window of recall belongs to the question: "past 30 days" is no wave.
    text = RECALL.sub(r"recall\2\3", label.lower())
    text = re.sub(rf"\(?\b(at |after |last )?({units})s?\b[ _#.:-]*\d+\)?", " ", text)
    text = re.sub(rf"\b\d+(st|nd|rd|th|\.)?[ -]*({units})s?\b", " ", text)
    text = re.sub(r"\b[twv]\d+\b", " ", text)
    text = re.sub(rf"\b({ALL_MARKS}|follow[- ]?up|first|second|third|last)\b", " ", text)
    return re.sub(r"[\W_]+", " ", text).strip()


def told_number(label: str) -> tuple[str, float] | None:
    """Read the time that a label names: ``(month 6)`` or ``6 months`` to ``("month", 6)``."""
    units = "|".join(unit for unit in sorted(UNITS, key=len, reverse=True) if len(unit) > 2)
    label = RECALL.sub(" ", label)
    match = re.search(rf"\b({units})s?[ _#.:-]*(\d+)\b", label, re.I)
    if match:
        return UNITS[match[1].lower()], float(match[2])
    match = re.search(rf"\b(\d+)(?:st|nd|rd|th|\.)?[ -]*({units})s?\b", label, re.I)
    if match:
        return UNITS[match[2].lower()], float(match[1])
    match = re.search(rf"\b({ALL_MARKS})\b", label, re.I)
    return ("word", float(MARKS[match[1].lower()])) if match else None


def recall_number(label: str) -> float | None:
    """Return the number of a window of recall: 30 for ``in the past 30 days``."""
    match = RECALL.search(label)
    return float(match[2]) if match else None
