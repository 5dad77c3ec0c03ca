"""A study as a folder: ``study.yaml``, ``cohort.db``, ``mappings/``, ``releases/``."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, func, inspect, select
from sqlmodel import Session

from remission.cohort.engine import (
    WRITES,
    engine_for,
    make_engine,
    plain_errors,
    read_url,
    reading,
    sqlite_url,
    touch_private,
)
from remission.cohort.protocol import Protocol
from remission.cohort.revisions import bring_up_to_date
from remission.cohort.schema import METADATA
from remission.cohort.study_file import INSTRUMENTS_FOLDER, STUDY_FILE, read_protocol
from remission.errors import StudyError
from remission.locate import shipped
from remission.survey.definition import Instrument
from remission.survey.library import instrument

DATABASE_FILE = "cohort.db"
EVERYONE = "everyone"
TEMPLATES = Path(__file__).resolve().parent / "templates"
WORKED_EXAMPLES = {"follow-up": ("help.yaml",)}


@dataclass(frozen=True)
class Study:
    """An opened study.

    Attributes
    ----------
    path : pathlib.Path
        The study folder.
    protocol : Protocol
        What study.yaml said when the study was opened.
    engine : sqlalchemy.Engine
        Shared by all that open the same database in this process.
    protocol_sha256 : str
        Checksum of study.yaml.
    purpose : str
        What is read is read for this purpose: those who do not allow it are left out. ``everyone`` leaves nobody
        out and is for the study's own work, never for results.
    present : Study or None
        The study itself, where this is one of its past states.
    as_of : datetime.datetime or None
        The moment of the past state.
    sites : tuple of str or None
        Only participants of these sites are read; None for all. Somebody without a site belongs to none.
    memory : Memory or None
        Where what is read of this revision is kept, while somebody looks at it.
    """

    path: Path
    protocol: Protocol
    engine: Engine
    protocol_sha256: str
    purpose: str = "analysis"
    present: "Study | None" = None
    as_of: datetime | None = None
    sites: tuple[str, ...] | None = None
    memory: object = field(default=None, repr=False, compare=False)

    def for_purpose(self, purpose: str) -> "Study":
        """Return the same study, read for another purpose."""
        return replace(self, purpose=purpose)

    def at_sites(self, sites: tuple[str, ...] | None) -> "Study":
        """Return the same study, read for some sites; None for all."""
        return replace(self, sites=sites)

    @property
    def mappings_folder(self) -> Path:
        """Where the study keeps its mapping files."""
        return self.path / "mappings"

    @property
    def releases_folder(self) -> Path:
        """Where released results go."""
        return self.path / "releases"

    @property
    def instruments_folder(self) -> Path:
        """Where a study keeps definitions of its own; they go before those that ship."""
        return self.path / INSTRUMENTS_FOLDER

    @property
    def wordings_folder(self) -> Path:
        """Where a study keeps the words that it is licensed to use."""
        return self.path / "wordings"

    def instrument(self, name: str, version: str | None = None) -> Instrument:
        """Load an instrument, the study's own definition before a shipped one.

        Raises
        ------
        DefinitionError
            There is none of that name or version.
        """
        return instrument(name, version, extra=self.instruments_folder)

    @contextmanager
    def session(self, write: bool = False) -> Iterator[Session]:
        """Open a session for one piece of work; never keep one longer.

        Parameters
        ----------
        write : bool
            Take the write lock at once and commit at the end. A session that only reads keeps nothing.

        Raises
        ------
        StudyError
            The database is locked, damaged or out of reach.
        """
        engine = self.engine.execution_options(**{WRITES: write})
        with plain_errors(self.engine), Session(engine) as session:
            yield session
            if write:
                session.commit()

    def revision(self) -> str:
        """Return a short string that changes with every batch and with every edit of study.yaml."""
        batch = METADATA.tables["batch"].c
        query = select(func.max(batch.id), func.count(batch.id), func.count(batch.undone_at))
        with reading(self.engine) as connection:
            last, count, undone = connection.execute(query).one()
        moment = f"-{self.as_of:%Y%m%dT%H%M%S}" if self.as_of else ""
        return f"{last or 0}-{count}-{undone}-{self.protocol_sha256[:12]}{moment}"


def create_study(
    path: Path, template: str = "follow-up", name: str | None = None, database: str | None = None
) -> Study:
    """Make a study folder from a template; when that fails, nothing of it is left.

    Parameters
    ----------
    path : pathlib.Path
        The folder to make; it must not exist, or be empty.
    template : {"follow-up", "engagement"}
    name : str, optional
        The study's name in study.yaml; the template's own if not given.
    database : str, optional
        A SQLAlchemy URL without a password; a file in the study folder if not given.

    Raises
    ------
    StudyError
        The folder holds something, there is no such template, or the disk refuses.
    """
    path = Path(path).resolve()
    _refuse_occupied(path)
    if not (TEMPLATES / template / STUDY_FILE).is_file():
        known = ", ".join(sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()))
        raise StudyError(f"There is no study template '{template}'.", f"The templates are {known}.")
    try:
        if database is not None:
            _require_free(database, path)
        _build(path, template, name, database)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StudyError(f"The study folder {path} cannot be made ({reason}).", "Choose another place.") from error
    return open_study(path)


def open_study(path: Path, create_database: bool = True) -> Study:
    """Open a study folder, bringing its database to the schema of this release.

    Parameters
    ----------
    path : pathlib.Path
    create_database : bool
        Make the database where the folder has none yet.

    Raises
    ------
    StudyError
        The folder or its files are absent; the database is locked, damaged, of a newer release or
        no database at all.
    DefinitionError
        study.yaml breaks a rule.
    """
    path = Path(path).resolve()
    protocol = read_protocol(path)
    url = read_url(protocol.database, path) if protocol.database else default_url(path)
    if url.get_backend_name() == "sqlite":
        _require_file(Path(str(url.database)), create_database)
    engine = engine_for(url)
    bring_up_to_date(engine, folder=path)
    checksum = hashlib.sha256((path / STUDY_FILE).read_bytes()).hexdigest()
    return Study(path, protocol, engine, checksum)


def default_url(path: Path) -> URL:
    """Return where a study keeps its data when study.yaml does not say."""
    return sqlite_url(path / DATABASE_FILE)


def _require_file(database: Path, create: bool) -> None:
    if database.is_file():
        return
    if database.exists() or not database.parent.is_dir() or not create:
        raise StudyError(
            f"The study's database {database} is not there.",
            "Put it back, or correct `database:` in study.yaml.",
        )
    touch_private(database)


def _refuse_occupied(path: Path) -> None:
    if path.is_dir() and any(path.iterdir()):
        raise StudyError(f"The folder {path} is not empty.", "Choose a new folder for the study.")
    if path.exists() and not path.is_dir():
        raise StudyError(f"{path} is a file.", "Choose a new folder for the study.")


def _require_free(database: str, path: Path) -> None:
    url = read_url(database, path)
    if url.password:
        raise StudyError(
            "The address of the database holds a password.", "Leave it out; put it into ~/.pgpass or PGPASSWORD."
        )
    if url.get_backend_name() == "sqlite":
        return
    with reading(make_engine(url)) as connection:
        if inspect(connection).has_table("study_mark"):
            raise StudyError(
                "The database holds a study already.",
                "Name another database, or another schema: ?options=-csearch_path%3Dname.",
            )


def _build(path: Path, template: str, name: str | None, database: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkdtemp makes a folder that its owner alone may enter.
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        _fill(draft, template, name, database)
        if path.is_dir():
            path.rmdir()
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _fill(draft: Path, template: str, name: str | None, database: str | None) -> None:
    text = (TEMPLATES / template / STUDY_FILE).read_text(encoding="utf-8")
    if name is not None:
        text = re.sub(r"(?m)^name:.*$", lambda _: f"name: {json.dumps(name)}", text, count=1)
    if database is not None:
        text = re.sub(r"(?m)^# database:.*$", lambda _: f"database: {json.dumps(database)}", text, count=1)
    (draft / STUDY_FILE).write_text(text, encoding="utf-8")
    for folder in ("mappings", "releases"):
        (draft / folder).mkdir(mode=0o700)
    for mapping in WORKED_EXAMPLES.get(template, ()):
        source = shipped("mappings") / mapping
        if source.is_file():
            shutil.copyfile(source, draft / "mappings" / mapping)
    if read_protocol(draft).database is None and default_url(draft).get_backend_name() == "sqlite":
        touch_private(draft / DATABASE_FILE)
        engine = make_engine(default_url(draft))
        try:
            bring_up_to_date(engine)
        finally:
            engine.dispose()
