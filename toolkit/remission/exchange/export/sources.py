"""Which variable of which file each thing of the study came in from, by the imports that stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import yaml

from remission.cohort import Study, import_sources
from remission.errors import DefinitionError
from remission.exchange.export.column import Target
from remission.exchange.files import Variable, variables_from_json
from remission.exchange.mapping import FirstUse, Mapping, Source, as_mapping

PLACES = 1_000_000
DATED = ("date", "datetime")


@dataclass(frozen=True)
class Claim:
    """A variable of a file that came in, for what the study holds of it.

    ``place`` orders claims as the files had them, the oldest import first; ``batch`` is the import.
    """

    target: Target
    name: str
    variable: Variable
    source: Source
    batch: int
    place: int
    rule: FirstUse | None = None


@dataclass
class Claims:
    """What came in from where.

    Attributes
    ----------
    by_target : dict
    days : dict
        Wave to its interview day where the mapping says one for all.
    wave_values : dict
        Wave to the value of a long file's wave variable.
    remarks : list of str
    """

    by_target: dict[Target, Claim] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    wave_values: dict[str, float | str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def items(self) -> set[str]:
        """Name what is claimed of answers, as ``instrument.item``."""
        return {target.name for target in self.by_target if target.kind == "answer"}

    def of_item(self, name: str) -> dict[str, Claim]:
        """Return the claims on an item by wave."""
        found = self.by_target.items()
        return {target.wave: claim for target, claim in found if target.kind == "answer" and target.name == name}

    def drop(self, target: Target, why: str) -> None:
        """Give a claim up, saying why."""
        claim = self.by_target.pop(target, None)
        if claim is not None:
            self.remarks.append(f"{claim.name}: {why}; it goes out under a name of remission's own.")


def find_claims(study: Study, is_long: bool) -> Claims:
    """Collect the claims of all standing imports; the newest one that maps a thing has it.

    A name that two files give to different things is nobody's. An import of another shape than the export claims
    only what does not change over the waves.
    """
    claims = Claims()
    for order, imported in reversed(list(enumerate(import_sources(study)))):
        try:
            mapping = as_mapping(yaml.safe_load(imported.mapping) or {}, imported.file_name)
            variables = variables_from_json(imported.dictionary)
        except (DefinitionError, yaml.YAMLError, ValueError, KeyError):
            claims.remarks.append(f"How {imported.file_name} came in cannot be read any more; its names are not used.")
            continue
        if bool(mapping.wave) != is_long:
            shape = "a participant and wave" if mapping.wave else "a participant"
            claims.remarks.append(
                f"{imported.file_name} came in with one row {shape}; what it says of single waves goes out under "
                "names of remission's own."
            )
        _claim(claims, mapping, variables, order, is_long)
        _remark_left_out(claims, mapping, imported.file_name)
    _give_up_shared_names(claims)
    return claims


def source_words(study: Study) -> dict[str, list[str]]:
    """Say what the files of standing imports call each characteristic: names and labels of its variables."""
    found: dict[str, list[str]] = {}
    for imported in import_sources(study):
        try:
            mapping = as_mapping(yaml.safe_load(imported.mapping) or {}, imported.file_name)
            variables = variables_from_json(imported.dictionary)
        except (DefinitionError, yaml.YAMLError, ValueError, KeyError):
            continue
        for name, source in mapping.characteristics.items():
            label = variables[source.variable].label if source.variable in variables else ""
            found.setdefault(name, []).extend([source.variable, label])
    return found


def _claim(claims: Claims, mapping: Mapping, variables: dict[str, Variable], order: int, is_long: bool) -> None:
    places = {name: place for place, name in enumerate(variables)}
    used: set[str] = set()
    for target, name, source, rule in _lines(mapping, is_long):
        if name not in variables or name in used:
            continue
        place = order * PLACES + places[name]
        newer = claims.by_target.get(target)
        if newer is not None:
            if newer.name == name:
                # Where an older file had it already it keeps its place there: the code comes first, as a rule.
                claims.by_target[target] = replace(newer, place=place)
            continue
        used.add(name)
        claims.by_target[target] = Claim(target, name, variables[name], source, order, place, rule)
    if bool(mapping.wave) != is_long:
        return
    for wave, columns in mapping.waves.items():
        if isinstance(columns.day, int) and Target("day", wave=wave) not in claims.by_target:
            claims.days.setdefault(wave, columns.day)
        if is_long and columns.value and _has_wave(claims, mapping, order):
            claims.wave_values.setdefault(wave, columns.value[0])


def _has_wave(claims: Claims, mapping: Mapping, order: int) -> bool:
    claim = claims.by_target.get(Target("wave"))
    return claim is not None and claim.batch == order


def _lines(mapping: Mapping, is_long: bool) -> Iterator[tuple[Target, str, Source, FirstUse | None]]:
    nothing = Source(variable=mapping.id)
    yield Target("id"), mapping.id, nothing, None
    for name in ("arm", "site", "origin_date"):
        source = getattr(mapping.enrolment, name)
        if source is not None:
            yield Target("enrolment", name), source.variable, source, None
    for name, source in mapping.characteristics.items():
        yield Target("characteristic", name), source.variable, source, None
    for rule in mapping.first_use:
        told = f"{rule.substance}, {rule.source}"
        yield Target("use_day", told), rule.day, nothing, rule
        yield Target("use_yes", told), rule.used, nothing, rule
    if bool(mapping.wave) == is_long:
        yield from _lines_of_waves(mapping, is_long, nothing)


def _lines_of_waves(
    mapping: Mapping, is_long: bool, nothing: Source
) -> Iterator[tuple[Target, str, Source, FirstUse | None]]:
    if is_long:
        yield Target("wave"), mapping.wave, nothing, None
        days = {columns.day for columns in mapping.waves.values()}
        if len(days) == 1 and isinstance(day := days.pop(), str):
            yield Target("day"), day, nothing, None
    for wave, columns in mapping.waves.items():
        at = "" if is_long else wave
        if isinstance(columns.day, str) and not is_long:
            yield Target("day", wave=wave), columns.day, nothing, None
        for instrument, items in mapping.answers.items():
            for item, source in items.items():
                name = source.variable if is_long else source.name_at(wave, columns)
                yield Target("answer", f"{instrument}.{item}", at), name, source, None
        for total in mapping.totals:
            yield Target("score", total.measure, at), columns.variable(total.variable), nothing, None


def _remark_left_out(claims: Claims, mapping: Mapping, file_name: str) -> None:
    if mapping.groups or mapping.status:
        claims.remarks.append(
            f"What {file_name} told of groups and of changes of standing is not in this table; the tables `groups` "
            "and `status` hold it."
        )


def _give_up_shared_names(claims: Claims) -> None:
    by_name: dict[str, list[Claim]] = {}
    for claim in claims.by_target.values():
        by_name.setdefault(claim.name.lower(), []).append(claim)
    for sharing in by_name.values():
        if len(sharing) > 1:
            for claim in sharing:
                claims.drop(claim.target, "two files use the name for different things")
