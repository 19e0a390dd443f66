"""A digest as data: `app.ui.digest_text` and `app.ui.digest_html` write it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.domain import Paper, Quote


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a digest under its marker, with the sentences of its abstract that say most of it."""

    marker: int
    paper: Paper
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """New papers on one topic. `text` is a paragraph that a chat model wrote on them, its markers those of the entries;
    without one the entries speak for themselves. `more` papers of the group are not entries: a digest is short."""

    title: str
    entries: tuple[Entry, ...]
    more: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """`added` papers came between two moments; `outside` of them are on none of the topics that were asked for. `notes` are
    sentences on how it came about."""

    since: datetime
    until: datetime
    added: int = 0
    groups: tuple[DigestGroup, ...] = ()
    outside: int = 0
    topics: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, by their markers."""
        return tuple(entry for group in self.groups for entry in group.entries)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.groups
