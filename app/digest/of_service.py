"""The digest of an open library: what its parts are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from app.chat.candidates import candidates
from app.chat.chain import Chain
from app.core.domain import Answer, Question
from app.core.errors import InputError
from app.core.events import AnswerReady
from app.core.filters import Filters
from app.digest.collect import About, by_groups, by_topics, collected
from app.digest.records import Digest
from app.digest.since import parse_since
from app.digest.write import Ask, written
from app.library import Library
from app.receipts import asked

MOST_TOPICS, _LONGEST_TOPIC = 12, 200


def checked_topics(topics: Sequence[str]) -> tuple[str, ...]:
    """The topics that were typed, each once. Raises InputError."""
    typed = tuple(dict.fromkeys(words for topic in topics if (words := " ".join(topic.split()))))
    if len(typed) > MOST_TOPICS:
        raise InputError(f"{len(typed)} topics are too many for a digest.", f"Give {MOST_TOPICS} at most.")
    for topic in typed:
        if len(topic) > _LONGEST_TOPIC:
            raise InputError(f'The topic "{topic[:40]} ..." is too long.', f"Give {_LONGEST_TOPIC} characters at most.")
    return typed


def digest_by(chain: Chain, library: Library, since: str, topics: Sequence[str]) -> Digest:
    """The digest that a chain makes: what is on a topic it finds, and its chat model writes, if it has one. Nothing of it
    is kept as an answer."""

    def about(topic: str, ids: Sequence[str]) -> dict[str, float]:
        with library.in_use():
            found = candidates(chain.searching, topic, Filters(ids=tuple(ids))).items
        return {item.ranked.paper.id: item.probability for item in found}

    def ask(question: Question) -> Answer | None:
        answer = None
        with library.in_use():
            for event, _ in asked(chain, library, question, None):
                answer = event.answer if isinstance(event, AnswerReady) else answer
        return answer

    return digest_of(library, since, topics, about, None if chain.writer.quotes else ask)


def digest_of(
    library: Library,
    since: str,
    topics: Sequence[str],
    about: About,
    ask: Ask | None,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc).astimezone(),
) -> Digest:
    """The digest of what came since; by topic where topics are given, else by the groups the papers make. With `ask` a chat
    model writes. Raises InputError, LibraryError."""
    until = now()
    begins, wanted = parse_since(since, until), checked_topics(topics)
    library.refresh()
    ids = list(library.store.added_since(begins.timestamp()))
    if not ids:
        return Digest(begins, until, topics=wanted)
    if wanted:
        groups = by_topics(ids, wanted, about)
    else:
        groups = by_groups(ids, library.store, library.vectors if library.embedded_count() else None)
    digest = replace(collected(begins, until, ids, library.store, groups), topics=wanted)
    if without := [topic for topic in wanted if topic not in dict(groups)]:
        digest = replace(digest, notes=(f"Nothing new on {', '.join(f'“{topic}”' for topic in without)}.",))
    return written(digest, ask) if ask and not digest.empty else digest
