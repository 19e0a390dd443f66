"""How fast papers get their vectors, beside the usual LangChain pipeline, and what 8-bit integers cost in quality.

    python -m tests.bench.embedding --langchain-python PATH [--papers 1000] [--first-searchable 10000]
    python -m tests.bench.embedding --quality

Theirs: RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings all-MiniLM-L6-v2 on torch, Chroma.from_documents.
Ours: reading, ingest and embed as `askpapers ingest` does them, into catalogue, keyword index and Chroma. The papers are
real abstracts of the folder that ASKPAPERS_SHARED names. Both run in turn, each time in a process and a folder of its own
with the same number of threads; the clock starts when the model is loaded, which favours neither.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.adapters.embeddings import MiniLMEmbedder
from app.core.domain import title_key
from app.core.ports import Vectors
from app.core.recipe import embedded_text
from app.core.settings import Settings
from app.library import Library
from app.wire import switch_telemetry_off
from tests.conftest import SHARED
from tests.embedder_fixture import model_folder

ARXIV = SHARED / "eval" / "arxiv-20k.jsonl.gz"
THEIRS = Path(__file__).with_name("langchain_pipeline.py")


class BenchLibrary(Library):
    """A library whose embedder is given."""

    def __init__(self, folder: Path, embedder: MiniLMEmbedder) -> None:
        super().__init__(Settings(_env_file=None, llm="extractive", data_dir=folder, model_cache=model_folder().parent))
        self._given = embedder

    def open_embedder(self, spec: str) -> MiniLMEmbedder:
        return self._given


class ExactEmbedder(MiniLMEmbedder):
    """Papers in fp32, as questions are."""

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)


class CountingEmbedder(MiniLMEmbedder):
    """Knows how many texts it was given."""

    texts = 0

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return super().embed_bulk(texts)


def abstracts(count: int) -> list[dict[str, Any]]:
    """The first `count` real records."""
    with gzip.open(ARXIV, "rt", encoding="utf-8") as stream:
        records = [json.loads(line) for _, line in zip(range(count), stream, strict=False)]
    if len(records) < count:
        sys.exit(f"{ARXIV.name} holds only {len(records):,} records.")
    return records


def run_ours(papers: Path, folder: Path, threads: int) -> dict[str, Any]:
    """In a child process: the whole pipeline once."""
    from ingest.reading import read_inputs

    embedder = CountingEmbedder(model_folder(), threads=threads)
    embedder.embed_bulk(["the model is loaded before the clock starts"])
    library = BenchLibrary(folder, embedder)
    begun, cpu = time.perf_counter(), time.process_time()
    library.ingest(read_inputs([papers]))
    words = time.perf_counter() - begun
    library.embed()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "papers": library.embedded_count(),
        "chunks": embedder.texts - 1,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "until_found_by_words": words,
    }


def run_first(papers: Path, folder: Path, started: float) -> dict[str, Any]:
    """In a child process: seconds from its start until one of these papers is found by the words of its title."""
    from ingest.reading import read_inputs

    library = Library(Settings(_env_file=None, data_dir=folder))
    with papers.open(encoding="utf-8") as stream:
        title = json.loads(stream.readline())["title"]
    found: list[float] = []

    def look(done: int, total: int | None, words: str) -> None:
        if not found:
            (hit,) = library.keyword.search(title, 1)
            (paper,) = library.store.get([hit.paper_id]).values()
            if title_key(paper.title) == title_key(title):
                found.append(time.time() - started)

    library.ingest(read_inputs([papers]), look)
    return {"papers": library.store.count(), "first_found": found[0], "all_found": time.time() - started}


def child(command: Sequence[str | Path], threads: int) -> dict[str, Any]:
    """Run a command and read the JSON in its last line."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    switch_telemetry_off()
    environment = {**os.environ, **limits, "TOKENIZERS_PARALLELISM": "true", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def ours(phase: str, papers: Path, threads: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        here: list[str | Path] = [sys.executable, "-m", "tests.bench.embedding", "--phase", phase, papers, folder]
        return child([*here, str(time.time() if phase == "first" else threads)], threads)


def theirs(python: str, papers: Path, threads: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return child([python, THEIRS, papers, folder, str(threads), str(time.time())], threads)


def compare(python: str, count: int, first: int, rounds: int, threads: int) -> None:
    """Print both pipelines' medians and how they compare, as a table and as JSON."""
    model_folder()
    with tempfile.TemporaryDirectory() as temporary:
        papers, many = Path(temporary) / "papers.jsonl", Path(temporary) / "many.jsonl"
        for path, size in ((papers, count), (many, first)):
            path.write_text("".join(json.dumps(record) + "\n" for record in abstracts(size)), encoding="utf-8")
        runs: dict[str, list[dict[str, Any]]] = {"askpapers": [], "LangChain": []}
        for number in range(rounds):
            runs["askpapers"].append(ours("all", papers, threads))
            runs["LangChain"].append(theirs(python, papers, threads))
            both = "   ".join(f"{name} {count / results[-1]['seconds']:.1f}/s" for name, results in runs.items())
            print(f"round {number + 1}: {both}", flush=True)
        summary: dict[str, Any] = {"papers": count, "threads": threads, "machine": platform.machine(), "runs": runs}
        print(f"{count:,} abstracts, {threads} threads, median of {rounds}")
        print(f"{'':10} {'papers/s':>9} {'CPU s':>7} {'chunks':>7}")
        speed = {}
        for name, results in runs.items():
            speed[name] = count / statistics.median(run["seconds"] for run in results)
            cpu = statistics.median(run["cpu_seconds"] for run in results)
            print(f"{name:10} {speed[name]:9.1f} {cpu:7.1f} {results[0]['chunks']:7,}")
        summary["ratio"] = speed["askpapers"] / speed["LangChain"]
        print(f"ratio {summary['ratio']:.2f}")
        if first:
            found = statistics.median(ours("first", many, threads)["first_found"] for _ in range(rounds))
            start = statistics.median(run["since_start"] - run["seconds"] for run in runs["LangChain"])
            whole = start + first / speed["LangChain"]
            summary["first"] = {"papers": first, "askpapers": found, "LangChain": whole, "ratio": whole / found}
            print(
                f"first paper of {first:,} found after {found:.2f} s; LangChain after about {whole:.0f} s, taken from "
                f"its speed above because nothing can be searched before its end; ratio {whole / found:.0f}"
            )
        print(json.dumps(summary))


def fused_ndcg(folder: Path, embedder: MiniLMEmbedder) -> float:
    """nDCG@10 of the fused ranking over the judged queries in `folder`."""
    from app.evaluation.rankings import FUSED
    from app.evaluation.retrieval import evaluate

    settings = Settings(_env_file=None, model_cache=model_folder().parent)
    measured = evaluate(folder, settings, opened=lambda own: BenchLibrary(own.data_dir, embedder))
    return next(row.means["nDCG@10"].value for row in measured.rows if row.name == FUSED)


def quality() -> None:
    """Print what the integers change: cosines on real abstracts, and nDCG@10 of the fused ranking on SciFact."""
    embedder = MiniLMEmbedder(model_folder())
    texts = [embedded_text(record["title"], record["abstract"]) for record in abstracts(1000)]
    cosines = np.asarray((embedder.embed(texts) * embedder.embed_bulk(texts)).sum(axis=1))
    print(
        f"cosine to fp32 on {len(texts):,} abstracts: mean {cosines.mean():.5f}, least {cosines.min():.5f}", flush=True
    )
    found = {}
    for name, used in (("fp32", ExactEmbedder(model_folder())), ("bulk", embedder)):
        found[name] = fused_ndcg(SHARED / "eval" / "scifact", used)
        print(f"SciFact fused nDCG@10, {name}: {found[name]:.4f}", flush=True)
    print(f"difference {found['bulk'] - found['fp32']:+.4f}")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--langchain-python", help="the Python of an environment that has LangChain")
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--first-searchable", type=int, default=0, metavar="PAPERS")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--quality", action="store_true")
    options.add_argument("--phase", nargs=4, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.phase:
        switch_telemetry_off()
        phase, papers, folder, number = given.phase
        run = run_ours(Path(papers), Path(folder), int(number)) if phase == "all" else None
        print(json.dumps(run or run_first(Path(papers), Path(folder), float(number))))
    elif given.quality:
        quality()
    elif given.langchain_python:
        compare(given.langchain_python, given.papers, given.first_searchable, given.rounds, given.threads)
    else:
        options.error("give --langchain-python or --quality")


if __name__ == "__main__":
    main()
