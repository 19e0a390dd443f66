"""A library of its own for a collection, so that measuring never touches anybody's: thrown away afterwards, or kept in
a folder for the next run.

<kept folder>/
  evaluation.json   which papers the library is made of, and how they are embedded
  evaluation.lock   held while a run uses the folder
  library/          the library
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from filelock import FileLock, Timeout

from app.adapters.choose_embedder import DEFAULT, name_of
from app.bootstrap import Service
from app.core.errors import InputError, LibraryBusyError
from app.core.recipe import TEXT_RECIPE
from app.core.settings import Settings
from app.evaluation.collection import Collection
from app.library import EmbedProgress, Library
from ingest.pipeline import catch_up

_MARK, _LOCK, _LIBRARY = "evaluation.json", "evaluation.lock", "library"
_WRITTEN_TOGETHER = 2048

Open = Callable[[Settings], Library]


@contextmanager
def library_of(
    collection: Collection,
    settings: Settings,
    keep: Path | None = None,
    progress: EmbedProgress = lambda done, total, seconds_left: None,
    opened: Open = Library,
) -> Iterator[Service]:
    """A service over a library of exactly the papers of `collection`, each with its vectors. With `keep` the library
    lies in that folder, and what fits of an earlier run there is used again; an interrupted one goes on.

    Raises InputError for a folder that holds something else, and what opening a library and embedding raise."""
    with _folder(collection, settings, keep) as folder:
        library = opened(_own(settings, folder))
        try:
            _fill(library, collection)
            library.embed(progress)
            yield Service(library.settings, library)
        finally:
            library.close()


def _own(settings: Settings, folder: Path) -> Settings:
    """These settings for a library in this folder alone, whatever they say about the person's own; no chat model."""
    mine = {"data_dir": folder, "library": "default", "llm": "extractive", "prompts_dir": None}
    return settings.model_copy(update=mine | {"chroma_url": None, "chroma_api_key": None})


@contextmanager
def _folder(collection: Collection, settings: Settings, keep: Path | None) -> Iterator[Path]:
    if keep is None:
        # Windows removes no file that something still has open.
        with tempfile.TemporaryDirectory(prefix="askpapers-eval-", ignore_cleanup_errors=True) as scratch:
            yield Path(scratch)
        return
    with _locked(keep):
        wanted = {
            "corpus": collection.digest,
            "embedder": name_of(settings.embedder or DEFAULT),
            "recipe": TEXT_RECIPE,
        }
        mark = keep / _MARK
        try:
            if _read(mark) != wanted:
                if (keep / _LIBRARY).exists():
                    shutil.rmtree(keep / _LIBRARY)
                mark.write_text(json.dumps(wanted) + "\n", encoding="utf-8")
        except OSError as error:
            raise _unusable(keep, error) from error
        yield keep / _LIBRARY


@contextmanager
def _locked(keep: Path) -> Iterator[None]:
    """Hold the folder for this run alone, after a look at whether it is ours to use."""
    try:
        there = {path.name for path in keep.iterdir()} if keep.exists() else set()
        if there - {_LOCK} and _MARK not in there:
            raise InputError(
                f'The folder "{keep}" holds something other than a library kept by an evaluation.',
                "Name a new or an empty folder with --keep.",
            )
        keep.mkdir(parents=True, exist_ok=True)
        lock = FileLock(keep / _LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LibraryBusyError(
            f'Another evaluation is using the folder "{keep}".', "Wait until it has finished, or name another folder."
        ) from error
    except OSError as error:
        raise _unusable(keep, error) from error
    try:
        yield
    finally:
        lock.release()


def _read(mark: Path) -> object:
    with suppress(OSError, ValueError):
        return json.loads(mark.read_text(encoding="utf-8"))
    return None


def _unusable(keep: Path, error: OSError) -> InputError:
    return InputError(
        f'The folder "{keep}" cannot be used: {error.strerror or error}.',
        "Name a folder that you may write to with --keep.",
    )


def _fill(library: Library, collection: Collection) -> None:
    """Write the papers straight into the list of papers: an ingest would make one of two that look alike."""
    keyword = library.keyword
    if library.store.count() == collection.size:
        return
    papers = collection.papers()
    while batch := list(islice(papers, _WRITTEN_TOGETHER)):
        with library.writing():
            library.store.write(batch)
            catch_up(library.store, keyword)
