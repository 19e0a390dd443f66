"""Papers as files that other programs read, and that `askpapers ingest` reads back into the same library."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from typing import TextIO

from app.core.domain import Paper, record_of

_COLUMNS = (
    *("id", "title", "abstract", "authors", "year", "published", "updated", "version"),
    *("venue", "doi", "url", "categories"),
)
_ARXIV = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}")
# Characters that would start a command or end a field in BibTeX.
_TEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_"}
_TEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def write_papers(format_name: str, papers: Iterable[Paper], stream: TextIO) -> int:
    """Write papers to a stream opened without newline translation, one after the other; how many.
    `format_name` is jsonl, bibtex, ris or csv."""
    if format_name == "csv":
        return _write_csv(papers, stream)
    one = _WRITERS[format_name]
    count = 0
    for paper in papers:
        stream.write(one(paper))
        count += 1
    return count


def _jsonl(paper: Paper) -> str:
    fields = {name: value for name, value in record_of(paper).items() if value and name not in {"source", "flags"}}
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _bibtex(paper: Paper) -> str:
    fields = {
        "title": _tex(paper.title),
        "author": " and ".join(_tex(author) for author in paper.authors),
        "year": str(paper.year or ""),
        "date": paper.published or "",
        "journal": _tex(paper.venue or ""),
        "doi": paper.doi or "",
        "eprint": _versioned(paper) if _ARXIV.fullmatch(paper.id) else "",
        "archiveprefix": "arXiv" if _ARXIV.fullmatch(paper.id) else "",
        "url": (paper.url or "").replace("{", "%7B").replace("}", "%7D"),
        "keywords": _tex(", ".join(paper.categories)),
        "updated": paper.updated or "",
        "abstract": _tex(paper.abstract),
    }
    kind = "article" if paper.venue else "misc"
    key = re.sub(r"[^A-Za-z0-9.:/-]", "", paper.id)
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{body}}}\n\n"


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _versioned(paper: Paper) -> str:
    return f"{paper.id}v{paper.version}" if paper.version else paper.id


def _ris(paper: Paper) -> str:
    lines = [("TY", "JOUR" if paper.venue else "GEN"), ("TI", paper.title), *(("AU", a) for a in paper.authors)]
    lines += [("PY", str(paper.year or "")), ("DA", paper.published or ""), ("JO", paper.venue or "")]
    lines += [("DO", paper.doi or ""), ("AN", _versioned(paper) if _ARXIV.fullmatch(paper.id) else "")]
    lines += [("UR", paper.url or ""), *(("KW", name) for name in paper.categories), ("AB", paper.abstract)]
    return "".join(f"{tag}  - {value}\n" for tag, value in lines if value) + "ER  - \n\n"


def _write_csv(papers: Iterable[Paper], stream: TextIO) -> int:
    table = csv.writer(stream)
    table.writerow(_COLUMNS)
    count = 0
    for count, paper in enumerate(papers, start=1):  # noqa: B007
        fields = record_of(paper)
        fields |= {"authors": "; ".join(paper.authors), "categories": "; ".join(paper.categories)}
        table.writerow(["" if fields[name] is None else fields[name] for name in _COLUMNS])
    return count


_WRITERS: dict[str, Callable[[Paper], str]] = {"jsonl": _jsonl, "bibtex": _bibtex, "ris": _ris}
