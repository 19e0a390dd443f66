"""The default embedder: all-MiniLM-L6-v2 on ONNX Runtime and `tokenizers`, on the CPU, without torch.

The graph comes from `minilm_graph`, the files from `minilm_weights`. 256 tokens is the window the model's own
sentence-transformers configuration sets; the vectors agree with that library's.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.adapters.minilm_bulk import BULK_GRAPH, bulk_graph
from app.adapters.minilm_ways import MODEL, TOKENIZER
from app.adapters.minilm_weights import GRAPH, ensure_model
from app.core.errors import EmbedderError
from app.core.ports import Vectors

# Larger batches measured no faster on a CPU and cost memory (8: about 270 MB, 64: about 800 MB).
BATCH = 8
MAX_THREADS = 4
ERRORS_ONLY = 3

# The bulk graph is used if its vectors of these are as near to the fp32 graph's as on every computer so far.
PROBES = (
    "Newts regrow a lost limb, bones and all.",
    "We present a retrieval system for abstracts of papers. It cuts them into sentences, embeds these and answers "
    "questions from the nearest ones; on five thousand claims it finds 84.2 % of the evidence (p < 0.01).",
)
AGREEMENT = 0.98

T = TypeVar("T")


def _quiet(line: str) -> None:
    """The report of someone who does not want one."""


def _session(graph: str | bytes, threads: int) -> Any:
    """A session of a graph in a file or in memory."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


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
        self._bulk_lock = threading.Lock()
        self._bulk_session: Any = None
        self._bulk_known = False

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
        """As `embed` but in 8-bit integers, at more than twice the speed and a cosine of about 0.997 to it. A text's
        vector is the same to the last bit in any company.

        The first use on a computer makes the graph, in about two seconds."""
        session = self._loaded_bulk_session()
        if session is None:
            return self.embed(texts)
        ids = [self._cut(self._encode(text)) for text in texts]
        vectors = np.empty((len(ids), self.dimension), np.float32)

        def fill(index: int) -> None:
            row = np.array([ids[index]], np.int64)
            vectors[index] = session.run(None, {"input_ids": row})[0][0]

        # Each text on one core: nothing to wait for between operators, no padding, little memory. Long ones first, so
        # that no core is left alone with one at the end.
        order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
        if len(ids) > 1 and self._threads > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                for done in [pool.submit(fill, index) for index in order]:
                    done.result()
        else:
            for index in order:
                fill(index)
        return vectors

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
                path = self._folder / GRAPH
                self._session = self._load(path, partial(_session, str(path), self._threads))
            return self._session

    def _loaded_bulk_session(self) -> Any:
        """None where the bulk graph cannot be trusted."""
        self._loaded_tokenizer()
        with self._bulk_lock:
            if not self._bulk_known:
                found = self._load(self._folder / GRAPH, partial(bulk_graph, self._folder, self._agrees))
                if found is not None:
                    content = found if isinstance(found, bytes) else str(found)
                    self._bulk_session = self._load(self._folder / BULK_GRAPH, partial(_session, content, 1))
                self._bulk_known = True
            return self._bulk_session

    def _agrees(self, graph: bytes) -> bool:
        """Whether a bulk graph runs on this computer and gives nearly what the fp32 graph does."""
        exact = self.embed(PROBES)
        try:
            session = _session(graph, 1)
            rows = [session.run(None, {"input_ids": np.array([self._encode(text)], np.int64)})[0][0] for text in PROBES]
        except Exception:  # what ONNX Runtime raises has no other base; a build without its own operators does
            return False
        return bool(((np.array(rows) * exact).sum(axis=1) > AGREEMENT).all())

    def _load(self, path: Path, load: Callable[[], T]) -> T:
        try:
            return load()
        except Exception as error:  # both libraries raise bare Exception subclasses of their own
            raise EmbedderError(
                f"The embedding model in '{path}' cannot be loaded: {error}",
                f"Delete the folder '{self._folder}' and start again: the model is then fetched anew.",
            ) from error
