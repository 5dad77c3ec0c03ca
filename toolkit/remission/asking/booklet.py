"""The questions of a wave on paper, for people who would rather write."""

from remission.asking.hints import hint
from remission.asking.links import asking_plan
from remission.asking.looks import templates, words
from remission.asking.questionnaire import Page, questionnaire
from remission.cohort import Study
from remission.survey.item import Item


def booklet(study: Study, wave: str, language: str = "en") -> str:
    """Lay a wave's questions out for print, as one HTML page.

    It has a line for the participant's code and none for a name. Where a question is not for
    everyone, it says after which answer it is asked.

    Raises
    ------
    DefinitionError
        Nothing is asked at the wave, or an instrument has no complete words in that language.
    """
    asked, plan = questionnaire(study, wave, None, language), asking_plan(study)
    sheets: dict[tuple[str, str], list[Page]] = {}
    for page in asked.pages:
        sheets.setdefault(page.sheet, []).append(page)
    return (
        templates()
        .get_template("booklet.html")
        .render(
            language=language,
            say=words(language),
            title=plan.words("title", language),
            sender=plan.words("sender", language),
            help_line=plan.words("help_line", language),
            wave=wave,
            sheets=list(sheets.values()),
            skip=_skip,
            hint=hint,
        )
    )


def _skip(page: Page, item: Item, language: str) -> str:
    if not item.asked_if:
        return ""
    numbers = {each.name: str(place) for place, each in enumerate(page.instrument.items, start=1)}
    say = words(language)
    told = []
    for condition in item.asked_if:
        sources = " + ".join(numbers[name] for name in condition.sources)
        if condition.at_least is not None:
            told.append(say["only_from"].format(question=sources, value=f"{condition.at_least:g}"))
            continue
        values = " / ".join(f"{value:g}" for value in condition.equals or ())
        told.append(say["only_if"].format(question=sources, value=values))
    return "; ".join(told)
