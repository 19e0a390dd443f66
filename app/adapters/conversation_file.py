"""Conversations kept in a SQLite file, beside the library that they are about."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from app.adapters.conversation_tables import CHATS, RATINGS, TURNS, Tables
from app.core.conversations import ChatEntry, Feedback, KeptChat, KeptTurn, Rating, new_id, title_of

PUT_BACK_S = 600.0
_LONGEST_RECORD = 64 << 20
_MOST_FOLDED = 20_000


FILE = "conversations.sqlite"
_NUMBER = select(func.count()).where(TURNS.c.chat == CHATS.c.id).scalar_subquery()
_ENTRIES = select(CHATS.c.id, CHATS.c.title, CHATS.c.at, _NUMBER)


class ConversationFile:
    """A `ConversationStore` in the file at `path`. `clock` tells the time in seconds since 1970."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._tables = Tables(path)
        self._clock = clock

    @property
    def path(self) -> Path:
        return self._tables.path

    def begin(self, owner: str, chat: str, known: Sequence[str], keep: int, turn: str, question: str) -> str:
        question = _storable(question)
        with self._tables.writing() as db:
            self._purge(db)
            there = _there(db, owner, chat)
            stored = _turns_of(db, chat) if there else []
            if not there:
                chat = self._new(db, owner, title_of(question))
            elif stored != list(known):
                chat = self._copied(db, owner, chat, list(known[:keep]))
            else:
                db.execute(delete(TURNS).where(TURNS.c.chat == chat, TURNS.c.id.in_(list(known[keep:]))))
            place = db.execute(select(func.count()).where(TURNS.c.chat == chat)).scalar_one()
            row = {"chat": chat, "id": turn, "place": place, "at": self._clock(), "question": question}
            db.execute(insert(TURNS).values(**row, folded=_folded(question)))
            self._touch(db, chat)
        return chat

    def end(
        self, owner: str, chat: str, turn: str, record: Mapping[str, Any], text: str, state: Mapping[str, Any]
    ) -> bool:
        with self._tables.writing() as db:
            found = db.execute(
                select(TURNS.c.question).where(TURNS.c.chat == chat, TURNS.c.id == turn, _owned(owner, chat))
            ).scalar_one_or_none()
            if found is None:
                return False
            values = {"record": _packed(record), "folded": _folded(f"{found} {text}")}
            db.execute(update(TURNS).where(TURNS.c.chat == chat, TURNS.c.id == turn).values(**values))
            self._touch(db, chat, state=_packed(state))
            return True

    def note(self, owner: str, chat: str, state: Mapping[str, Any]) -> bool:
        return self._change(owner, chat, state=_packed(state))

    def chats(self, owner: str, search: str = "", most: int = 20) -> list[ChatEntry]:
        wanted = _ENTRIES.where(CHATS.c.owner == owner, CHATS.c.gone.is_(None))
        for word in _folded(search).split():
            said = exists().where(TURNS.c.chat == CHATS.c.id, TURNS.c.folded.contains(word, autoescape=True))
            wanted = wanted.where(or_(CHATS.c.folded.contains(word, autoescape=True), said))
        with self._tables.reading() as db:
            rows = db.execute(wanted.order_by(CHATS.c.at.desc(), CHATS.c.id).limit(most)) if db else ()
            return [ChatEntry(*row) for row in rows]

    def entry(self, owner: str, chat: str) -> ChatEntry | None:
        with self._tables.reading() as db:
            row = db.execute(_ENTRIES.where(_mine(owner, chat))).one_or_none() if db else None
            return ChatEntry(*row) if row else None

    def ratings(self, owner: str, chat: str) -> dict[str, bool]:
        of_chat = and_(RATINGS.c.owner == owner, RATINGS.c.chat == chat)
        with self._tables.reading() as db:
            rows = db.execute(select(RATINGS.c.turn, RATINGS.c.good).where(of_chat)) if db else ()
            return {row.turn: row.good for row in rows}

    def chat(self, owner: str, chat: str) -> KeptChat | None:
        with self._tables.reading() as db:
            found = db.execute(select(CHATS).where(_mine(owner, chat))).one_or_none() if db else None
            if db is None or found is None:
                return None
            rated = {
                row.turn: _rating(row)
                for row in db.execute(select(RATINGS).where(RATINGS.c.chat == chat, RATINGS.c.owner == owner))
            }
            turns = tuple(
                KeptTurn(row.id, row.at, row.question, _readable(row.record), rated.get(row.id))
                for row in db.execute(select(TURNS).where(TURNS.c.chat == chat).order_by(TURNS.c.place))
            )
            entry = ChatEntry(found.id, found.title, found.at, len(turns))
            return KeptChat(entry, turns, _unpacked(found.state) or {})

    def rename(self, owner: str, chat: str, title: str) -> bool:
        title = title_of(title)
        return self._change(owner, chat, title=title, folded=_folded(title)) if title else False

    def remove(self, owner: str, chat: str) -> bool:
        return self._change(owner, chat, gone=self._clock())

    def put_back(self, owner: str, chat: str) -> bool:
        with self._tables.writing() as db:
            mine = and_(CHATS.c.id == chat, CHATS.c.owner == owner, CHATS.c.gone.is_not(None))
            return bool(db.execute(update(CHATS).where(mine).values(gone=None)).rowcount)

    def rate(self, owner: str, chat: str, turn: str, rating: Rating | None, case: Mapping[str, Any]) -> bool:
        with self._tables.writing() as db:
            there = db.execute(
                select(TURNS.c.id).where(TURNS.c.chat == chat, TURNS.c.id == turn, _owned(owner, chat))
            ).first()
            if there is None:
                return False
            same = and_(RATINGS.c.owner == owner, RATINGS.c.chat == chat, RATINGS.c.turn == turn)
            db.execute(delete(RATINGS).where(same))
            if rating is not None:
                more = _packed({"reasons": list(rating.reasons), "words": rating.words, "case": dict(case)})
                row = {"owner": owner, "chat": chat, "turn": turn, "id": new_id(), "at": self._clock()}
                db.execute(insert(RATINGS).values(**row, good=rating.good, more=more))
            return True

    def feedback(self) -> list[Feedback]:
        with self._tables.reading() as db:
            rows = db.execute(select(RATINGS).order_by(RATINGS.c.at, RATINGS.c.id)) if db else ()
            return [Feedback(row.id, row.at, _rating(row), (_unpacked(row.more) or {}).get("case", {})) for row in rows]

    def forget_feedback(self) -> int:
        if not self.path.exists():
            return 0
        with self._tables.writing() as db:
            return int(db.execute(delete(RATINGS)).rowcount)

    def _change(self, owner: str, chat: str, **values: Any) -> bool:
        with self._tables.writing() as db:
            return bool(db.execute(update(CHATS).where(_mine(owner, chat)).values(**values)).rowcount)

    def _new(self, db: Connection, owner: str, title: str) -> str:
        row = {"id": new_id(), "owner": owner, "title": title, "folded": _folded(title), "at": self._clock()}
        db.execute(insert(CHATS).values(**row, state=_packed({})))
        return str(row["id"])

    def _copied(self, db: Connection, owner: str, chat: str, keep: list[str]) -> str:
        """A new conversation with these turns of another one."""
        title = db.execute(select(CHATS.c.title).where(CHATS.c.id == chat)).scalar_one()
        copy = self._new(db, owner, title)
        kept = and_(TURNS.c.chat == chat, TURNS.c.id.in_(keep))
        for place, row in enumerate(db.execute(select(TURNS).where(kept).order_by(TURNS.c.place)).mappings().all()):
            db.execute(insert(TURNS).values({**row, "chat": copy, "place": place}))
        return copy

    def _touch(self, db: Connection, chat: str, **values: Any) -> None:
        db.execute(update(CHATS).where(CHATS.c.id == chat).values(at=self._clock(), **values))

    def _purge(self, db: Connection) -> None:
        """What was deleted some time ago is deleted for good."""
        old = select(CHATS.c.id).where(CHATS.c.gone < self._clock() - PUT_BACK_S)
        db.execute(delete(TURNS).where(TURNS.c.chat.in_(old)))
        db.execute(delete(CHATS).where(CHATS.c.id.in_(old)))


def conversations_in(folder: Path) -> ConversationFile:
    """Those kept beside the library in this folder."""
    return ConversationFile(folder / FILE)


def _mine(owner: str, chat: str) -> Any:
    return and_(CHATS.c.id == chat, CHATS.c.owner == owner, CHATS.c.gone.is_(None))


def _owned(owner: str, chat: str) -> Any:
    return exists().where(CHATS.c.id == chat, CHATS.c.owner == owner)


def _there(db: Connection, owner: str, chat: str) -> bool:
    return db.execute(select(CHATS.c.id).where(_mine(owner, chat))).first() is not None


def _turns_of(db: Connection, chat: str) -> list[str]:
    return list(db.execute(select(TURNS.c.id).where(TURNS.c.chat == chat).order_by(TURNS.c.place)).scalars())


def _rating(row: Any) -> Rating:
    more = _unpacked(row.more) or {}
    return Rating(row.good, tuple(map(str, more.get("reasons", ()))), str(more.get("words", "")))


def _packed(value: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value).encode("ascii"), 6)


def _unpacked(packed: bytes | None) -> dict[str, Any] | None:
    """Raises ValueError for bytes that are no record."""
    if packed is None:
        return None
    try:
        value = json.loads(zlib.decompressobj().decompress(packed, _LONGEST_RECORD))
    except zlib.error as error:
        raise ValueError(f"a record is damaged ({error})") from error
    if not isinstance(value, dict):
        raise ValueError("a record is no object")
    return value


def _readable(packed: bytes | None) -> dict[str, Any] | None:
    """As `_unpacked`; an empty record in place of a damaged one, which shall not cost the others."""
    try:
        return _unpacked(packed)
    except ValueError:
        return {}


def _folded(text: str) -> str:
    """Text as it is searched: upper and lower case are one."""
    return _storable(text[:_MOST_FOLDED]).casefold()


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
