"""The vault file: who stands behind a pseudonym, and where they can be reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)

from remission.cohort import Study
from remission.cohort.engine import make_engine, plain_errors, reading, sqlite_url, touch_private, writing
from remission.cohort.trail.chain import mark_of
from remission.errors import StudyError
from remission.vault.cells import seal, unseal
from remission.vault.key import VaultKey

VAULT_FILE = "vault.db"
PERSON = ("name", "preferred_name", "language", "time_zone", "safe_times", "notes")
POINT = ("kind", "value", "contact_name", "relation", "may_contact", "may_leave_message", "cover_wording")
CHECK = "this vault is open"

_TABLES = MetaData()
# ``row`` is empty for what is known of the person, else the number of a contact point.
CELL = Table(
    "cell",
    _TABLES,
    Column("uid", String, primary_key=True),
    Column("row", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
LOCK = Table("lock", _TABLES, Column("study", String, primary_key=True), Column("sealed", LargeBinary, nullable=False))

Rows = dict[tuple[str, str], dict[str, str]]


@dataclass(frozen=True)
class Vault:
    """An opened vault.

    Attributes
    ----------
    path : pathlib.Path
    study_mark : str
        The study that it belongs to.
    """

    path: Path
    study_mark: str
    engine: Engine
    key: VaultKey = field(repr=False)

    def person(self, uid: str) -> dict[str, str]:
        """Return what is known of a person: name, preferred_name, language, time_zone, safe_times, notes."""
        return self._rows([uid]).get((uid, ""), {})

    def contact_points(self, uid: str) -> pd.DataFrame:
        """Return a person's contact points.

        Returns
        -------
        pandas.DataFrame
            One row is a point: ``point kind value contact_name relation may_contact may_leave_message
            cover_wording``; texts, empty where nothing is known.
        """
        found = [{"point": row, **said} for (_, row), said in sorted(self._rows([uid]).items(), key=_number) if row]
        return pd.DataFrame(found, columns=["point", *POINT]).fillna("")

    def names(self, uids: Iterable[str]) -> dict[str, str]:
        """Return the names of people, the preferred one first."""
        rows = self._rows(list(uids))
        return {
            uid: said.get("preferred_name") or said.get("name", "") for (uid, row), said in rows.items() if row == ""
        }

    def put(self, uid: str, person: Mapping[str, str], points: Iterable[Mapping[str, str]]) -> int:
        """Keep what is known of a person; returns how many cells are new or changed.

        An empty text says nothing. A contact point of the same kind and value is the same point.
        """
        with writing(self.engine) as connection:
            return self.put_within(connection, uid, person, points)

    def put_within(
        self, connection: Connection, uid: str, person: Mapping[str, str], points: Iterable[Mapping[str, str]]
    ) -> int:
        """Keep what is known of a person within a transaction that the caller opened."""
        held = self._read(connection, [uid])
        numbers = {(said.get("kind"), said.get("value")): row for (_, row), said in held.items() if row}
        changed = self._put_row(connection, (uid, ""), person, held)
        for point in points:
            known = (point.get("kind"), point.get("value"))
            number = numbers.setdefault(known, str(1 + max((int(row) for _, row in held if row), default=0)))
            changed += self._put_row(connection, (uid, number), point, held)
        return changed

    def remove(self, uid: str) -> None:
        """Take a person out and overwrite what the file still holds of them."""
        _remove(self.engine, uid)

    def with_key(self, key: VaultKey) -> "Vault":
        """Seal everything anew under another key, all of it or nothing; the key before opens nothing any more."""
        fresh = Vault(self.path, self.study_mark, self.engine, key)
        with writing(self.engine) as connection:
            rows = self._read(connection, None)
            connection.execute(delete(CELL))
            connection.execute(delete(LOCK))
            connection.execute(insert(LOCK).values(study=self.study_mark, sealed=fresh._seal(CHECK, "", "", "lock")))
            for key_of_row, said in rows.items():
                fresh._put_row(connection, key_of_row, said, {})
        _overwrite(self.engine)
        return fresh

    def _rows(self, uids: list[str]) -> Rows:
        with reading(self.engine) as connection:
            return self._read(connection, uids)

    def _read(self, connection: Connection, uids: list[str] | None) -> Rows:
        query = select(CELL)
        rows: Rows = {}
        # A few hundred names fit into one statement; a whole cohort is read as it lies.
        if uids is not None and len(uids) <= 500:
            query = query.where(CELL.c.uid.in_(uids))
        wanted = None if uids is None else set(uids)
        for uid, row, name, sealed in connection.execute(query):
            if wanted is not None and uid not in wanted:
                continue
            text = unseal(self.key, sealed, _place(self.study_mark, uid, row, name))
            if text is None:
                raise StudyError(
                    "A cell of the vault was changed or moved past remission.", "Put the vault back from a backup."
                )
            rows.setdefault((uid, row), {})[name] = text
        return rows

    def _put_row(self, connection: Connection, key: tuple[str, str], said: Mapping[str, str], held: Rows) -> int:
        uid, row = key
        known = held.setdefault(key, {})
        fields = PERSON if row == "" else POINT
        new = {name: said[name] for name in fields if said.get(name) and said[name] != known.get(name)}
        for name, text in new.items():
            connection.execute(delete(CELL).where(CELL.c.uid == uid, CELL.c.row == row, CELL.c.field == name))
            sealed = self._seal(text, uid, row, name)
            connection.execute(insert(CELL).values(uid=uid, row=row, field=name, sealed=sealed))
        known.update(new)
        return len(new)

    def _seal(self, text: str, uid: str, row: str, name: str) -> bytes:
        return seal(self.key, text, _place(self.study_mark, uid, row, name))


def _place(mark: str, uid: str, row: str, name: str) -> str:
    return "|".join((mark, uid, row, name))


def _number(item: tuple[tuple[str, str], dict[str, str]]) -> int:
    return int(item[0][1] or 0)


def create_vault(study: Study, key: VaultKey) -> Vault:
    """Make an empty vault in a study folder.

    Raises
    ------
    StudyError
        The study has a vault already.
    """
    path = study.path / VAULT_FILE
    if path.exists():
        raise StudyError(f"The study has a vault already: {path}.", "Open it with its key.")
    with reading(study.engine) as connection:
        mark = mark_of(connection)
    draft = path.with_name(f".{VAULT_FILE}-new")
    draft.unlink(missing_ok=True)
    touch_private(draft)
    engine = make_engine(sqlite_url(draft))
    vault = Vault(path, mark, engine, key)
    with writing(engine) as connection:
        _TABLES.create_all(connection)
        connection.execute(insert(LOCK).values(study=mark, sealed=vault._seal(CHECK, "", "", "lock")))
    engine.dispose()
    draft.rename(path)
    return open_vault(study, key)


def open_vault(study: Study, key: VaultKey) -> Vault:
    """Open a study's vault.

    Raises
    ------
    StudyError
        The study has none, it is another study's, or the key is not its own.
    """
    path = study.path / VAULT_FILE
    if not path.is_file():
        raise StudyError("The study has no vault.", "Make one with `remission vault init`.")
    with reading(study.engine) as connection:
        mark = mark_of(connection)
    engine = make_engine(sqlite_url(path))
    with reading(engine) as connection:
        lock = connection.execute(select(LOCK)).one_or_none()
    if lock is None or lock.study != mark:
        raise StudyError(f"{path} is the vault of another study.", "Put this study's own vault there.")
    if unseal(key, lock.sealed, _place(mark, "", "", "lock")) != CHECK:
        raise StudyError("The key does not open this vault.", "Name the key file that was made with it.")
    return Vault(path, mark, engine, key)


def forget(study: Study, uid: str) -> bool:
    """Take a person out of a study's vault, which needs no key; tells whether there is a vault."""
    path = study.path / VAULT_FILE
    if not path.is_file():
        return False
    engine = make_engine(sqlite_url(path))
    _remove(engine, uid)
    engine.dispose()
    return True


def _remove(engine: Engine, uid: str) -> None:
    with writing(engine) as connection:
        connection.execute(delete(CELL).where(CELL.c.uid == uid))
    _overwrite(engine)


def _overwrite(engine: Engine) -> None:
    with plain_errors(engine):
        raw = engine.raw_connection()
        try:
            assert raw.driver_connection is not None
            raw.driver_connection.execute("VACUUM")
            raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
