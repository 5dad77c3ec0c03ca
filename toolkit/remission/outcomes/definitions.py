"""Named, versioned outcome definitions: results move more with the definition than with the model."""

from dataclasses import dataclass
from typing import Literal

from remission.errors import DefinitionError


@dataclass(frozen=True)
class OutcomeDefinition:
    """A rule that turns what was reported into an event and its time.

    Attributes
    ----------
    name, version : str
    title : str
        A few words for headings.
    sentence : str
        The rule in words, its handling of missing reports included.
    reference : str
        Where the rule is discussed.
    source : {"reported_day", "waves"}
        Days of use as reported, or the answers of each wave.
    instrument, scale : str
        For ``"waves"``: the score that is 1 where no use was reported and 0 where use was.
    """

    name: str
    version: str
    title: str
    sentence: str
    reference: str
    source: Literal["reported_day", "waves"]
    instrument: str = ""
    scale: str = ""


DEFINITIONS = (
    OutcomeDefinition(
        name="first_use",
        version="1",
        title="first use after day 0",
        sentence="The event is the first day of any reported use, day 0 included. Those without reported use are "
        "followed to the last day that is reported free of use without a gap from day 0; silence is not abstinence.",
        reference="Maisto and others 2016, doi:10.15288/jsad.2016.77.849",
        source="reported_day",
    ),
    OutcomeDefinition(
        name="first_use_at_waves",
        version="1",
        title="first use as seen at the interviews",
        sentence="The event is the first interview that reports use since the one before; it happened after the last "
        "interview without use and by this one. A missed interview ends follow-up unless a later one reports no use.",
        reference="Maisto and others 2016, doi:10.15288/jsad.2016.77.849",
        source="waves",
        instrument="recent_use",
        scale="abstinent",
    ),
)


def outcome(name: str) -> OutcomeDefinition:
    """Return an outcome definition by name.

    Raises
    ------
    DefinitionError
        There is none.
    """
    for definition in DEFINITIONS:
        if definition.name == name:
            return definition
    raise DefinitionError(f"There is no outcome definition '{name}'.", f"Those at hand are {', '.join(outcomes())}.")


def outcomes() -> tuple[str, ...]:
    """Name the outcome definitions."""
    return tuple(definition.name for definition in DEFINITIONS)
