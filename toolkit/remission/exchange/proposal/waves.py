"""The waves of a proposal: how each is told in the file, what the study calls it, and its day."""

import re
from dataclasses import dataclass

from remission.cohort import Study
from remission.cohort.wave import Wave
from remission.exchange.mapping import Code
from remission.exchange.profile.families import Family, Key, Pattern
from remission.exchange.profile.keys import LongForm
from remission.exchange.profile.names import told_number
from remission.exchange.profile.notes import plain_number
from remission.exchange.profile.profile import Profile

DAYS = re.compile(r"\bdays?\b|\btage\b|\bd[ií]as\b", re.I)
SINCE = re.compile(r"baseline|\bbl\b|day 0|enrol|randomi[sz]|intake|study entry|since_bl", re.I)
INTERVIEW = re.compile(r"interview|visit|assessment|follow-?up|befragung|entrevista|since_bl", re.I)
DATE_NAME = re.compile(
    r"(int|interview|visit|assess|survey)\w*_?(date|dt|datum|fecha)|date_?of_?(interview|visit)", re.I
)
DAYS_A = {"month": 365.25 / 12, "week": 7.0, "year": 365.25, "day": 1.0}


@dataclass(frozen=True)
class WaveLine:
    """One wave of the proposal.

    Attributes
    ----------
    name : str
    key : tuple or None
        The pattern's key; None where the waves are rows.
    value : float, str or None
        What the wave variable holds.
    prefix, suffix : str
    day : int, str or None
        A number, or a variable.
    decide, evidence : str
    """

    name: str
    key: Key | None = None
    value: Code | None = None
    prefix: str = ""
    suffix: str = ""
    day: int | str | None = None
    decide: str = ""
    evidence: str = ""


def wave_lines(profile: Profile, study: Study | None) -> list[WaveLine]:
    """Draw up the waves of a mapping."""
    if profile.long:
        return _in_order(_of_rows(profile, profile.long, study), study)
    if profile.waves:
        return _in_order(_of_names(profile, profile.waves, study), study)
    name = study.protocol.waves[0].name if study else "baseline"
    return [
        WaveLine(
            name, day=0, decide=f"no wave stands in names or rows: is this file the wave {name}, and on which day?"
        )
    ]


def _of_names(profile: Profile, pattern: Pattern, study: Study | None) -> list[WaveLine]:
    place = pattern.style[0]
    days = _day_family(profile, pattern)
    found = []
    for index, key in enumerate(pattern.keys):
        labels = [profile.variables[family.columns[key]].label for family in pattern.families if key in family.columns]
        name, decide = name_wave(pattern.unit if key[0] == "number" else key[0], key[1], labels, index, study)
        day, evidence = _day(profile, days.columns.get(key) if days else None, name, index, study)
        found.append(
            WaveLine(
                name,
                key,
                prefix=pattern.affixes[key] if place == "prefix" else "",
                suffix=pattern.affixes[key] if place == "suffix" else "",
                day=day,
                decide=decide,
                evidence=evidence,
            )
        )
    return found


def _of_rows(profile: Profile, long: LongForm, study: Study | None) -> list[WaveLine]:
    variable = profile.variables[long.variable]
    days = next((name for name in profile.variables if _holds_days(profile, name)), None)
    months = {float(wave.months) for wave in study.protocol.waves} if study else set()
    numbers = {value for value in long.rows_by_value if isinstance(value, float)}
    unit = "month" if re.search("month|monat|mes", f"{long.variable} {variable.label}", re.I) else "wave"
    if months and len(numbers) == len(long.rows_by_value) and numbers <= months and max(numbers) > 2:
        unit = "month"
    found = []
    for index, (value, rows) in enumerate(long.rows_by_value.items()):
        said = str(variable.value_labels.get(value, value if isinstance(value, str) else ""))
        number = value if isinstance(value, float) else float(index + 1)
        labels = [re.sub(r"[_-]", " ", said)] if said else []
        name, decide = name_wave(unit if not isinstance(value, str) else "wave", number, labels, index, study)
        day, evidence = _day(profile, days, name, index, study)
        found.append(
            WaveLine(
                name, None, value, day=day, decide=decide, evidence=f"{rows} rows" + (f"; {evidence}" * bool(evidence))
            )
        )
    return found


def name_wave(unit: str, number: float, labels: list[str], index: int, study: Study | None) -> tuple[str, str]:
    """Name a wave as the study does; returns the name and what must be decided, empty where it is plain."""
    told = _told(labels)
    if told and told[0] != "word" and unit in ("wave", "visit", "number", "word", "follow-up"):
        unit, number = told
    elif told and told == ("word", 0.0) and unit in ("wave", "visit", "number", "follow-up"):
        unit, number = "word", 0.0
    plain = _plain_name(unit, number)
    if study is None:
        guessed = unit in ("word", "number") and number != 0
        return plain, f"which wave is {plain}?" if guessed else ""
    waves = study.protocol.waves
    wave = _by_time(unit, number, waves)
    if wave is not None:
        return wave.name, ""
    if unit in DAYS_A or unit == "word":
        return plain, f"the study has no wave {plain}: add it to study.yaml, or leave this line and its variables out"
    near = waves[min(index, len(waves) - 1)].name if index < len(waves) else plain
    return near, f"is {unit} {plain_number(number)} of the file the wave {near} of the study?"


def _told(labels: list[str]) -> tuple[str, float] | None:
    found = [told for label in labels if (told := told_number(label))]
    if not found or len(found) * 2 < len(labels):
        return None
    best = max(set(found), key=found.count)
    return best if found.count(best) * 2 >= len(found) else None


def _plain_name(unit: str, number: float) -> str:
    if number == 0:
        return "baseline"
    if unit == "word":
        return {-1.0: "screening", 1.0: "post", 2.0: "follow_up"}.get(number, "post")
    named = {"visit": "visit", "follow-up": "follow_up", "number": "wave"}.get(unit, unit)
    return f"{named}_{plain_number(number)}"


def _by_time(unit: str, number: float, waves: tuple[Wave, ...]) -> Wave | None:
    if unit == "word":
        return next((wave for wave in waves if number == 0 and wave.months == 0), None)
    if unit == "month":
        return next((wave for wave in waves if wave.months == number), None)
    if unit in DAYS_A:
        day = number * DAYS_A[unit]
        return next((wave for wave in waves if wave.first_day <= day <= wave.last_day), None)
    return None


def _in_order(lines: list[WaveLine], study: Study | None) -> list[WaveLine]:
    """Put the waves in the study's order; a name that came twice is told apart and asked."""
    seen: set[str] = set()
    found = []
    for place, line in enumerate(lines, start=1):
        if line.name in seen:
            twice = f"{line.name}_{place}"
            line = WaveLine(
                twice, line.key, line.value, line.prefix, line.suffix, line.day,
                f"two waves of the file look like {line.name}: which is this?", line.evidence,
            )  # fmt: skip
        seen.add(line.name)
        found.append(line)
    order = {wave.name: place for place, wave in enumerate(study.protocol.waves)} if study else {}
    return sorted(found, key=lambda line: order.get(line.name, len(order)))


def _day_family(profile: Profile, pattern: Pattern) -> Family | None:
    fits = [
        family
        for family in pattern.families
        if family.columns and all(_holds_days(profile, name) for name in family.columns.values())
    ]
    return max(fits, key=lambda family: len(family.columns), default=None)


def _holds_days(profile: Profile, name: str) -> bool:
    """Tell whether a variable says on which day its interview was."""
    variable, tally = profile.variables[name], profile.tallies[name]
    if tally.is_text or name in profile.private or tally.is_empty:
        return False
    said = f"{name} {variable.label}"
    if variable.kind in ("date", "datetime"):
        return bool(DATE_NAME.search(said) or INTERVIEW.search(variable.label))
    return bool(tally.whole and DAYS.search(said.replace("_", " ")) and SINCE.search(said) and INTERVIEW.search(said))


def _day(
    profile: Profile, name: str | None, wave: str, index: int, study: Study | None
) -> tuple[int | str | None, str]:
    planned = next((each for each in study.protocol.waves if each.name == wave), None) if study else None
    at_start = planned.months == 0 if planned else wave == "baseline"
    if at_start and (name is None or profile.long or profile.tallies[name].is_empty):
        return 0, ""
    if name is None:
        return None, "no variable holds the day of the interview: the planned day counts"
    tally = profile.tallies[name]
    if profile.long or tally.low is None or tally.high is None or profile.variables[name].kind != "number":
        return name, ""
    said = f"days {plain_number(tally.low)} to {plain_number(tally.high)}"
    if planned and not planned.first_day <= tally.low <= tally.high <= planned.last_day:
        said += f", some outside the allowed window {planned.first_day} to {planned.last_day}"
    return name, said
