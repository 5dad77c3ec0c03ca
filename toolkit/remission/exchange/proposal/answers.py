"""The items of a proposal: which variable holds each, with codes that are no answer and what is unsure."""

from dataclasses import dataclass, field

from remission.cohort import Study
from remission.exchange.mapping import Code, Reason
from remission.exchange.profile.instruments import Match, known_instruments, match_instruments
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.questions import Question, questions_of
from remission.exchange.profile.topics import TopicMatch, match_topics
from remission.exchange.proposal.reasons import reasons_for
from remission.exchange.proposal.waves import WaveLine
from remission.survey import Instrument


@dataclass
class ItemLine:
    """An item and its source; ``at`` names single waves where prefix and suffix do not give the variable."""

    item: str
    variable: str = ""
    at: dict[str, str] = field(default_factory=dict)
    missing: dict[Code, Reason] = field(default_factory=dict)
    decide: str = ""
    label: str = ""
    columns: tuple[str, ...] = ()


@dataclass
class Block:
    """An instrument's lines, with what speaks for them."""

    instrument: str
    title: str
    evidence: str
    items: list[ItemLine]
    total: Question | None = None


def answer_blocks(profile: Profile, study: Study | None, waves: list[WaveLine]) -> list[Block]:
    """Propose the answers of a file: known instruments first, then single questions by their words."""
    folder = study.instruments_folder if study else None
    blocks = [_of_match(profile, match, waves) for match in match_instruments(profile, folder)]
    used = {column for block in blocks for line in block.items for column in line.columns}
    wanted = {measure.instrument for measure in study.protocol.measures.values()} if study else None
    known = {each.name: each for each in known_instruments(folder) if wanted is None or each.name in wanted}
    free = [question for question in questions_of(profile) if not used & set(question.columns)]
    done = {block.instrument for block in blocks}
    topics: dict[str, list[TopicMatch]] = {}
    for topic in match_topics(free, known):
        if topic.instrument not in done:
            topics.setdefault(topic.instrument, []).append(topic)
    return [*blocks, *(_of_topics(profile, known[name], found, waves) for name, found in topics.items())]


def _of_match(profile: Profile, match: Match, waves: list[WaveLine]) -> Block:
    lines = [_line(profile, match.instrument, item, question, waves) for item, question in match.items.items()]
    if match.doubts:
        # One question for the whole instrument: nobody wants to delete the same words twenty times.
        first = lines[0]
        about = f"all {len(lines)} items: {'; '.join(match.doubts)}"
        first.decide = "; ".join(part for part in (about, first.decide) if part)
    return Block(match.instrument.name, match.instrument.title, "; ".join(match.evidence), lines, match.total)


def _of_topics(profile: Profile, known: Instrument, found: list[TopicMatch], waves: list[WaveLine]) -> Block:
    lines = []
    for topic in found:
        line = _line(profile, known, topic.item, topic.question, waves)
        item = known.item(topic.item)
        asked = f"is this '{item.text}'?" if item.text else f"is this '{known.title}'?"
        line.decide = "; ".join(part for part in (asked, line.decide) if part)
        lines.append(line)
    said = "; ".join(f"{topic.item}: {', '.join(topic.evidence)}" for topic in found)
    return Block(known.name, known.title, said, lines)


def _line(profile: Profile, known: Instrument, item: str, question: Question, waves: list[WaveLine]) -> ItemLine:
    reasons = reasons_for(profile, question.columns, known.values(item) or ())
    variable, at = source_of(profile, question, waves)
    doubts = list(reasons.doubts)
    pattern = profile.waves
    family = pattern.by_variable.get(question.columns[0]) if pattern else None
    if family is not None and family.doubt:
        doubts.append(f"a different question at some wave? {family.doubt}")
    return ItemLine(item, variable, at, reasons.missing, "; ".join(doubts), question.label, question.columns)


def source_of(profile: Profile, question: Question, waves: list[WaveLine]) -> tuple[str, dict[str, str]]:
    """Say where a question stands: a stem, or the variable of each wave where affixes do not give it."""
    pattern = profile.waves
    family = pattern.by_variable.get(question.columns[0]) if pattern else None
    if family is None:
        if not pattern:
            return question.columns[0], {}
        return "", {waves[0].name: question.columns[0]}
    named = {line.key: line for line in waves}
    at = {}
    stem = question.name
    for key, name in family.columns.items():
        line = named[key]
        if f"{line.prefix}{stem}{line.suffix}" != name or not (line.prefix or line.suffix):
            at[line.name] = name
    return ("" if len(at) == len(family.columns) else stem), at
