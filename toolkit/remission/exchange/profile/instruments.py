"""Which known instruments a file may hold, and what speaks for it."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remission.errors import DefinitionError
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.questions import Question, in_sample, questions_of, runs_of
from remission.survey import Instrument
from remission.survey.library import available, instrument
from remission.survey.scale import Scale

TOO_SHORT = frozenset({"who", "k", "arc", "sos", "ahs", "taa", "sip", "item", "recent", "uls", "mean", "sum"})
MORE_NAMES = {
    "ces_d": ("cesd", "cesdr"),
    "ucla3item": ("ucla3", "ucla", "loneliness"),
    "promis_gh": ("promis", "promisgh"),
    "whoqolbref": ("whoqol", "whoqolbref"),
    "who5": ("who5",),
    "arc50": ("arc50",),
    "sip2r": ("sip2r", "sip15"),
    "bam17": ("bam",),
    "k6": ("k6", "kessler6"),
    "mspss12": ("mspss",),
}
LEAST_ROWS = 20
AGREES = 0.95


@dataclass(frozen=True)
class Match:
    """Items of a known instrument, found in a file.

    Attributes
    ----------
    instrument : Instrument
    items : dict of str to Question
    evidence : tuple of str
    doubts : tuple of str
        What a person must look at; empty where name and structure both agree.
    total : Question or None
        The stored total that the items were compared with.
    """

    instrument: Instrument
    items: dict[str, Question]
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]
    total: Question | None = None


def known_instruments(folder: Path | None = None) -> list[Instrument]:
    """Load every instrument at hand; a study's own definition that breaks a rule is passed over."""
    found = []
    for name in available(folder):
        try:
            found.append(instrument(name, extra=folder))
        except DefinitionError:
            continue
    return found


def match_instruments(profile: Profile, folder: Path | None = None) -> list[Match]:
    """Compare the lists of items of a file with the instruments at hand; best first, each item once."""
    questions = questions_of(profile)
    known = known_instruments(folder)
    found: list[tuple[tuple[int, ...], Match]] = []
    for head, run in runs_of(questions):
        fits = [(each, _part(each, run)) for each in known if not _named_otherwise(head, each, known)]
        fits = [(each, items) for each, items in fits if items and _codes_fit(each, items)]
        for each, items in fits:
            match = _match(profile, each, items, head, questions, alone=len(fits) == 1)
            if match:
                found.append(((-len(match.evidence), len(match.doubts), -len(items)), match))
    kept: list[Match] = []
    for _, match in sorted(found, key=lambda pair: pair[0]):
        taken = {column for other in kept for each in other.items.values() for column in each.columns}
        names = {column for each in match.items.values() for column in each.columns}
        if not names & taken and match.instrument.name not in {other.instrument.name for other in kept}:
            kept.append(match)
    return kept


def names_of(known: Instrument) -> tuple[str, ...]:
    """Return the compact names under which an instrument goes in files, longest first."""
    plain = known.name.replace("_", "")
    short = plain.rstrip("0123456789")
    found = {plain, *MORE_NAMES.get(known.name, ())}
    if len(short) >= 3 and short not in TOO_SHORT:
        found.add(short)
    return tuple(sorted(found, key=len, reverse=True))


def is_named(text: str, known: Instrument) -> bool:
    """Tell whether a variable's name or head is an instrument's name: ``phq9_``, ``CESD``, ``auditc_q``."""
    compact = re.sub(r"[\W_]+", "", text).lower()
    bare = re.sub(r"(item|frage|total|score|sum|gesamt|tot|q|i)$", "", compact)
    return bool({compact, bare} & set(names_of(known)))


def is_labelled(label: str, known: Instrument) -> bool:
    """Tell whether a label names an instrument: ``CES-D score``, ``PHQ-9: little interest``."""
    words = {re.sub(r"[\W_]+", "", word).lower() for word in re.split(r"[\s:,;()/]+", label)}
    return bool(words & set(names_of(known)))


def _named_otherwise(head: str, known: Instrument, others: list[Instrument]) -> bool:
    """Tell whether the head is another instrument's name."""
    return not is_named(head, known) and any(is_named(head, other) for other in others)


def _part(known: Instrument, run: tuple[Question, ...]) -> dict[str, Question]:
    """Pair the items with a run of the same length; or those of the first scale, where they come first."""
    names = [item.name for item in known.items]
    scored = list(known.scales[0].items)
    for wanted in (names, scored):
        if len(wanted) == len(run) and wanted == names[: len(wanted)] and len(wanted) >= 2:
            return dict(zip(wanted, run, strict=True))
    return {}


def _codes_fit(known: Instrument, items: dict[str, Question]) -> bool:
    for name, question in items.items():
        low, high = known.bounds(name)
        if question.is_text or question.low is None or question.high is None or not question.whole:
            return False
        values = known.values(name)
        if question.codes and len(question.codes) >= 2 and values and not question.codes <= set(values):
            return False
        if (low is not None and question.low < low) or (high is not None and question.high > high):
            return False
    return True


def _match(
    profile: Profile, known: Instrument, items: dict[str, Question], head: str, questions: list[Question], alone: bool
) -> Match | None:
    listed = list(items.values())
    named = is_named(head, known)
    labelled = sum(is_labelled(question.label, known) for question in listed) * 2 > len(listed)
    total, agree, rows = _compare(profile, known, items, questions)
    low, high = known.bounds(next(iter(items)))
    declared = all(question.codes == set(known.values(name) or ()) for name, question in items.items())
    evidence = [f"{len(items)} items in a row, as the instrument has"]
    if declared:
        evidence.append(f"the labelled codes are its codes ({low:g} to {high:g})")
    if named or labelled:
        evidence.append(f"the {'names' if named else 'labels'} say {known.name}")
    checked = total is not None and rows >= LEAST_ROWS and agree >= AGREES * rows
    if not (named or labelled or checked or (total and declared)):
        return None
    if total is not None and agree:
        evidence.append(f"their score equals {total.name.rstrip('_.')} in {agree} of {rows} rows")
    elif total is not None:
        evidence.append(f"{total.name.rstrip('_.')} is named like its total")
    doubts = _doubts(known, items, declared, named or labelled, checked, alone, total, (agree, rows))
    return Match(known, items, tuple(evidence), doubts, total)


def _doubts(
    known: Instrument, items: dict[str, Question], declared: bool, named: bool, checked: bool, alone: bool,
    total: Question | None, compared: tuple[int, int],
) -> tuple[str, ...]:  # fmt: skip
    doubts = []
    if not declared and not checked:
        doubts.append("the codes have no labels, so it is not known what they mean")
    if not named and not checked:
        doubts.append(f"neither names nor labels say {known.name}; only the number of items and their codes do")
    if total is not None and compared[1] >= LEAST_ROWS and not checked:
        name = total.name.rstrip("_.")
        doubts.append(f"{name} equals the score in only {compared[0]} of {compared[1]} rows")
    if not checked and any(known.item(name).reverse for name in items):
        doubts.append("some items are reversed: does the file hold them as answered?")
    if not alone and not named and not checked:
        doubts.append("other instruments have the same form")
    return tuple(doubts)


def _compare(
    profile: Profile, known: Instrument, items: dict[str, Question], questions: list[Question]
) -> tuple[Question | None, int, int]:
    """Compare stored totals with the score of the items; returns the best total, rows that agree, rows compared."""
    best: tuple[Question | None, int, int] = (None, 0, 0)
    inside = {question.name for question in items.values()}
    for question in questions:
        if question.name in inside or question.is_text or question.high is None or question.low is None:
            continue
        if not (is_named(question.name, known) or is_labelled(question.label, known)):
            continue
        for scale in known.scales:
            if not _may_hold(scale, question, items):
                continue
            agree, rows = _agreement(profile, known, scale, items, question)
            if best[0] is None or agree > best[1]:
                best = (question, agree, rows)
    return best


def _may_hold(scale: Scale, question: Question, items: dict[str, Question]) -> bool:
    if not scale.items or not set(scale.items) <= set(items) or scale.rule != "sum" or scale.recode or scale.table:
        return False
    top = max(item.high or 0.0 for item in items.values())
    low, high = scale.range or (-np.inf, np.inf)
    return low <= (question.low or 0.0) and top < (question.high or 0.0) <= high


def _agreement(
    profile: Profile, known: Instrument, scale: Scale, items: dict[str, Question], total: Question
) -> tuple[int, int]:
    """Count over the sampled rows in how many the sum of complete answers equals the stored total."""
    stored = in_sample(profile, total)
    score = np.zeros(stored.shape)
    for name in scale.items:
        answers = in_sample(profile, items[name])
        if answers.shape != stored.shape:
            return 0, 0
        low, high = known.bounds(name)
        cells = answers.to_numpy()
        score += (low or 0.0) + (high or 0.0) - cells if known.item(name).reverse else cells
    score = score * scale.times + scale.plus
    both = ~np.isnan(score) & stored.notna().to_numpy()
    return int((np.abs(score - stored.to_numpy())[both] < 1e-6).sum()), int(both.sum())
