"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime and `tokenizers`, on the CPU, without torch.

The graph comes from `minilm_graph`, the files from `minilm_weights`. 256 tokens is the window the model's own
sentence-transformers configuration sets; the vectors agree with that library's.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.adapters.minilm_ways import MODEL, TOKENIZER
from app.adapters.minilm_weights import GRAPH, ensure_model
from app.core.errors import EmbedderError
from app.core.ports import Vectors

# Larger batches measured no faster on a CPU and cost memory (8: about 270 MB, 64: about 800 MB).
BATCH = 8
MAX_THREADS = 4
ERRORS_ONLY = 3

T = TypeVar("T")


def _quiet(line: str) -> None:
    """The report of someone who does not want one."""


class MiniLMEmbedder:
    """The `Embedder` port. Threads may share one object; nothing is loaded before the first use."""

    name: str = MODEL
    dimension: int = 384
    max_tokens: int = 256

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """`folder` is what `ensure_model` made. `threads` defaults to the cores, at most four."""
        self._folder = folder
        self._threads = threads if threads is not None else min(os.cpu_count() or 1, MAX_THREADS)
        self._lock = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._session: Any = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        source_folder: Path | None = None,
        report: Callable[[str], None] = _quiet,
        threads: int | None = None,
    ) -> MiniLMEmbedder:
        """Make sure the model is in `folder`, fetching it if needed, then use it from there.

        Errors: EmbedderError when it is not there and no way of fetching it works."""
        return cls(ensure_model(folder, source_folder, report), threads=threads)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), float32, rows of length 1 in the order of `texts`, empty texts included.

        Errors: EmbedderError when the model files are missing or damaged."""
        ids = [self._cut(self._encode(text)) for text in texts]
        vectors = np.empty((len(ids), self.dimension), np.float32)
        # Texts of like length share a batch, so that little padding is computed.
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._forward([ids[index] for index in batch])
        return vectors

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As `embed`."""
        return self.embed(texts)

    def count_tokens(self, text: str) -> int:
        """How many tokens of the window `text` takes, the two special ones included, without any cut."""
        return len(self._encode(text))

    def _encode(self, text: str) -> list[int]:
        # Half a surrogate pair, as broken JSON brings it, has no UTF-8 form and would stop the tokenizer.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        # One text at a time: the model is far slower than this, and the tokenizer's own threads would warn
        # whenever the process forks after them.
        return list(self._loaded_tokenizer().encode(clean).ids)

    def _cut(self, ids: list[int]) -> list[int]:
        """The first `max_tokens` ids with the closing token kept, as the tokenizer's own truncation does."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    def _forward(self, rows: list[list[int]]) -> Vectors:
        """Token ids of unequal length -> (len(rows), 384)."""
        longest = max(map(len, rows))
        ids: NDArray[np.int64] = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(rows):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        (vectors,) = self._loaded_session().run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, np.float32)

    def _loaded_tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                path = self._folder / TOKENIZER
                tokenizer = self._load(path, partial(Tokenizer.from_file, str(path)))
                # The file pads and cuts to 128 tokens; the window is 256, and padding goes by the batch.
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._tokenizer = tokenizer
            return self._tokenizer

    def _loaded_session(self) -> Any:
        with self._lock:
            if self._session is None:
                onnxruntime.disable_telemetry_events()
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = self._threads
                options.inter_op_num_threads = 1
                options.log_severity_level = ERRORS_ONLY
                path = self._folder / GRAPH
                providers = ["CPUExecutionProvider"]
                make = partial(onnxruntime.InferenceSession, str(path), options, providers=providers)
                self._session = self._load(path, make)
            return self._session

    def _load(self, path: Path, load: Callable[[], T]) -> T:
        try:
            return load()
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise EmbedderError(
                f"The embedding model in '{path}' cannot be loaded: {error}",
                f"Delete the folder '{self._folder}' and start again: the model is then fetched anew.",
            ) from error
