"""The study that a restored one takes the place of: whose it is, and who was erased from it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, select

from remission.cohort.engine import make_engine, read_url, reading, sqlite_url
from remission.cohort.erasing import LEDGER
from remission.cohort.schema import METADATA
from remission.cohort.study_file import STUDY_FILE, read_protocol
from remission.cohort.trail.chain import head_of, mark_of
from remission.errors import RemissionError, StudyError
from remission.keeping.checking import COHORT
from remission.keeping.ledger import read_ledger
from remission.keeping.manifest import Manifest


@dataclass(frozen=True)
class Former:
    """A study that is to be replaced; mark and entries are None where its database cannot be read.

    Attributes
    ----------
    path : pathlib.Path
    mark : str or None
    entries : int or None
        Number of the newest entry of its audit trail.
    erased : set of str
        Pseudonyms of those who were erased from it.
    """

    path: Path
    mark: str | None
    entries: int | None
    erased: set[str]

    def remarks(self, manifest: Manifest) -> tuple[str, ...]:
        """Say what the restored study lacks of this one."""
        if self.entries is None:
            return (
                "The database of the study that was replaced could not be read: whose it was could not be compared, "
                "and erased people are those that erasures.txt names.",
            )
        newer = self.entries - manifest.state.head.number
        if newer <= 0:
            return ()
        return (
            f"{newer} entries of the audit trail are newer than the backup: what they did is not in the restored "
            "study. Enter again what people no longer wanted since then (stops, withdrawn consents).",
        )


def former_study(path: Path) -> Former:
    """Look at the study in a folder, without changing it.

    Raises
    ------
    StudyError
        There is no study, its database is on a server, or its list of erased people cannot be read.
    """
    if not (path / STUDY_FILE).is_file():
        raise StudyError(f"{path} is no study folder.", "Name the study to replace, or leave --replace out.")
    url = _url(path)
    if url.get_backend_name() != "sqlite":
        raise StudyError(
            f"The database of {path} is on a server.", "Restore into a new folder, without --replace, and compare."
        )
    erased = read_ledger(path / LEDGER)
    if not Path(str(url.database)).is_file():
        return Former(path, None, None, erased)
    engine = make_engine(url)
    try:
        with reading(engine) as connection:
            mark, head = mark_of(connection), head_of(connection)
            erased |= set(connection.execute(select(METADATA.tables["erasure"].c.uid)).scalars())
        return Former(path, mark, head.number, erased)
    except StudyError:
        return Former(path, None, None, erased)
    finally:
        engine.dispose()


def _url(path: Path) -> URL:
    try:
        named = read_protocol(path).database
    except RemissionError:
        # A broken study.yaml may be the reason to restore.
        named = None
    return read_url(named, path) if named else sqlite_url(path / COHORT)
