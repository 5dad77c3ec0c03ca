"""Waves in the names of variables: told ones are proposed, bare numbers asked at most."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from remission.exchange.files import Variable
from remission.exchange.profile.families import (
    Family,
    Key,
    Pattern,
    family_of,
    group_readings,
    told_units,
)
from remission.exchange.profile.names import Reading, Token, readings, recall_number

SHORT_WORDS = frozenset({"v", "y", "fu", "tag", "ano", "day", "m"})
MONTHS_APART = 3
LEAST_STEMS = 3
MOST_CONSECUTIVE = 4


def wave_patterns(variables: Mapping[str, Variable], known_months: Iterable[float] = ()) -> tuple[Pattern, ...]:
    """Find the ways in which names carry waves, surest first.

    Parameters
    ----------
    variables : mapping of str to Variable
    known_months : iterable of float
        Months of the study's waves, where a study is given; a set of bare numbers that are all among
        them is taken as told.
    """
    months = frozenset(known_months)
    taken: set[str] = set()
    found = []
    for style in _styles(variables):
        pattern = _pattern(style, variables, taken, months)
        if pattern is not None:
            found.append(pattern)
            taken |= set(pattern.by_variable)
    return tuple(sorted(found, key=lambda pattern: not pattern.is_sure))


def _styles(variables: Mapping[str, Variable]) -> list[tuple[str, str, str]]:
    """List the styles at hand: told ones first, then those in which most variables have company."""
    by_style: dict[tuple[str, str, str], list[Reading]] = defaultdict(list)
    for name in variables:
        for reading in readings(name):
            by_style[reading.style].append(reading)
    company = {
        style: sum(len(found) for found in group_readings(listed).values() if len(found) > 1)
        for style, listed in by_style.items()
    }
    return sorted(
        (style for style in company if company[style]), key=lambda style: (style[2] != "explicit", -company[style])
    )


def _pattern(
    style: tuple[str, str, str], variables: Mapping[str, Variable], taken: set[str], months: frozenset[float]
) -> Pattern | None:
    mine = [reading for name in variables if name not in taken for reading in readings(name) if reading.style == style]
    grouped = group_readings(mine)
    several = {stem: found for stem, found in grouped.items() if len(found) > 1 and not _is_recall(found, variables)}
    kept = _told(several) if style[2] == "explicit" else _bare(several, variables)
    if not kept:
        return None
    families = [family_of(_stem(found), found, variables) for found in kept.values()]
    units = told_units(families, variables)
    keys = sorted({key for found in kept.values() for key in found}, key=lambda key: key[1])
    unit = _unit(keys, units, families, months)
    sure = style[2] == "explicit" or unit != "number"
    if not sure and not _may_be_asked(families, keys, variables, style):
        return None
    if sure:
        kept |= {stem: found for stem, found in grouped.items() if len(found) == 1 and set(found) <= set(keys)}
    held = sorted(kept.values(), key=lambda found: list(variables).index(next(iter(found.values())).name))
    return Pattern(
        style=style,
        families=tuple(family_of(_stem(found), found, variables) for found in held),
        affixes={key: _affix(key, held) for key in keys},
        tokens={key: _token(key, held) for key in keys},
        unit=unit,
        is_sure=sure,
        evidence=_evidence(families, keys, units, style, months, unit),
    )


def _is_recall(found: Mapping[Key, Reading], variables: Mapping[str, Variable]) -> bool:
    """Tell whether the numbers are windows of recall: ``use_7``, ``use_30`` for the past 7 and 30 days."""
    same = [recall_number(variables[reading.name].label) == key[1] for key, reading in found.items()]
    return sum(same) * 2 > len(same)


def _stem(found: Mapping[Key, Reading]) -> str:
    return next(iter(found.values())).stem


def _told(several: dict[str, dict[Key, Reading]]) -> dict[str, dict[Key, Reading]]:
    """Keep stems whose tokens are of one unit; short units such as ``v`` need company."""
    kept = {}
    sets = Counter(frozenset(found) for found in several.values())
    for stem, found in several.items():
        units = {unit for unit, _ in found if unit != "word"}
        words = {reading.token.text.lower().rstrip("0123456789") for reading in found.values()}
        if len(units) > 1:
            continue
        if words & SHORT_WORDS and sets[frozenset(found)] < 2:
            continue
        kept[stem] = found
    return kept


def _bare(several: dict[str, dict[Key, Reading]], variables: Mapping[str, Variable]) -> dict[str, dict[Key, Reading]]:
    """Keep the stems that share the most common set of numbers, or have numbers of it only."""
    sets = Counter(frozenset(found) for found in several.values())
    if not sets:
        return {}
    common = max(sets, key=lambda each: (sets[each], len(each)))
    kept = {stem: found for stem, found in several.items() if frozenset(found) <= common}
    families = [family_of(_stem(found), found, variables) for found in kept.values()]
    alike = [family for family in families if not family.doubt]
    return kept if len(alike) * 2 >= len(families) else {}


def _unit(keys: list[Key], units: Counter[str], families: list[Family], months: frozenset[float]) -> str:
    told = {unit for unit, _ in keys if unit not in ("word", "number")}
    if told:
        return sorted(told)[0]
    if all(unit == "word" for unit, _ in keys):
        return "word"
    columns = sum(len(family.columns) for family in families)
    if units and units.most_common(1)[0][1] * 2 >= columns:
        return units.most_common(1)[0][0]
    numbers = {number for _, number in keys}
    if months and numbers <= months and len(numbers) >= 2 and len(families) >= LEAST_STEMS and max(numbers) > 2:
        return "month"
    return "number"


def _may_be_asked(
    families: list[Family], keys: list[Key], variables: Mapping[str, Variable], style: tuple[str, str, str]
) -> bool:
    numbers = [number for _, number in keys]
    in_a_row = all(after - before == 1 for before, after in pairwise(numbers))
    columns = sum(len(family.columns) for family in families)
    labelled = [family for family in families if family.label_overlap is not None]
    if in_a_row and len(numbers) > MOST_CONSECUTIVE and not labelled:
        return False
    if labelled and all(family.label_overlap == 1.0 and family.value_labels != "none" for family in labelled):
        # The same words and the same answers, but no word of time: several mentions of one question.
        return False
    return len(families) >= LEAST_STEMS or (len(families) >= 2 and columns * 2 >= len(variables))


def _affix(key: Key, held: list[dict[Key, Reading]]) -> str:
    return Counter(found[key].affix for found in held if key in found).most_common(1)[0][0]


def _token(key: Key, held: list[dict[Key, Reading]]) -> Token:
    return Counter(found[key].token for found in held if key in found).most_common(1)[0][0]


def _evidence(
    families: list[Family], keys: list[Key], units: Counter[str], style: tuple[str, str, str],
    months: frozenset[float], unit: str,
) -> str:  # fmt: skip
    whole = sum(len(family.columns) == len(keys) for family in families)
    shared = "1 stem has" if whole == 1 else f"{whole} stems share"
    said = [f"{shared} all {len(keys)}"]
    if style[2] == "explicit":
        said.append("the names say it")
    if units:
        told, count = units.most_common(1)[0]
        said.append(f"{count} labels name the {told}")
    if unit == "month" and months >= {number for _, number in keys}:
        said.append("the study has these months")
    doubtful = sum(bool(family.doubt) for family in families)
    if doubtful:
        said.append(f"{doubtful} may be different questions")
    return "; ".join(said)
