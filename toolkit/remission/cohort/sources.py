"""How files came in: the mapping and the dictionary of each import that still stands."""

from dataclasses import dataclass

from sqlalchemy import select

from remission.cohort.engine import reading
from remission.cohort.schema import METADATA
from remission.cohort.study import Study


@dataclass(frozen=True)
class ImportedFrom:
    """One import: its mapping as YAML text, and the dictionary of the mapped variables as JSON text."""

    batch_id: int
    file_name: str
    mapping: str
    dictionary: str


def import_sources(study: Study) -> list[ImportedFrom]:
    """List the imports that were not undone, oldest first."""
    source, batch = METADATA.tables["import_source"], METADATA.tables["batch"]
    query = select(batch.c.id, batch.c.file_name, source.c.mapping, source.c.dictionary)
    query = query.join(source, source.c.batch_id == batch.c.id).where(batch.c.undone_at.is_(None))
    with reading(study.engine) as connection:
        rows = connection.execute(query.order_by(batch.c.id)).all()
    return [ImportedFrom(row.id, row.file_name or "", row.mapping, row.dictionary) for row in rows]
