"""Web of Science's tagged files: every field, and what is wrong with a record."""

from __future__ import annotations

import pytest

from app.core.domain import BadRecord, Paper
from ingest.sources import choose_source, wos

HEAD = "FN Clarivate Analytics Web of Science\nVR 1.0\n"
RECORD = """PT J
AU Newt, A
   van der Olm, B
AF Newt, Ada
   van der Olm, Bo
CA Pond Society
TI A field tagged
   title
SO POND LETTERS
LA English
DE newts; olms
ID OLMS; Ponds; newts
AB Newts swim at night.
   They hide by day.
PD MAY 12
PY 2020
DI 10.1234/Newt
UT WOS:000000000000001
PM 1234567
ER
"""


def read(text: str) -> list[Paper | BadRecord]:
    return list(wos.papers(text.splitlines(keepends=True), "f"))


@pytest.mark.parametrize("text", [f"{HEAD}{RECORD}\nEF", f"\ufeff{HEAD}{RECORD}", RECORD, RECORD.replace("\n", "\r\n")])
def test_every_field(text: str) -> None:
    """One record is a file of this format, not a page, and its fields arrive."""
    assert choose_source(text.removeprefix("\ufeff"), "f").name == "wos"
    assert read(text) == [
        Paper(
            id="10.1234/newt",
            title="A field tagged title",
            abstract="Newts swim at night. They hide by day.",
            authors=("Ada Newt", "Bo van der Olm", "Pond Society"),
            year=2020,
            url="https://pubmed.ncbi.nlm.nih.gov/1234567/",
            doi="10.1234/newt",
            categories=("newts", "olms", "OLMS", "Ponds"),
            venue="POND LETTERS",
            published="2020-05-12",
            source="wos",
        )
    ]


def test_little_is_enough() -> None:
    """Short names where there are no full ones; a year alone; nothing but title and abstract."""
    [paper] = read("PT J\nAU Newt, A\n   Olm, B\nTI On Newts\nAB Newts swim.\nPY 2020\nER\n")
    assert isinstance(paper, Paper) and (paper.authors, paper.year) == (("A Newt", "B Olm"), 2020)
    [paper] = read("PT J\nTI On Newts\nAB Newts swim.\nPD WIN\nER\n")
    assert isinstance(paper, Paper) and paper.year is None


def test_what_is_wrong() -> None:
    """A record without abstract, one without its end, one without its first line: each costs no other."""
    text = (
        HEAD
        + RECORD.replace("AB ", "XX ")
        + "\n"
        + RECORD.removeprefix("PT J\n")
        + RECORD.replace("ER\n", "")
        + "PT J\n"
    )
    bad, headless, cut, rest = read(text)
    assert isinstance(bad, BadRecord) and (bad.line, bad.reason) == (3, "it has no abstract")
    assert bad.raw == RECORD.replace("AB ", "XX ")
    assert isinstance(headless, Paper) and isinstance(cut, Paper) and isinstance(rest, BadRecord)
    [bad] = read("PT J\nTI On Newts\n")
    assert isinstance(bad, BadRecord) and bad.reason.endswith('the record has no end ("ER")')


def test_tags_within_the_text() -> None:
    """Lines that go on begin with spaces, so that an abstract may speak of anything."""
    [paper] = read("PT J\nTI On Newts\nAB We read\n   TI as titanium and\n   ER as a receptor.\nER\n")
    assert isinstance(paper, Paper) and paper.abstract == "We read TI as titanium and ER as a receptor."


def test_words_at_line_ends() -> None:
    """A line that ends behind a hyphen ends within a compound."""
    [found] = read(RECORD.replace("TI ", "TI A placebo-\n   controlled\n   study. ", 1))
    assert isinstance(found, Paper)
    assert found.title.startswith("A placebo-controlled study.")
