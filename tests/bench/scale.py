"""How ingest behaves from 10,000 to 100,000 abstracts: time a paper, memory, and what share storing vectors has.

    python -m tests.bench.scale [--papers 100000] [--plot docs/ingest-scale.svg]

The abstracts are the 20,000 real arXiv records of the folder that ASKPAPERS_SHARED names, repeated with other ids and
titles. Vectors come from a stand-in embedder of 384 numbers that costs little (0.1 ms), since the model's own cost a
paper is the same at any size; what is measured is everything around it. Every phase runs in a process of its own and
reports its peak resident memory, that of its children included; the model would add what `--model-memory` prints.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.core.settings import Settings
from app.library import Library
from app.wire import switch_telemetry_off
from tests.conftest import SHARED

STEP = 10_000


class StandIn:
    """An embedder that adds up a random direction for each word, so that like texts get like vectors, as a model's do;
    Chroma's index takes far longer over directions that have nothing in common."""

    name, dimension, max_tokens = "bench/words-384", 384, 256
    _directions = np.random.default_rng(0).normal(size=(1 << 14, 384)).astype(np.float32)

    def embed(self, texts: Sequence[str]) -> Any:
        rows = [[zlib.crc32(word.encode()) % (1 << 14) for word in text.lower().split()] or [0] for text in texts]
        vectors = np.asarray([self._directions[row].sum(axis=0) for row in rows]).reshape(len(texts), 384)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_bulk = embed

    def count_tokens(self, text: str) -> int:
        return len(text) // 6


class BenchLibrary(Library):
    """A library whose vectors cost nothing to make."""

    def open_embedder(self, spec: str) -> StandIn:
        return StandIn()


def records(count: int) -> Iterator[dict[str, Any]]:
    """`count` records; from the second round on with other ids and titles."""
    made = 0
    for turn in range(100):
        with gzip.open(SHARED / "eval" / "arxiv-20k.jsonl.gz", "rt", encoding="utf-8") as stream:
            for line in stream:
                record = json.loads(line)
                if turn:
                    record["id"] = f"10.5555/{turn}.{made}"
                    record["title"] = f"{record['title']} (part {turn + 1})"
                    record["abstract"] = f"{record['abstract']} This is part {turn + 1}."
                    record.pop("url", None)
                yield record
                made += 1
                if made == count:
                    return


def run_phase(phase: str, folder: Path) -> None:
    """In a child process: do one phase and print, as JSON lines, (papers done, seconds) and the peak memory."""
    switch_telemetry_off()
    library = BenchLibrary(Settings(_env_file=None, data_dir=folder / "library"))  # type: ignore[call-arg]
    started = time.perf_counter()
    points: list[tuple[int, float]] = []
    if phase == "words":
        from ingest.reading import read_inputs

        papers = read_inputs([folder / "papers.jsonl"])
        library.ingest(papers, lambda done, total, words: points.append((done, time.perf_counter() - started)))
    else:
        library.embed(lambda done, total, left: points.append((done, time.perf_counter() - started)))
    # The process that reads ahead counts too, as if both had their peaks at the same moment.
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"points": points, "peak_mib": peak}))


def model_memory() -> None:
    """Print what the default embedder adds to the resident memory of a process that embeds 512 abstracts."""
    from app.adapters.embeddings import MiniLMEmbedder
    from tests.embedder_fixture import model_folder

    texts = [f"{record['title']}\n{record['abstract']}" for record in records(512)]
    folder = model_folder()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    MiniLMEmbedder(folder).embed_bulk(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"the default embedder adds {peak - before:.0f} MiB")


def by_step(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """(papers, milliseconds a paper over the step before it), a step being about 10,000 papers."""
    found, last = [], (0, 0.0)
    for done, seconds in points:
        if done - last[0] >= STEP or (done, seconds) == tuple(points[-1]) and done > last[0]:
            found.append((done, 1000 * (seconds - last[1]) / (done - last[0])))
            last = done, seconds
    return found


def plot(curves: dict[str, list[tuple[int, float]]], path: Path, what: str = "milliseconds a paper") -> None:
    """A line chart as SVG: papers in the library against `what`."""
    width, height, left, bottom = 640, 320, 60, 40
    most = max(x for curve in curves.values() for x, _ in curve)
    top = 1.15 * max(y for curve in curves.values() for _, y in curve)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x / most * (width - left - 20), height - bottom - y / top * (height - bottom - 20)

    for share in range(6):
        y = top * share / 5
        at = place(0, y)[1]
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{y:.{2 if top < 10 else 0}f}</text>')
    for x in range(0, most + 1, max(STEP, most // 5)):
        parts.append(f'<text x="{place(x, 0)[0]:.1f}" y="{height - 20}" text-anchor="middle">{x:,}</text>')
    for (name, curve), colour in zip(curves.items(), ("#1f77b4", "#d62728", "#2ca02c", "#9467bd"), strict=False):
        dots = " ".join(f"{place(x, y)[0]:.1f},{place(x, y)[1]:.1f}" for x, y in curve)
        end = place(*curve[-1])
        parts.append(f'<polyline points="{dots}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{end[0]:.1f}" y="{end[1] - 8:.1f}" text-anchor="end" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{width / 2}" y="{height - 4}" text-anchor="middle">papers in the library</text>')
    parts.append(f'<text x="{left}" y="14">{what}</text></svg>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--papers", type=int, default=100_000)
    options.add_argument("--plot", type=Path)
    options.add_argument("--model-memory", action="store_true", help="only the memory of the default embedder at work")
    options.add_argument("--phase", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.phase:
        run_phase(given.phase[0], Path(given.phase[1]))
        return
    if given.model_memory:
        model_memory()
        return
    curves: dict[str, list[tuple[int, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with (folder / "papers.jsonl").open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(record) + "\n" for record in records(given.papers))
        print(f"{given.papers:,} abstracts, {platform.machine()}, Python {platform.python_version()}")
        for phase, name in (("words", "until found by words"), ("vectors", "storing vectors, model not counted")):
            command = [sys.executable, "-m", "tests.bench.scale", "--phase", phase, str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            result = json.loads(done.stdout.strip().splitlines()[-1])
            curves[name] = by_step(result["points"])
            seconds = result["points"][-1][1]
            print(f"{name}: {given.papers / seconds:,.0f} papers/s, peak memory {result['peak_mib']:.0f} MiB")
            for papers, cost in curves[name]:
                print(f"  {papers:7,} papers  {cost:.3f} ms a paper")
    if given.plot:
        plot(curves, given.plot)


if __name__ == "__main__":
    main()
