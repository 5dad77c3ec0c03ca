"""What a file or a form brings, as frames with checked columns and plain types."""

import getpass
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

import pandas as pd

PARTICIPANTS = ("participant_id", "site", "arm", "origin_date")
CHARACTERISTICS = ("participant_id", "name", "value", "missing_reason")
ANSWERS = ("participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason")
AFFILIATIONS = ("participant_id", "group_name", "start_day", "end_day", "is_primary")
USE_REPORTS = ("participant_id", "substance", "start_day", "end_day", "state", "source")
CALENDAR_DAYS = ("participant_id", "day", "substance", "source", "quantity")
DRUG_TESTS = ("participant_id", "day", "substance", "specimen", "result")
SOBRIETY_DATES = ("participant_id", "reported_day", "substance", "since_day")
MUTUAL_HELP_EVENTS = ("participant_id", "day", "kind", "group_name", "format", "count")
STATUS_EVENTS = ("participant_id", "kind", "day")
CARE_EPISODES = ("participant_id", "admission_day", "discharge_day", "level_of_care", "discharge_reason")
CONSENTS = ("participant_id", "version", "purpose", "signed_on", "expires_on", "withdrawn_on")
STOPS = ("participant_id", "kind", "since_on", "lifted_on")
CONTACT_ATTEMPTS = ("participant_id", "attempted_on", "time", "channel", "outcome", "wave", "point")
QUERY_STEPS = ("participant_id", "rule", "wave", "about", "number", "step", "owner", "note", "taken_on")
SAFETY_STEPS = QUERY_STEPS
INCENTIVES = ("participant_id", "given_on", "wave", "form", "amount", "currency")


def _none(columns: tuple[str, ...]) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame({name: pd.Series(dtype="object") for name in columns})


_ACTING: ContextVar[str] = ContextVar("acting", default="")


def act_as(account: str) -> None:
    """Let what this thread records from now on stand under the account that somebody is signed in with."""
    _ACTING.set(account)


def operator() -> str:
    """Return who acts, for the audit trail: whoever is signed in, else the account that runs this process."""
    if account := _ACTING.get():
        return account
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


@dataclass(frozen=True)
class Entries:
    """What is to be recorded; a frame that is not given is empty.

    Attributes
    ----------
    participants : pandas.DataFrame
        One row is a participant: ``participant_id site arm origin_date``; an empty cell says nothing.
    characteristics : pandas.DataFrame
        One row is one characteristic: ``participant_id name value missing_reason``. The value of a
        category is its code or its label.
    answers : pandas.DataFrame
        One row is one answered item: ``participant_id wave day instrument version item value
        missing_reason``, and ``about`` where an instrument is answered once for each group.
    affiliations : pandas.DataFrame
        One row is a spell with a group: ``participant_id group_name start_day end_day is_primary``, and
        ``variant`` where the meetings are for some of its members.
    use_reports : pandas.DataFrame
        One row is a span of days, both ends included: ``participant_id substance start_day end_day
        state source``.
    calendar_days : pandas.DataFrame
        One row is a day of a use calendar: ``participant_id day substance source quantity``; 0 is a day without
        use, and a day that is not there has no entry.
    drug_tests : pandas.DataFrame
        One row is a test that was due: ``participant_id day substance specimen result``.
    sobriety_dates : pandas.DataFrame
        One row is a sobriety date as told on a day: ``participant_id reported_day substance since_day``.
    status_events : pandas.DataFrame
        One row is a change of standing: ``participant_id kind day``.
    mutual_help_events : pandas.DataFrame
        One row is a kind of event on a day (a meeting, a referral, ...): ``participant_id day kind group_name
        format count``.
    care_episodes : pandas.DataFrame
        One row is a stay in care: ``participant_id admission_day discharge_day level_of_care discharge_reason``.
    consents : pandas.DataFrame
        One row is one purpose agreed to: ``participant_id version purpose signed_on expires_on withdrawn_on``.
    stops : pandas.DataFrame
        One row is a wish not to be contacted, or that data be used no more: ``participant_id kind since_on
        lifted_on``, kind ``contact`` or ``use``.
    contact_attempts : pandas.DataFrame
        One row is an attempt to reach a participant: ``participant_id attempted_on time channel outcome wave
        point``; ``point`` is the vault's number of the address or telephone that was tried.
    incentives : pandas.DataFrame
        One row is something given: ``participant_id given_on wave form amount currency``, amounts in cents.

    query_steps : pandas.DataFrame
        One row is a step in clearing up a query about the data: ``participant_id rule wave about number step owner
        note taken_on``, step ``assigned``, ``settled`` or ``reopened``.
    safety_steps : pandas.DataFrame
        One row is a step about an answer that asks for a person's attention, in the same columns: ``assigned``,
        ``seen``, ``handled`` or ``reopened``.
    restates : tuple of str
        Sources whose use reports are stated anew: what such a source said before about the same participant
        and substance, and does not say now, counts as a change.

    A row with a missing reason has no value; a row with neither states nothing and is left out.
    """

    participants: pd.DataFrame = field(default_factory=_none(PARTICIPANTS))
    characteristics: pd.DataFrame = field(default_factory=_none(CHARACTERISTICS))
    answers: pd.DataFrame = field(default_factory=_none(ANSWERS))
    affiliations: pd.DataFrame = field(default_factory=_none(AFFILIATIONS))
    use_reports: pd.DataFrame = field(default_factory=_none(USE_REPORTS))
    calendar_days: pd.DataFrame = field(default_factory=_none(CALENDAR_DAYS))
    drug_tests: pd.DataFrame = field(default_factory=_none(DRUG_TESTS))
    sobriety_dates: pd.DataFrame = field(default_factory=_none(SOBRIETY_DATES))
    status_events: pd.DataFrame = field(default_factory=_none(STATUS_EVENTS))
    mutual_help_events: pd.DataFrame = field(default_factory=_none(MUTUAL_HELP_EVENTS))
    care_episodes: pd.DataFrame = field(default_factory=_none(CARE_EPISODES))
    consents: pd.DataFrame = field(default_factory=_none(CONSENTS))
    stops: pd.DataFrame = field(default_factory=_none(STOPS))
    contact_attempts: pd.DataFrame = field(default_factory=_none(CONTACT_ATTEMPTS))
    incentives: pd.DataFrame = field(default_factory=_none(INCENTIVES))
    query_steps: pd.DataFrame = field(default_factory=_none(QUERY_STEPS))
    safety_steps: pd.DataFrame = field(default_factory=_none(SAFETY_STEPS))
    restates: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchInfo:
    """Where entries come from.

    Attributes
    ----------
    kind : str
        ``sav``, ``csv``, ``survey``, ``people``, ``simulated``, ...
    file_name, file_sha256, mapping_sha256 : str or None
    who : str
    reason : str or None
        Why, for the audit trail.
    mapping, dictionary : str
        The mapping as text and the dictionary of the mapped variables, kept so that they can go out as they came.
    """

    kind: str
    file_name: str | None = None
    file_sha256: str | None = None
    mapping_sha256: str | None = None
    who: str = field(default_factory=operator)
    reason: str | None = None
    mapping: str = ""
    dictionary: str = ""
