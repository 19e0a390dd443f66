"""Reading MEDLINE as PubMed saves it: its tags, its broken records, and what it must not be taken for."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper
from ingest.sources import nbib

NEWTS = "PMID- 1\nTI  - On Newts.\nAB  - Newts swim.\n\n"
TOADS = "PMID- 2\nTI  - On Toads.\nAB  - Toads walk.\n\n"
OLMS = "PMID- 3\nTI  - On Olms.\nAB  - Olms hide.\n\n"
FROGS = "PMID- 4\nTI  - On Frogs.\nSO  - Pond. 2023.\n\n"
WHOLE = """PMID- 12345678
OWN - NLM
STAT- MEDLINE
LR  - 20240203
IS  - 1234-5678 (Print)
DP  - 2023 May 1
TI  - On newts and on what they do at night in ponds that
      nobody visits.
LID - 10.1234/newt [doi]
AB  - BACKGROUND: Newts swim. RESULTS:
      They swim at night.
CI  - Copyright (c) 2023 The Pond.
FAU - Newt, Ada B
AU  - Newt AB
AD  - University of Ponds.
FAU - van der Olm, Bo
AU  - van der Olm B
CN  - Newt Society
LA  - eng
PT  - Journal Article
TA  - Lett Pond
JT  - Letters of the pond
MH  - Animals
MH  - *Newts/*physiology
MH  - Newts/genetics
OTO - NOTNLM
OT  - *night life
AID - S1234 [pii]
AID - 10.1234/newt [doi]
SO  - Lett Pond. 2023 May 1;5(1):1-9. doi: 10.1234/newt.

"""


def read(text: str) -> list[Paper | BadRecord]:
    return list(nbib.papers(io.StringIO(text, newline=""), "pond.nbib"))


def titles(text: str) -> list[str]:
    """The title of each paper, and for a bad record the line it is said to begin on."""
    return [r.title if isinstance(r, Paper) else f"line {r.line}" for r in read(text)]


def paper(*lines: str) -> Paper:
    """The paper of a record with these lines; title and abstract are given if they are not among them."""
    rest = [f"{tag}- {tag.strip()}" for tag in ("TI  ", "AB  ") if not any(line.startswith(tag) for line in lines)]
    [found] = read(
        "\n".join(["PMID- 1", *lines, *(r for r in rest if not r.startswith("AB") or "OAB - o" not in lines), ""])
    )
    assert isinstance(found, Paper), found
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n\n"])
def test_every_field(end: str, mark: str) -> None:
    """All fields of a record as PubMed saves it arrive in the paper, with any line ends."""
    assert read((mark + WHOLE).replace("\n", end)) == [
        Paper(
            id="10.1234/newt",
            title="On newts and on what they do at night in ponds that nobody visits",
            abstract="BACKGROUND: Newts swim. RESULTS: They swim at night.",
            authors=("Ada B Newt", "Bo van der Olm", "Newt Society"),
            year=2023,
            url="https://pubmed.ncbi.nlm.nih.gov/12345678/",
            doi="10.1234/newt",
            categories=("Animals", "Newts", "night life"),
            venue="Letters of the pond",
            published="2023-05-01",
            source="nbib",
            updated="2024-02-03",
        )
    ]


@pytest.mark.parametrize(
    ("date", "year", "published"),
    [
        ("2023 May 1", 2023, "2023-05-01"),
        ("2023 May 12", 2023, "2023-05-12"),
        ("2023 Dec", 2023, "2023-12"),
        ("2023 May-Jun", 2023, "2023-05"),
        ("2022 Dec-2023 Jan", 2022, "2022-12"),
        ("2023 Spring", 2023, None),
        ("2023", 2023, None),
        ("soon", None, None),
    ],
)
def test_dates(date: str, year: int | None, published: str | None) -> None:
    """A date as far as it is given; of a span its beginning."""
    found = paper(f"DP  - {date}")
    assert (found.year, found.published) == (year, published)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("On Newts.", "On Newts"),
        ("Why newts?", "Why newts?"),
        ("[On Newts].", "On Newts"),
        ("[On Newts.]", "On Newts"),
        ("On newts [and toads].", "On newts [and toads]"),
        ("And so on...", "And so on..."),
    ],
)
def test_titles(written: str, title: str) -> None:
    """The full stop and the brackets that MEDLINE puts around titles go; what belongs to the title stays."""
    assert paper(f"TI  - {written}").title == title


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["FAU - Newt, Ada", "AU  - Newt A"], ("Ada Newt",)),
        (["AU  - Newt AB", "AU  - van der Olm B", "AU  - Plato"], ("AB Newt", "B van der Olm", "Plato")),
        (["FAU - Plato"], ("Plato",)),
        (["CN  - Newt Society"], ("Newt Society",)),
    ],
)
def test_authors(lines: list[str], authors: tuple[str, ...]) -> None:
    """Full names before short ones, then institutions."""
    assert paper(*lines).authors == authors


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["A double-", "blind trial on COVID-", "19 newts"], "A double-blind trial on COVID-19 newts"),
        (["A placebo-", "controlled, well-", "fed newt"], "A placebo-controlled, well-fed newt"),
        (["Pre-", "and post-war, low-", "to high-grade ponds"], "Pre- and post-war, low- to high-grade ponds"),
        (["An end-", "to-end view of state-of-", "the-art ponds"], "An end-to-end view of state-of-the-art ponds"),
        (["Newts -", "the small ones -", "swim"], "Newts - the small ones - swim"),
        (["Newts swim", "at night", "in ponds"], "Newts swim at night in ponds"),
        (["Newts (1990-", "2000) and IL-", "6 of mi\u00ad", "ce"], "Newts (1990-2000) and IL-6 of mice"),
    ],
)
def test_words_at_line_ends(lines: list[str], text: str) -> None:
    """What PubMed breaks behind a hyphen has a hyphen of its own, in abstracts and titles."""
    wrapped = "\n      ".join(lines)
    assert paper(f"AB  - {wrapped}").abstract == text
    assert paper(f"TI  - {wrapped}").title == text


def test_second_choices() -> None:
    """The other abstract, the short name of the journal and the id of a preprint serve where there is nothing better."""
    found = paper("OAB - o", "TA  - Pond", "AID - arXiv:2301.00001v2 [pii]")
    assert (found.abstract, found.venue, found.id, found.version) == ("o", "Pond", "2301.00001", 2)
    assert paper("OAB - o", "AB  - a").abstract == "a"


def test_at_most_twenty_categories() -> None:
    """A record may have a hundred headings; the first twenty are kept."""
    found = paper(*[f"MH  - Newt {n}/physiology" for n in range(50)])
    assert found.categories == tuple(f"Newt {n}" for n in range(20))


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_bad_record_costs_no_other(place: int) -> None:
    """It is reported with its first line and all its text."""
    parts = [NEWTS, TOADS, OLMS]
    found = read("".join([*parts[:place], FROGS, *parts[place:]]))
    assert [r.title for r in found if isinstance(r, Paper)] == ["On Newts", "On Toads", "On Olms"]
    [bad] = [r for r in found if isinstance(r, BadRecord)]
    assert bad == BadRecord("pond.nbib", 4 * place + 1, "it has no abstract", FROGS.strip(), FROGS)


def test_where_records_begin() -> None:
    """A PMID begins a record without a blank line; a blank line within one ends none; a lost PMID costs no neighbour."""
    assert titles((NEWTS + TOADS).replace("\n\n", "\n")) == ["On Newts", "On Toads"]
    assert titles((NEWTS + TOADS).replace("\n", "\n\n")) == ["On Newts", "On Toads"]
    assert titles(NEWTS + TOADS.removeprefix("PMID- 2\n") + OLMS) == ["On Newts", "On Toads", "On Olms"]


def test_a_repaired_set_aside_file_gives_the_paper() -> None:
    """Bad records written one after the other and repaired are papers."""
    found = read(FROGS + NEWTS + "PMID- 5\nAB  - Efts walk.\n")
    broken = [r for r in found if isinstance(r, BadRecord)]
    aside = broken[0].opening + "".join(str(r.raw) for r in broken) + broken[0].closing
    repaired = aside.replace("SO  - Pond", "AB  - Frogs sing").replace("AB  - Efts", "TI  - On Efts.\nAB  - Efts")
    assert titles(repaired) == ["On Frogs", "On Efts"]


def test_a_giant_record_is_refused_and_let_go() -> None:
    """More than the longest record is never held; what follows is read."""
    giant = ["PMID- 9\n", *["      " + "x" * 900_000 + "\n"] * 5]
    bad, newts = nbib.papers([*giant, *NEWTS.splitlines(keepends=True)], "pond.nbib")
    assert isinstance(bad, BadRecord) and bad.raw is None and "4,000,000" in bad.reason and bad.line == 1
    assert isinstance(newts, Paper) and newts.title == "On Newts"


def test_a_million_lines_are_read_one_record_at_a_time() -> None:
    """Each paper is there when the next record begins, so nothing is held of a million lines."""
    given_out = 0

    def lines() -> Iterator[str]:
        nonlocal given_out
        for _ in range(250_000):
            for line in NEWTS.splitlines(keepends=True):
                given_out += 1
                yield line

    records = nbib.papers(lines(), "pond.nbib")
    for count in range(1, 500):
        assert isinstance(next(records), Paper)
        assert given_out == 4 * count + 1


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (NEWTS, True),
        (WHOLE.replace("\n", "\r\n"), True),
        ("\ufeff" + WHOLE, True),
        ("\nSaved from the pond\n\n" + WHOLE, True),
        (FROGS + NEWTS, True),
        ('{"title": "PMID- 1"}\n', False),
        ("PMID,title\n1,On Newts\n", False),
        ("<?xml version='1.0'?>\n<PMID>1</PMID>", False),
        ("@article{newt,\n  title = {On Newts}\n}\n", False),
        ("TY  - JOUR\nTI  - On Newts\nAB  - Newts swim.\nAN  - 1\nER  - \n", False),
        ("On Newts\n\nSee PMID- 1 for more. Newts swim at night. They sleep.\n", False),
        ("", False),
    ],
)
def test_recognise(head: str, sure: bool) -> None:
    """Sure of MEDLINE whatever precedes it, and silent on all else."""
    assert nbib.recognise(head) == (0.95 if sure else 0.0)


SNIPPETS = st.sampled_from(
    [
        NEWTS,
        TOADS,
        FROGS,
        "PMID- ",
        "PMID- 7\n",
        "TI  - ",
        "AB  - ",
        "FAU - a, b\n",
        "DP  - 2023 May",
        "LID - 10.1234/x [doi]\n",
    ]
    + ["LID -  [doi]\n", "MH  - /*\n", "      ", "LR  - 20231399\n", "\n", "\r\n", "\r", "AU  - ", "\ufeff", "[doi]"]
)


@given(st.lists(SNIPPETS | st.text(max_size=8), max_size=14).map("".join))
@settings(max_examples=200, deadline=None)
def test_no_text_stops_the_reading(text: str) -> None:
    """Whatever the text, there are papers and bad records, a bad one stands where it says, and nothing is raised."""
    lines = text.removeprefix("\ufeff").split("\n")
    for record in read(text):
        assert isinstance(record, Paper | BadRecord)
        if isinstance(record, BadRecord):
            assert str(record.raw).split("\n")[0] == lines[record.line - 1]
