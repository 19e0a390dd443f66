"""The tables of kept conversations, and opening their SQLite file through SQLAlchemy.

Each use opens the file and closes it again: processes share it, and nothing is left open. A use that writes takes the
write lock at its beginning, so that what it has read still holds when it writes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.core.errors import LibraryError

# Raise when a table changes; a file of a later version is refused, never guessed at.
VERSION = 1
_WAIT_S = 2.0

_META = MetaData()
CHATS = Table(
    "chats",
    _META,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("title", String, nullable=False),
    Column("folded", String, nullable=False),  # the title as it is searched
    Column("at", Float, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("gone", Float),  # when it was deleted
    Index("chats_of", "owner", "at"),
)
TURNS = Table(
    "turns",
    _META,
    Column("chat", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("question", String, nullable=False),
    Column("folded", String, nullable=False),  # question and answer as they are searched
    Column("record", LargeBinary),
)
RATINGS = Table(
    "ratings",
    _META,
    Column("owner", String, primary_key=True),
    Column("chat", String, primary_key=True),
    Column("turn", String, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("good", Boolean, nullable=False),
    Column("more", LargeBinary, nullable=False),  # reasons, words, the case
)


class Tables:
    """The file at `path`; it is made at its first use for writing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A look at what is kept; None if nothing ever was. Raises LibraryError."""
        with self._told():
            if not self.path.exists():
                yield None
                return
            with self._opened().connect() as db:
                self._check(db)
                yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One change, whole or not at all. Raises LibraryError."""
        with self._told():
            self._make()
            with self._opened().connect() as db:
                self._check(db)
                db.commit()
                db.execute(text("BEGIN IMMEDIATE"))
                yield db
                db.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The exceptions of the vendor, and of records that cannot be read, end here."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
            why = getattr(error, "orig", None) or error
            raise LibraryError(
                f'The kept conversations in "{self.path}" cannot be used: {why}.',
                "Check that the folder is yours to write and the disk is not full; a damaged file can be moved away.",
            ) from error

    def _opened(self) -> Engine:
        if self._engine is None:
            url = URL.create("sqlite", database=str(self.path))
            engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _WAIT_S})
            event.listen(engine, "connect", _set_up)
            self._engine = engine
        return self._engine

    def _make(self) -> None:
        """An empty file of its owner's own; what SQLite puts beside it gets the same mode."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _check(self, db: Connection) -> None:
        """The tables are there, and are ours."""
        version = int(db.execute(text("PRAGMA user_version")).scalar_one())
        if version > VERSION:
            raise ValueError("they were kept by a later version of askpapers")
        if version < VERSION:
            db.commit()
            db.execute(text("BEGIN IMMEDIATE"))
            _META.create_all(db)
            db.execute(text(f"PRAGMA user_version = {VERSION}"))
            db.commit()


def _set_up(connection: Any, record: object) -> None:
    # The driver shall begin no transaction by itself: `BEGIN IMMEDIATE` is said where one is wanted.
    connection.isolation_level = None
    with suppress(sqlite3.Error):  # a file that may only be read is read as it is
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # a power failure may cost the last turns, never the file
    connection.execute("PRAGMA secure_delete = ON")  # what was deleted is to be gone from the file too
