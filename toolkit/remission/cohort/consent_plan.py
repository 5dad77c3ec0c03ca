"""What study.yaml says about consent: the forms that participants sign, and what each allows."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from remission.cohort.section import Section

Purpose = Literal["contact", "analysis", "export", "release"]


class ConsentForm(Section):
    """One version of the consent form.

    Attributes
    ----------
    purposes : tuple of str
        ``contact`` (to be reached for follow-up), ``analysis`` (by the study itself), ``export`` (data of single
        participants to others), ``release`` (results of groups to others).
    discloser, recipients, description : str
        Who discloses, to whom, and what; 42 CFR 2.31 asks that a consent to disclose says so.
    expires_after_days : int, optional
        From the day of signing; without it the consent holds until it is withdrawn.
    """

    title: str = ""
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    discloser: str = ""
    recipients: str = ""
    description: str = ""
    expires_after_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _disclosure_is_described(self) -> Self:
        if "export" in self.purposes:
            absent = [name for name in ("discloser", "recipients", "description") if not getattr(self, name)]
            if absent:
                raise ValueError(f"a form that allows export says its {absent[0]}")
        return self


def _text_keys(value: Any) -> Any:
    return {str(name): form for name, form in value.items()} if isinstance(value, dict) else value


class ConsentPlan(Section):
    """Where it stands in study.yaml, analyses and exports hold those alone whose consent is recorded and in force."""

    forms: Annotated[dict[str, ConsentForm], BeforeValidator(_text_keys), Field(min_length=1)]
