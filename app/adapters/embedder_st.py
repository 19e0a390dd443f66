"""Any embedding model of the sentence-transformers package, which is an extra: it brings torch, a gigabyte."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.adapters.embedder_prefixes import prefixes_for
from app.adapters.embedder_vectors import clean, estimate_tokens, unit_rows
from app.core.errors import EmbedderError
from app.core.ports import Vectors

BATCH = 16
# Models for long texts give 32768 and more; so much would be one chunk, and hours on a CPU.
LONGEST_WINDOW = 2048
USUAL_WINDOW = 512
_INSTALL = 'Type: pip install "askpapers[sentence-transformers]"'

Loader = Callable[[str, bool], Any]


def load(model: str, local_only: bool) -> Any:
    """A SentenceTransformer of a folder or hub name, on the CPU; `local_only` keeps it from asking the hub."""
    from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found, unused-ignore]

    return SentenceTransformer(model, device="cpu", local_files_only=local_only)


class SentenceTransformerEmbedder:
    """The `Embedder` port. Threads may share one object; nothing is loaded before the first use."""

    def __init__(
        self, name: str, model: str, *, report: Callable[[str], None] = lambda line: None, loader: Loader = load
    ) -> None:
        """`name` is what a library keeps, `model` a folder (a whole path) or a name on the hub."""
        self.name = name
        self._model = model
        self._report = report
        self._loader = loader
        self._lock = threading.Lock()
        self._loaded: Any = None
        self._seen: int | None = None

    def _find_dimension(self) -> int:
        """How many numbers a vector has. Errors: EmbedderError."""
        if self._seen is None:
            self.embed(["newt"])
        assert self._seen is not None
        return self._seen

    def _find_max_tokens(self) -> int:
        """The model's window, special tokens included. Errors: EmbedderError."""
        window = getattr(self._transformer(), "max_seq_length", None)
        longest = max(self._length(prompt) for prompt in (self._prompt("query"), self._prompt("document")))
        return max(1, min(int(window or USUAL_WINDOW), LONGEST_WINDOW) - (longest - self._length("")))

    # Not as decorators: the port has attributes, and type checkers take a decorated method for read-only.
    dimension = cached_property(_find_dimension)
    max_tokens = cached_property(_find_max_tokens)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1, for questions and for sentences compared with them.

        Errors: EmbedderError."""
        return self._embed(texts, "query")

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for papers, with the prompt the model wants before a paper."""
        return self._embed(texts, "document")

    def count_tokens(self, text: str) -> int:
        """By the model's own tokenizer, special tokens included, without any cut. Errors: EmbedderError."""
        return self._length(text)

    def _embed(self, texts: Sequence[str], kind: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        cleaned = [clean(text) for text in texts]
        transformer, prompt = self._transformer(), self._prompt(kind)
        try:
            rows = transformer.encode(
                cleaned,
                prompt=prompt,
                batch_size=BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        except Exception as error:  # torch and transformers raise whatever they like
            raise EmbedderError(
                f"{self} failed: {type(error).__name__}: {error}", "Choose another embedding model, such as default"
            ) from error
        vectors = unit_rows(rows, cleaned, self._seen, str(self), "Start askpapers again")
        self._seen = vectors.shape[1]
        return vectors

    def _prompt(self, kind: str) -> str:
        """What goes before a text: as the model's own configuration says, else as its card does."""
        own: dict[str, str] = getattr(self._transformer(), "prompts", None) or {}
        names = ("query",) if kind == "query" else ("document", "passage")
        given = next((own[name] for name in names if own.get(name)), "")
        ours = prefixes_for(self._model)
        # A model that configures one of the two means the other to be empty.
        if given or any(own.values()):
            return given
        return ours.question if kind == "query" else ours.paper

    def _length(self, text: str) -> int:
        tokenize: Any = getattr(self._transformer(), "tokenizer", None)
        try:
            return len(tokenize(clean(text) if text else text, truncation=False, verbose=False)["input_ids"])
        except Exception:  # models without words of their own (static ones, images) have another kind, or none
            return estimate_tokens(text)

    def _transformer(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> Any:
        folder = Path(self._model)
        if folder.is_absolute() and not folder.is_dir():
            raise EmbedderError(
                f'The folder "{folder}" of the embedding model is not there',
                "Put the model back, or choose another: askpapers library reembed --embedder default",
            )
        try:
            return self._loader(self._model, True)
        except ImportError as error:
            raise self._not_installed(error) from error
        except Exception as error:
            if folder.is_absolute():
                raise self._unusable(error) from error
        self._report(f'The embedding model "{self._model}" is not on this computer yet: fetching it from the hub.')
        try:
            return self._loader(self._model, False)
        except Exception as error:
            raise self._unusable(error) from error

    def _not_installed(self, error: ImportError) -> EmbedderError:
        if (error.name or "").partition(".")[0] == "sentence_transformers":
            return EmbedderError(f"{self} needs the package sentence-transformers, which is not installed", _INSTALL)
        return EmbedderError(f"{self} needs a package that cannot be imported: {error}", _INSTALL)

    def _unusable(self, error: Exception) -> EmbedderError:
        what = " ".join(str(error).split())[:300]
        return EmbedderError(
            f"{self} cannot be loaded: {what}",
            "Offline, give the folder that holds the model: sentence-transformers:FOLDER"
            if not Path(self._model).is_absolute()
            else "Check that the folder holds a whole sentence-transformers model (modules.json, config.json, weights)",
        )

    def __str__(self) -> str:
        return f'The sentence-transformers model "{self._model}"'
