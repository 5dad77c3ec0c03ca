"""The cohort database as plain frames, one a kind of fact, sorted by participant."""

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, select

from remission.cohort.engine import reading
from remission.cohort.memory import remembered
from remission.cohort.permission import permission
from remission.cohort.protocol import Characteristic
from remission.cohort.schema import METADATA
from remission.cohort.study import Study

TABLES = METADATA.tables
DTYPES = {"response_id": np.int64, "day": float, "end_day": float, "value": float, "number": float}
BATCHES = (
    "id",
    "kind",
    "file_name",
    "file_sha256",
    "mapping_sha256",
    "rows",
    "recorded_at",
    "undone_at",
)


@remembered
def participants(study: Study) -> pd.DataFrame:
    """Read all participants.

    Returns
    -------
    pandas.DataFrame
        One row is a participant's enrolment: ``participant_id site arm origin_date``; texts are None and
        dates NaT where unknown.
    """
    found = of_participant(study, "enrolment", ("site", "arm", "origin_date"))
    found["origin_date"] = pd.to_datetime(found["origin_date"])
    return sorted_by(found, ["participant_id"])


@remembered
def characteristics(study: Study) -> pd.DataFrame:
    """Read what is known about participants, as study.yaml declares it.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id`` and one column per characteristic; numbers as
        floats, categories as their labels, NaN or None where unknown.
    """
    wide = participants(study)[["participant_id"]]
    long = of_participant(study, "characteristic", ("name", "number", "text"))
    for name, declared in study.protocol.characteristics.items():
        stated = long[long["name"] == name].set_index("participant_id")
        wide[name] = _values(declared, stated, wide["participant_id"])
    return wide


def answers(study: Study, instrument: str | None = None, wave: str | None = None) -> pd.DataFrame:
    """Read answers, of one instrument or wave where named.

    Returns
    -------
    pandas.DataFrame
        One row is one answered item: ``participant_id wave day instrument version item value
        missing_reason about``, waves in the order of the protocol; ``day`` and ``value`` are floats.
    """
    answer, response, participant = TABLES["answer"], TABLES["response"], TABLES["participant"]
    heads = select(
        response.c.id.label("response_id"),
        participant.c.participant_id,
        *[response.c[name] for name in ("wave", "day", "instrument", "about")],
        response.c.instrument_version.label("version"),
    ).join(participant, participant.c.id == response.c.participant)
    items = select(*[answer.c[name] for name in ("response_id", "item", "value", "missing_reason")])
    items = items.join(response, response.c.id == answer.c.response_id)
    stored = None if wave is None else study.protocol.stored_names.get(wave, wave)
    for column, wanted in ((response.c.instrument, instrument), (response.c.wave, stored)):
        if wanted is not None:
            heads, items = heads.where(column == wanted), items.where(column == wanted)
    order = [planned.name for planned in study.protocol.waves]
    with reading(study.engine) as connection:
        found = with_current_names(study, fetch(connection, heads))
        answered = fetch(connection, items)
    responses = sorted_by(found, ["participant_id", "wave", "instrument", "about"], order)
    if len(kept := permitted(study, responses)) < len(responses):
        responses, answered = kept, answered[answered["response_id"].isin(kept["response_id"])].reset_index(drop=True)
    return _under_responses(responses, answered)


@remembered
def affiliations(study: Study) -> pd.DataFrame:
    """Read spells with mutual-help groups.

    Returns
    -------
    pandas.DataFrame
        One row is a spell: ``participant_id group_name start_day end_day is_primary variant``; ``end_day`` is
        NaN while the spell lasts.
    """
    found = of_participant(study, "affiliation", ("group_name", "start_day", "end_day", "is_primary", "variant"))
    found = found.astype({"start_day": np.int64, "is_primary": bool})
    return sorted_by(found, ["participant_id", "start_day", "group_name"])


@remembered
def status_events(study: Study) -> pd.DataFrame:
    """Read changes of standing such as death or withdrawal.

    Returns
    -------
    pandas.DataFrame
        One row is a change: ``participant_id kind day``; ``day`` is NaN where unknown.
    """
    return sorted_by(of_participant(study, "status_event", ("kind", "day")), ["participant_id", "day", "kind"])


def mutual_help_events(study: Study) -> pd.DataFrame:
    """Read the meeting calendar and what professionals did to bring people to a group.

    Returns
    -------
    pandas.DataFrame
        One row is a kind of event on a day: ``participant_id day kind group_name format count``.
    """
    found = of_participant(study, "mutual_help_event", ("day", "kind", "group_name", "format", "count"))
    found = found.astype({"day": np.int64, "count": np.int64})
    return sorted_by(found, ["participant_id", "day", "kind", "group_name", "format"])


def batches(study: Study) -> pd.DataFrame:
    """Read the batches in which facts came in, oldest first.

    Returns
    -------
    pandas.DataFrame
        One row is a batch: ``id kind file_name file_sha256 mapping_sha256 rows recorded_at undone_at``,
        ``rows`` being the facts that were new and moments in UTC.
    """
    table = TABLES["batch"]
    with reading(study.engine) as connection:
        found = fetch(connection, select(*[table.c[name] for name in BATCHES]).order_by(table.c.id))
    moments = {name: pd.to_datetime(found[name], utc=True) for name in ("recorded_at", "undone_at")}
    return found.assign(**moments).astype({"id": np.int64, "rows": np.int64})


def _under_responses(responses: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    # Ten times fewer responses than answers: the sorting and the texts are done on the responses.
    place = pd.Index(responses["response_id"]).get_indexer(pd.Index(answered["response_id"]))
    order = np.lexsort([_rank(answered["item"], None), place])
    heads = responses.drop(columns=["response_id", "about"]).take(place[order]).reset_index(drop=True)
    tails = answered.drop(columns="response_id").take(order).reset_index(drop=True)
    about = responses["about"].take(place[order]).reset_index(drop=True)
    return pd.concat([heads, tails, about], axis=1)


def of_participant(study: Study, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read columns of a table under the participants' codes."""
    table, participant = TABLES[name], TABLES["participant"]
    query = select(participant.c.participant_id, *[table.c[column] for column in columns])
    with reading(study.engine) as connection:
        found = fetch(connection, query.join(participant, participant.c.id == table.c.participant))
    return permitted(study, found)


def with_current_names(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Call waves what study.yaml calls them today; answers keep the oldest name.

    A wave that study.yaml has no more keeps the name under which its answers are stored.
    """
    named = study.protocol.current_names
    return frame.assign(wave=frame["wave"].map(lambda name: named.get(name, name)).astype(object))


def permitted(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out those whose data may not be used for the purpose of the reading."""
    refused = permission(study).refused
    return frame[~frame["participant_id"].isin(refused)].reset_index(drop=True) if refused else frame


def fetch(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """Read the rows of a query with the types that frames have."""
    result = connection.execute(query)
    columns = list(zip(*result.all(), strict=True)) or [()] * len(result.keys())
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=DTYPES.get(name, object))
            for name, values in zip(result.keys(), columns, strict=True)
        }
    )


def sorted_by(frame: pd.DataFrame, by: list[str], waves: list[str] | None = None) -> pd.DataFrame:
    """Sort by columns, waves in the order that is given."""
    # Sorting whole-number codes is several times faster than sorting texts.
    keys = [_rank(frame[name], waves if name == "wave" else None) for name in reversed(by)]
    return frame.iloc[np.lexsort(keys)].reset_index(drop=True)


def _rank(values: pd.Series, order: list[str] | None) -> np.ndarray:
    if values.dtype != object:
        return values.to_numpy()
    if order is not None:
        place = {name: number for number, name in enumerate(order)}
        return values.map(place).fillna(len(place)).to_numpy(dtype=float)
    return pd.factorize(values, sort=True)[0]


def _values(declared: Characteristic, stated: pd.DataFrame, who: pd.Series) -> pd.Series:
    if declared.kind == "number":
        return pd.Series(stated["number"].reindex(who).to_numpy(dtype=float), index=who.index)
    labels = stated["text"].map(lambda code: declared.categories.get(code, code), na_action="ignore")
    texts = labels.reindex(who).astype(object).to_numpy()
    return pd.Series([None if pd.isna(text) else text for text in texts], index=who.index, dtype=object)
