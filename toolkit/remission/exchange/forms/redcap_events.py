"""REDCap's events and the map of instruments to events, to and from the waves of a protocol."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from remission.cohort.wave import Wave
from remission.errors import DefinitionError
from remission.exchange.forms.csv_file import Row, read_rows, write_rows
from remission.exchange.forms.form import repeated, slug
from remission.exchange.forms.loss import Losses
from remission.yaml_file import first_fault

EVENT_COLUMNS = (
    "event_name",
    "arm_num",
    "day_offset",
    "offset_min",
    "offset_max",
    "unique_event_name",
    "custom_event_label",
)
MAP_COLUMNS = ("arm_num", "unique_event_name", "form")
DAYS_OF_MONTH = 30.4375
SHORTENED_FROM = 18
WAVE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Schedule:
    """When what is asked, as two files of REDCap say it.

    Attributes
    ----------
    waves : tuple of Wave
        The events of the first arm, by day.
    instruments : dict
        Wave to its instruments; empty where no map was read.
    losses : Losses
        What was not taken.
    """

    waves: tuple[Wave, ...]
    instruments: dict[str, tuple[str, ...]]
    losses: Losses


def unique_event_name(event: str, arm: int = 1) -> str:
    """Derive an event's unique name as REDCap documents it.

    Lower case, hyphens dropped, every other sign that is no letter or digit an underscore, doubled
    underscores made one, ``_arm_N`` at the end.
    """
    plain = re.sub(r"[^a-z0-9]", "_", event.lower().replace("-", ""))
    return re.sub(r"_{2,}", "_", f"{plain}_arm_{arm}")


def write_events(waves: Sequence[Wave], path: Path) -> Losses:
    """Write waves as the events of arm 1, with the columns of REDCap's scheduling.

    Parameters
    ----------
    waves : sequence of Wave
    path : pathlib.Path

    Returns
    -------
    Losses
        Optimum windows and months that the file cannot say, names that REDCap may shorten.

    Raises
    ------
    DefinitionError
        Two waves would have the same unique name.
    """
    losses, rows = Losses(), []
    for wave in waves:
        name = unique_event_name(wave.name)
        if wave.optimum_window != wave.allowed_window:
            first, last = wave.optimum_window
            losses.add(f"wave {wave.name}", f"the optimum window, days {first} to {last}: an event has one window")
        if round(wave.day / DAYS_OF_MONTH, 1) != wave.months:
            losses.add(f"wave {wave.name}", f"its {wave.months:g} months: an event has days only")
        if len(name.removesuffix("_arm_1")) > SHORTENED_FROM:
            losses.add(f"wave {wave.name}", f"REDCap may shorten '{name}'; compare it before the map is uploaded")
        before, after = wave.day - wave.first_day, wave.last_day - wave.day
        rows.append((wave.name, "1", str(wave.day), str(before), str(after), name, ""))
    _unique(row[5] for row in rows)
    write_rows(path, EVENT_COLUMNS, rows)
    return losses


def write_event_map(waves: Sequence[Wave], instruments: Mapping[str, Sequence[str]], path: Path) -> Losses:
    """Write which instruments are asked at which wave.

    Parameters
    ----------
    waves : sequence of Wave
    instruments : mapping
        Wave to its instruments.
    path : pathlib.Path
        An upload replaces the whole map of the REDCap project.

    Returns
    -------
    Losses
        Waves without an instrument, which a map does not name.

    Raises
    ------
    DefinitionError
        There is no wave of a name that ``instruments`` gives.
    """
    names = [wave.name for wave in waves]
    absent = [name for name in instruments if name not in names]
    if absent:
        raise DefinitionError(f"There is no wave '{absent[0]}' for the map.", f"The waves are {', '.join(names)}.")
    losses = Losses()
    for name in names:
        if not instruments.get(name):
            losses.add(f"wave {name}", "it has no instrument, so the map does not name it")
    rows = [("1", unique_event_name(name), form) for name in names for form in instruments.get(name, ())]
    write_rows(path, MAP_COLUMNS, rows)
    return losses


def read_schedule(events: Path, event_map: Path | None = None) -> Schedule:
    """Read events (with scheduling) and, where given, the map of instruments to events.

    An event has one window, which becomes both windows of its wave; months are days by 30.4375.
    Unique names are taken from the file and never derived anew.

    Parameters
    ----------
    events : pathlib.Path
    event_map : pathlib.Path, optional

    Returns
    -------
    Schedule

    Raises
    ------
    DefinitionError
        A file is not what it should be, a number is none, an event stands twice or is absent.
    """
    rows = read_rows(events, "a REDCap file of events", ("event_name", "arm_num", "unique_event_name"), {})
    if not rows:
        raise DefinitionError(f"{events.name} holds no event.", "Download the events of the REDCap project again.")
    if "day_offset" not in rows[0].cells:
        raise DefinitionError(
            f"{events.name} says no days: it has no column 'day_offset'.", "Turn scheduling on and download it again."
        )
    losses = Losses()
    arms = {row["unique_event_name"]: _whole(row, "arm_num") for row in rows}
    first = min(arms.values())
    for arm in sorted(set(arms.values()) - {first}):
        count = sum(found == arm for found in arms.values())
        losses.add(f"arm {arm}", f"its {count} events are not taken: a protocol has one row of waves")
    taken = [row for row in rows if arms[row["unique_event_name"]] == first]
    _unique(row["unique_event_name"] for row in rows)
    waves = {row["unique_event_name"]: _wave(row, losses) for row in taken}
    twice = repeated(wave.name for wave in waves.values())
    if twice is not None:
        raise DefinitionError(f"{events.name}: two events would be the wave '{twice}'.", "Rename one of them.")
    ordered = tuple(sorted(waves.values(), key=lambda wave: wave.day))
    for before, after in pairwise(ordered):
        if after.first_day <= before.last_day:
            losses.add(
                f"wave {after.name}", f"its window overlaps that of {before.name}; a protocol must keep them apart"
            )
    return Schedule(ordered, _instruments(event_map, waves, arms, ordered) if event_map else {}, losses)


def _unique(names: Iterable[str]) -> None:
    twice = repeated(names)
    if twice is not None:
        raise DefinitionError(f"Two events have the unique name '{twice}'.", "Rename one of them.")


def _whole(row: Row, column: str) -> int:
    if not re.fullmatch(r"-?\d{1,6}", row[column]):
        raise row.fault(f"'{row[column]}' is no whole number", "Write a whole number.", column)
    return int(row[column])


def _wave(row: Row, losses: Losses) -> Wave:
    event, day = row["event_name"], _whole(row, "day_offset")
    before, after = _whole(row, "offset_min"), _whole(row, "offset_max")
    if row["custom_event_label"]:
        losses.add(f"row {row.number}, {event}", f"the custom label: {row['custom_event_label']}")
    name = event if WAVE_NAME.fullmatch(event) else slug(event, "wave")
    if name != event:
        losses.add(f"row {row.number}, {event}", f"the wave is called '{name}'")
    window = (day - before, day + after)
    try:
        return Wave(
            name=name, day=day, months=round(day / DAYS_OF_MONTH, 1), optimum_window=window, allowed_window=window
        )
    except ValidationError as error:
        raise row.fault(first_fault(error), "Correct its offsets.") from error


def _instruments(
    path: Path, waves: Mapping[str, Wave], arms: Mapping[str, int], ordered: Sequence[Wave]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in read_rows(path, "a REDCap map of instruments to events", MAP_COLUMNS, {}):
        event, form = row["unique_event_name"], row["form"]
        if event not in arms:
            raise row.fault(f"there is no event '{event}'", "Download events and map from the same project.")
        if event not in waves:
            continue
        listed = found.setdefault(waves[event].name, [])
        if form in listed:
            raise row.fault(f"'{form}' stands at '{event}' already", "Take one of the two rows out.")
        listed.append(form)
    return {wave.name: tuple(found[wave.name]) for wave in ordered if wave.name in found}
