"""Opening a library's vectors and embedder as the settings say, and refusing those that do not fit each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.domain import Paper
from app.core.errors import LibraryError
from app.core.ports import Embedder
from app.core.recipe import TEXT_RECIPE
from app.core.settings import Settings

if TYPE_CHECKING:
    from app.adapters.catalogue import SqliteCatalogue
    from app.adapters.chroma import ChromaVectorStore, CollectionInfo
    from app.adapters.chroma_client import ChromaPlace

Report = Callable[[str], None]

_IMPORTED_TOGETHER = 1000


def place_of(settings: Settings) -> ChromaPlace:
    """Where the library's vectors are: on a server if the settings name one, else in its folder."""
    from app.adapters.chroma_client import ChromaPlace, OneClient

    key = settings.chroma_api_key.get_secret_value() if settings.chroma_api_key else None
    kind = OneClient if settings.chroma_url else ChromaPlace
    folder, url = settings.library_dir / "chroma", settings.chroma_url
    return kind(folder, url, key, settings.chroma_tenant, settings.chroma_database)


def open_embedder(settings: Settings, spec: str, report: Report) -> Embedder:
    """The embedder of a spec (see `app.adapters.choose_embedder`), with what the settings say about it."""
    from app.adapters import choose_embedder

    secret = settings.embedder_api_key or (settings.openai_api_key if spec.startswith("openai:") else None)
    return choose_embedder.open_embedder(
        spec,
        model_cache=settings.model_cache,
        source_folder=settings.embedder_dir,
        base_url=settings.embedder_base_url,
        api_key=secret.get_secret_value() if secret else None,
        report=report,
    )


def open_embedder_of(settings: Settings, info: CollectionInfo, report: Report) -> Embedder:
    """The embedder that made a collection."""
    from app.adapters.choose_embedder import spec_of

    return open_embedder(settings, spec_of(info.embedder), report)


def check_wanted(active: CollectionInfo, wanted: str | None, folder: Path) -> None:
    """Raises LibraryError if the settings want another embedder than the one that made the vectors in use."""
    from app.adapters.choose_embedder import name_of, spec_of

    if wanted and name_of(wanted) != active.embedder:
        raise LibraryError(
            f'The library in "{folder}" was made with the embedder "{spec_of(active.embedder)}", '
            f'and ASKPAPERS_EMBEDDER says "{wanted}".',
            f"To change over, type: askpapers library reembed --embedder {wanted}   "
            f"To stay, set ASKPAPERS_EMBEDDER to {spec_of(active.embedder)} or leave it empty",
        )


def check_fits(active: CollectionInfo, embedder: Embedder, folder: Path) -> None:
    """Raises LibraryError if the vectors in use were made from other texts, or are of another dimension."""
    if active.recipe != TEXT_RECIPE:
        raise LibraryError(
            f'The vectors of the library in "{folder}" were made from other texts ("{active.recipe}" there, '
            f'"{TEXT_RECIPE}" now).',
            "Type: askpapers library reembed",
        )
    if embedder.dimension != active.dimension:
        raise LibraryError(
            f'The embedder "{embedder.name}" now gives {embedder.dimension} numbers a text; the library in '
            f'"{folder}" holds {active.dimension}. The model behind that name has changed.',
            f"Type: askpapers library reembed --embedder {embedder.name}",
        )


def import_from_vectors(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """Fill the list of papers of a library that has none (made by an earlier version, or on another computer of a
    shared Chroma): every chunk in Chroma carries its paper's record."""
    active = vectors.active()
    if active is None:
        return
    vectors.use(active.name)
    batch: list[Paper] = []
    for paper in vectors.papers():
        batch.append(paper)
        if len(batch) == _IMPORTED_TOGETHER:
            _import(store, active.name, batch)
            batch = []
    _import(store, active.name, batch)


def _import(store: SqliteCatalogue, collection: str, papers: list[Paper]) -> None:
    store.note_embedded(collection, {paper.id: paper.fingerprint for paper in papers})
    store.write(papers)
