"""The entries of the log that replicas share (see `app.adapters.shared_log`), and how they stand in Chroma's metadata."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.domain import Paper, record_of

# So many former fingerprints are kept. A replica that is further behind than that merges instead of following.
_KNOWN_BEFORE, _FINGERPRINT_CHARS = 24, 16
# A record stands in pieces in the metadata, which costs half of what a document costs; these sizes and numbers of
# pieces are within Chroma Cloud's quotas. What does not fit goes into entries of its own, written before.
_PIECE_BYTES, PIECES = 4000, 20
GONE = "removed"
# Chroma keeps the old value of a field that is left out; None takes it away.
NO_RECORD = {"pieces": 0} | dict.fromkeys(f"record{n:02}" for n in range(PIECES))


@dataclass(frozen=True, slots=True)
class Head:
    """How far a replica has written: its last step told. `stamp` changes with every telling, `vectors` whenever it has
    made vectors or put other ones in use."""

    position: int
    stamp: str
    vectors: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log says of a paper. `before` are the fingerprints it had earlier, each cut short."""

    paper_id: str
    fingerprint: str
    before: tuple[str, ...]
    writer: str
    position: int
    parts: int = 0

    @property
    def removed(self) -> bool:
        return self.fingerprint == GONE

    def follows(self, fingerprint: str) -> bool:
        """Whether this was written by somebody who knew that version."""
        return fingerprint[:_FINGERPRINT_CHARS] in self.before

    def next_before(self) -> tuple[str, ...]:
        """`before` of the entry that takes this one's place."""
        return (*self.before, self.fingerprint[:_FINGERPRINT_CHARS])[-_KNOWN_BEFORE:]


@dataclass(frozen=True, slots=True)
class Version:
    """A paper as a replica knows it; `told` are the records its sources brought (see `PaperStore.told`)."""

    paper: Paper
    told: Mapping[str, str] = field(default_factory=dict)


def key_of(paper_id: str) -> str:
    """The id of a paper's entry; a long one is hashed, since Chroma Cloud takes 128 bytes."""
    return (
        f"paper:{paper_id}"
        if len(paper_id.encode()) <= 100
        else f"long:{hashlib.sha256(paper_id.encode()).hexdigest()}"
    )


def part_key(entry: Entry, n: int) -> str:
    """A part belongs to one version, so that parts of two are never put together."""
    return f"part:{n}:{entry.fingerprint[:_FINGERPRINT_CHARS]}:{hashlib.sha256(entry.paper_id.encode()).hexdigest()}"


def metadata(entry: Entry) -> dict[str, Any]:
    return {
        "paper_id": entry.paper_id,
        "fingerprint": entry.fingerprint,
        "before": " ".join(entry.before),
        "writer": entry.writer,
        "position": entry.position,
    }


def entry_of(meta: Mapping[str, Any]) -> Entry:
    before = tuple(str(meta["before"]).split())
    place = str(meta["writer"]), int(meta["position"])
    return Entry(str(meta["paper_id"]), str(meta["fingerprint"]), before, *place, int(meta["parts"]))


def pieces_of(item: Version) -> list[str]:
    """The record as JSON in ASCII, so that a character is a byte, in pieces."""
    text = json.dumps({**record_of(item.paper), "told": dict(item.told)}, separators=(",", ":"))
    return [text[at : at + _PIECE_BYTES] for at in range(0, len(text), _PIECE_BYTES)]


def numbered(pieces: Sequence[str]) -> dict[str, Any]:
    """Their number is said, since Chroma keeps what an older record had more."""
    return {"pieces": len(pieces), **{f"record{n:02}": piece for n, piece in enumerate(pieces)}}


def version_of(entry: Entry, found: Mapping[str, Mapping[str, Any]]) -> Version | None:
    keys = [key_of(entry.paper_id), *(part_key(entry, n) for n in range(entry.parts))]
    try:
        pieces = [str(found[key][f"record{n:02}"]) for key in keys for n in range(int(found[key]["pieces"]))]
        fields = json.loads("".join(pieces))
        told = dict(fields.pop("told"))
        for name in ("authors", "categories", "flags"):
            fields[name] = tuple(fields[name])
        paper = Paper(**fields)
    except (ValueError, LookupError, TypeError):  # parts of two versions
        return None
    return Version(paper, told) if paper.fingerprint == entry.fingerprint else None
