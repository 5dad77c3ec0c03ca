"""What the cohort database holds for an export, read once."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from remission.cohort import Study, affiliations, answers, participants, use_reports
from remission.cohort.engine import reading
from remission.cohort.reading import permitted, with_current_names
from remission.cohort.schema import METADATA
from remission.exchange.export.request import ExportRefused, ExportRequest

TABLES = METADATA.tables


@dataclass(frozen=True)
class Facts:
    """Frames of a study as an export needs them.

    Attributes
    ----------
    people : pandas.DataFrame
        One row is a participant, in the order of the export: ``participant_id site arm origin_date``.
    codes : pandas.Series
        The code that goes out, by participant code.
    characteristics : pandas.DataFrame
        One row is a fact: ``participant_id name number text missing_reason``, codes as stored.
    answers : pandas.DataFrame
        As ``cohort.answers``.
    texts : pandas.DataFrame
        Answers in free words: ``participant_id wave instrument about item text``.
    use : pandas.DataFrame
        As ``cohort.use_reports``.
    spells : pandas.DataFrame
        As ``cohort.affiliations``.
    """

    people: pd.DataFrame
    codes: pd.Series
    characteristics: pd.DataFrame
    answers: pd.DataFrame
    texts: pd.DataFrame
    use: pd.DataFrame
    spells: pd.DataFrame

    @property
    def ids(self) -> pd.Index:
        """Participant codes in the order of the export."""
        found: pd.Index = pd.Index(self.people["participant_id"])
        return found


def read_facts(study: Study, request: ExportRequest) -> Facts:
    """Read what an export needs of a study.

    Raises
    ------
    ExportRefused
        The study has no participants.
    DefinitionError
        An instrument or wave that is asked for is not there.
    """
    people = participants(study)
    if people.empty:
        raise ExportRefused("The study has no participants to export.", "Import or record some first.")
    for wave in request.waves:
        study.protocol.wave(wave)
    for name in request.instruments:
        study.instrument(name)
    told, texts = answers(study), _texts(study)
    if request.instruments:
        told, texts = (frame[frame["instrument"].isin(request.instruments)] for frame in (told, texts))
    if request.waves:
        told, texts = (frame[frame["wave"].isin(request.waves)] for frame in (told, texts))
    codes = pd.Series(people["participant_id"].to_numpy(), index=people["participant_id"].to_numpy(), dtype=object)
    return Facts(
        people=people,
        codes=codes,
        characteristics=_characteristics(study),
        answers=told.reset_index(drop=True),
        texts=texts.reset_index(drop=True),
        use=use_reports(study),
        spells=affiliations(study),
    )


def _characteristics(study: Study) -> pd.DataFrame:
    fact, person = TABLES["characteristic"], TABLES["participant"]
    names = ("name", "number", "text", "missing_reason")
    query = select(person.c.participant_id, *[fact.c[name] for name in names])
    with reading(study.engine) as connection:
        rows = connection.execute(query.join(person, person.c.id == fact.c.participant)).all()
    found = pd.DataFrame([tuple(row) for row in rows], columns=["participant_id", *names]).astype({"number": float})
    return permitted(study, found)


def _texts(study: Study) -> pd.DataFrame:
    answer, response, person = TABLES["answer"], TABLES["response"], TABLES["participant"]
    columns = [response.c[name] for name in ("wave", "instrument", "about")]
    query = select(person.c.participant_id, *columns, answer.c.item, answer.c.text).where(answer.c.text.is_not(None))
    query = query.join(response, response.c.id == answer.c.response_id)
    query = query.join(person, person.c.id == response.c.participant)
    with reading(study.engine) as connection:
        rows = connection.execute(query).all()
    names = ["participant_id", "wave", "instrument", "about", "item", "text"]
    return with_current_names(study, permitted(study, pd.DataFrame([tuple(row) for row in rows], columns=names)))
