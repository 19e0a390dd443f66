"""Writes judged collections for the tests of `app.evaluation`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.ports import Embedder
from app.library import Library
from tests.fake_embedder import HashEmbedder

CORPUS = (
    {"id": "p1", "title": "Kites", "abstract": "Kites rise over the harbour in steady wind."},
    {"id": "p2", "title": "Lanterns", "abstract": "Lanterns glow along the harbour wall."},
    {"id": "p3", "title": "Marbles", "abstract": "Marbles roll down wooden ramps."},
    {"id": "p4", "title": "Puddles", "abstract": "Puddles dry in steady wind."},
)
QUERIES = (
    {"id": "q1", "text": "kites"},
    {"id": "q2", "text": "lanterns and marbles"},
    {"id": "q3", "text": "nobody judged this"},
)
QRELS = "q1\tp1\t2\nq2\tp2\t1\nq2\tp3\t1\nq2\tp4\t0\n"


class QuickLibrary(Library):
    """A library whose embedder needs no model; it keeps the texts it was given for papers."""

    embedded: list[str]

    def open_embedder(self, spec: str) -> Embedder:
        embedder = _Noting()
        self.embedded = embedder.texts
        return embedder

    def open_embedder_of(self, info: Any) -> Embedder:
        return self.open_embedder("")


class _Noting(HashEmbedder):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_bulk(self, texts: Sequence[str]) -> Any:
        self.texts += texts
        return super().embed_bulk(texts)


def write(
    folder: Path,
    corpus: Sequence[Mapping[str, Any]] = CORPUS,
    queries: Sequence[Mapping[str, Any]] = QUERIES,
    qrels: str = QRELS,
    name: str = "qrels.tsv",
    packed: bool = False,
) -> Path:
    """A collection in `folder`, which is given back."""
    put(folder / "corpus.jsonl", lines(corpus), packed)
    put(folder / "queries.jsonl", lines(queries), packed)
    put(folder / name, qrels, packed)
    return folder


def put(path: Path, text: str, packed: bool = False) -> None:
    """A file of this text; packed, with .gz behind its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8", newline="")


def lines(records: Sequence[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(f"{json.dumps(record)}\n" for record in records)
