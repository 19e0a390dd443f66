"""nDCG@10 and recall@100 of each retriever and of their fusion, on folders of corpus.jsonl, queries.jsonl, qrels.tsv.

    python -m tests.bench.retrieval EVAL_FOLDER/scifact EVAL_FOLDER/scholarqabench

nDCG as in Järvelin and Kekäläinen (2002), gain = relevance, discount log2(rank + 1), as trec_eval computes it.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.bootstrap import Library
from app.chat.rank import fuse
from app.chat.resting import RestingEmbedder
from app.chat.retrieve import POOL, DenseRetriever, retrieve
from app.core.domain import Paper, title_key
from app.core.settings import Settings
from ingest.reading import read_inputs
from tests.embedder_fixture import model_folder


def ndcg_at_10(ranking: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain of the first ten, 0 to 1."""
    gained = sum(relevant.get(doc, 0) / math.log2(rank + 1) for rank, doc in enumerate(ranking[:10], start=1))
    best = sorted(relevant.values(), reverse=True)[:10]
    ideal = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(best, start=1))
    return gained / ideal if ideal else 0.0


def measure(folder: Path, data: Path) -> None:
    """Print one line a ranking for the data set in `folder`; the library is kept in `data`."""
    library = Library(Settings(_env_file=None, llm="extractive", data_dir=data, model_cache=model_folder().parent))  # type: ignore[call-arg]
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    if not library.keyword.count():
        library.ingest(read_inputs([folder / "corpus.jsonl"]))
        library.embed()
    by_title = {title_key(p.title): p.id for p in library.store.papers() if isinstance(p, Paper)}
    paper_of = {row["id"]: by_title.get(title_key(row["title"]), "") for row in rows}
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, gain = line.split("\t")[:3]
        judged.setdefault(query, {})[paper_of[document]] = int(gain)
    queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    retrievers = (
        DenseRetriever(
            lambda: library.vectors,
            RestingEmbedder(lambda: library.embedder),
            library.store,
            library.embedded_count,
            library.keyword,
        ),
        library.keyword,
    )
    scores: dict[str, list[float]] = {}
    recall: dict[str, list[float]] = {}
    times: list[float] = []
    for query in queries:
        relevant = judged.get(query["id"])
        if not relevant:
            continue
        started = time.perf_counter()
        lists = retrieve(query["text"], retrievers, POOL)
        fused = fuse(lists)
        times.append(time.perf_counter() - started)
        rankings = {name: [item.paper_id for item in fuse({name: hits})] for name, hits in lists.items()}
        rankings["fused"] = [item.paper_id for item in fused]
        for name, ranking in rankings.items():
            scores.setdefault(name, []).append(ndcg_at_10(ranking, relevant))
            recall.setdefault(name, []).append(len(set(ranking[:100]) & set(relevant)) / len(relevant))
    print(
        f"{folder.name}: {len(rows)} papers, {len(times)} queries, median {statistics.median(times) * 1000:.1f} ms a query"
    )
    for name, values in scores.items():
        print(f"  {name:8} nDCG@10 {statistics.mean(values):.3f}   recall@100 {statistics.mean(recall[name]):.3f}")


def main(folders: Sequence[Path]) -> None:
    for folder in folders:
        with tempfile.TemporaryDirectory() as temporary:
            measure(folder, Path(temporary))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main([Path(argument) for argument in sys.argv[1:]])
