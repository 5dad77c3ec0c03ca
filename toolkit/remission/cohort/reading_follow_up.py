"""What belongs to following people up, as plain frames."""

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from remission.cohort.engine import reading
from remission.cohort.memory import remembered
from remission.cohort.reading import fetch, of_participant, permitted, sorted_by, with_current_names
from remission.cohort.schema import METADATA
from remission.cohort.study import EVERYONE, Study

TABLES = METADATA.tables


@remembered
def answers_by_response(study: Study) -> pd.DataFrame:
    """Read who answered which instrument when, without the answers.

    Returns
    -------
    pandas.DataFrame
        One row is a response: ``participant_id wave instrument about day n_items n_answered``, the items that hold a
        value or a reason, and those with a value.
    """
    answer, response, participant = TABLES["answer"], TABLES["response"], TABLES["participant"]
    valued = func.count(answer.c.value) + func.count(answer.c.text)
    # Counted along the key of the answers, before any join: no sorting of all of them.
    counted = select(answer.c.response_id, func.count().label("n_items"), valued.label("n_answered"))
    per = counted.group_by(answer.c.response_id).subquery()
    query = select(
        participant.c.participant_id,
        *[response.c[name] for name in ("wave", "instrument", "about", "day")],
        func.coalesce(per.c.n_items, 0).label("n_items"),
        func.coalesce(per.c.n_answered, 0).label("n_answered"),
    ).join(participant, participant.c.id == response.c.participant)
    with reading(study.engine) as connection:
        found = fetch(connection, query.outerjoin(per, per.c.response_id == response.c.id))
    found = found.astype({"n_items": np.int64, "n_answered": np.int64})
    order = [planned.name for planned in study.protocol.waves]
    return permitted(
        study, sorted_by(with_current_names(study, found), ["participant_id", "wave", "instrument"], order)
    )


def consents(study: Study) -> pd.DataFrame:
    """Read what participants agreed to, whoever may be used for what.

    Returns
    -------
    pandas.DataFrame
        One row is one purpose of one form: ``participant_id version purpose signed_on expires_on withdrawn_on``.
    """
    columns = ("version", "purpose", "signed_on", "expires_on", "withdrawn_on")
    found = of_participant(study.for_purpose(EVERYONE), "consent", columns)
    return sorted_by(found, ["participant_id", "signed_on", "version", "purpose"])


def stops(study: Study) -> pd.DataFrame:
    """Read who asked not to be contacted, or that their data be used no more.

    Returns
    -------
    pandas.DataFrame
        One row is a wish: ``participant_id kind since_on lifted_on``.
    """
    found = of_participant(study.for_purpose(EVERYONE), "stop", ("kind", "since_on", "lifted_on"))
    return sorted_by(found, ["participant_id", "since_on", "kind"])


@remembered
def care_episodes(study: Study) -> pd.DataFrame:
    """Read stays in care.

    Returns
    -------
    pandas.DataFrame
        One row is a stay: ``participant_id admission_day discharge_day level_of_care discharge_reason``.
    """
    columns = ("admission_day", "discharge_day", "level_of_care", "discharge_reason")
    found = of_participant(study, "care_episode", columns)
    return sorted_by(
        found.astype({"admission_day": float, "discharge_day": float}), ["participant_id", "admission_day"]
    )


@remembered
def contact_attempts(study: Study) -> pd.DataFrame:
    """Read attempts to reach participants.

    Returns
    -------
    pandas.DataFrame
        One row is an attempt: ``participant_id attempted_on time channel outcome wave point``.
    """
    columns = ("attempted_on", "time", "channel", "outcome", "wave", "point")
    found = with_current_names(study, of_participant(study, "contact_attempt", columns))
    return sorted_by(found, ["participant_id", "attempted_on", "time", "channel"])


def query_steps(study: Study) -> pd.DataFrame:
    """Read what was done about queries on the data.

    Returns
    -------
    pandas.DataFrame
        One row is a step: ``participant_id rule wave about number step owner note taken_on``, in their order.
    """
    return _steps(study, "query_step")


def safety_steps(study: Study) -> pd.DataFrame:
    """Read what was done about answers that ask for a person's attention.

    Returns
    -------
    pandas.DataFrame
        One row is a step: ``participant_id rule wave about number step owner note taken_on``, in their order.
    """
    return _steps(study, "safety_step")


def _steps(study: Study, table: str) -> pd.DataFrame:
    columns = ("rule", "wave", "about", "number", "step", "owner", "note", "taken_on")
    found = with_current_names(study, of_participant(study, table, columns)).astype({"number": np.int64})
    return sorted_by(found, ["participant_id", "rule", "wave", "about", "number"])


def incentives(study: Study) -> pd.DataFrame:
    """Read what was given to participants.

    Returns
    -------
    pandas.DataFrame
        One row is something given: ``participant_id given_on wave form amount currency``, amounts in cents.
    """
    columns = ("given_on", "wave", "form", "amount", "currency")
    found = with_current_names(study, of_participant(study, "incentive", columns))
    return sorted_by(found, ["participant_id", "given_on", "wave", "form"])
