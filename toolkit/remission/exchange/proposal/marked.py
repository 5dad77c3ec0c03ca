"""Files that remission wrote itself: their variables say where they go."""

from collections import defaultdict
from dataclasses import dataclass, field

from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.answers import Block, ItemLine
from remission.exchange.proposal.people import Fact
from remission.exchange.proposal.reasons import reasons_for
from remission.exchange.proposal.waves import WaveLine

TARGET, WAVE = "remission_target", "remission_wave"


@dataclass
class Marked:
    """What the variables' own attributes say."""

    id: str = ""
    waves: list[WaveLine] = field(default_factory=list)
    enrolment: list[Fact] = field(default_factory=list)
    characteristics: list[Fact] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    wave_variable: str = ""
    used: set[str] = field(default_factory=set)


def read_marks(profile: Profile) -> Marked | None:
    """Read the attributes ``remission_target`` and ``remission_wave``; None where no variable has them."""
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, variable in profile.variables.items():
        target = _first(variable.attributes.get(TARGET))
        if target:
            told[target].append((_first(variable.attributes.get(WAVE)), name))
    if not told:
        return None
    found = Marked(used={name for places in told.values() for _, name in places})
    days: dict[str, str] = {}
    answers: dict[str, list[ItemLine]] = defaultdict(list)
    names: list[str] = []
    for target, places in told.items():
        names += [wave for wave, _ in places if wave and wave not in names]
        room, _, rest = target.partition(".")
        if target in ("id", "participant_id"):
            found.id = places[0][1]
        elif target == "wave":
            found.wave_variable = places[0][1]
        elif room == "enrolment":
            found.enrolment.append(_fact(profile, rest, places[0][1]))
        elif room == "characteristics":
            found.characteristics.append(_fact(profile, rest, places[0][1]))
        elif target == "day" or target.endswith(".day"):
            days |= dict(places)
        elif room == "answers" and "." in rest:
            instrument, _, item = rest.partition(".")
            answers[instrument].append(_item(profile, item, places))
    found.waves = [WaveLine(name, day=days.get(name)) for name in names]
    if found.wave_variable:
        found.waves = _by_value(profile, found.wave_variable, days.get("", None))
    found.blocks = [Block(name, name, "the file says so itself", lines) for name, lines in answers.items()]
    return found


def _first(values: tuple[str, ...] | None) -> str:
    return values[0].strip() if values else ""


def _fact(profile: Profile, target: str, name: str) -> Fact:
    return Fact(target, name, missing=reasons_for(profile, [name]).missing, evidence="the file says so itself")


def _item(profile: Profile, item: str, places: list[tuple[str, str]]) -> ItemLine:
    columns = tuple(name for _, name in places)
    reasons = reasons_for(profile, columns)
    waved = {wave: name for wave, name in places if wave}
    single = "" if waved else columns[0]
    return ItemLine(item, single, waved, reasons.missing, "", profile.variables[columns[0]].label, columns)


def _by_value(profile: Profile, variable: str, day: str | None) -> list[WaveLine]:
    labels = profile.variables[variable].value_labels
    values = list(profile.tallies[variable].counts)
    return [WaveLine(str(labels.get(value, value)), value=value, day=day) for value in values]
