"""How searching behaves from 1,000 to 100,000 papers: time, memory, opening, and whether threads agree.

    python -m tests.bench.retrieval_scale [--sizes 1000,3000,10000,30000,100000] [--folder KEPT] [--plot docs/retrieval-scale.svg]

The libraries are those of `tests.bench.scale`: real arXiv abstracts of the folder that ASKPAPERS_SHARED names, repeated with
changes, and vectors of a stand-in that gives like texts like vectors. A question is embedded by the real default
embedder, so that its cost is counted, and then looked up by the stand-in's vector, since the model's would be a stranger
among them. Every library is measured in a process of its own. With --folder the libraries are kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from app.bootstrap import Service
from app.core.filters import EVERY_PAPER, Filters
from app.core.settings import Settings
from app.wire import switch_telemetry_off
from tests.bench.scale import BenchLibrary, StandIn, plot, records
from tests.embedder_fixture import model_folder

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
THREADS = 16
K = 10
# What the issue asks for at the largest size.
FIXED_MS, FILTERED_TIMES, MEMORY_MIB, OPENING_S = 50.0, 3.0, 2000.0, 3.0


class Questioned(StandIn):
    """Questions cost what the default embedder takes for them; papers cost nothing."""

    @cached_property
    def model(self) -> Any:
        from app.adapters.embeddings import MiniLMEmbedder

        return MiniLMEmbedder.open(model_folder())

    def embed(self, texts: Sequence[str]) -> Any:
        self.model.embed(texts)
        return self.embed_bulk(texts)


class Library(BenchLibrary):
    """A library that is asked."""

    def open_embedder(self, spec: str) -> Questioned:
        return Questioned()

    def open_embedder_of(self, info: object) -> Questioned:
        return Questioned()


def settings_of(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder / "library", llm="extractive")  # type: ignore[call-arg]


def build(folder: Path, size: int) -> None:
    """Make the library, unless it is there."""
    from ingest.reading import read_inputs

    if (folder / "whole").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    papers = folder / "papers.jsonl"
    with papers.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record) + "\n" for record in records(size))
    library = BenchLibrary(settings_of(folder))
    library.ingest(read_inputs([papers]))
    library.embed()
    library.close()
    papers.unlink()
    (folder / "whole").touch()


def questions(count: int) -> list[str]:
    """Words from the middle of abstracts, as a person may ask for them; other ones for each."""
    found = []
    for number, record in enumerate(records(20_000)):
        words = record["abstract"].split()
        if number % (19_000 // count) == 7 and len(words) > 60:
            found.append(" ".join(words[30 : 38 + number % 9]))
    return found[:count]


FILTERED = {
    "since 2026": Filters(since="2026"),
    "cs.CL, 2026": Filters(since="2026", until="2026", categories=("cs.CL",)),
    "astro-ph.IM, 2026": Filters(since="2026", until="2026", categories=("astro-ph.IM",)),
    "by J. Wang": Filters(authors=("J. Wang",)),
    "nothing fits": Filters(venues=("Proceedings of Nowhere",), since="2026"),
}


def run(folder: Path) -> dict[str, Any]:
    """In a process of its own: open the library, search, and say what it took."""
    switch_telemetry_off()
    asked = questions(60)
    # Python's modules cost the same at any size; what they do cost is in the time from the command on.
    for module in ("chromadb", "tantivy", "app.chat.chain", "app.adapters.embeddings", "app.adapters.extractive"):
        import_module(module)
    started = time.perf_counter()
    settings = settings_of(folder)
    service = Service(settings, Library(settings))
    first = service.search(asked.pop(), K)
    opened = time.perf_counter() - started
    assert first
    warm, asked = asked[:9], asked[9:]
    some = tuple(paper_id for paper_id in service.library.keyword.newest(1000)[::100])
    filtered = {**FILTERED, "10 ids": Filters(ids=some)}
    embedder = service.library.embedder
    for question in warm:
        embedder.embed([question])
        service.candidates(question)
        for filters in (EVERY_PAPER, *filtered.values()):
            service.search(question, K, filters)
    times: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        at = time.perf_counter()
        result = work(*arguments)
        times.setdefault(name, []).append(1000 * (time.perf_counter() - at))
        return result

    alone = {}
    for question in asked:  # in turn, so that a slow moment of the machine is everybody's
        timed("embedding", embedder.embed, [question])
        alone[question] = timed("hybrid", service.search, question, K)
        timed("every candidate (search --all)", service.candidates, question)
        for name, filters in filtered.items():
            found = timed(name, service.search, question, K, filters)
            assert all(filters.fits(item.paper) for item in found)
    with ThreadPoolExecutor(THREADS) as threads:
        together = list(threads.map(lambda question: service.search(question, K), asked * 2))
    memory = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    counts = {name: len(service.library.keyword.fitting(filters)) for name, filters in filtered.items()}
    service.library.close()
    return {
        "opened_s": opened,
        "times": {name: [_share(values, 0.5), _share(values, 0.95)] for name, values in times.items()},
        "fitting": counts,
        "memory_mib": int(memory["VmHWM"].split()[0]) / 1024,
        "threads_agree": together == [alone[question] for question in asked * 2],
    }


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measured(folder: Path) -> dict[str, Any]:
    """What a fresh process says of the library, and how long it was from its start to its first result."""
    command = [sys.executable, "-m", "tests.bench.retrieval_scale", "--run", str(folder)]
    started = time.perf_counter()
    with subprocess.Popen([*command, "--first"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline()
        start = time.perf_counter() - started
        process.communicate()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "start_s": start}


def first_result(folder: Path) -> None:
    """Search once and say so."""
    switch_telemetry_off()
    settings = settings_of(folder)
    service = Service(settings, Library(settings))
    print(len(service.search("a survey of graph neural networks", K)), flush=True)
    service.library.close()


def table(results: dict[int, dict[str, Any]]) -> list[str]:
    """The Markdown table, p50 / p95 in milliseconds."""
    sizes = list(results)
    lines = ["| | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]

    def row(name: str, cell: Callable[[dict[str, Any]], str]) -> None:
        lines.append(f"| {name} | " + " | ".join(cell(results[size]) for size in sizes) + " |")

    for name in results[sizes[0]]["times"]:
        last = results[sizes[-1]]["fitting"].get(name)
        row(
            name if last is None else f"{name} ({last:,} of {sizes[-1]:,})",
            lambda result, name=name: f"{result['times'][name][0]:.0f} / {result['times'][name][1]:.0f}",  # type: ignore[misc]
        )
    row("from the command, Python's modules counted, s", lambda result: f"{result['start_s']:.1f}")
    row("opening, to the first result, s", lambda result: f"{result['opened_s']:.1f}")
    row("peak resident memory, MiB", lambda result: f"{result['memory_mib']:.0f}")
    row(f"{THREADS} threads find the same", lambda result: "yes" if result["threads_agree"] else "NO")
    return lines


def verdicts(result: dict[str, Any]) -> list[str]:
    """What was asked for at the largest size, and whether it holds."""
    times = result["times"]
    limit = 2 * times["embedding"][1] + FIXED_MS
    slowest = max((times[name][1] / times["hybrid"][1], name) for name in result["fitting"])
    checks = (
        (times["hybrid"][1] <= limit, f"hybrid p95 {times['hybrid'][1]:.0f} ms, allowed {limit:.0f}"),
        (slowest[0] <= FILTERED_TIMES, f"slowest filter {slowest[0]:.2f} times the unfiltered ({slowest[1]})"),
        (result["memory_mib"] <= MEMORY_MIB, f"memory {result['memory_mib']:.0f} MiB"),
        (result["opened_s"] <= OPENING_S, f"opening {result['opened_s']:.1f} s"),
        (result["threads_agree"], f"{THREADS} threads find the same"),
    )
    return [f"{'ok ' if fine else 'NOT'} {words}" for fine, words in checks]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options.add_argument("--folder", type=Path, help="where to keep the libraries")
    options.add_argument("--plot", type=Path)
    options.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.run:
        if given.first:
            first_result(given.run)
        else:
            print(json.dumps(run(given.run)))
        return
    results: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        model_folder()  # made ready before anything is timed
        for size in map(int, given.sizes.split(",")):
            folder = (given.folder or Path(temporary)) / str(size)
            build(folder, size)
            results[size] = measured(folder)
            print(f"{size:,}: {json.dumps(results[size])}", file=sys.stderr, flush=True)
    print(f"{platform.machine()}, Python {platform.python_version()}; p50 / p95 in ms, {K} papers shown\n")
    print("\n".join(table(results)), end="\n\n")
    print("\n".join(verdicts(results[max(results)])))
    if given.plot:
        shown = ("embedding", "hybrid", "since 2026", "astro-ph.IM, 2026")
        plot(
            {name: [(size, result["times"][name][1]) for size, result in results.items()] for name in shown},
            given.plot,
            "milliseconds a search, p95",
        )


if __name__ == "__main__":
    main()
