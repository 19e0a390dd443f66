"""A judged collection in a folder: papers, queries, and which papers are relevant to which query.

Two layouts: corpus.jsonl and queries.jsonl with `id`, `title`, `abstract` or `text`, and qrels.tsv; or BEIR's, with
`_id` and qrels/test.tsv (Thakur et al., NeurIPS 2021). Each file may be packed with gzip.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.domain import Paper, title_key
from app.core.errors import InputError
from app.evaluation.judgements import USUAL_SPLIT, find_judgements, read_judgements, split_of
from app.evaluation.lines import bad_line, existing, read_records
from ingest.normalize import clean_abstract, clean_text

_PAPER_FIELDS = '"id" (or "_id"), "title" and "abstract" (or "text")'
_QUERY_FIELDS = '"id" (or "_id") and "text"'
_TEXTS = frozenset({"title", "abstract", "text"})


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with the gain of each paper judged relevant to it, at least one. A query that `is_paper` is made of
    the words of the paper of its own id: finding that is no find, and BEIR does not count it either."""

    id: str
    text: str
    gains: Mapping[str, int]
    is_paper: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A judged collection. `papers` are read anew each time, since a large corpus has no room in memory.

    `unjudged` queries have no paper that is judged relevant; `unasked` are judged but not among the queries;
    `unreachable` are the judged relevant papers that the corpus does not hold."""

    name: str
    split: str
    corpus: Path
    size: int
    digest: str
    queries: tuple[JudgedQuery, ...]
    unjudged: int
    unasked: int
    unreachable: int

    def papers(self) -> Iterator[Paper]:
        """Every paper of the corpus, by the corpus's own ids."""
        return (paper for _, paper in _read_papers(self.corpus))


def read_collection(folder: Path, split: str = USUAL_SPLIT, most: int | None = None) -> Collection:
    """The collection in `folder`, with the first `most` of its judged queries. Raises InputError."""
    if not folder.is_dir():
        raise InputError(
            f'There is no folder "{folder}".', "Give the folder that holds corpus.jsonl and queries.jsonl."
        )
    corpus, asked = (_file(folder, name) for name in ("corpus.jsonl", "queries.jsonl"))
    path = find_judgements(folder, split)
    judged = {query: relevant for query, gains in read_judgements(path).items() if (relevant := _relevant(gains))}
    texts = _read_queries(asked)
    ids, digest, alike = _look_at(corpus, {query: texts[query] for query in judged if query in texts})
    queries = [
        JudgedQuery(i, text, judged[i], i in alike - judged[i].keys()) for i, text in texts.items() if i in judged
    ]
    if not queries:
        raise InputError(
            f'No query of "{asked}" has a relevant paper in "{path}".',
            "Check that both files call the queries by the same ids.",
        )
    return Collection(
        name=folder.resolve().name,
        split=split_of(path),
        corpus=corpus,
        size=len(ids),
        digest=digest,
        queries=tuple(queries[:most]),
        unjudged=len(texts) - len(texts.keys() & judged.keys()),
        unasked=len(judged.keys() - texts.keys()),
        unreachable=len({paper for query in queries[:most] for paper in query.gains} - ids),
    )


def _file(folder: Path, name: str) -> Path:
    path = existing(folder, name)
    if path is None:
        raise InputError(
            f'"{folder}" holds no {name}, packed or not.',
            "A collection is a folder with corpus.jsonl, queries.jsonl and qrels.tsv (or BEIR's qrels/test.tsv).",
        )
    return path


def _relevant(gains: Mapping[str, int]) -> Mapping[str, int]:
    """Nothing but what is relevant: a gain of 0 is as good as none, and negative ones only say why."""
    return {paper: gain for paper, gain in gains.items() if gain > 0}


def _read_queries(path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for number, row in read_records(path, _QUERY_FIELDS):
        query, text = _id(row, path, number, _QUERY_FIELDS), row.get("text")
        if not isinstance(text, str):
            raise bad_line(path, number, 'it has no "text"', _hint(_QUERY_FIELDS))
        if query in texts:
            raise bad_line(path, number, f'the id "{query}" stands on a line before', "Give each query its own id.")
        texts[query] = text
    return texts


def _look_at(corpus: Path, asked: Mapping[str, str]) -> tuple[set[str], str, set[str]]:
    """The ids in the corpus, a digest of all of it, and the ids that a paper and a query quoted from it both have."""
    ids: set[str] = set()
    alike: set[str] = set()
    digest = hashlib.sha256()
    for number, paper in _read_papers(corpus):
        if paper.id in ids:
            raise bad_line(
                corpus, number, f'the id "{paper.id}" stands on a line before', "Give each paper its own id."
            )
        ids.add(paper.id)
        digest.update(f"{paper.id}\n{paper.fingerprint}\n".encode())
        if (query := title_key(asked.get(paper.id, ""))) and query in title_key(f"{paper.title} {paper.abstract}"):
            alike.add(paper.id)
    if not ids:
        raise InputError(f'"{corpus}" holds no papers.', _hint(_PAPER_FIELDS))
    return ids, digest.hexdigest(), alike


def _read_papers(path: Path) -> Iterator[tuple[int, Paper]]:
    """(line number, paper): the text cleaned as an ingest cleans it, but nothing refused, matched or merged."""
    for number, row in read_records(path, _PAPER_FIELDS):
        if not _TEXTS & row.keys():
            raise bad_line(path, number, "it has neither a title nor a text", _hint(_PAPER_FIELDS))
        abstract = row.get("abstract")
        texts = {"title": row.get("title"), "abstract": row.get("text") if abstract is None else abstract}
        for name, text in texts.items():
            if not isinstance(text, str | None):
                raise bad_line(path, number, f'its {name} is no text: "{str(text)[:80]}"', _hint(_PAPER_FIELDS))
        authors, year = row.get("authors"), row.get("year")
        yield (
            number,
            Paper(
                id=_id(row, path, number, _PAPER_FIELDS),
                title=clean_text(texts["title"] or ""),
                abstract=clean_abstract(texts["abstract"] or ""),
                authors=tuple(clean_text(a) for a in authors if isinstance(a, str))
                if isinstance(authors, list)
                else (),
                year=year if type(year) is int and 1000 <= year <= 2999 else None,
                source="evaluation",
            ),
        )


def _hint(fields: str) -> str:
    return f"Each line is one JSON object with {fields}."


def _id(row: Mapping[str, Any], path: Path, number: int, fields: str) -> str:
    value = row.get("_id") if row.get("id") is None else row["id"]
    known = str(value) if isinstance(value, str) or type(value) is int else ""
    if not known:
        raise bad_line(path, number, "it has no id", _hint(fields))
    if known != known.encode("utf-8", "replace").decode("utf-8"):
        raise bad_line(path, number, "its id holds half a character", "Give it an id that can be written as UTF-8.")
    return known
