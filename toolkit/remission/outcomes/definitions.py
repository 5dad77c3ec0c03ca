"""Named, versioned outcome definitions: results move more with the definition than with the model."""

from dataclasses import dataclass
from typing import Literal

from remission.errors import DefinitionError
from remission.outcomes.endpoints import published_endpoint, published_endpoints

Source = Literal["reported_day", "waves", "run", "weeks"]


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
    source : {"reported_day", "waves", "run", "weeks"}
        The first day of use, the answers of each wave, a run of days, or use patterns of weeks.
    instrument, scale : str
        For ``"waves"``: the score that is 1 where no use was reported and 0 where use was.
    times, within : int
        For ``"run"``: so many days among so many.
    heavy : bool
        For ``"run"``: only days of heavy use count, as study.yaml draws the line.
    endpoint : str
        For ``"weeks"``: the published endpoint.
    """

    name: str
    version: str
    title: str
    sentence: str
    reference: str
    source: Source
    instrument: str = ""
    scale: str = ""
    times: int = 1
    within: int = 1
    heavy: bool = False
    endpoint: str = ""


# Those without the event are followed as long as every day is known.
UNTIL_UNKNOWN = (
    "Those without it are followed to the last day before a day about which nothing is known; no entry is not no use."
)
MAISTO = "Maisto and others 2016, doi:10.15288/jsad.2016.77.849"
DEFINITIONS = (
    OutcomeDefinition(
        name="first_use",
        version="2",
        title="first use after day 0",
        sentence="The event is the first day of any reported use, day 0 included; where only the number of days of use "
        "is known, it lies among them. Those without reported use are "
        "followed to the last day that is reported free of use without a gap from day 0; silence is not abstinence.",
        reference=MAISTO,
        source="reported_day",
    ),
    OutcomeDefinition(
        name="first_use_at_waves",
        version="1",
        title="first use as seen at the interviews",
        sentence="The event is the first interview that reports use since the one before; it happened after the last "
        "interview without use and by this one. A missed interview ends follow-up unless a later one reports no use.",
        reference=MAISTO,
        source="waves",
        instrument="recent_use",
        scale="abstinent",
    ),
    OutcomeDefinition(
        name="first_heavy_day",
        version="1",
        title="first heavy day",
        sentence=f"The event is the first day of heavy use, as the study draws the line. {UNTIL_UNKNOWN}",
        reference="Falk and others 2010, doi:10.1111/j.1530-0277.2010.01290.x",
        source="run",
        heavy=True,
    ),
    OutcomeDefinition(
        name="two_heavy_days_in_a_week",
        version="1",
        title="two heavy days within a week",
        sentence="The event is the first of two days of heavy use within seven days, as the study draws the line. "
        f"{UNTIL_UNKNOWN}",
        reference=MAISTO,
        source="run",
        times=2,
        within=7,
        heavy=True,
    ),
    OutcomeDefinition(
        name="seven_days_in_a_row",
        version="1",
        title="use on seven days in a row",
        sentence=f"The event is the first of seven days of use in a row; less is a lapse. {UNTIL_UNKNOWN}",
        reference="Hughes and others 2003, doi:10.1080/1462220031000070552",
        source="run",
        times=7,
        within=7,
    ),
)


def outcome(name: str) -> OutcomeDefinition:
    """Return an outcome definition by name: one of ``outcomes()``.

    Raises
    ------
    DefinitionError
        There is none.
    """
    for definition in DEFINITIONS:
        if definition.name == name:
            return definition
    if name in outcomes():
        return _of_weeks(name)
    raise DefinitionError(f"There is no outcome definition '{name}'.", f"Those at hand are {', '.join(outcomes())}.")


def outcomes() -> tuple[str, ...]:
    """Name the outcome definitions that give a time to an event, those of published trials included."""
    timed = (name for name in published_endpoints() if published_endpoint(name).is_time)
    return (*(definition.name for definition in DEFINITIONS), *timed)


def own_run(name: str, title: str, times: int, within: int, heavy: bool, reference: str = "") -> OutcomeDefinition:
    """Make a study's own definition: ``times`` days of use, or of heavy use, within so many days.

    Raises
    ------
    DefinitionError
        The name is taken, or there are more times than days.
    """
    if name in outcomes():
        raise DefinitionError(f"The outcome definition '{name}' exists already.", "Give the study's own another name.")
    if not 1 <= times <= within:
        raise DefinitionError(
            f"The outcome definition '{name}' asks for {times} days within {within}.", "Take no more days than that."
        )
    what = "heavy use, as the study draws the line," if heavy else "use"
    rule = f"the first of {times} days of {what} within {within}" if times > 1 else f"the first day of {what}"
    sentence = f"The event is {rule.removesuffix(',')}. {UNTIL_UNKNOWN}"
    stated = reference or "defined by the study"
    return OutcomeDefinition(name, "1", title, sentence, stated, "run", times=times, within=within, heavy=heavy)


def _of_weeks(name: str) -> OutcomeDefinition:
    endpoint = published_endpoint(name)
    sentence = (
        f"{endpoint.sentence} Weeks are read from the use calendar and tests (no day of use: -, one: *, more: +); the "
        "event lies in its week and is dated to the last day of it."
    )
    return OutcomeDefinition(
        name, endpoint.version, endpoint.title, sentence, endpoint.reference, "weeks", endpoint=name
    )
