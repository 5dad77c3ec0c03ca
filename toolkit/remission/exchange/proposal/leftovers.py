"""What a proposal does not map: columns to leave out, and what a person must still decide, in short groups."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from remission.exchange.profile.instruments import is_labelled, is_named
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.questions import Question, questions_of, runs_of
from remission.survey import Instrument

FIRST_DAY = re.compile(
    r"\b(days?|time|tage|d[ií]as)\b.*\b(first|erste\w*|primer\w*)\b|relapse|lapse|rückfall|reca[ií]da", re.I
)
USED = re.compile(r"\b(used|drank|use of|any use|relapsed?|lapsed?|konsum|consumi)", re.I)
DEATH = re.compile(r"\b(dead|died|death|deceased|gestorben|verstorben|tod|fallec\w+|muert\w+)\b", re.I)
LEAST_ITEMS = 4


@dataclass(frozen=True)
class Group:
    """Variables that share a reason; ``labels`` says what they are, stem by stem."""

    variables: tuple[str, ...]
    why: str
    labels: tuple[tuple[str, str], ...] = ()


def ignored_groups(profile: Profile, used: set[str]) -> list[Group]:
    """Set aside the columns that may identify a person."""
    by_what: dict[str, list[str]] = defaultdict(list)
    for name, found in profile.private.items():
        if name not in used:
            by_what[found.what].append(name)
    return [Group(tuple(names), f"looks like {what}; map it only if you mean to") for what, names in by_what.items()]


def undecided_groups(profile: Profile, used: set[str], known: Sequence[Instrument] = ()) -> list[Group]:
    """Group everything else: lists of items, totals, first use, deaths, then by the waves at which it was asked.

    Parameters
    ----------
    profile : Profile
    used : set of str
        Variables that are mapped or set aside.
    known : sequence of Instrument
        Whose totals are looked for; those with mapped items are left out by the caller.
    """
    left = [question for question in questions_of(profile) if not used & set(question.columns)]
    free = {column for question in left for column in question.columns}
    found: list[Group] = []
    gone: set[str] = set()

    def take(questions: Iterable[Question], why: str) -> None:
        kept = [question for question in questions if question.name not in gone]
        gone.update(question.name for question in kept)
        if kept:
            found.append(Group(_patterns(profile, kept, free), why, tuple((q.name, q.label) for q in kept)))

    for _, run in runs_of(left):
        if len(run) >= LEAST_ITEMS and not run[0].is_text:
            take(run, f"{len(run)} items {_short(run[0])} to {_short(run[-1])}; no instrument at hand was recognised")
    for question in left:
        named = next((each for each in known if _may_be_total(question, each)), None)
        if named is not None:
            take([question], f"may be a total of {named.name}, whose items were not found")
    take(_first_use(left), "may be the day of first use, and whether it was use or the last day known without")
    take([each for each in left if DEATH.search(f"{each.name.replace('_', ' ')} {each.label}")], "may tell deaths")
    for why, questions in _by_waves(profile, left, gone).items():
        take(questions, why)
    return found


def _may_be_total(question: Question, known: Instrument) -> bool:
    if question.is_text or question.low is None or question.high is None or len(known.items) < 2:
        return False
    if not (is_named(question.name, known) or is_labelled(question.label, known)):
        return False
    ranges = [scale.range for scale in known.scales if scale.range]
    return question.high > 1 and any(low <= question.low and question.high <= high for low, high in ranges)


def _first_use(left: list[Question]) -> list[Question]:
    single = [question for question in left if len(question.columns) == 1 and not question.is_text and question.whole]
    days = [each for each in single if FIRST_DAY.search(each.label) and (each.high or 0) > 1]
    used = [each for each in single if USED.search(each.label) and (each.low, each.high) == (0.0, 1.0)]
    return [each for each in left if each in days or each in used] if days and used else []


def _by_waves(profile: Profile, left: list[Question], gone: set[str]) -> dict[str, list[Question]]:
    found: dict[str, list[Question]] = defaultdict(list)
    keys = profile.waves.keys if profile.waves else ()
    for question in left:
        if question.name in gone:
            continue
        family = profile.waves.by_variable.get(question.columns[0]) if profile.waves else None
        if all(profile.tallies[column].is_empty for column in question.columns):
            found["empty in this file"].append(question)
        elif family is None:
            found["not matched with anything of the study" if not keys else "stands once for a participant"].append(
                question
            )
        elif family.doubt:
            found[f"a different question at each wave? {family.doubt}"].append(question)
        elif len(family.columns) == len(keys):
            found["asked at every wave"].append(question)
        else:
            found[f"asked at {len(family.columns)} of {len(keys)} waves"].append(question)
    return found


def _patterns(profile: Profile, questions: list[Question], free: set[str]) -> tuple[str, ...]:
    """Write families short (``A10_*``), where the pattern takes nothing else along."""
    found = []
    for question in questions:
        pattern = f"{question.columns[0][: len(_common(question.columns))]}*"
        # A set of names in a pattern's brackets would read as a choice of characters.
        if len(question.columns) > 1 and len(pattern) > 2 and "[" not in pattern:
            reached = {name for name in profile.variables if fnmatchcase(name, pattern)}
            if reached <= free:
                found.append(pattern)
                continue
        found += question.columns
    return tuple(dict.fromkeys(found))


def _short(question: Question) -> str:
    return question.name.rstrip("_.")


def _common(names: tuple[str, ...]) -> str:
    first, last = min(names), max(names)
    size = next(
        (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:size]
