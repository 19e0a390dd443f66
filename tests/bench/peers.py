"""Our search beside what people would use instead, in one run, on one collection at a time and on the same vectors.

    python -m tests.bench.peers EVAL_FOLDER/scifact [FOLDER...] --langchain-python PATH [--paperqa-python PATH]
        [--keep FOLDER] [--split test] [--queries N]

Theirs (see `tests/bench/peer_pipelines.py`) run in environments of their own: LangChain with Chroma, its
EnsembleRetriever over that and its BM25Retriever, rank_bm25 alone, and paper-qa's sparse embedding. Each paper is one
text of title and abstract, with the vector that our embedder has made of it, and each query has the vector of our
embedder; as nobody has to make one, times are those of the search alone. Everybody gives 100 papers, and the same
code counts. With --keep vectors and libraries are kept in that folder for the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.adapters.embeddings import MiniLMEmbedder
from app.core.ports import Vectors
from app.core.recipe import embedded_text
from app.core.settings import Settings
from app.evaluation.collection import Collection, read_collection
from app.evaluation.figures import Row, rows_of
from app.evaluation.own_library import library_of
from app.evaluation.rankings import Rankings, ask_all
from app.library import Library
from app.wire import switch_telemetry_off
from tests.embedder_fixture import model_folder

DEPTH = 100
THEIRS = Path(__file__).with_name("peer_pipelines.py")
LANGCHAIN = ("Chroma (LangChain)", "Ensemble (LangChain)", "rank_bm25")
PAPERQA = ("sparse (paper-qa)",)
_TOGETHER = 128


class OnceEmbedder(MiniLMEmbedder):
    """Makes the vector of each paper's text once, also over several runs if there is a file to keep them in, and knows
    those of the queries beforehand."""

    def keep_in(self, file: Path | None) -> None:
        self._file = file
        self._made: dict[str, Any] = dict(np.load(file)) if file and file.is_file() else {}
        self._asked: dict[str, Vectors] = {}

    def know(self, queries: Sequence[str]) -> float:
        """The median of the milliseconds that one took."""
        seconds = []
        for query in queries:
            started = time.perf_counter()
            self._asked[query] = super().embed([query])[0]
            seconds.append(time.perf_counter() - started)
        return float(np.median(seconds)) * 1000

    def embed(self, texts: Sequence[str]) -> Vectors:
        if all(text in self._asked for text in texts):
            return np.array([self._asked[text] for text in texts], np.float32)
        return super().embed(texts)

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._made}
        if missing:
            self._made |= zip(missing, super().embed_bulk(list(missing.values())), strict=True)
        return np.array([self._made[key] for key in keys], np.float32)

    def save(self) -> None:
        if self._file:
            np.savez(self._file, **self._made)


class OnceLibrary(Library):
    """A library with that embedder."""

    given: OnceEmbedder

    def open_embedder(self, spec: str) -> OnceEmbedder:
        return self.given

    def open_embedder_of(self, info: Any) -> OnceEmbedder:
        return self.given


def ours(collection: Collection, embedder: OnceEmbedder, keep: Path | None) -> list[Rankings]:
    """What our own ways to search find."""

    def opened(settings: Settings) -> Library:
        library = OnceLibrary(settings)
        library.given = embedder
        return library

    def progress(done: int, total: int, seconds_left: float | None) -> None:
        print(f"  {done:,} of {total:,} papers embedded", flush=True) if done % 1024 < _TOGETHER else None

    settings = Settings(_env_file=None, model_cache=model_folder().parent)  # type: ignore[call-arg]
    with library_of(collection, settings, keep, progress, opened) as service:
        return ask_all(service.chain, collection.queries, DEPTH)


def put_material(collection: Collection, embedder: OnceEmbedder, folder: Path) -> None:
    """What the others get: texts, queries, and the vectors of both."""
    texts, vectors = [], []
    for papers in _parts(collection.papers()):
        texts += [(paper.id, embedded_text(paper.title, paper.abstract)) for paper in papers]
        vectors.append(embedder.embed_bulk([text for _, text in texts[-len(papers) :]]))
    queries = [query.text for query in collection.queries]
    material = {"papers": texts, "queries": queries}
    (folder / "material.json").write_text(json.dumps(material), encoding="utf-8")
    np.savez(folder / "vectors.npz", papers=np.concatenate(vectors), queries=embedder.embed(queries))


def _parts(papers: Iterator[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    for paper in papers:
        part.append(paper)
        if len(part) == _TOGETHER:
            yield part
            part = []
    if part:
        yield part


def theirs(python: str, ways: Sequence[str], collection: Collection, folder: Path) -> Iterator[Rankings]:
    """What these ways find, each in a process of its own; one that does not run is said to be so, and left out."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    for way in ways:
        out = folder / "found.json"
        command = [python, str(THEIRS), way, str(folder), str(out), str(DEPTH + 1)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)
        if done.returncode:
            print(f"  {way} does not run here: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no word'}")
            continue
        told = json.loads(out.read_text(encoding="utf-8"))
        print(f"  {way}: {', '.join(told['versions'])}", flush=True)
        found = (
            tuple([i for i in ids if not (query.is_paper and i == query.id)][:DEPTH])
            for ids, query in zip(told["found"], collection.queries, strict=True)
        )
        yield Rankings(way, tuple(found), tuple(told["seconds"]))


def compare(folder: Path, split: str, queries: int | None, keep: Path | None, pythons: dict[str, str]) -> list[Row]:
    """The rows of everybody on one collection."""
    collection = read_collection(folder, split, queries)
    print(
        f"{collection.name}, split {split}: {collection.size:,} papers, {len(collection.queries):,} queries", flush=True
    )
    embedder = OnceEmbedder(model_folder())
    embedder.keep_in(keep / f"{collection.name}.npz" if keep else None)
    print(f"  a query's vector takes {embedder.know([q.text for q in collection.queries]):.1f} ms, in no figure below")
    with tempfile.TemporaryDirectory() as scratch:
        rankings = ours(collection, embedder, keep / collection.name if keep else None)
        put_material(collection, embedder, Path(scratch))
        embedder.save()
        for python, ways in ((pythons["langchain"], LANGCHAIN), (pythons["paperqa"], PAPERQA)):
            if python:
                rankings += theirs(python, ways, collection, Path(scratch))
    return rows_of(rankings, collection.queries)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("--langchain-python", default="", help="Python with langchain-chroma, -community, -classic")
    options.add_argument("--paperqa-python", default="", help="Python with paper-qa")
    options.add_argument("--keep", type=Path)
    options.add_argument("--split", default="test")
    options.add_argument("--queries", type=int)
    given = options.parse_args()
    switch_telemetry_off()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    pythons = {"langchain": given.langchain_python, "paperqa": given.paperqa_python}
    for folder in given.folders:
        rows = compare(folder, given.split, given.queries, given.keep, pythons)
        print(f"{'':22}{'nDCG@10':24}{'recall@100':12}{'p50 ms':>8}")
        for row in rows:
            mean = row.means["nDCG@10"]
            interval = (
                f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})" if mean.low is not None else f"{mean.value:.3f}"
            )
            print(f"{row.name:22}{interval:24}{row.means['recall@100'].value:<12.3f}{row.p50_ms:8.1f}")


if __name__ == "__main__":
    main()
