"""When facts came in, as plain frames."""

import pandas as pd
from sqlalchemy import func, select, union_all

from remission.cohort.engine import reading
from remission.cohort.reading import fetch, permitted, with_current_names
from remission.cohort.schema import METADATA
from remission.cohort.study import Study

TABLES = METADATA.tables
ON_USE = ("use_report", "calendar_day", "drug_test", "sobriety_date")


def interviews_came_in(study: Study) -> pd.DataFrame:
    """Read when the last answers of each interview came in.

    Returns
    -------
    pandas.DataFrame
        One row is a participant at a wave: ``participant_id wave came_in``, a moment in UTC.
    """
    response, participant, batch = TABLES["response"], TABLES["participant"], TABLES["batch"]
    query = (
        select(participant.c.participant_id, response.c.wave, func.max(batch.c.recorded_at).label("came_in"))
        .join(participant, participant.c.id == response.c.participant)
        .join(batch, batch.c.id == response.c.batch_id)
        .group_by(participant.c.participant_id, response.c.wave)
    )
    with reading(study.engine) as connection:
        found = with_current_names(study, fetch(connection, query))
    return permitted(study, found.assign(came_in=pd.to_datetime(found["came_in"], utc=True)))


def responses_came_in(study: Study) -> pd.DataFrame:
    """Read when each answered instrument came in first.

    Returns
    -------
    pandas.DataFrame
        One row is a response: ``participant_id wave instrument about day came_in``, a moment in UTC.
    """
    response, participant, batch = TABLES["response"], TABLES["participant"], TABLES["batch"]
    said = [response.c[name] for name in ("wave", "instrument", "about", "day")]
    query = (
        select(participant.c.participant_id, *said, batch.c.recorded_at.label("came_in"))
        .join(participant, participant.c.id == response.c.participant)
        .join(batch, batch.c.id == response.c.batch_id)
    )
    with reading(study.engine) as connection:
        found = with_current_names(study, fetch(connection, query))
    return permitted(study, found.assign(came_in=pd.to_datetime(found["came_in"], utc=True)))


def use_came_in(study: Study) -> pd.DataFrame:
    """Read when the last word on each participant's use came in.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id came_in``, a moment in UTC.
    """
    participant, batch = TABLES["participant"], TABLES["batch"]
    told = union_all(*[select(TABLES[name].c.participant, TABLES[name].c.batch_id) for name in ON_USE]).subquery()
    query = (
        select(participant.c.participant_id, func.max(batch.c.recorded_at).label("came_in"))
        .join(told, told.c.participant == participant.c.id)
        .join(batch, batch.c.id == told.c.batch_id)
        .group_by(participant.c.participant_id)
    )
    with reading(study.engine) as connection:
        found = fetch(connection, query)
    return permitted(study, found.assign(came_in=pd.to_datetime(found["came_in"], utc=True)))
