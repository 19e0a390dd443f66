"""Papers as files that other programs read, and that `askpapers ingest` reads back into the same library: every field
a person can see comes back as it was.

What a format has no place for stands where other programs pass it over: fields of their own in BibTeX, notes in RIS. In
CSV a cell that a spreadsheet would take for a formula (it begins with = + - @, and abstracts come from anybody) gets an
apostrophe in front, which reading takes away again.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from app.core.domain import Paper, record_of
from app.core.ports import PaperStore

_COLUMNS = (
    *("id", "title", "abstract", "authors", "year", "published", "updated", "version"),
    *("venue", "doi", "url", "categories", "flags"),
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
_DATE = re.compile(r"[12]\d\d\d(?:-[01]\d(?:-[0-3]\d)?)?")
# What a spreadsheet takes for the beginning of a formula, behind apostrophes of the text's own; see `guarded`.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
# What is no part of a name where names are read.
_CUT = re.compile(r"\bet\.?\s+al\b\.?$|\bothers$|\(\d+\)$", re.IGNORECASE)
_TWO_QUOTES = re.compile("(?<=')(?=')|(?<=`)(?=`)")


def in_order(store: PaperStore) -> Iterator[Paper]:
    """Every paper, those that say most of who they are first: so papers of one title find each other, or not, as they
    did before, and ids that tell them apart go to the same ones."""
    seen: set[int] = set()
    for rank in range(4):
        if rank and rank not in seen:
            continue
        for paper in store.papers():
            seen.add(own := _rank(paper.id))
            if own == rank:
                yield paper


def _rank(paper_id: str) -> int:
    if paper_id.startswith("title:"):
        return 2 if len(paper_id) == len("title:") + 16 else 3
    return 0 if _ARXIV.fullmatch(paper_id) else 1


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
    fields = {name: value for name, value in record_of(paper).items() if value and name != "source"}
    if any("," in name for name in paper.authors):
        # A plain "Newt, Ada" is read as "Ada Newt"; this is how CSL-JSON says that a name is whole.
        fields["authors"] = [{"literal": name} if "," in name else name for name in paper.authors]
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _bibtex(paper: Paper) -> str:
    arxiv = bool(_ARXIV.fullmatch(paper.id))
    dated = paper.year and _DATE.fullmatch(paper.published or "")
    fields = {
        "title": _tex(paper.title),
        "author": " and ".join(map(_tex_author, paper.authors)),
        "year": str(paper.year or ""),
        "date" if dated else "published": _tex(paper.published or ""),
        "journal": _tex(paper.venue or ""),
        "doi": _tex_address(paper.doi or ""),
        "eprint": _versioned(paper) if arxiv else "",
        "archiveprefix": "arXiv" if arxiv else "",
        "version": "" if arxiv else str(paper.version or ""),
        "paperid": "" if arxiv or (paper.id == paper.doi and not paper.venue) else _tex_address(paper.id),
        "url": _tex_address(paper.url or ""),
        "keywords": ", ".join(_tex_whole(name) if re.search("[,;]", name) else _tex(name) for name in paper.categories),
        "updated": paper.updated or "",
        "flags": "; ".join(paper.flags),
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


def _tex_address(text: str) -> str:
    """A DOI or a link: only what would end the field, or begin a command, is written otherwise."""
    return re.sub(r"[{}\\]", lambda sign: _TEX[sign[0]], text)


def _versioned(paper: Paper) -> str:
    return f"{paper.id}v{paper.version}" if paper.version else paper.id


def _ris(paper: Paper) -> str:
    arxiv = bool(_ARXIV.fullmatch(paper.id))
    dated = paper.year and _DATE.fullmatch(paper.published or "")
    several = re.search(r";https?://", paper.url or "", re.IGNORECASE)  # reads as links one after another
    lines = [
        ("TY", "JOUR" if paper.venue else "GEN"),
        ("TI", paper.title),
        *(("AU", _ris_author(a)) for a in paper.authors),
        ("PY", str(paper.year or "")),
        ("DA", paper.published or "" if dated else ""),
        ("JO", paper.venue or ""),
        ("DO", paper.doi or ""),
        ("AN", _versioned(paper) if arxiv else "" if paper.id == paper.doi else paper.id),
        ("N1" if several else "UR", f"Link: {paper.url}" if several else paper.url or ""),
        *(("KW", name) for name in paper.categories),
        ("N1", f"Published: {paper.published}" if paper.published and not dated else ""),
        ("N1", f"Version: {paper.version}" if paper.version and not arxiv else ""),
        ("N1", f"Updated: {paper.updated}" if paper.updated else ""),
        ("N1", f"Flags: {'; '.join(paper.flags)}" if paper.flags else ""),
        ("AB", paper.abstract),
    ]
    return "".join(f"{tag}  - {value}\n" for tag, value in lines if value) + "ER  - \n\n"


def _ris_author(name: str) -> str:
    """A name with a comma is kept in one piece by two commas; one would make what is before it the family name."""
    return name.replace(",", ",,") if ",," in name else name.replace(",", ",,", 1)


def _write_csv(papers: Iterable[Paper], stream: TextIO) -> int:
    table = csv.writer(stream)
    table.writerow(_COLUMNS)
    count = 0
    for count, paper in enumerate(papers, start=1):  # noqa: B007
        fields = record_of(paper)
        fields |= {name: _cell(fields[name]) for name in ("authors", "categories")}
        fields["flags"] = "; ".join(paper.flags)
        table.writerow(["" if fields[name] is None else guarded(str(fields[name])) for name in _COLUMNS])
    return count


def _cell(items: Sequence[str]) -> str:
    """Between semicolons, as people read it; as a JSON list where that would come apart in other places."""
    whole = all(re.fullmatch(r"[^;,|\[\]，、]+", item) and not _CUT.search(item) for item in items)
    if whole and (len(items) != 1 or _plain(items[0])):
        return "; ".join(items)
    return json.dumps(list(items), ensure_ascii=False)


def _plain(item: str) -> bool:
    """Whether one item alone is not taken for several: "cs.CL cs.LG", "Ada Newt and Bo Olm"."""
    return not re.search(r"\band\b|&", item, re.IGNORECASE) and (" " not in item or "." not in item)


def guarded(cell: str) -> str:
    """The cell, with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


_WRITERS: dict[str, Callable[[Paper], str]] = {"jsonl": _jsonl, "bibtex": _bibtex, "ris": _ris}
