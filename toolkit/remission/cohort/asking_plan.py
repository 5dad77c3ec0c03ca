"""What study.yaml says about asking people: which forms at which wave, from whom, and where to find help."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from remission.cohort.section import Section


class AskedForm(Section):
    """An instrument that is asked.

    ``about``: empty for once; ``each_group`` for once about every mutual-help group that the
    participant belongs to; or the code of one group.
    """

    instrument: str
    about: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"instrument": value} if isinstance(value, str) else value


def _by_language(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Words = Annotated[dict[str, str], BeforeValidator(_by_language)]


class Asking(Section):
    """The participant survey.

    Attributes
    ----------
    title, sender : dict
        By language. They stand in the page's title, so they must say nothing about substances or recovery.
    help_line, contact : dict
        By language: whom to call in a crisis, and whom to ask about the survey.
    leave_to : str
        Where the button to leave quickly goes.
    expires_after_days : int
        How long a personal link is good.
    forms : dict
        Wave, or ``every``, to the instruments asked in that order.
    """

    title: Words = Field(default_factory=lambda: {"en": "Questions"})
    sender: Words
    help_line: Words
    contact: Words
    leave_to: str = "https://www.wikipedia.org/"
    expires_after_days: int = Field(default=30, ge=1, le=366)
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)
    forms: Annotated[dict[str, tuple[AskedForm, ...]], Field(min_length=1)]

    @model_validator(mode="after")
    def _every_language(self) -> Self:
        for name in ("sender", "help_line", "contact"):
            absent = [language for language in self.languages if language not in getattr(self, name)]
            if absent:
                raise ValueError(f"asking.{name}: it has no words in the language {absent[0]}")
        if not self.leave_to.startswith(("https://", "http://")):
            raise ValueError("asking.leave_to: write a full address, starting with https://")
        return self

    def words(self, name: str, language: str) -> str:
        """Return one of the texts in a language; English where the title has no other."""
        held: dict[str, str] = getattr(self, name)
        return held.get(language) or next(iter(held.values()))
