"""Files that remission wrote itself: their variables say where they go."""

from collections import defaultdict
from dataclasses import dataclass, field

from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.answers import Block, ItemLine
from remission.exchange.proposal.people import Fact
from remission.exchange.proposal.reasons import reasons_for
from remission.exchange.proposal.waves import WaveLine

TARGET, WAVE, INSTRUMENT = "remission_target", "remission_wave", "remission_instrument"

SETTLED = ("id", "wave", "enrolment", "characteristic", "day")


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
    """Read what an export wrote into its variables' attributes; None where no variable has them.

    What a mapping cannot say of one variable alone, such as a day of first use, is left to be decided.
    """
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, variable in profile.variables.items():
        target = _first(variable.attributes.get(TARGET))
        if target:
            told[target].append((_first(variable.attributes.get(WAVE)), name))
    if not told:
        return None
    found = Marked()
    days: dict[str, str] = {}
    answers: dict[str, list[ItemLine]] = defaultdict(list)
    names: list[str] = []
    for target, places in told.items():
        names += [wave for wave, _ in places if wave and wave not in names]
        room, _, rest = target.partition(".")
        instrument = _first(profile.variables[places[0][1]].attributes.get(INSTRUMENT))
        if room in SETTLED or instrument:
            found.used |= {name for _, name in places}
        if target == "id":
            found.id = places[0][1]
        elif target == "wave":
            found.wave_variable = places[0][1]
        elif room == "enrolment":
            found.enrolment.append(_fact(profile, rest, places[0][1]))
        elif room == "characteristic":
            found.characteristics.append(_fact(profile, rest, places[0][1]))
        elif target == "day":
            days |= dict(places)
        elif instrument and room == instrument:
            answers[instrument].append(_item(profile, rest, places))
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
