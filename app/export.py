"""Papers as files that other programs read, and that `askpapers ingest` reads back into the same library."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from typing import TextIO
from urllib.parse import quote

from app.core.domain import Paper, record_of

_COLUMNS = (
    *("id", "title", "abstract", "authors", "year", "published", "updated", "version"),
    *("venue", "doi", "url", "categories"),
)
_ARXIV = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}")
# Characters that would start a command or end a field in BibTeX, where a brace counts after a backslash too.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
}
_TEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_TWO_QUOTES = re.compile("(?<=')(?=')|(?<=`)(?=`)")


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
        "author": " and ".join(map(_tex_author, paper.authors)),
        "year": str(paper.year or ""),
        "date": _tex(paper.published or ""),
        "journal": _tex(paper.venue or ""),
        "doi": _tex_doi(paper.doi or ""),
        "eprint": _versioned(paper) if _ARXIV.fullmatch(paper.id) else "",
        "archiveprefix": "arXiv" if _ARXIV.fullmatch(paper.id) else "",
        "url": re.sub(r"[{}\\]", lambda sign: quote(sign[0]), paper.url or ""),
        "keywords": ", ".join(_tex_whole(name) if re.search("[,;]", name) else _tex(name) for name in paper.categories),
        "updated": paper.updated or "",
        "abstract": _tex(paper.abstract),
    }
    kind = "article" if paper.venue else "misc"
    key = re.sub(r"[^A-Za-z0-9.:/-]", "", paper.id) or "paper"
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{body}}}\n\n"


def _tex(text: str) -> str:
    """The text as LaTeX writes it: what reads BibTeX takes two quotation marks for one sign, so `{}` parts them."""
    return "".join(_TEX.get(character, character) for character in _TWO_QUOTES.sub("\0", text)).replace("\0", "{}")


def _tex_whole(text: str) -> str:
    """The text in braces: what would part it elsewhere is part of it."""
    return f"{{{_tex(text)}}}"


def _tex_author(name: str) -> str:
    parted = re.search(r",|\band\b|^others$|^et al", name, re.IGNORECASE)
    return _tex_whole(name) if parted else _tex(name)


def _tex_doi(doi: str) -> str:
    """The DOI; as a link if it holds what BibTeX would read as its own."""
    return f"https://doi.org/{quote(doi)}" if re.search(r"[{}\\]", doi) else doi


def _versioned(paper: Paper) -> str:
    return f"{paper.id}v{paper.version}" if paper.version else paper.id


def _ris(paper: Paper) -> str:
    lines = [
        ("TY", "JOUR" if paper.venue else "GEN"),
        ("TI", paper.title),
        *(("AU", _ris_author(a)) for a in paper.authors),
    ]
    lines += [("PY", str(paper.year or "")), ("DA", paper.published or ""), ("JO", paper.venue or "")]
    lines += [("DO", paper.doi or ""), ("AN", _versioned(paper) if _ARXIV.fullmatch(paper.id) else "")]
    lines += [("UR", paper.url or ""), *(("KW", name) for name in paper.categories)]
    # RIS has no tag for the day of the last change.
    lines += [("N1", f"Updated: {paper.updated}" if paper.updated else ""), ("AB", paper.abstract)]
    return "".join(f"{tag}  - {value}\n" for tag, value in lines if value) + "ER  - \n\n"


def _ris_author(name: str) -> str:
    """A name with a comma is kept in one piece by two commas; one would make what is before it the family name."""
    return name.replace(",", ",,", 1)


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
