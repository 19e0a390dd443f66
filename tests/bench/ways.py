"""Ways to feed the default embedder, side by side: batches, sorting, threads, 8-bit integers.

    python -m tests.bench.ways [--papers 200] [--rounds 3]

Each round runs every way once over the same texts, real abstracts of the folder that ASKPAPERS_SHARED names with their
titles, cut to the model's window. The table gives the median and how it compares with the first line.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.adapters.embeddings import MiniLMEmbedder, _session
from app.adapters.minilm_bulk import BULK_GRAPH
from app.adapters.minilm_weights import GRAPH
from app.core.recipe import embedded_text
from app.wire import switch_telemetry_off
from tests.conftest import SHARED
from tests.embedder_fixture import model_folder

THREADS = 2
Ids = list[list[int]]
Way = Callable[[Ids], object]


def batches(ids: Ids, size: int) -> Iterator[Ids]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def by_length(ids: Ids) -> Ids:
    return sorted(ids, key=len)


def ways(embedder: MiniLMEmbedder) -> dict[str, Way]:
    """What is compared, by what the table calls it."""
    graph, bulk = (str(model_folder() / name) for name in (GRAPH, BULK_GRAPH))
    exact_one, bulk_one, bulk_two = _session(graph, 1), _session(bulk, 1), _session(bulk, THREADS)

    def exact(row: list[int]) -> object:
        ids = np.array([row], np.int64)
        return exact_one.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})

    def in_pool(one: Callable[[list[int]], object]) -> Way:
        def run(ids: Ids) -> object:
            with ThreadPoolExecutor(THREADS) as pool:
                return list(pool.map(one, reversed(by_length(ids))))

        return run

    def integers(session: object) -> Callable[[list[int]], object]:
        return lambda row: session.run(None, {"input_ids": np.array([row], np.int64)})  # type: ignore[attr-defined]

    return {
        "fp32, batches of 8 as they come": lambda ids: [embedder._forward(batch) for batch in batches(ids, 8)],
        "fp32, batches of 8 by length (questions)": lambda ids: [
            embedder._forward(batch) for batch in batches(by_length(ids), 8)
        ],
        "fp32, batches of 32 by length": lambda ids: [
            embedder._forward(batch) for batch in batches(by_length(ids), 32)
        ],
        "fp32, a text a core": in_pool(exact),
        "integers, a text at a time, two cores a text": lambda ids: [integers(bulk_two)(row) for row in ids],
        "integers, a text a core (papers)": in_pool(integers(bulk_one)),
    }


def padding(ids: Ids, size: int) -> float:
    """What share of the tokens computed in batches of `size` fill up shorter texts: all that packing could save."""
    computed = sum(len(batch) * max(map(len, batch)) for batch in batches(ids, size))
    return 1 - sum(map(len, ids)) / computed


def texts(count: int) -> list[str]:
    with gzip.open(SHARED / "eval" / "arxiv-20k.jsonl.gz", "rt", encoding="utf-8") as stream:
        records = [json.loads(line) for _, line in zip(range(count), stream, strict=False)]
    return [embedded_text(record["title"], record["abstract"]) for record in records]


def measure(ids: Ids, compared: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in compared}
    for _ in range(rounds):
        for name, way in compared.items():
            begun = time.perf_counter()
            way(ids)
            seconds[name].append(time.perf_counter() - begun)
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--papers", type=int, default=200)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args(arguments)
    switch_telemetry_off()
    embedder = MiniLMEmbedder(model_folder(), threads=THREADS)
    embedder.embed_bulk(["the graphs are made and loaded before the clock starts"])
    ids = [embedder._cut(embedder._encode(text)) for text in texts(given.papers)]
    compared = ways(embedder)
    for way in compared.values():
        way(ids[:8])
    medians = {name: statistics.median(taken) for name, taken in measure(ids, compared, given.rounds).items()}
    first = next(iter(medians.values()))
    for name, order in (("as they come", ids), ("by length", by_length(ids))):
        print(f"padding in batches of 8 {name}: {padding(order, 8):.1%}")
    for name, seconds in medians.items():
        print(f"{name:46} {len(ids) / seconds:6.1f} texts/s   ratio {first / seconds:.2f}")


if __name__ == "__main__":
    main()
