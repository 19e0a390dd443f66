"""Care for a library: remove papers, check that its parts agree, make them agree, build parts anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from app.core.errors import LibraryBusyError, LibraryError
from app.library import Library

if TYPE_CHECKING:
    from app.adapters.chroma import ChromaVectorStore
    from app.adapters.chroma_records import StoredChunk

# Longer than another askpapers holds on to the vectors while it changes the embedder (`app.reembed`).
_VECTORS_WAIT_S = 30.0
_TOGETHER = 1000


def remove(library: Library, ids: Sequence[str], wait_s: float = _VECTORS_WAIT_S) -> list[str]:
    """Forget these papers everywhere: list, keyword index, the vectors of every collection. Gives those that were
    there. Raises LibraryBusyError if another process keeps making vectors for `wait_s`; the papers are then gone from
    every answer and their vectors go as soon as that process next looks."""
    from ingest.pipeline import catch_up

    there = list(library.store.get(ids))
    keyword = library.keyword
    with library.writing():
        library.store.write((), removed=there)
        catch_up(library.store, keyword)
    if there and library.collection() is not None:
        busy = LibraryBusyError(
            "The papers are removed; their vectors are still there, since another askpapers is making vectors.",
            "They go when it has finished; askpapers library verify tells.",
        )
        with _vectors_alone(library, busy, wait_s) as vectors:
            for info in vectors.collections():
                vectors.use(info.name)
                vectors.delete_whole(there)
                library.store.forget_embedded(info.name, there)
    return there


@contextmanager
def _vectors_alone(
    library: Library, busy: LibraryBusyError, wait_s: float = _VECTORS_WAIT_S
) -> Iterator[ChromaVectorStore]:
    """A view of the collections that nobody else writes to meanwhile; `busy` is raised if somebody does not stop."""
    with library.embedding(wait_s) as mine:
        if not mine:
            raise busy
        with closing(library.second_vectors()) as vectors:
            yield vectors
        library.note_vectors()


# --- do the parts agree? --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the parts of a library agree, in ids of papers. `missing` papers should be in a part and are not, `surplus`
    should not be or are there twice, `stale` vectors are of another text or in pieces. `waiting` papers have no
    vectors yet, which is no fault."""

    papers: int
    waiting: int
    keyword_missing: tuple[str, ...]
    keyword_surplus: tuple[str, ...]
    vectors_missing: tuple[str, ...]
    vectors_stale: tuple[str, ...]
    vectors_surplus: tuple[str, ...]

    @property
    def faults(self) -> dict[str, tuple[str, ...]]:
        """Each kind of fault with the papers it is of."""
        names = [item.name for item in fields(self) if item.name.startswith(("keyword_", "vectors_"))]
        return {name: getattr(self, name) for name in names}

    @property
    def agree(self) -> bool:
        return not any(self.faults.values())


@dataclass(slots=True)
class _Stored:
    """What a collection holds of a paper: its chunks, as bits, of a text in so many. `torn` are those of several."""

    text: str
    chunks: int
    indices: int = 0
    torn: bool = False

    def add(self, chunk: StoredChunk) -> None:
        self.torn |= (chunk.text_key, chunk.chunks) != (self.text, self.chunks)
        self.indices |= 1 << chunk.index

    @property
    def text_key(self) -> str | None:
        """The key of the text that these chunks are, all of them; None if they do not make one text."""
        whole = self.indices == (1 << self.chunks) - 1
        return self.text if whole and not self.torn else None


def verify(library: Library) -> Verdict:
    """Compare the list of papers, the keyword index and the vectors, paper by paper; nothing is changed. Needs no
    embedder."""
    texts = {paper.id: paper.text_key for paper in library.store.papers()}
    indexed = _indexed(library)
    waiting, missing, stale, surplus = _vectors(library, texts)
    return Verdict(
        papers=len(texts),
        waiting=waiting,
        keyword_missing=tuple(sorted(texts.keys() - indexed.keys())),
        keyword_surplus=tuple(sorted(i for i, times in indexed.items() if i not in texts or times > 1)),
        vectors_missing=tuple(sorted(missing)),
        vectors_stale=tuple(sorted(stale)),
        vectors_surplus=tuple(sorted(surplus)),
    )


def _indexed(library: Library) -> dict[str, int]:
    """How often each paper is in the keyword index; nothing of one that cannot be read."""
    found: dict[str, int] = {}
    try:
        for paper_id in library.keyword.ids():
            found[paper_id] = found.get(paper_id, 0) + 1
    except ValueError:  # a damaged file that opening did not need
        return {}
    return found


def _vectors(library: Library, texts: dict[str, str]) -> tuple[int, set[str], set[str], set[str]]:
    """How many papers wait for vectors; whose are missing, stale, surplus."""
    collection = library.collection()
    if collection is None:
        return len(texts), set(), set(), set()
    stored = _stored(library, collection)
    pending = set(library.store.waiting_ids(collection))
    # Of an older text they are while the paper waits to be embedded again, which is no fault.
    settled = {paper_id: text for paper_id, text in texts.items() if paper_id not in pending}
    missing = settled.keys() - stored.keys()
    stale = {i for i, text in settled.items() if i in stored and stored[i].text_key not in (text, "None")}
    return len(pending), missing, stale, stored.keys() - texts.keys()


def _stored(library: Library, collection: str) -> dict[str, _Stored]:
    """Every paper of a collection; of one that is gone, nothing."""
    found: dict[str, _Stored] = {}
    with closing(library.second_vectors()) as vectors:
        if collection not in {info.name for info in vectors.collections()}:
            return found
        vectors.use(collection)
        for chunk in vectors.chunks():
            found.setdefault(chunk.paper_id, _Stored(chunk.text_key, chunk.chunks)).add(chunk)
    return found


def repair(library: Library, verdict: Verdict) -> None:
    """Make the parts agree with the list of papers. Missing vectors are then made by `Library.embed`."""
    if verdict.keyword_missing or verdict.keyword_surplus:
        rebuild_keyword(library)
    collection = library.collection()
    if collection and (verdict.vectors_missing or verdict.vectors_stale or verdict.vectors_surplus):
        busy = LibraryBusyError(
            "Another askpapers is making vectors.", "Wait until it has finished, then run this again."
        )
        with _vectors_alone(library, busy) as vectors:
            if collection in {info.name for info in vectors.collections()}:
                vectors.use(collection)
                vectors.delete_whole([*verdict.vectors_surplus, *verdict.vectors_stale])
            library.store.forget_embedded(
                collection, [*verdict.vectors_missing, *verdict.vectors_stale, *verdict.vectors_surplus]
            )
        library.forget_vectors()


def rebuild_keyword(library: Library) -> int:
    """Build the keyword index anew from the list of papers; how many papers it holds then."""
    from ingest.pipeline import catch_up

    try:
        keyword = library.keyword
        with library.writing():
            keyword.clear()
            catch_up(library.store, keyword)
    except LibraryBusyError:
        raise
    except LibraryError:
        library.renew_keyword()
    return library.keyword.count()
