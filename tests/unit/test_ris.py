"""Reading RIS: what each program makes of the format, what a broken record costs, and what our own export writes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper, record_of
from app.export import write_papers
from ingest.record import make_paper
from ingest.sources import ris

NEWTS = "TY  - JOUR\nTI  - On Newts\nAB  - Newts swim.\nER  - \n"
TOADS = "TY  - JOUR\nTI  - On Toads\nAB  - Toads walk.\nER  - \n"
OLMS = "TY  - JOUR\nTI  - On Olms\nAB  - Olms hide.\nER  - \n"
FROGS = "TY  - JOUR\nTI  - On Frogs\nER  - \n"


def read(text: str) -> list[Paper | BadRecord]:
    return list(ris.papers(io.StringIO(text, newline=""), "pond.ris"))


def titles(text: str) -> list[str]:
    """The title of each paper, and for a bad record the line it is said to begin on."""
    return [r.title if isinstance(r, Paper) else f"line {r.line}" for r in read(text)]


def paper(*lines: str) -> Paper:
    """The paper of a record with title, abstract and these lines."""
    [found] = read("\n".join(["TY  - JOUR", *lines, "TI  - On Newts", "AB  - Newts swim.", "ER  - ", ""]))
    assert isinstance(found, Paper), found
    return found


def test_words_at_line_ends() -> None:
    """A word that a pasted text breaks is mended as in every other format."""
    [found] = read("TY  - JOUR\nTI  - On repre-\n  sentation\nAB  - Self-\nattention in in-\n formation.\nER  - \n")
    assert isinstance(found, Paper)
    assert (found.title, found.abstract) == ("On representation", "Self-attention in information.")


ZOTERO = """TY  - JOUR
TI  - On Newts
AU  - Newt, Ada
AU  - van der Olm, Bo
T2  - Letters of the Pond
AB  - Newts swim.
DA  - 2023/05/01/
PY  - 2023
DO  - 10.1234/newt
VL  - 5
KW  - ponds
KW  - night
UR  - https://example.org/newt;v=1
ER  -
"""
MENDELEY = """TY  - JOUR
T1  - On Newts
A1  - Newt, Ada
A1  - van der Olm, Bo
Y1  - 2023/05/01/
N2  - Newts swim.
KW  - ponds
KW  - night
JF  - Letters of the Pond
JO  - Lett Pond
DO  - 10.1234/newt
UR  - https://example.org/newt;v=1
ER  -
"""
ENDNOTE = """TY  - JOUR
AU  - Newt, Ada
AU  - van der Olm, Bo
PY  - 2023
DA  - 2023/5/1
TI  - On Newts
JO  - Letters of the Pond
J2  - Lett Pond
AB  - Newts swim.
M3  - 10.1234/newt
KW  - ponds
night
UR  - https://example.org/newt;v=1
ID  - 17
ER  -


"""
ONE_SPACE = """TY - JOUR
T1 - On Newts
AU - Newt, Ada
AU - van der Olm, Bo
PY - 2023/05/01
AB - Newts
swim.
DO - 10.1234/newt
BT - Letters of the Pond
KW - ponds
KW - night
UR - https://example.org/newt;v=1
ER -
"""


@pytest.mark.parametrize(
    "text", [ZOTERO, MENDELEY, ENDNOTE, ONE_SPACE], ids=["zotero", "mendeley", "endnote", "one space"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "Provider: Pond\nDatabase: newts\n\n"], ids=["", "bom", "preamble"])
def test_what_programs_write(text: str, end: str, mark: str) -> None:
    """The same paper comes from every program's way to write it, with any line ends and anything on top."""
    assert read(mark + text.replace("\n", end)) == [
        Paper(
            id="10.1234/newt",
            title="On Newts",
            abstract="Newts swim.",
            authors=("Ada Newt", "Bo van der Olm"),
            year=2023,
            url="https://example.org/newt;v=1",
            doi="10.1234/newt",
            categories=("ponds", "night"),
            venue="Letters of the Pond",
            published="2023-05-01",
            source="ris",
        )
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("AU  - Newt, Ada", "Ada Newt"),
        ("AU  - Newt,Ada", "Ada Newt"),
        ("AU  - Newt, Ada, Jr.", "Ada Newt Jr."),
        ("A1  - Ada Newt", "Ada Newt"),
        ("AU  - Newt Society,", "Newt Society"),
        ("AU  - University of Ponds,, Lakeside", "University of Ponds, Lakeside"),
        ("A2  - Editor, Ed", "Ed Editor"),
    ],
)
def test_authors(line: str, name: str) -> None:
    """Persons and institutions; editors where there are no authors."""
    assert paper(line).authors == (name,)


@pytest.mark.parametrize(
    ("lines", "year", "published"),
    [
        (["DA  - 2023/05/01/"], 2023, "2023-05-01"),
        (["DA  - 2023/05//"], 2023, "2023-05"),
        (["DA  - 2023///"], 2023, "2023"),
        (["DA  - 2023-5-1"], 2023, "2023-05-01"),
        (["PY  - 2023//"], 2023, None),
        (["Y1  - 2023/05/01/spring"], 2023, "2023-05-01"),
        (["DA  - OCT 15", "PY  - 2023"], 2023, None),
        (["DA  - May 2023"], 2023, "May 2023"),
        (["DA  - 2023", "Y1  - 2023/05/01"], 2023, "2023-05-01"),
        (["PY  - soon"], None, None),
    ],
)
def test_dates(lines: list[str], year: int | None, published: str | None) -> None:
    """Dates of all shapes become a year and a date as far as it is given."""
    found = paper(*lines)
    assert (found.year, found.published) == (year, published)


@pytest.mark.parametrize(
    ("lines", "identifier", "version", "url"),
    [
        (["AN  - 2301.00001v3"], "2301.00001", 3, "https://arxiv.org/abs/2301.00001"),
        (["ID  - arXiv:2301.00001"], "2301.00001", None, "https://arxiv.org/abs/2301.00001"),
        (["UR  - http://arxiv.org/abs/2301.00001v2"], "2301.00001", 2, "http://arxiv.org/abs/2301.00001v2"),
        (["AN  - PMID: 123"], None, None, "https://pubmed.ncbi.nlm.nih.gov/123/"),
        (["DB  - PubMed", "AN  - 123"], None, None, "https://pubmed.ncbi.nlm.nih.gov/123/"),
        (["AN  - 123"], None, None, None),
        (["DI  - 10.1234/newt"], "10.1234/newt", None, "https://doi.org/10.1234/newt"),
        (["L2  - https://example.org/a", "UR  - file:///newt.pdf"], None, None, "https://example.org/a"),
    ],
)
def test_identifiers(lines: list[str], identifier: str | None, version: int | None, url: str | None) -> None:
    """arXiv ids, PubMed ids that are said to be such, DOIs and the first link of the web."""
    found = paper(*lines)
    assert (found.id if identifier else None, found.version, found.url) == (identifier, version, url)
    assert identifier or found.id.startswith("title:")


def test_lines_without_a_tag_go_on() -> None:
    """A value over several lines is joined, repeated abstracts too; what only looks like a tag is text."""
    text = "TY  - JOUR\nTI  - On\n  Newts\nAB  - Newts swim\nUS - based newts too.\n\nAI - is no tag\nAB  - Toads\nER  - \n"
    [found] = read(text)
    assert isinstance(found, Paper), found
    assert (found.title, found.abstract) == ("On Newts", "Newts swim US - based newts too. AI - is no tag Toads")


@pytest.mark.parametrize("cut", ["", "TY  - JOUR\n"])
def test_a_record_without_its_end_is_taken_if_whole(cut: str) -> None:
    """A new record or the end of the file ends a record; nothing is missed if it has title and abstract."""
    unended = NEWTS.replace("ER  - \n", "")
    assert titles(unended + TOADS) == ["On Newts", "On Toads"]
    assert titles(TOADS + unended) == ["On Toads", "On Newts"]
    assert titles(NEWTS.removeprefix("TY  - JOUR\n") + TOADS) == ["On Newts", "On Toads"]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_bad_record_costs_no_other(place: int) -> None:
    """It is reported with its first line and all its text."""
    parts = [NEWTS, TOADS, OLMS]
    found = read("".join([*parts[:place], FROGS, *parts[place:]]))
    assert [r.title for r in found if isinstance(r, Paper)] == ["On Newts", "On Toads", "On Olms"]
    [bad] = [r for r in found if isinstance(r, BadRecord)]
    assert bad == BadRecord("pond.ris", 4 * place + 1, "it has no abstract", FROGS.strip(), FROGS)


def test_a_cut_record_says_that_its_end_is_missing() -> None:
    """The reason of a record that is neither ended nor whole names both."""
    [bad, _] = read("TY  - JOUR\nTI  - On Frogs\n" + NEWTS)
    assert isinstance(bad, BadRecord)
    assert "no abstract" in bad.reason and "no end" in bad.reason


def test_a_repaired_set_aside_file_gives_the_paper() -> None:
    """Bad records written one after the other and repaired are papers."""
    found = read(FROGS + NEWTS + "TY  - JOUR\nAB  - Efts walk.\n" + TOADS)
    broken = [r for r in found if isinstance(r, BadRecord)]
    aside = broken[0].opening + "".join(str(r.raw) for r in broken) + broken[0].closing
    repaired = aside.replace("TI  - On Frogs", "TI  - On Frogs\nN2  - Frogs sing.").replace(
        "AB  - Efts", "TI  - E\nAB  - Efts"
    )
    assert titles(repaired) == ["On Frogs", "E"]


def test_a_giant_record_is_refused_and_let_go() -> None:
    """More than the longest record is never held, in one line or many; what follows is read."""
    line = "x" * 1_000_000
    in_one = ["TY  - JOUR\n", "AB  - ", *[line] * 6, "\n", "ER  - \n"]
    in_many = ["TY  - JOUR\n", *[f"AB  - {line}\n"] * 5, "ER  - \n"]
    for giant in (in_one, in_many):
        bad, newts = ris.papers([*giant, *NEWTS.splitlines(keepends=True)], "pond.ris")
        assert isinstance(bad, BadRecord) and bad.raw is None and "4,000,000" in bad.reason and bad.line == 1
        assert isinstance(newts, Paper) and newts.title == "On Newts"


def test_a_million_lines_are_read_one_record_at_a_time() -> None:
    """Each paper is there before the next record is read, so nothing is held of a million lines."""
    given_out = 0

    def lines() -> Iterator[str]:
        nonlocal given_out
        for _ in range(250_000):
            for line in NEWTS.splitlines(keepends=True):
                given_out += 1
                yield line

    records = ris.papers(lines(), "pond.ris")
    for count in range(1, 500):
        assert isinstance(next(records), Paper)
        assert given_out == 4 * count


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (NEWTS, True),
        (ONE_SPACE, True),
        ("\ufeff" + ZOTERO.replace("\n", "\r\n"), True),
        ("Provider: Pond\nDatabase: newts\nContent: text/plain\n\n" + NEWTS, True),
        (FROGS + NEWTS, True),
        ('{"title": "TY  - JOUR"}\n', False),
        ("title,abstract\nOn Newts,Newts swim.\n", False),
        ("<?xml version='1.0'?>\n<a/>", False),
        ("@article{newt,\n  title = {On Newts}\n}\n", False),
        ("PMID- 123\nOWN - NLM\nTI  - On Newts\nAB  - Newts swim.\n", False),
        ("On Newts\n\nWe write TY  - JOUR in a text. Newts swim at night. They sleep.\n", False),
        ("", False),
    ],
)
def test_recognise(head: str, sure: bool) -> None:
    """Sure of RIS whatever precedes it, and silent on all else."""
    assert ris.recognise(head) == (0.95 if sure else 0.0)


def exported(original: Paper) -> Paper:
    """The paper after it was written as RIS and read again."""
    stream = io.StringIO(newline="")
    write_papers("ris", [original], stream)
    [found] = read(stream.getvalue())
    assert isinstance(found, Paper), (found, stream.getvalue())
    return found


@pytest.mark.parametrize(
    "text", ["79% & $x_1$ {or} ~5 ^ C:\\ponds \"q\" ''q'' ölm 蠑螈 } ER  - TY  - JOUR", "AB  - ,;", "- ,, -"]
)
def test_what_export_writes_comes_back(text: str) -> None:
    """Every field comes back from our own export, whatever characters it holds."""
    original = make_paper(
        source="ris",
        identifier="2301.00001v3",
        title=f"On Newts {text}",
        abstract=f"{text} at night.",
        authors=["Ada Newt", "Olm, Bo", "Newt and Toad Society, Inc., Lakeside"],
        year=2023,
        published="2023-05-01",
        updated="2024-02-03",
        url="https://example.org/~newt_1?a=b%20c&d#e;f",
        doi="10.1234/A_b(c)%d<e>;2-#",
        categories=["cs.CL", "Newts, aquatic", text],
        venue=f"Pond {text}",
    )
    assert exported(original) == original


@given(st.text(st.sampled_from("aB {}\\%;.-,()[]é\n"), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_export(text: str) -> None:
    """Whatever text a paper holds, export and reading give the same paper."""
    original = make_paper(source="ris", title=f"T {text}", abstract=f"A {text} z", categories=[text], venue=text)
    assert record_of(exported(original)) == record_of(original)


SNIPPETS = st.sampled_from(
    [
        NEWTS,
        TOADS,
        FROGS,
        "TY  - ",
        "TY - JOUR\n",
        "ER  - ",
        "AB  - ",
        "TI  - ",
        "AU - a, b\n",
        "KW  - ",
        "UK  - x\n",
        "UR  - ",
    ]
    + ["DA  - 2023/", "  -", "\n", "\r\n", "\r", " ", "\ufeff", "2023/05/01/"]
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
