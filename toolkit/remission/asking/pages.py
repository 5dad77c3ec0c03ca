"""What each address of the survey answers: a page, or where to go next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from remission.asking.drafts import REASONS, LinkClosed, Reading, read_page, save, saved
from remission.asking.hand_in import hand_in, study_day
from remission.asking.hints import hint
from remission.asking.links import Link, asking_plan, find_state, start
from remission.asking.looks import all_words, rendered, words
from remission.asking.questionnaire import Drafts, Given, Page, Question, Questionnaire, languages_of, questionnaire
from remission.cohort import Study
from remission.cohort.entries import operator

HEADINGS = {"finished": "thanks", "trouble": "trouble_heading"}
KEPT_REASONS = {"refused": "rather_not", "unknown": "unknown", "not_asked": "not_asked"}


@dataclass(frozen=True)
class Visit:
    """A request to a link: the study, the link where it is known, and the link's own address."""

    study: Study
    link: Link | None
    base: str
    mode: str
    today: Callable[[], date]


@dataclass(frozen=True)
class Reply:
    """A page, or the address to go to."""

    html: str = ""
    status: int = 200
    go_to: str | None = None


@dataclass(frozen=True)
class Opened:
    """An open link with its questions and what was answered so far."""

    link: Link
    asked: Questionnaire
    drafts: Drafts


def welcome(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Show who asks and what happens with the answers."""
    plan = asking_plan(visit.study)
    if visit.link is None or visit.link.state != "open":
        return closed(visit)
    offered = [code for code in languages_of(visit.study, visit.link.wave) if code in all_words()]
    language = sent.get("language", visit.link.language)
    language = language if language in offered else visit.link.language
    languages = [(code, all_words()[code]["name"]) for code in offered]
    count = len(saved(visit.study, visit.link))
    return Reply(rendered("welcome.html", plan, language, languages=languages, count=count))


def begin(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Remember that the person began, and go to the first open question."""
    if visit.link is None or visit.link.state != "open":
        return closed(visit)
    wanted = sent.get("language", "")
    language = wanted if wanted in languages_of(visit.study, visit.link.wave) else visit.link.language
    start(visit.study, visit.link, language)
    opened = _opened(visit, language)
    return Reply(go_to=_at(visit, opened.asked.first_open(opened.drafts)))


def questions(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Show a page of questions with what was answered before."""
    if visit.link is None or visit.link.state != "open":
        return closed(visit)
    opened = _opened(visit)
    page = opened.asked.page(int(number))
    if page is None or not opened.asked.asked(page, opened.drafts):
        return Reply(go_to=_at(visit, opened.asked.first_open(opened.drafts)))
    return _shown(visit, opened, page, {}, {})


def answer(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Keep what a page says, and go on; an impossible answer keeps nothing of the page."""
    if visit.link is None or visit.link.state != "open":
        return closed(visit)
    opened = _opened(visit)
    page = opened.asked.page(int(number))
    if page is None or sent.get("sheet", page.mark) != page.mark:
        return Reply(go_to=_at(visit, opened.asked.first_open(opened.drafts)))
    asked = opened.asked.asked(page, opened.drafts)
    found = read_page(asked, page, sent, visit.mode)
    faults = _faults(visit, opened, page, asked, found)
    if not found.wrong and not found.both:
        try:
            save(visit.study, opened.link, page, found.given, found.blank)
        except LinkClosed:
            return closed(visit)
        opened = _opened(visit)
    if faults:
        return _shown(visit, opened, page, faults, sent)
    return Reply(go_to=_at(visit, opened.asked.following(page.number, opened.drafts)))


def review(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Show that all was asked, before handing in."""
    if visit.link is None or visit.link.state != "open":
        return closed(visit)
    opened = _opened(visit)
    first = opened.asked.first_open(opened.drafts)
    last = opened.asked.before(len(opened.asked.pages) + 1, opened.drafts)
    values = {
        "count": len(opened.asked.standing(opened.drafts)),
        "open_page": None if first is None else _at(visit, first),
        "back": _at(visit, last) if last else None,
    }
    return Reply(rendered("review.html", asking_plan(visit.study), opened.asked.language, **values))


def finish(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Hand in; the page that says so comes after the commit."""
    if visit.link is None or visit.link.state not in ("open", "finished"):
        return closed(visit)
    if visit.link.state == "open":
        opened = _opened(visit)
        who = "participant" if visit.mode == "participant" else operator()
        hand_in(visit.study, opened.link, opened.asked, who, study_day(visit.study, opened.link, visit.today()))
    return Reply(go_to=f"{visit.base}/thanks")


def thanks(visit: Visit, sent: Mapping[str, str], number: str) -> Reply:
    """Say that the answers are saved; only where they are."""
    if visit.link is None or visit.link.state != "finished":
        return closed(visit)
    say = words(visit.link.language)
    state = find_state(visit.study, visit.link)
    told = say["thanks_kept"] if state.kept_aside else say["thanks_saved"]
    values = {"heading": say["thanks"], "sentences": [told, say["close_now"]], "talk": state.flagged}
    return Reply(rendered("message.html", asking_plan(visit.study), visit.link.language, **values))


def closed(visit: Visit) -> Reply:
    """Say kindly that a link is closed, or opens nothing, and whom to ask."""
    if visit.link is None:
        return unknown(visit)
    link = find_state(visit.study, visit.link).link
    return _closed(visit, link.language, link.state, 200 if link.state == "finished" else 410)


def unknown(visit: Visit) -> Reply:
    """Say kindly that there is nothing here."""
    return _closed(visit, asking_plan(visit.study).languages[0], "unknown_link", 404)


def trouble(visit: Visit) -> Reply:
    """Say that something went wrong here, and that what was sent before is kept."""
    return _closed(visit, asking_plan(visit.study).languages[0], "trouble", 503)


def _closed(visit: Visit, language: str, state: str, status: int) -> Reply:
    plan, say = asking_plan(visit.study), words(language)
    told = say.get(state, say["unknown_link"]).format(contact=plan.words("contact", language))
    values = {"heading": say[HEADINGS.get(state, "closed")], "sentences": [told], "talk": False}
    return Reply(rendered("message.html", plan, language, **values), status)


def _opened(visit: Visit, language: str | None = None) -> Opened:
    assert visit.link is not None
    link = visit.link
    asked = questionnaire(visit.study, link.wave, link.participant_id, language or link.language)
    return Opened(link, asked, saved(visit.study, link))


def _at(visit: Visit, page: int | None) -> str:
    return f"{visit.base}/{'end' if page is None else page}"


def _shown(visit: Visit, opened: Opened, page: Page, faults: Mapping[str, str], sent: Mapping[str, str]) -> Reply:
    asked = opened.asked.asked(page, opened.drafts)
    earlier = opened.asked.before(page.number, opened.drafts)
    language = opened.asked.language
    say = words(language)
    stored = {q.field: opened.drafts.get((*page.sheet, q.item.name)) for q in asked}
    values: dict[str, Any] = {
        "page": page,
        "questions": asked,
        "total": len(opened.asked.pages),
        "count": len(opened.drafts),
        "back": _at(visit, earlier) if earlier else None,
        "faults": faults,
        "reasons": [(code, say[KEPT_REASONS[code]]) for code in REASONS[visit.mode]],
        "held": {field: sent.get(field, _held(given)) for field, given in stored.items()},
        "typed": {field: sent.get(f"{field}.n", _typed(given)) for field, given in stored.items()},
        "hints": {q.field: hint(page, q, say) for q in asked},
        "talk": find_state(visit.study, opened.link).flagged,
        "who": f"{opened.link.participant_id} · {opened.link.wave}" if visit.mode == "interview" else "",
    }
    html = rendered("questions.html", asking_plan(visit.study), language, **values)
    return Reply(html, 422 if faults else 200)


def _held(given: Given | None) -> str:
    if given is None:
        return ""
    return f"{given.value:g}" if given.value is not None else f"r:{given.reason}"


def _typed(given: Given | None) -> str:
    return "" if given is None or given.value is None else f"{given.value:.10g}"


def _faults(visit: Visit, opened: Opened, page: Page, asked: tuple[Question, ...], found: Reading) -> dict[str, str]:
    say = words(opened.asked.language)
    told: dict[str, str] = {}
    for question in asked:
        name = question.item.name
        if name in found.wrong:
            allowed = say["choose_one"] if question.options else f"{hint(page, question, say)}."
            text = found.wrong[name][:20]
            told[question.field] = say["impossible"].format(text=text, number=question.number, allowed=allowed)
        elif name in found.both:
            told[question.field] = f"{question.number}. {say['both']}"
        elif name in found.blank:
            told[question.field] = f"{question.number}. {say['left_open']}"
    return told
