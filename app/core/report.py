"""What happened to a library: the steps of its store, and the report of an ingest run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.domain import BadRecord, Paper


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to a library after some position up to `position`: papers written, ids removed."""

    papers: tuple[Paper, ...]
    removed: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a step of the store remembers of the records it comes from, so that they change nothing when they come
    again: (paper id, origin, fingerprint) of each. Before that, what the origins of `instead`, (paper id, origin),
    have said of these papers is forgotten, and papers that are `moved` take what was said of them along to the id
    that they go by from now on."""

    records: Sequence[tuple[str, str, str]] = ()
    instead: Sequence[tuple[str, str]] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """How many papers of a library have their vectors, of how many; `trouble` says why no more are being made."""

    embedded: int
    papers: int
    trouble: str = ""

    @property
    def whole(self) -> bool:
        return self.embedded >= self.papers

    @property
    def words(self) -> str:
        """For people: "dense index 62 %". Rounded down, so that only a whole one is 100 %."""
        share = 100 if self.whole else 100 * self.embedded // self.papers
        return f"dense index {share} %"


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two papers of the library that may be one, and why that cannot be decided."""

    paper_id: str
    other_id: str
    why: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest run did, counted in papers; every record read is in exactly one of the counts.

    `bad` lists the first bad records, `bad_more` counts the others; if there are any, the file `bad_list` names them all.
    `flagged` counts those of the new and changed papers that carry a flag; `set_aside` names the files that hold the
    bad records, for repair, `repaired` those of them in which nothing is bad any more. A dry run says how many tokens
    its papers have for the embedder, and how many seconds embedding them takes on this computer."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    bad: tuple[BadRecord, ...] = ()
    bad_more: int = 0
    bad_list: str | None = None
    total_in_library: int = 0
    seconds: float = 0.0
    flagged: int = 0
    near_duplicates: tuple[NearDuplicate, ...] = ()
    set_aside: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    tokens: int | None = None
    embed_seconds: float | None = None

    @property
    def bad_count(self) -> int:
        return len(self.bad) + self.bad_more

    @property
    def read(self) -> int:
        return self.new + self.changed + self.unchanged + self.repeated + self.bad_count


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of `doctor`, whether it works, what was seen, and what to do if it does not."""

    what: str
    ok: bool
    words: str
    hint: str = ""
