"""Papers and the parts of them: what an ingest makes and a question reads.

Offsets (`start`, `end`) are Python string indices into the paper's stored abstract, so
`paper.abstract[start:end]` is always exactly the quoted text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core.keys import title_key

# An ingest asks several times for the keys of the papers of one batch.
_KEPT = 8192


@lru_cache(_KEPT)
def abstract_key(abstract: str) -> str:
    """The abstract reduced as `title_key` does and hashed (16 hex digits), so that two spellings of one agree."""
    return hashlib.sha256(title_key(abstract).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PaperRef:
    """What a citation shows of a paper."""

    id: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    url: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the library. `id` is the arXiv id without version, else the DOI, else a title hash.

    `version` is arXiv's, `updated` the day (YYYY-MM-DD) its text was last changed, as far as the source says;
    `flags` are warnings about the text for whoever reads it, in words."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    url: str | None = None
    doi: str | None = None
    categories: tuple[str, ...] = ()
    venue: str | None = None
    published: str | None = None
    source: str = ""
    version: int | None = None
    updated: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def ref(self) -> PaperRef:
        return PaperRef(self.id, self.title, self.authors, self.year, self.url, self.flags)

    @property
    def text_key(self) -> str:
        """Changes exactly when what is embedded of the paper changes: its title or its abstract."""
        text = f"{self.title}\n{self.abstract}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def fingerprint(self) -> str:
        """Changes exactly when something a person could see of the paper changes (`source` is not that). Fields that
        papers did not always have count only where they hold something, so that older fingerprints stay true."""
        return _fingerprint(self)


_PAPER_FIELDS = tuple(item.name for item in fields(Paper))


@lru_cache(_KEPT)
def _fingerprint(paper: Paper) -> str:
    younger = ("version", "updated", "flags")
    seen = {n: v for n, v in record_of(paper).items() if n != "source" and (v or n not in younger)}
    return hashlib.sha256(json.dumps(seen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def record_of(paper: Paper) -> dict[str, Any]:
    """The paper's fields by name, as they are. `dataclasses.asdict` gives the same, copied, in ten times the time."""
    return {name: getattr(paper, name) for name in _PAPER_FIELDS}


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not become a paper: where it stands (`line` counts from 1; 0 means the whole file) and
    why, so that it can be repaired.

    `raw` is the record as it stands in the file, for the set-aside file; None if there is nothing to repair.
    `opening` and `closing` are what must stand once before and after such records to make a file of the same format
    (a CSV header, the root tags of XML). A record too large for memory lies in the file `raw` names instead."""

    where: str
    line: int
    reason: str
    excerpt: str = ""
    raw: str | Path | None = None
    opening: str = ""
    closing: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an abstract: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored, embedded piece of one abstract: `text == abstract[start:end]`. The title is embedded with it."""

    id: str
    paper_id: str
    index: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of an abstract that a citation rests on: `text == abstract[start:end]`."""

    text: str
    start: int
    end: int
