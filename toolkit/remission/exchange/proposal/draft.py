"""A mapping file drawn up from a profile: what the machine is sure of, what it asks, and everything else."""

from dataclasses import dataclass, field, replace

from remission.cohort import Study
from remission.exchange.profile.instruments import known_instruments
from remission.exchange.profile.notes import plain_number
from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.answers import Block, answer_blocks, source_of
from remission.exchange.proposal.leftovers import Group, ignored_groups, undecided_groups
from remission.exchange.proposal.marked import Marked, read_marks
from remission.exchange.proposal.people import Fact, characteristics, enrolment
from remission.exchange.proposal.waves import WaveLine, wave_lines


@dataclass
class Draft:
    """All parts of a proposal.

    Attributes
    ----------
    title, id, wave : str
    waves : list of WaveLine
    enrolment, characteristics : list of Fact
    blocks : list of Block
    totals : list of (measure, variable, evidence)
    ignored, undecided : list of Group
    id_note : str
        Why this variable is taken for the id.
    """

    title: str
    id: str
    id_note: str
    wave: str
    waves: list[WaveLine]
    enrolment: list[Fact] = field(default_factory=list)
    characteristics: list[Fact] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    totals: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: list[Group] = field(default_factory=list)
    undecided: list[Group] = field(default_factory=list)


def draw_up(profile: Profile, study: Study | None = None) -> Draft:
    """Draw up a mapping from what a file shows.

    Parameters
    ----------
    profile : Profile
    study : Study, optional
        Its waves, characteristics, measures and instruments are looked for.
    """
    marks = read_marks(profile)
    found = profile.id
    variable = (marks.id if marks else "") or (found.variable if found else next(iter(profile.variables), "id"))
    draft = Draft(
        title=profile.dictionary.label.strip() or profile.dictionary.path.stem,
        id=variable,
        id_note=f"{found.why}; {found.distinct} different" if found and found.variable == variable else "",
        wave=profile.long.variable if profile.long else "",
        waves=wave_lines(profile, study),
    )
    used = {variable, draft.wave} - {""}
    if marks:
        used |= _take_marks(draft, marks)
    else:
        used |= {line.day for line in draft.waves if isinstance(line.day, str)}
        draft.blocks = _free(answer_blocks(profile, study, draft.waves), used)
    _fill(draft, profile, study, used)
    if not (found and found.is_sure) and not (marks and marks.id):
        draft.undecided.insert(0, Group((variable,), "stands above as the id: is it the participant's code?"))
    return draft


def _take_marks(draft: Draft, marks: Marked) -> set[str]:
    if marks.waves:
        known = {line.name: line for line in draft.waves}
        order = {name: place for place, name in enumerate(known)}
        told = [
            replace(line, day=known[line.name].day) if line.day is None and line.name in known else line
            for line in marks.waves
        ]
        draft.waves = sorted(told, key=lambda line: order.get(line.name, len(order)))
        draft.wave = marks.wave_variable
    draft.enrolment, draft.characteristics, draft.blocks = marks.enrolment, marks.characteristics, marks.blocks
    return marks.used


def _fill(draft: Draft, profile: Profile, study: Study | None, used: set[str]) -> None:
    held = {fact.target for fact in (*draft.enrolment, *draft.characteristics)}
    used |= {column for block in draft.blocks for line in block.items for column in line.columns}
    draft.enrolment += [fact for fact in enrolment(profile, used) if fact.target not in held]
    used |= {fact.variable for fact in draft.enrolment}
    draft.characteristics += [fact for fact in characteristics(profile, study, used) if fact.target not in held]
    used |= {fact.variable for fact in draft.characteristics}
    totals = _totals(profile, study, draft)
    draft.totals = [(measure, variable, said) for measure, variable, said, _ in totals]
    used |= {column for *_, columns in totals for column in columns}
    draft.ignored = ignored_groups(profile, used)
    mapped = {block.instrument for block in draft.blocks}
    known = known_instruments(study.instruments_folder if study else None)
    draft.undecided = undecided_groups(profile, used, [each for each in known if each.name not in mapped])


def _free(blocks: list[Block], used: set[str]) -> list[Block]:
    return [block for block in blocks if not used & {column for line in block.items for column in line.columns}]


def _totals(profile: Profile, study: Study | None, draft: Draft) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Name the stored totals that were compared with items, under the measures of the study."""
    found = []
    for block in draft.blocks:
        measures = [
            name
            for name, each in (study.protocol.measures if study else {}).items()
            if each.instrument == block.instrument
        ]
        if block.total is None or len(measures) != 1:
            continue
        variable, at = source_of(profile, block.total, draft.waves)
        if variable and not at:
            low, high = block.total.low or 0.0, block.total.high or 0.0
            said = f"values {plain_number(low)} to {plain_number(high)}"
            found.append((measures[0], variable, said, block.total.columns))
    return found
