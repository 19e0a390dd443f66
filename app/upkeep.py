"""Care for a library: remove papers, check that its parts agree, build parts anew, change the embedder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import EmbedderError, InputError, LibraryBusyError, LibraryError
from app.core.recipe import TEXT_RECIPE
from app.library import EmbedProgress, Library

if TYPE_CHECKING:
    from app.adapters.chroma import ChromaVectorStore, CollectionInfo
    from app.core.ports import Embedder

_VECTORS_WAIT_S = 30.0
_NAMED = 20


def remove(library: Library, ids: Sequence[str]) -> list[str]:
    """Forget these papers everywhere: list, keyword index, the vectors of every collection. Gives those that were
    there. Raises LibraryBusyError if another process keeps making vectors; the papers are then gone from every answer
    and their vectors go as soon as that process next looks."""
    from ingest.pipeline import catch_up

    there = list(library.store.get(ids))
    keyword = library.keyword
    with library.writing():
        library.store.write((), removed=there)
        catch_up(library.store, keyword)
    if library.collection() is not None:
        with library.embedding(_VECTORS_WAIT_S) as mine:
            if not mine:
                raise LibraryBusyError(
                    "The papers are removed; their vectors are still there, since another askpapers is making vectors.",
                    "They go when it has finished; askpapers library verify tells.",
                )
            each = library.second_vectors()
            for info in each.collections():
                each.use(info.name)
                each.delete(there)
                library.store.forget_embedded(info.name, there)
            library.note_vectors()
    return there


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the parts of a library agree. `missing` papers should be in a part and are not, `surplus` should not be.
    `waiting` papers have no vectors yet, which is no fault."""

    papers: int
    keyword_missing: tuple[str, ...]
    keyword_surplus: tuple[str, ...]
    vectors_missing: tuple[str, ...]
    vectors_stale: tuple[str, ...]
    vectors_surplus: tuple[str, ...]
    waiting: int

    @property
    def agree(self) -> bool:
        return not (
            self.keyword_missing
            or self.keyword_surplus
            or self.vectors_missing
            or self.vectors_stale
            or self.vectors_surplus
        )


def verify(library: Library) -> Verdict:
    """Compare the list of papers, the keyword index and the vectors, paper by paper; nothing is changed."""
    texts = {paper.id: paper.text_key for paper in library.store.papers()}
    indexed = set(library.keyword.ids())
    waiting = missing = stale = surplus = frozenset[str]()
    collection = library.collection()
    if collection is None:
        waiting = frozenset(texts)
    else:
        vectors = library.vectors
        stored = set(vectors.ids())
        held: dict[str, str] = {}
        for at in range(0, len(texts), 1000):
            held |= vectors.texts(list(texts)[at : at + 1000])
        lacking = set(library.store.not_embedded(collection, list(texts)))
        pending = {paper.id for _, paper in library.store.waiting(collection, most=max(1, len(texts)))}
        waiting = frozenset(pending)
        missing = frozenset(set(texts) - set(held) - lacking)
        stale = frozenset(i for i, key in held.items() if key != texts[i] and i not in pending and key != "None")
        surplus = frozenset(stored - set(texts))
    return Verdict(
        len(texts),
        tuple(sorted(set(texts) - indexed)),
        tuple(sorted(indexed - set(texts))),
        tuple(sorted(missing)),
        tuple(sorted(stale)),
        tuple(sorted(surplus)),
        len(waiting),
    )


def repair(library: Library, verdict: Verdict) -> None:
    """Make the parts agree with the list of papers. Missing vectors are then made by `Library.embed`."""
    if verdict.keyword_missing or verdict.keyword_surplus:
        rebuild_keyword(library)
    collection = library.collection()
    if collection and (verdict.vectors_missing or verdict.vectors_stale or verdict.vectors_surplus):
        with library.embedding(_VECTORS_WAIT_S) as mine:
            if not mine:
                raise LibraryBusyError(
                    "Another askpapers is making vectors.", "Wait until it has finished, then run this again."
                )
            library.vectors.delete([*verdict.vectors_surplus, *verdict.vectors_stale])
            library.store.forget_embedded(
                collection, [*verdict.vectors_missing, *verdict.vectors_stale, *verdict.vectors_surplus]
            )
            library.note_vectors()


def rebuild_keyword(library: Library) -> int:
    """Build the keyword index anew from the list of papers; how many papers it holds then."""
    from ingest.pipeline import catch_up

    keyword = library.keyword
    with library.writing():
        keyword.clear()
        catch_up(library.store, keyword)
    return keyword.count()


# --- another embedder, beside the one in use (blue/green) -----------------------------------------------------------


def reembed(
    library: Library,
    spec: str | None,
    progress: EmbedProgress = lambda done, total, seconds_left: None,
    pause: Callable[[], bool] = lambda: False,
) -> CollectionInfo | None:
    """Fill a second collection with the vectors of another embedder (without `spec` of the same, for a new recipe)
    while the first keeps answering, then put it in use. Interrupted (`pause`) it gives None, and the next call goes
    on. The collection in use until now is kept for `rollback`; older ones go."""
    from app.adapters.choose_embedder import spec_of

    vectors = library.second_vectors()
    active = vectors.active()
    embedder = library.open_embedder(spec or (spec_of(active.embedder) if active else "default"))
    if active and _made_by(active, embedder):
        raise InputError(
            f'The vectors in use were already made by "{spec_of(embedder.name)}".',
            "Nothing needs to be done; askpapers library verify checks them.",
        )
    second = library.second_vectors()
    info = next((c for c in vectors.collections() if _made_by(c, embedder)), None)
    info = info or second.create(embedder.name, embedder.dimension)
    second.use(info.name)
    if not _fill(library, second, embedder, progress, pause):
        return None
    second.activate(info.name)
    _put_in_use(library, info)
    for older in second.collections()[2:]:
        second.drop(older.name)
        library.store.forget_embedded(older.name)
    return info


def _made_by(info: CollectionInfo, embedder: Embedder) -> bool:
    return (info.embedder, info.dimension, info.recipe) == (embedder.name, embedder.dimension, TEXT_RECIPE)


def _fill(
    library: Library,
    second: ChromaVectorStore,
    embedder: Embedder,
    progress: EmbedProgress,
    pause: Callable[[], bool],
) -> bool:
    """Whether every paper has its vectors in the second collection."""
    from ingest.embed import Embed

    while not pause():
        with library.embedding(1.0) as mine:
            if mine:
                second.reopen()
                Embed(library.store, second, embedder, progress, pause).run()
                library.note_vectors()
                return not library.store.waiting(second.collection, most=1)
        progress(library.store.embedded(second.collection), library.store.count(), None)
    return False


def _put_in_use(library: Library, info: CollectionInfo) -> None:
    library.note_in_use(info)
    library.forget_vectors()


def rollback(library: Library) -> CollectionInfo:
    """Put the collection that was in use before this one in use again. Papers that came since wait for their vectors
    there; they are found by their words until `Library.embed` has made them."""
    vectors = library.second_vectors()
    used = [info for info in vectors.collections() if info.active_since]
    if len(used) < 2:
        raise InputError(
            "There is no earlier collection of vectors to go back to.",
            "Each change of the embedder (askpapers library reembed) keeps the one before it.",
        )
    try:
        library.open_embedder_of(used[1])
    except EmbedderError as error:
        raise LibraryError(
            f'The embedder of the earlier vectors, "{used[1].embedder}", cannot be used: {error}', error.hint
        ) from error
    second = library.second_vectors()
    second.activate(used[1].name)
    _put_in_use(library, used[1])
    return used[1]
