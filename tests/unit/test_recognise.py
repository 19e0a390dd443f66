"""Which format a text is taken for: all formats against each other, and what is none of them."""

from __future__ import annotations

import json

import pytest

from app.core.errors import InputError
from ingest.sources import SOURCES, choose_source

NEWTS = {"title": "On Newts", "abstract": "Newts swim at night."}
LONG = "We count newts in nine ponds by ear for a year and compare the counts with those of frogs. "
BIB = "@article{newt,\n  title = {On Newts},\n  abstract = {Newts swim.}\n}\n"
RIS = "TY  - JOUR\nTI  - On Newts\nAB  - Newts swim.\nER  - \n"
NBIB = "PMID- 1\nOWN - NLM\nTI  - On Newts.\nAB  - Newts swim.\n"
PUBMED = "<PubmedArticleSet><PubmedArticle></PubmedArticle></PubmedArticleSet>"
DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.example/p.dtd">\n'
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id><entry></entry></feed>'

TEXTS = [
    ("jsonl", json.dumps(NEWTS) + "\n"),
    ("jsonl", "\n\n" + json.dumps(NEWTS) + "\n" + json.dumps(NEWTS) + "\n"),
    ("jsonl", json.dumps({"id": "0704.0001", "authors_parsed": [["Newt", "Ada", ""]], **NEWTS}) + "\n"),
    ("jsonl", json.dumps({"paperId": "x", "externalIds": {"ArXiv": "2101.00001"}, **NEWTS}) + "\n"),
    ("jsonl", json.dumps({"display_name": "On Newts", "abstract_inverted_index": {"Newts": [0]}}) + "\n"),
    ("jsonl", json.dumps({"title": BIB, "abstract": RIS + NBIB}) + "\n"),
    ("json", json.dumps([NEWTS, NEWTS])),
    ("json", json.dumps([NEWTS, NEWTS], indent=2)),
    ("json", json.dumps(NEWTS, indent=1)),
    ("json", json.dumps({"total": 1, "offset": 0, "data": [NEWTS]})),
    ("json", json.dumps({"meta": {"count": 1}, "results": [{"display_name": "x", "abstract_inverted_index": {}}]})),
    ("json", json.dumps({"header": {}, "result": {"uids": ["1"], "1": {"uid": "1", "title": "On Newts"}}})),
    ("json", json.dumps([{"title": PUBMED, "abstract": "x"}], indent=2)),
    ("bibtex", BIB),
    ("bibtex", "% Newts, collected by Ada\nSee the reader's notes.\n\n@comment{jabref-meta: x;}\n@string{p = {Pond}}\n" + BIB),
    ("bibtex", "\ufeff\r\n" + BIB.replace("\n", "\r\n")),
    ("bibtex", BIB.replace("Newts swim.", "Newts swim. TY  - JOUR " + "title,abstract")),
    ("ris", RIS),
    ("ris", "\ufeff" + RIS),
    ("ris", "Provider: Pond\nContent: text/plain; charset=utf-8\n\n" + RIS),
    ("nbib", "\n" + NBIB),
    ("nbib", "\ufeff" + NBIB.replace("\n", "\r\n")),
    ("wos", "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Newt, A\nTI On Newts\nAB Newts swim.\nER\n\nEF"),
    ("pubmed-xml", f'<?xml version="1.0" ?>\n{DOCTYPE}{PUBMED}'),
    ("pubmed-xml", "\ufeff" + PUBMED),
    ("pubmed-xml", "<PubmedArticle><MedlineCitation></MedlineCitation></PubmedArticle>"),
    ("pubmed-xml", '<MedlineCitationSet>\n<MedlineCitation Owner="NLM"></MedlineCitation></MedlineCitationSet>'),
    ("pubmed-xml", "<!-- saved by Ada -->\n<PubmedArticleSet>\n<PubmedBookArticle></PubmedBookArticle></PubmedArticleSet>"),
    ("arxiv-atom", f'<?xml version="1.0" encoding="UTF-8"?>\n{ATOM}'),
    ("arxiv-atom", ATOM.replace("<feed xmlns", "<a:feed xmlns:a").replace("</feed", "</a:feed")),
    ("csv", "title,abstract\nOn Newts,Newts swim.\n"),
    ("csv", "\ufeff" + '"Title";"Abstract";"Year"\r\n"On Newts";"Newts swim.";2020\r\n'),
    ("csv", "Title\tAbstract\tDOI\nOn Newts\tNewts swim.\t10.1234/x\n"),
    ("csv", "Authors,Title,Year,Abstract\nNewt,@article{On Newts,2020,Newts swim.\n"),
    ("page", f"Upvote\n42\n\nOn the Newts of the North\n\n{LONG * 3}\n\nOn the Toads of the South\n\n{LONG * 3}\n"),
    ("page", f"On the Newts of the North\n\nWe write <PubmedArticle> and TY  - JOUR and @article. {LONG * 3}\n"),
]  # fmt: skip

NONE = [
    ("<!DOCTYPE html>\n<html><head><title>Papers</title></head><body><p>On Newts</p></body></html>", "web page"),
    ("<html>\n<body>" + LONG * 20, "web page"),
    ("\ufeff\n<HTML lang=en>", "web page"),
    ('<?xml version="1.0"?><rss version="2.0"><channel><item><title>On Newts</title></item></channel></rss>', "<rss>"),
    (f'<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{LONG}</title></entry></feed>', "<feed>"),
    ('<?xml version="1.0"?>\n<!-- newts -->\n<tei:TEI xmlns:tei="x"><tei:p>x</tei:p></tei:TEI>', "<tei:TEI>"),
    ("%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "a PDF"),
    ("", "is empty"),
    (" \n\t\n", "is empty"),
    ("\ufeff", "is empty"),
    ("newts\n", "no format we know"),
    ("a,b,c\n1,2,3\n", "its columns are a, b, c"),
    ("a,b,c\n1,2\n", "no format we know"),
    ("[1, 2, 3]", "no format we know"),
    ("\x00\x01\x02\x03" * 100, "no format we know"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "head"), TEXTS)
def test_each_text_is_taken_for_its_format(expected: str, head: str) -> None:
    """Whatever stands before the records or is quoted in them, the format is the one that the text is in."""
    assert choose_source(head, "f").name == expected


@pytest.mark.parametrize(("expected", "head"), TEXTS)
def test_a_head_that_ends_anywhere(expected: str, head: str) -> None:
    """Cut in the middle, a text is still taken for its format or for none, but for no other."""
    for source in SOURCES:
        if source.name != expected and source.name != "page" and {source.name, expected} != {"json", "jsonl"}:
            assert all(source.recognise(head[:end]) < 0.3 for end in range(0, len(head), 7)), source.name


@pytest.mark.parametrize(("head", "words"), NONE)
def test_what_is_no_format_of_ours(head: str, words: str) -> None:
    """It is refused by what it is, with what to do instead; a web page saved by accident is called one."""
    with pytest.raises(InputError, match=words) as error:
        choose_source(head, "f")
    assert '"f"' in str(error.value) and error.value.hint


def test_a_source_that_is_not_there() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(InputError, match="xml2") as error:
        choose_source("x", "f", "xml2")
    assert all(source.name in error.value.hint for source in SOURCES)
