"""What stands in Chroma's metadata of a chunk: the chunk's place and the whole record of its paper, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from app.core.domain import Chunk, Paper, title_key

_LISTS = ("authors", "categories", "flags")
# The abstract is the chunks' documents put together.
_FIELDS = tuple(field.name for field in fields(Paper) if field.name not in {"id", "abstract"})


def metadata(paper: Paper, chunk: Chunk, chunks: int) -> dict[str, Any]:
    """The metadata of a chunk that is one of `chunks`."""
    return {"index": chunk.index, "start": chunk.start, "end": chunk.end, "chunks": chunks, **described(paper)}


def described(paper: Paper) -> dict[str, Any]:
    """The part that all chunks of a paper have alike. Chroma refuses empty lists, and keeps the old value of a field
    that is left out; None takes it away."""
    record: dict[str, Any] = {"paper_id": paper.id}
    for name in _FIELDS:
        value = getattr(paper, name)
        record[name] = (list(value) if name in _LISTS else value) or None
    return record | {
        "title_key": title_key(paper.title),
        "fingerprint": paper.fingerprint,
        "text_key": paper.text_key,
    }


def paper_of(meta: Mapping[str, Any], abstract: str) -> Paper:
    """The paper of a chunk's metadata and its chunks' texts put together."""
    known = {name: meta[name] for name in _FIELDS if meta.get(name) is not None}
    for name in _LISTS:
        known[name] = tuple(known.get(name, ()))
    return Paper(**{**known, "id": str(meta["paper_id"]), "abstract": abstract})


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk's place: the `index`-th of the `chunks` of a paper, of which text."""

    paper_id: str
    index: int
    chunks: int
    text_key: str

    @classmethod
    def read(cls, meta: Mapping[str, Any]) -> StoredChunk:
        return cls(str(meta["paper_id"]), int(meta["index"]), int(meta["chunks"]), str(meta.get("text_key")))
