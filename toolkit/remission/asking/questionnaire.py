"""The questions of one link as pages: in the person's words, with skips worked out from what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from remission.asking.links import asking_plan
from remission.cohort import EVERYONE, Study, affiliations
from remission.errors import DefinitionError
from remission.survey.definition import Instrument
from remission.survey.item import Item
from remission.survey.skips import rightly_skipped
from remission.survey.wording import Wording, wording

ITEMS_A_PAGE = 6


@dataclass(frozen=True)
class Given:
    """What was said to an item: a value, or the typed reason why there is none."""

    value: float | None
    reason: str | None = None
    version: str | None = None


Sheet = tuple[str, str]
Drafts = Mapping[tuple[str, str, str], Given]


@dataclass(frozen=True)
class Question:
    """One item as it is put to a person."""

    item: Item
    number: int
    text: str
    options: tuple[tuple[str, str], ...]

    @property
    def field(self) -> str:
        """Name of the form field."""
        return f"a.{self.item.name}"


@dataclass(frozen=True)
class Page:
    """Some questions of one instrument, all of which can be asked at once."""

    number: int
    instrument: Instrument
    about: str
    about_label: str
    title: str
    intro: str
    questions: tuple[Question, ...]

    @property
    def mark(self) -> str:
        """Name instrument, version and group, so that a page sent late is known for what it was."""
        return f"{self.instrument.name}|{self.instrument.version}|{self.about}|{self.questions[0].item.name}"

    @property
    def sheet(self) -> Sheet:
        """Instrument and group that the page belongs to."""
        return self.instrument.name, self.about


@dataclass(frozen=True)
class Questionnaire:
    """All pages of one wave in one language."""

    wave: str
    language: str
    pages: tuple[Page, ...]

    def page(self, number: int) -> Page | None:
        """Return a page by its number, counted from 1."""
        return self.pages[number - 1] if 1 <= number <= len(self.pages) else None

    def asked(self, page: Page, drafts: Drafts) -> tuple[Question, ...]:
        """Return the questions of a page that are to be asked after what was answered."""
        closed = closed_items(page.instrument, page.about, drafts)
        return tuple(question for question in page.questions if question.item.name not in closed)

    def following(self, number: int, drafts: Drafts) -> int | None:
        """Return the next page that asks something, None at the end."""
        return next((page.number for page in self.pages[number:] if self.asked(page, drafts)), None)

    def before(self, number: int, drafts: Drafts) -> int | None:
        """Return the page before that asks something."""
        earlier = reversed(self.pages[: number - 1])
        return next((page.number for page in earlier if self.asked(page, drafts)), None)

    def first_open(self, drafts: Drafts) -> int | None:
        """Return the first page with a question that has no answer, None where all have."""
        for page in self.pages:
            if any((*page.sheet, question.item.name) not in drafts for question in self.asked(page, drafts)):
                return page.number
        return None

    def standing(self, drafts: Drafts) -> Drafts:
        """Return the answers to questions that are asked, without those to questions that no longer are."""
        asked = {(*page.sheet, question.item.name) for page in self.pages for question in self.asked(page, drafts)}
        stray = self.stray(drafts)
        return {key: given for key, given in drafts.items() if key in asked and key not in stray}

    def stray(self, drafts: Drafts) -> Drafts:
        """Return the answers that no question of today fits: its sheet, item or version is gone."""
        versions = {
            (*page.sheet, question.item.name): page.instrument.version
            for page in self.pages
            for question in page.questions
        }
        return {key: given for key, given in drafts.items() if given.version not in (None, versions.get(key))}


def closed_items(instrument: Instrument, about: str, drafts: Drafts) -> set[str]:
    """Name the items that are not asked; an earlier answer to such an item opens nothing."""
    values = np.full((1, len(instrument.items)), np.nan)
    for place, item in enumerate(instrument.items):
        given = drafts.get((instrument.name, about, item.name))
        if given is not None and given.value is not None:
            values[0, place] = given.value
    closed: set[str] = set()
    for place, item in enumerate(instrument.items):
        if not item.asked_if:
            continue
        own, values[0, place] = values[0, place], np.nan
        if rightly_skipped(instrument, values)[0][0, place]:
            closed.add(item.name)
        else:
            values[0, place] = own
    return closed


def questionnaire(study: Study, wave: str, participant_id: str | None = None, language: str = "en") -> Questionnaire:
    """Lay out what a wave asks, in the words of a language.

    Parameters
    ----------
    study : Study
    wave : str
    participant_id : str, optional
        Whose mutual-help groups are asked about; nobody's where not given.
    language : str

    Raises
    ------
    DefinitionError
        Nothing is asked at the wave, or an instrument has no complete words in that language.
    """
    asking_plan(study)
    forms = study.protocol.asked_at(wave)
    if not forms:
        raise DefinitionError(f"Nothing is asked at wave {wave}.", "Add forms for it under asking in study.yaml.")
    groups = _groups_of(study, participant_id) if any(form.about == "each_group" for form in forms) else ()
    pages: list[Page] = []
    for form in forms:
        instrument = study.instrument(form.instrument)
        words = wording(instrument, language, study.wordings_folder)
        for about in groups if form.about == "each_group" else (form.about,):
            label = study.protocol.groups.get(about, "")
            pages += _pages(instrument, words, about, label)
    numbered = tuple(replace(page, number=number) for number, page in enumerate(pages, start=1))
    return Questionnaire(wave, language, numbered)


def languages_of(study: Study, wave: str) -> tuple[str, ...]:
    """Name the study's languages in which every form of a wave has all its words."""
    plan = asking_plan(study)
    asked = [study.instrument(form.instrument) for form in study.protocol.asked_at(wave)]
    return tuple(code for code in plan.languages if all(_has_words(study, instrument, code) for instrument in asked))


def _has_words(study: Study, instrument: Instrument, language: str) -> bool:
    try:
        wording(instrument, language, study.wordings_folder)
    except DefinitionError:
        return False
    return True


def _groups_of(study: Study, participant_id: str | None) -> tuple[str, ...]:
    spells = affiliations(study.for_purpose(EVERYONE))
    mine = spells[(spells["participant_id"] == participant_id) & spells["end_day"].isna()]
    ordered = mine.sort_values("is_primary", ascending=False, kind="stable")["group_name"]
    return tuple(dict.fromkeys(name for name in ordered if name not in ("none", "unknown")))


def _pages(instrument: Instrument, words: Wording, about: str, label: str) -> list[Page]:
    found: list[list[Question]] = [[]]
    for number, item in enumerate(instrument.items, start=1):
        here = {question.item.name for question in found[-1]}
        gated = any(name in here for condition in item.asked_if for name in condition.sources)
        if found[-1] and (gated or len(found[-1]) == ITEMS_A_PAGE):
            found.append([])
        found[-1].append(_question(item, number, words))
    title, intro = words.title, words.intro
    return [
        Page(0, instrument, about, label, title, intro if place == 0 else "", tuple(questions))
        for place, questions in enumerate(found)
    ]


def _question(item: Item, number: int, words: Wording) -> Question:
    labels = words.choices.get(item.choices or "", {})
    return Question(item, number, words.items[item.name], tuple(labels.items()))
