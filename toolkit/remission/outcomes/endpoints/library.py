"""Find a published endpoint by name, and compute it."""

import pandas as pd

from remission.errors import DefinitionError
from remission.outcomes.endpoints.abstinence import ABSTINENCE
from remission.outcomes.endpoints.definition import Endpoint, FirstWindow, prepared
from remission.outcomes.endpoints.free_share import FREE_SHARE
from remission.outcomes.endpoints.reduction import REDUCTION
from remission.outcomes.endpoints.relapse import RELAPSE
from remission.outcomes.use_pattern import check_words

LIBRARY = {endpoint.name: endpoint for endpoint in (*ABSTINENCE, *RELAPSE, *REDUCTION, *FREE_SHARE)}

NOT_REBUILT: dict[str, str] = {}
"""Columns of the derived outcomes of CTN-0094 that no endpoint here gives, each with the reason."""

DAYS = {"weeks": 1, "days": 7}


def published_endpoints() -> tuple[str, ...]:
    """Name the published endpoints."""
    return tuple(LIBRARY)


def published_endpoint(name: str) -> Endpoint:
    """Return a published endpoint by name.

    Raises
    ------
    DefinitionError
        There is none.
    """
    if name not in LIBRARY:
        raise DefinitionError(
            f"There is no published endpoint '{name}'.", f"Those at hand are {', '.join(published_endpoints())}."
        )
    return LIBRARY[name]


def endpoint_values(name: str, words: pd.Series, *, unit: str = "weeks") -> pd.DataFrame:
    """Compute a published endpoint from weekly use patterns.

    Parameters
    ----------
    name : str
        One of ``published_endpoints()``.
    words : pandas.Series
        One use pattern a participant, a mark a week; the index is the participant.
    unit : {"weeks", "days"}
        Unit of ``exit``. Week k ends on day 7k.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id exit event`` for times to relapse, to use and to
        dropout, ``participant_id value`` for all others; value is a number, or True and False.
        ``attrs["definition"]`` is the endpoint's name, version and sentence.

    Raises
    ------
    DefinitionError
        There is no such endpoint or unit, a participant has two words, or a word holds a strange mark.

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.outcomes import endpoint_values
    >>> words = pd.Series({"a": "--+-++++o---", "b": "----+---"})
    >>> endpoint_values("ctn0094_relapse", words).values.tolist()
    [['a', 5, 1], ['b', 5, 0]]
    """
    endpoint = published_endpoint(name)
    if unit not in DAYS:
        raise DefinitionError(f"'{unit}' is no unit of an endpoint's time.", f"Units are {', '.join(DAYS)}.")
    if words.index.has_duplicates:
        twice = words.index[words.index.duplicated()][0]
        raise DefinitionError(f"Participant {twice} has two use patterns.", "Give one word a participant.")
    check_words(words)
    values = _times(endpoint.measure, endpoint, words, unit) if isinstance(endpoint.measure, FirstWindow) else None
    found = values if values is not None else _values(endpoint, words)
    found = found.rename_axis("participant_id").reset_index()
    found.attrs["definition"] = f"{endpoint.name} (version {endpoint.version}): {endpoint.sentence}"
    return found


def _times(measure: FirstWindow, endpoint: Endpoint, words: pd.Series, unit: str) -> pd.DataFrame:
    found = measure(prepared(words, endpoint.steps))
    return found.assign(exit=found["exit"] * DAYS[unit])


def _values(endpoint: Endpoint, words: pd.Series) -> pd.DataFrame:
    met = pd.Series(True, index=words.index)
    for condition in endpoint.conditions:
        met &= condition.holds(words)
    if endpoint.measure is None or isinstance(endpoint.measure, FirstWindow):
        return met.to_frame("value")
    return endpoint.measure(prepared(words, endpoint.steps)).where(met, endpoint.otherwise).to_frame("value")
