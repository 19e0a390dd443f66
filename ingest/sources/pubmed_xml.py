"""PubMed XML: what efetch answers, "Save as XML" once saved, and the yearly baseline files hold; books' chapters too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id
from ingest.record import RecordError, make_paper
from ingest.sources.pubmed_facts import MOST_CATEGORIES, day_of, page_of, title_of
from ingest.sources.xml_records import Kind, XmlCutter, bad_record, parsed, words

name = "pubmed-xml"
extension = ".xml"

_KIND = Kind(
    records=("PubmedArticle", "PubmedBookArticle"),
    roots=("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet"),
    inner=("MedlineCitation", "BookDocument"),
)
_RECOGNISED = re.compile(
    r"<(?:[\w.-]{1,60}:)?(?:Pubmed(?:Book)?Article(?:Set)?|MedlineCitation(?:Set)?|BookDocument)[\s/>]"
)
# What the National Library of Medicine writes where a part of an abstract has no name.
_NO_LABEL = {"unlabelled", "unlabeled", "unassigned"}


def recognise(head: str) -> float:
    """Sure of XML with the names of PubMed's elements."""
    return 0.95 if head.lstrip("\ufeff \t\r\n")[:1] == "<" and _RECOGNISED.search(head) else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    cutter = XmlCutter(pieces, _KIND)
    root, read, bad = "", 0, 0
    for cut in cutter.cuts():
        root, read = root or cutter.root(), read + 1
        try:
            yield _paper(parsed(cut, root))
        except RecordError as error:
            bad += 1
            yield bad_record(where, cut, error, root)
    if cutter.unclosed and not bad:
        yield BadRecord(where, cutter.line, cutter.unclosed)
    elif not read and not cutter.empty:
        yield BadRecord(where, 0, "no <PubmedArticle> was found in it")


def _paper(record: Any) -> Paper:
    citation = record if record.tag in _KIND.inner else _first(record, *_KIND.inner)
    if citation is None:
        raise RecordError("it has no <MedlineCitation>")
    article = _first(citation, "Article") if citation.tag == "MedlineCitation" else citation
    if article is None:
        raise RecordError("it has no <Article>")
    journal, book = article.find("Journal"), article.find("Book")
    number = words(citation.find("PMID"))
    year, published = _published(article, journal, book)
    ids = _ids(record, article)
    return make_paper(
        source=name,
        identifier=next((value for _, value in ids if arxiv_id(value)), None),
        title=_title(article, book),
        abstract=_abstract(article) or _abstract(citation, "OtherAbstract"),
        authors=_authors(article, book),
        year=year,
        published=published,
        updated=_date(citation.find("DateRevised"), "-"),
        url=page_of(number),
        doi=next((value for kind, value in ids if kind == "doi"), None),
        categories=_categories(citation),
        venue=_text(journal, "Title", "ISOAbbreviation") or _text(book, "BookTitle"),
    )


def _first(element: Any, *tags: str) -> Any:
    """The first child of one of these names."""
    found = (element.find(tag) for tag in tags) if element is not None else ()
    return next((child for child in found if child is not None), None)


def _text(element: Any, *tags: str) -> str:
    found = (words(element.find(tag)).strip() for tag in tags) if element is not None else ()
    return next((text for text in found if text), "")


def _title(article: Any, book: Any) -> str:
    title = title_of(_text(article, "ArticleTitle"))
    if not title or title.lower() == "not available":
        title = title_of(_text(article, "VernacularTitle")) or title_of(_text(book, "BookTitle"))
    return title


def _abstract(element: Any, tag: str = "Abstract") -> str:
    """The first abstract, its parts after their labels."""
    for abstract in element.iterfind(tag):
        parts = []
        for part in abstract.iterfind("AbstractText"):
            text, label = words(part).strip(), part.get("Label", "").strip().rstrip(":")
            if text:
                parts.append(text if not label or label.lower() in _NO_LABEL else f"{label}: {text}")
        if parts:
            return " ".join(parts)
    return ""


def _authors(article: Any, book: Any) -> list[str]:
    """People in order, then groups, as the other formats of PubMed have them."""
    lists = [found for found in article.iterfind("AuthorList") if found.get("Type", "authors") == "authors"]
    if not lists and book is not None:
        lists = list(book.iterfind("AuthorList"))
    people, groups = [], []
    for author in (author for found in lists for author in found.iterfind("Author")):
        if author.get("ValidYN") == "N":  # an earlier spelling of a name
            continue
        given = _text(author, "ForeName", "FirstName", "Initials")
        parts = [given, _text(author, "LastName"), _text(author, "Suffix")]
        if person := " ".join(part for part in parts if part):
            people.append(person)
        elif group := _text(author, "CollectiveName"):
            groups.append(group)
    return people + groups


def _published(article: Any, journal: Any, book: Any) -> tuple[int | None, str | None]:
    issue = journal.find("JournalIssue") if journal is not None else None
    for place, tag in ((issue, "PubDate"), (article, "ArticleDate"), (article, "ContributionDate"), (book, "PubDate")):
        date = place.find(tag) if place is not None else None
        year, published = day_of(_date(date, " ") or _text(date, "MedlineDate"))
        if year:
            return year, published
    return None, None


def _date(date: Any, between: str) -> str:
    """Year, month and day as far as they are given."""
    parts = []
    for tag in ("Year", "Month", "Day"):
        text = _text(date, tag)
        if not text:
            break
        parts.append(text.zfill(2))
    return between.join(parts)


def _ids(record: Any, article: Any) -> list[tuple[str, str]]:
    """(kind, id) of the record itself: the ids of the papers that it cites stand deeper."""
    found = [
        (e.get("EIdType", ""), words(e).strip()) for e in article.iterfind("ELocationID") if e.get("ValidYN") != "N"
    ]
    for holder in (record.find("PubmedData"), record.find("PubmedBookData"), article):
        ids = holder.find("ArticleIdList") if holder is not None else None
        found += [(e.get("IdType", ""), words(e).strip()) for e in (ids if ids is not None else ())]
    return found


def _categories(citation: Any) -> list[str]:
    """Subject headings, then the authors' own keywords."""
    headings = citation.find("MeshHeadingList")
    found = [_text(heading, "DescriptorName") for heading in (headings if headings is not None else ())]
    found += [words(keyword).strip() for keywords in citation.iterfind("KeywordList") for keyword in keywords]
    return [text for text in dict.fromkeys(found) if text][:MOST_CATEGORIES]
