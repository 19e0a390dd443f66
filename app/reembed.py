"""Another embedder, beside the one in use (blue/green): a second collection of vectors is filled while the first keeps
answering, then put in use in one step; and the way back."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from app.core.errors import AskPapersError, EmbedderError, InputError, LibraryError
from app.core.recipe import TEXT_RECIPE
from app.library import EmbedProgress, Library

if TYPE_CHECKING:
    from app.adapters.chroma import ChromaVectorStore, CollectionInfo
    from app.core.ports import Embedder

# So long others who want to write vectors wait at most, and so long they then have to begin.
_TURN_S, _LET_OTHERS_S = 20.0, 0.25


def reembed(
    library: Library,
    spec: str | None = None,
    progress: EmbedProgress = lambda done, total, seconds_left: None,
    pause: Callable[[], bool] = lambda: False,
    turn_s: float = _TURN_S,
) -> CollectionInfo | None:
    """Fill a second collection with the vectors of another embedder and put it in use. Without `spec` it is the
    embedder of the settings, else the one in use (for a new recipe). Interrupted (`pause`) it gives None, and the next
    call goes on. The collection in use until now is kept for `rollback`; older ones go. Others who make vectors get
    their turn after `turn_s`.

    Raises InputError if nothing is to be done, EmbedderError with how to go on if the new embedder fails."""
    from app.adapters.choose_embedder import spec_of

    with library.locks.changing_embedder(), closing(library.second_vectors()) as vectors:
        active = vectors.active()
        wanted = spec or library.settings.embedder or (spec_of(active.embedder) if active else "default")
        embedder = library.open_embedder(wanted)
        try:
            info = _second(library, vectors, active, embedder)
            if not _fill(library, vectors, info, embedder, progress, pause, turn_s):
                return None
        except EmbedderError as error:
            raise _stopped(error, spec_of(embedder.name), active) from error
        for older in vectors.collections()[2:]:
            vectors.drop(older.name)
            library.store.forget_embedded(older.name)
        return info


def _second(
    library: Library, vectors: ChromaVectorStore, active: CollectionInfo | None, embedder: Embedder
) -> CollectionInfo:
    """The collection to fill: one that an earlier run has begun, else a new one."""
    from app.adapters.choose_embedder import spec_of

    if active and _made_by(active, embedder):
        library.note_in_use(active)  # a run killed in its very last step may not have come to it
        raise InputError(
            f'The vectors in use were already made by "{spec_of(embedder.name)}".',
            "Nothing needs to be done; askpapers library verify checks them.",
        )
    begun = next((info for info in vectors.collections() if _made_by(info, embedder)), None)
    if begun:
        return begun
    dimension = embedder.dimension
    with library.writing():
        info = vectors.create(embedder.name, dimension)
        library.store.forget_embedded(info.name)  # of a collection that had this name before
    return info


def _made_by(info: CollectionInfo, embedder: Embedder) -> bool:
    return (info.embedder, info.dimension, info.recipe) == (embedder.name, embedder.dimension, TEXT_RECIPE)


def _fill(
    library: Library,
    vectors: ChromaVectorStore,
    info: CollectionInfo,
    embedder: Embedder,
    progress: EmbedProgress,
    pause: Callable[[], bool],
    turn_s: float,
) -> bool:
    """Whether every paper has its vectors in the second collection, which is then in use."""
    from ingest.embed import Embed

    while not pause():
        with library.embedding(1.0) as mine:
            if mine:
                vectors.reopen()
                vectors.use(info.name)
                turn_ends = time.monotonic() + turn_s

                def stop(turn_ends: float = turn_ends) -> bool:
                    return time.monotonic() > turn_ends or pause()

                run = Embed(library.store, vectors, embedder, progress, stop)
                run.run()
                library.note_vectors()
                if not library.store.waiting(info.name, most=1):
                    _put_in_use(library, vectors, info)
                    run.run()  # papers of the last moment
                    return True
        if not mine:
            progress(library.store.embedded(info.name), library.store.count(), None)
        time.sleep(_LET_OTHERS_S)
    return False


def _put_in_use(library: Library, vectors: ChromaVectorStore, info: CollectionInfo) -> None:
    with library.writing():
        vectors.activate(info.name)
        library.note_in_use(info)
    library.forget_vectors()


def _stopped(error: EmbedderError, spec: str, active: CollectionInfo | None) -> EmbedderError:
    go_on = f"What is made is kept; go on with: askpapers library reembed --embedder {spec}"
    if active:
        go_on = f"{go_on}   Until then the vectors in use keep answering"
    return EmbedderError(str(error), f"{error.hint.rstrip('.')}. {go_on}")


def rollback(library: Library) -> CollectionInfo:
    """Put the collection that was in use before this one in use again. Papers that came since wait for their vectors
    there; they are found by their words until `Library.embed` has made them."""
    from app.adapters.choose_embedder import spec_of

    with library.locks.changing_embedder(), closing(library.second_vectors()) as vectors:
        used = [info for info in vectors.collections() if info.active_since]
        if len(used) < 2:
            raise InputError(
                "There is no earlier collection of vectors to go back to.",
                "Each change of the embedder (askpapers library reembed) keeps the one before it.",
            )
        before = used[1]
        spec = spec_of(before.embedder)
        try:
            dimension = library.open_embedder_of(before).dimension
        except AskPapersError as error:
            raise LibraryError(
                f'The embedder of the earlier vectors, "{spec}", cannot be used: {error}', error.hint
            ) from error
        if dimension != before.dimension:
            raise LibraryError(
                f'The embedder of the earlier vectors, "{spec}", now gives {dimension} numbers a text, and they have '
                f"{before.dimension}: another model stands behind that name.",
                f"To make them anew, type: askpapers library reembed --embedder {spec}",
            )
        _put_in_use(library, vectors, before)
        return before
