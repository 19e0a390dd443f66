"""The JSON objects of the services people export from, in their recorded shapes with invented contents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.sources import choose_source, json_document, jsonl
from ingest.sources.json_record import words_of_index

S2 = {
    "paperId": "a" * 40,
    "externalIds": {"ArXiv": "2101.00001", "DOI": "10.1234/NEWT", "CorpusId": 5, "PubMed": "7"},
    "url": "https://www.semanticscholar.org/paper/aaaa",
    "title": "On Newts",
    "abstract": "Newts swim.",
    "venue": "",
    "publicationVenue": {"id": "x", "name": "Pond Letters", "type": "journal"},
    "year": 2021,
    "fieldsOfStudy": None,
    "s2FieldsOfStudy": [
        {"category": "Biology", "source": "s2-fos-model"},
        {"category": "Biology", "source": "external"},
    ],
    "publicationDate": "2021-01-02",
    "journal": {"name": "Other", "volume": "5"},
    "authors": [{"authorId": "1", "name": "Ada Newt"}, {"authorId": None, "name": "Bo Olm"}],
    "tldr": {"model": "tldr@v2", "text": "They swim."},
}
OPENALEX = {
    "id": "https://openalex.org/W1",
    "doi": "https://doi.org/10.1234/toad",
    "title": "On Toads",
    "display_name": "On Toads",
    "publication_year": 2020,
    "publication_date": "2020-05-06",
    "ids": {"openalex": "https://openalex.org/W1", "doi": "https://doi.org/10.1234/toad"},
    "primary_location": {
        "landing_page_url": "https://example.org/toads",
        "source": {"id": "https://openalex.org/S1", "display_name": "Journal of Ponds"},
    },
    "locations": [
        {"landing_page_url": "https://example.org/toads"},
        {"landing_page_url": "https://arxiv.org/abs/2005.00001"},
    ],
    "authorships": [
        {"author_position": "first", "author": {"id": "https://openalex.org/A1", "display_name": "Cy Eft"}},
        {"author_position": "last", "author": {"id": None, "display_name": None}},
    ],
    "topics": [{"id": "T1", "display_name": "Amphibian walks"}],
    "abstract_inverted_index": {"Toads": [0, 3], "walk.": [1], "Old": [2], "sleep.": [4]},
    "updated_date": "2026-01-01",
}
PUBMED = {
    "uid": "31234567",
    "pubdate": "2019 May 3",
    "source": "J Ponds",
    "fulljournalname": "Journal of ponds",
    "title": "On Olms.",
    "authors": [{"name": "Olm B", "authtype": "Author"}],
    "elocationid": "doi: 10.1234/olm",
    "articleids": [{"idtype": "pubmed", "value": "31234567"}, {"idtype": "doi", "value": "10.1234/olm"}],
}
CROSSREF = {
    "DOI": "10.1234/EFT",
    "URL": "https://doi.org/10.1234/EFT",
    "title": ["On Efts"],
    "container-title": ["Pond Letters"],
    "abstract": "<jats:p>Efts wait.</jats:p>",
    "author": [{"given": "Ada", "family": "Newt", "sequence": "first"}, {"name": "The Pond Group"}],
    "issued": {"date-parts": [[2018, 3]]},
    "subject": ["Zoology"],
}
ZOTERO = {
    "id": "http://zotero.org/users/1/items/X",
    "type": "article-journal",
    "title": "On Frogs",
    "container-title": "Pond Letters",
    "abstract": "Frogs jump.",
    "DOI": "10.1234/frog",
    "author": [{"family": "Newt", "given": "Ada"}],
    "issued": {"date-parts": [["2017", 11, 5]]},
}
DAILY = {
    "paper": {
        "id": "2501.00002",
        "title": "On Tadpoles",
        "summary": "Tadpoles grow.",
        "authors": [{"_id": "1", "name": "Ada Newt", "hidden": False}],
        "publishedAt": "2025-01-01T05:00:00.000Z",
        "upvotes": 3,
    },
    "publishedAt": "2025-01-02T05:00:00.000Z",
    "title": "On Tadpoles",
    "thumbnail": "x",
}


def one(value: Any) -> Paper:
    [found] = list(jsonl.papers([json.dumps(value)], "f"))
    assert isinstance(found, Paper), found
    return found


def test_semantic_scholar() -> None:
    """Ids, authors, venue and fields of a Semantic Scholar paper arrive."""
    paper = one(S2)
    assert (paper.id, paper.doi, paper.title, paper.abstract) == (
        "2101.00001",
        "10.1234/newt",
        "On Newts",
        "Newts swim.",
    )
    assert (paper.authors, paper.year, paper.published) == (("Ada Newt", "Bo Olm"), 2021, "2021-01-02")
    assert (paper.venue, paper.categories) == ("Pond Letters", ("Biology",))


def test_openalex() -> None:
    """The abstract is put together from the inverted index; the arXiv link among the places makes the id."""
    paper = one(OPENALEX)
    assert paper.abstract == "Toads walk. Old Toads sleep."
    assert (paper.id, paper.doi, paper.venue) == ("2005.00001", "10.1234/toad", "Journal of Ponds")
    assert (paper.authors, paper.year, paper.published) == (("Cy Eft",), 2020, "2020-05-06")
    assert (paper.categories, paper.updated, paper.url) == (("Amphibian walks",), None, "https://example.org/toads")


@pytest.mark.parametrize("index", [{"x": [10**15]}, {"x": "0"}, {"x": None}, {"x": [None, "1", 2.5]}, [], "text", {}])
def test_strange_inverted_indexes(index: Any) -> None:
    """Neither a giant position nor a wrong type costs memory or raises."""
    assert (words_of_index(index) or "") in ("", "x")


def test_pubmed_summaries() -> None:
    """They carry no abstract, which is said with the way out; one that does carry it is read."""
    [bad] = list(jsonl.papers([json.dumps(PUBMED)], "f"))
    assert isinstance(bad, BadRecord) and "MEDLINE" in bad.reason
    paper = one(PUBMED | {"abstract": "Olms hide."})
    assert (paper.id, paper.year, paper.venue) == ("10.1234/olm", 2019, "Journal of ponds")
    assert paper.url == "https://pubmed.ncbi.nlm.nih.gov/31234567/"


def test_crossref_and_zotero() -> None:
    """Lists of one and plain text, dates in parts and people in parts."""
    paper = one(CROSSREF)
    assert (paper.id, paper.title, paper.venue, paper.published) == (
        "10.1234/eft",
        "On Efts",
        "Pond Letters",
        "2018-03",
    )
    assert paper.authors == ("Ada Newt", "The Pond Group")
    assert "jats" not in paper.abstract
    paper = one(ZOTERO)
    assert (paper.id, paper.year, paper.published) == ("10.1234/frog", 2017, "2017-11-05")


def test_the_daily_papers_of_the_hub() -> None:
    """The paper inside is read."""
    paper = one(DAILY)
    assert (paper.id, paper.abstract, paper.authors) == ("2501.00002", "Tadpoles grow.", ("Ada Newt",))


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize(
    ("wrap", "record"),
    [
        (lambda r: [r, {**r, "title": "Another"}], ZOTERO),
        (lambda r: {"total": 2, "offset": 0, "next": 2, "data": [r, {**r, "title": "Another"}]}, S2),
        (
            lambda r: {"meta": {"count": 2, "page": 1}, "results": [r, {**r, "title": "Another"}], "group_by": []},
            OPENALEX,
        ),
        (
            lambda r: {"status": "ok", "message": {"items": [r, {**r, "title": ["Another"]}], "total-results": 2}},
            CROSSREF,
        ),
        (
            lambda r: {
                "header": {"type": "esummary"},
                "result": {"uids": ["1", "2"], "1": {**r, "abstract": "x y"}, "2": {**r, "abstract": "x y"}},
            },
            PUBMED,
        ),
    ],
)
def test_answers_of_services(wrap: Any, record: Any, indent: int | None) -> None:
    """The array or the objects in the answer of a service are its records, however it is written."""
    text = json.dumps(wrap(record), indent=indent)
    assert choose_source(text, "answer").name == "json"
    found = list(json_document.papers(text.splitlines(keepends=True), "f"))
    assert [type(item) for item in found] == [Paper, Paper], found


def test_a_single_paper() -> None:
    """One object over several lines is one paper."""
    text = json.dumps(ZOTERO, indent=1)
    assert choose_source(text, "f").name == "json"
    assert len(list(json_document.papers(text.splitlines(keepends=True), "f"))) == 1


def test_a_document_that_breaks_off() -> None:
    """An array without its end is said, with the line."""
    text = json.dumps([ZOTERO, ZOTERO], indent=1).rstrip("]\n ")
    found = list(json_document.papers(text.splitlines(keepends=True), "f"))
    assert isinstance(found[-1], BadRecord) and "breaks off" in found[-1].reason


def test_a_document_without_papers() -> None:
    """It is said, or in no format we know."""
    text = json.dumps([{"name": "x"}, {"name": "y"}], indent=1)
    [bad] = list(json_document.papers(text.splitlines(keepends=True), "f"))
    assert isinstance(bad, BadRecord) and "no object with a title" in bad.reason
    with pytest.raises(InputError):
        choose_source(text, "f")
