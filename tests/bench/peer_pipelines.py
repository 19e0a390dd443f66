"""What people would use instead of askpapers, run by `tests.bench.peers` in an environment of its own.

    python peer_pipelines.py WAY FOLDER OUT DEPTH

FOLDER holds material.json and vectors.npz; OUT gets the ids found for each query, with the seconds each took. Needs
langchain-chroma, langchain-community, langchain-classic and rank_bm25, or paper-qa.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

Search = Callable[[str], list[str]]


class Material:
    """Papers, queries and the vectors of both."""

    def __init__(self, folder: Path) -> None:
        told = json.loads((folder / "material.json").read_text(encoding="utf-8"))
        vectors = import_module("numpy").load(folder / "vectors.npz")
        self.papers: list[tuple[str, str]] = [(i, text) for i, text in told["papers"]]
        self.queries: list[str] = told["queries"]
        self.folder = folder
        self.vectors = dict(zip(self.queries, vectors["queries"].tolist(), strict=True))
        self.vectors |= zip((text for _, text in self.papers), vectors["papers"].tolist(), strict=True)


def documents(material: Material) -> list[Any]:
    """One LangChain document a paper."""
    document = import_module("langchain_core.documents").Document
    return [document(page_content=text, metadata={"id": i}) for i, text in material.papers]


def chroma(material: Material, depth: int) -> Any:
    """Dense: a Chroma of LangChain's, with its defaults."""
    base = import_module("langchain_core.embeddings").Embeddings

    class Given(base):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [material.vectors[text] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return list(material.vectors[text])

    store = import_module("langchain_chroma").Chroma(
        collection_name="peers", embedding_function=Given(), persist_directory=str(material.folder / "peers-chroma")
    )
    there, all_documents = store._collection.count(), documents(material)
    for at in range(there, len(all_documents), 1000):
        store.add_documents(all_documents[at : at + 1000])
    return store.as_retriever(search_kwargs={"k": depth})


def ids_of(retriever: Any) -> Search:
    return lambda query: [found.metadata["id"] for found in retriever.invoke(query)]


def ensemble(material: Material, depth: int) -> Search:
    """Rank fusion of that and of BM25, as LangChain's own page shows it: equal weights, words parted at blanks."""
    bm25 = import_module("langchain_community.retrievers").BM25Retriever.from_documents(documents(material), k=depth)
    retriever = import_module("langchain_classic.retrievers").EnsembleRetriever(
        retrievers=[bm25, chroma(material, depth)], weights=[0.5, 0.5], id_key="id"
    )
    return ids_of(retriever)


def rank_bm25(material: Material, depth: int) -> Search:
    """BM25Okapi over lower-cased words."""

    def words(text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())

    index = import_module("rank_bm25").BM25Okapi([words(text) for _, text in material.papers])
    ids = [i for i, _ in material.papers]
    return lambda query: list(index.get_top_n(words(query), ids, n=depth))


def paperqa(material: Material, depth: int) -> Search:
    """paper-qa's embedding "sparse" (how often each of 256 groups of tokens occurs) in its own store of vectors."""
    paper, model = import_module("paperqa"), import_module("lmi").SparseEmbeddingModel()
    doc = paper.Doc(docname="paper", citation="paper", dockey="paper")
    texts = [paper.Text(text=text, name=i, doc=doc) for i, text in material.papers]
    made = asyncio.run(model.embed_documents([text for _, text in material.papers]))
    for text, vector in zip(texts, made, strict=True):
        text.embedding = vector
    store = paper.NumpyVectorStore()
    asyncio.run(store.add_texts_and_embeddings(texts))

    def search(query: str) -> list[str]:
        found, _ = asyncio.run(store.similarity_search(query, depth, model))
        return [text.name for text in found]

    return search


# Each with what it is made of.
WAYS: dict[str, tuple[Callable[[Material, int], Search], tuple[str, ...]]] = {
    "Chroma (LangChain)": (lambda m, k: ids_of(chroma(m, k)), ("langchain-chroma", "chromadb")),
    "Ensemble (LangChain)": (ensemble, ("langchain-classic", "langchain-community", "rank-bm25")),
    "rank_bm25": (rank_bm25, ("rank-bm25",)),
    "sparse (paper-qa)": (paperqa, ("paper-qa",)),
}


def main(way: str, folder: Path, out: Path, depth: int) -> None:
    material = Material(folder)
    make, packages = WAYS[way]
    search = make(material, depth)
    search(material.queries[0])  # what is opened at first use is no cost of a query
    found, seconds = [], []
    for query in material.queries:
        started = time.perf_counter()
        found.append(search(query)[:depth])
        seconds.append(time.perf_counter() - started)
    versions = [f"{name} {version(name)}" for name in packages]
    out.write_text(json.dumps({"found": found, "seconds": seconds, "versions": versions}), encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
