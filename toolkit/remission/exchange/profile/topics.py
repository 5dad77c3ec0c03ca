"""Single questions that ask what an instrument of few items asks, by the words of their labels."""

import re
from dataclasses import dataclass

from remission.exchange.profile.questions import Question
from remission.survey import Instrument

MUTUAL_HELP = (
    r"\bAA\b|\bNA/|self[- ]?help|slf-?hlp|mutual[- ]?(help|aid|support)|(12|twelve)[- ]?step|"
    r"selbsthilfe|autoayuda|ayuda mutua"
)
TOPICS: dict[tuple[str, str], tuple[str, ...]] = {
    ("mutual_help_attendance", "attended"): (MUTUAL_HELP,),
    ("mutual_help_attendance", "frequency"): (MUTUAL_HELP, r"how often|frequen|wie oft|con qu[eé] frecuencia"),
    ("recent_use", "drinks_30"): (r"\bdrinks\b", r"\b30 days|past month", r"total|number|#|how many"),
    ("recent_use", "days_used_30"): (r"\bdays\b", r"\b30\b|past month", r"alcohol (or|and|/) ?(any )?(other )?drugs?"),
    ("friends_support", "total"): (r"support", r"\bfriends?\b", r"score|total|perceived|scale"),
}
NOT = re.compile(r"\baverage\b|\bavg\b|\bmost\b|\bnot\b", re.I)


@dataclass(frozen=True)
class TopicMatch:
    """A question that may be an item, and what speaks for it."""

    instrument: str
    item: str
    question: Question
    evidence: tuple[str, ...]


def match_topics(questions: list[Question], known: dict[str, Instrument]) -> list[TopicMatch]:
    """Find for each known topic the question whose label and codes fit; none where several fit equally."""
    found: list[TopicMatch] = []
    for (name, item), patterns in TOPICS.items():
        if name not in known:
            continue
        fits = [
            (_score(known[name], item, each), each) for each in questions if _fits(known[name], item, patterns, each)
        ]
        fits.sort(key=lambda pair: -pair[0])
        if fits and (len(fits) == 1 or fits[0][0] > fits[1][0]):
            question = fits[0][1]
            found.append(TopicMatch(name, item, question, _evidence(known[name], item, question)))
    return found


def _fits(known: Instrument, item: str, patterns: tuple[str, ...], question: Question) -> bool:
    if question.is_text or question.low is None or question.high is None or not question.whole:
        return False
    if NOT.search(question.label) or not all(re.search(each, question.label, re.I) for each in patterns):
        return False
    low, high = known.bounds(item)
    values = known.values(item)
    if values and question.codes and not question.codes <= set(values):
        return False
    return (low is None or question.low >= low) and (high is None or question.high <= high)


def _score(known: Instrument, item: str, question: Question) -> float:
    low, high = known.bounds(item)
    score = 2.0 * (question.codes == set(known.values(item) or ()) and bool(question.codes))
    return score + (question.low == low) + (question.high == high) + 0.1 * len(question.columns)


def _evidence(known: Instrument, item: str, question: Question) -> tuple[str, ...]:
    low, high = known.bounds(item)
    said = ["the label has its words"]
    if question.codes and question.codes == set(known.values(item) or ()):
        said.append("the labelled codes are its codes")
    elif (question.low, question.high) == (low, high):
        said.append(f"the values run from {low:g} to {high:g}, as it does")
    else:
        said.append("the values lie in its range")
    return tuple(said)
