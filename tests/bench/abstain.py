"""How well does `app.chat.relevance` tell questions a library holds something on from those it does not?

    python -m tests.bench.abstain EVAL_FOLDER

EVAL_FOLDER holds `scifact/` and `scholarqabench/` (corpus.jsonl, queries.jsonl, qrels). Every set of queries is
asked of its own library (should be relevant) and of the others (should not). Only SciFact's train claims are used.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.bootstrap import Library, Service
from app.chat import relevance
from app.chat.resolve import resolve
from app.core.settings import Settings
from tests.conversation import cases
from tests.embedder_fixture import model_folder

MOST_QUERIES = 300


def _service(folder: Path, corpus: Path | None) -> Service:
    settings = Settings(_env_file=None, llm="extractive", data_dir=folder, model_cache=model_folder().parent)  # type: ignore[call-arg]
    service = Service(settings, Library(settings))
    if not service.paper_count():
        if corpus:
            service.ingest_files([corpus])
        else:
            service.load_starter()
    return service


def _queries(path: Path, split: str | None = None) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows if split is None or row.get("split") == split][:MOST_QUERIES]


def main(folder: Path, libraries: Path) -> None:
    """Print, for each library and set of queries, the distribution of the score and the share called relevant."""
    services = {
        "starter": _service(libraries / "starter", None),
        "scholarqabench": _service(libraries / "scholarqabench", folder / "scholarqabench" / "corpus.jsonl"),
        "scifact": _service(libraries / "scifact", folder / "scifact" / "corpus.jsonl"),
    }
    queries = {
        "starter": [case["question"] for case in cases("topical")],
        "scholarqabench": _queries(folder / "scholarqabench" / "queries.jsonl"),
        "scifact": _queries(folder / "scifact" / "queries.jsonl", "train"),
        "off topic": [case["question"] for case in cases("absent") if case["why"] == "off topic"],
    }
    print(
        f"{'library':16}{'queries':16}{'n':>5}{'5 %':>7}{'25 %':>7}{'50 %':>7}{'95 %':>7}{'relevant':>10}{'no names':>10}"
    )
    for name, service in services.items():
        for asked, texts in queries.items():
            scores, relevant, without_names = [], 0, 0
            for text in texts:
                named = resolve(text, service.library.keyword, service.library.store)
                ranked = service.chain.search(text, 6)
                result = relevance.judge(text, ranked, "lookup", named, service.library.keyword)
                bare = relevance.judge(
                    text,
                    ranked,
                    "lookup",
                    replace(named, papers=(), missing=(), certain=()),
                    service.library.keyword,
                )
                scores.append(result.score)
                relevant += result.relevant
                without_names += bare.relevant
            p = np.percentile(scores, [5, 25, 50, 95])
            print(
                f"{name:16}{asked:16}{len(texts):5}"
                + "".join(f"{v:7.2f}" for v in p)
                + f"{relevant / len(texts):10.2f}{without_names / len(texts):10.2f}"
            )


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary))
