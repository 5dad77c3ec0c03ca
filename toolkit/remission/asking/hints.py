"""What a number question takes, in words."""

from collections.abc import Mapping

from remission.asking.questionnaire import Page, Question


def hint(page: Page, question: Question, say: Mapping[str, str]) -> str:
    """Say between which numbers an answer lies."""
    low, high = page.instrument.bounds(question.item.name)
    if low is None or high is None:
        return say["number"]
    return say["number_from_to"].format(low=f"{low:g}", high=f"{high:g}")
