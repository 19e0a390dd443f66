"""Reading PubMed XML: its fields, its broken records, and what an XML file may try to do to its reader."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper
from ingest.sources import nbib, pubmed_xml

HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"http://127.0.0.1:9/pubmed_250101.dtd">\n<PubmedArticleSet>\n'
)
END = "</PubmedArticleSet>\n"
ABSTRACT = "<Abstract><AbstractText>Newts swim.</AbstractText></Abstract>"
WHOLE = """<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">12345678</PMID>
    <DateCompleted><Year>2023</Year><Month>06</Month><Day>01</Day></DateCompleted>
    <DateRevised><Year>2024</Year><Month>2</Month><Day>03</Day></DateRevised>
    <Article PubModel="Print-Electronic">
      <Journal>
        <ISSN IssnType="Print">1234-5678</ISSN>
        <JournalIssue CitedMedium="Print"><Volume>5</Volume>
          <PubDate><Year>2023</Year><Month>May</Month><Day>1</Day></PubDate>
        </JournalIssue>
        <Title>Letters of the pond</Title>
        <ISOAbbreviation>Lett Pond</ISOAbbreviation>
      </Journal>
      <ArticleTitle>On <i>newts</i> &amp; what they do at night in H<sub>2</sub>O.</ArticleTitle>
      <ELocationID EIdType="pii" ValidYN="Y">S1234</ELocationID>
      <ELocationID EIdType="doi" ValidYN="N">10.1234/wrong</ELocationID>
      <ELocationID EIdType="doi" ValidYN="Y">10.1234/NEWT</ELocationID>
      <Abstract>
        <AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Newts swim at
          10<sup>-3</sup> m/s.</AbstractText>
        <AbstractText Label="RESULTS:">They swim at night (<i>p</i> &lt; 0.05).</AbstractText>
        <AbstractText Label="UNLABELLED">Nobody saw it.</AbstractText>
        <AbstractText Label="CONCLUSIONS"></AbstractText>
        <CopyrightInformation>Copyright 2023 The Pond.</CopyrightInformation>
      </Abstract>
      <AuthorList CompleteYN="Y">
        <Author ValidYN="Y"><LastName>Newt</LastName><ForeName>Ada B</ForeName><Initials>AB</Initials>
          <AffiliationInfo><Affiliation>University of Ponds.</Affiliation></AffiliationInfo></Author>
        <Author ValidYN="N"><LastName>Newte</LastName><ForeName>Ada</ForeName></Author>
        <Author ValidYN="Y"><CollectiveName>Newt Society</CollectiveName></Author>
        <Author ValidYN="Y"><LastName>van der Olm</LastName><ForeName>Bo</ForeName><Suffix>Jr</Suffix></Author>
        <Author ValidYN="Y"><LastName>Toad</LastName><Initials>T</Initials></Author>
      </AuthorList>
      <Language>eng</Language>
      <ArticleDate DateType="Electronic"><Year>2023</Year><Month>04</Month><Day>11</Day></ArticleDate>
    </Article>
    <MeshHeadingList>
      <MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Animals</DescriptorName></MeshHeading>
      <MeshHeading><DescriptorName UI="D2">Newts</DescriptorName><QualifierName UI="Q1">genetics</QualifierName></MeshHeading>
      <MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Animals</DescriptorName></MeshHeading>
    </MeshHeadingList>
    <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="Y">night life</Keyword></KeywordList>
  </MedlineCitation>
  <PubmedData>
    <ArticleIdList><ArticleId IdType="pubmed">12345678</ArticleId><ArticleId IdType="doi">10.1234/newt</ArticleId></ArticleIdList>
    <ReferenceList><Reference><Citation>Frog F. Pond. 2010.</Citation>
      <ArticleIdList><ArticleId IdType="doi">10.9999/frog</ArticleId></ArticleIdList></Reference></ReferenceList>
  </PubmedData>
</PubmedArticle>
"""
SAME_IN_MEDLINE = """PMID- 12345678
LR  - 20240203
DP  - 2023 May 1
TI  - On newts & what they do at night in H2O.
LID - 10.1234/newt [doi]
AB  - BACKGROUND: Newts swim at 10^-3 m/s. RESULTS: They swim at night (p < 0.05).
      Nobody saw it.
FAU - Newt, Ada B
FAU - van der Olm, Bo, Jr
FAU - Toad, T
CN  - Newt Society
JT  - Letters of the pond
MH  - Animals
MH  - Newts/genetics
OT  - night life
"""


def article(inside: str, *, data: str = "", pmid: int = 1) -> str:
    """A record whose article holds `inside`; title and abstract are given where it has none."""
    title = "" if "Title>" in inside else "<ArticleTitle>On Newts.</ArticleTitle>"
    abstract = "" if "AbstractText" in inside else ABSTRACT
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article>{title}{inside}{abstract}</Article>"
        f"</MedlineCitation>{data}</PubmedArticle>\n"
    )


def read(text: str) -> list[Paper | BadRecord]:
    return list(pubmed_xml.papers(io.StringIO(text, newline=""), "pond.xml"))


def paper(inside: str, data: str = "") -> Paper:
    [found] = read(HEAD + article(inside, data=data) + END)
    assert isinstance(found, Paper), found
    return found


def titles(text: str) -> list[str]:
    """The title of each paper, and for a bad record the line it is said to begin on."""
    return [r.title if isinstance(r, Paper) else f"line {r.line}" for r in read(text)]


NAMED = [article(f"<ArticleTitle>{title}</ArticleTitle>") for title in ("Newts", "Toads", "Olms")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", [HEAD, "\ufeff" + HEAD, "<PubmedArticleSet>", ""])
def test_every_field(begin: str, end: str) -> None:
    """All fields of a record arrive in the paper: the DOI is its own, not one that it cites."""
    text = begin + WHOLE + (END if begin else "")
    assert read(text.replace("\n", end)) == [
        Paper(
            id="10.1234/newt",
            title="On newts & what they do at night in H2O",
            abstract="BACKGROUND: Newts swim at 10^-3 m/s. RESULTS: They swim at night (p < 0.05). Nobody saw it.",
            authors=("Ada B Newt", "Bo van der Olm Jr", "T Toad", "Newt Society"),
            year=2023,
            url="https://pubmed.ncbi.nlm.nih.gov/12345678/",
            doi="10.1234/newt",
            categories=("Animals", "Newts", "night life"),
            venue="Letters of the pond",
            published="2023-05-01",
            source="pubmed-xml",
            updated="2024-02-03",
        )
    ]


def test_the_same_paper_from_medline() -> None:
    """PubMed's two formats give the same paper, so that reading both changes nothing."""
    [xml] = read(HEAD + WHOLE + END)
    [medline] = nbib.papers(io.StringIO(SAME_IN_MEDLINE), "f")
    assert isinstance(xml, Paper) and isinstance(medline, Paper)
    assert xml.fingerprint == medline.fingerprint


@pytest.mark.parametrize(
    ("inside", "year", "published"),
    [
        ("<Year>2020</Year>", 2020, None),
        ("<Year>2020</Year><Month>Nov</Month>", 2020, "2020-11"),
        ("<Year>2020</Year><Month>11</Month><Day>3</Day>", 2020, "2020-11-03"),
        ("<Year>2020</Year><Season>Spring</Season>", 2020, None),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", 1998, "1998-12"),
        ("<MedlineDate>2000 Spring</MedlineDate>", 2000, None),
        ("<MedlineDate>Winter 1976-1977</MedlineDate>", 1976, None),
        ("<MedlineDate>2015-2016</MedlineDate>", 2015, None),
        ("<Year>soon</Year>", None, None),
        ("<Year>2020</Year><Month>13</Month>", 2020, None),
        ("", None, None),
    ],
)
def test_dates(inside: str, year: int | None, published: str | None) -> None:
    """A date comes as far as it is given; of a span its beginning; a season is no month."""
    found = paper(f"<Journal><JournalIssue><PubDate>{inside}</PubDate></JournalIssue></Journal>")
    assert (found.year, found.published) == (year, published)


def test_titles_of_translations() -> None:
    """A translated title loses its brackets; where there is none the original one stands for it."""
    assert paper("<ArticleTitle>[On newts.]</ArticleTitle>").title == "On newts"
    other = "<ArticleTitle>[Not Available].</ArticleTitle><VernacularTitle>Über Molche.</VernacularTitle>"
    assert paper(other).title == "Über Molche"


def test_abstracts_elsewhere() -> None:
    """An abstract of the second kind is used if there is no other."""
    record = article("<Abstract><AbstractText/></Abstract>").replace(
        "</Article>", "</Article><OtherAbstract Type='plain'><AbstractText>Newts rest.</AbstractText></OtherAbstract>"
    )
    [found] = read(record)
    assert isinstance(found, Paper) and found.abstract == "Newts rest."


def test_a_formula_is_shown_once() -> None:
    """MathML gives its signs, not its annotation as well."""
    formula = (
        '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>2</mml:mn>'
        "<mml:annotation>x=2</mml:annotation></mml:math>"
    )
    assert (
        paper(f"<Abstract><AbstractText>Here {formula} holds.</AbstractText></Abstract>").abstract == "Here x=2 holds."
    )


def test_an_arxiv_paper_in_pubmed() -> None:
    """An arXiv id among the ids makes it the arXiv paper."""
    found = paper('<ELocationID EIdType="pii" ValidYN="Y">arXiv:2401.08570v2</ELocationID>')
    assert (found.id, found.version) == ("2401.08570", 2)


def test_a_chapter_of_a_book() -> None:
    """A book's chapter is read with the book as its venue; a book alone with its own title."""
    book = (
        "<PubmedBookArticle><BookDocument><PMID>7</PMID><ArticleIdList><ArticleId IdType='doi'>10.1234/b</ArticleId></ArticleIdList>"
        "<Book><BookTitle>The Pond</BookTitle><PubDate><Year>2001</Year></PubDate><AuthorList Type='editors'><Author>"
        "<LastName>Editor</LastName></Author></AuthorList></Book><ArticleTitle>Newts.</ArticleTitle>"
        "<AuthorList Type='authors'><Author><LastName>Newt</LastName><ForeName>Ada</ForeName></Author></AuthorList>"
        f"{ABSTRACT}</BookDocument></PubmedBookArticle>"
    )
    [found, whole] = read(HEAD + book + book.replace("<ArticleTitle>Newts.</ArticleTitle>", "") + END)
    assert isinstance(found, Paper) and isinstance(whole, Paper)
    assert (found.title, found.venue, found.authors, found.year) == ("Newts", "The Pond", ("Ada Newt",), 2001)
    assert (found.doi, whole.title) == ("10.1234/b", "The Pond")


def test_citations_without_the_outer_element() -> None:
    """The older form, in which citations stand alone, is read as well."""
    inner = re.findall("<MedlineCitation>.*?</MedlineCitation>", "".join(NAMED))
    assert titles(f"<MedlineCitationSet>{''.join(inner)}</MedlineCitationSet>") == ["Newts", "Toads", "Olms"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (NAMED[1].replace("</Article>", "", 1), "mismatched tag"),
        (NAMED[1].replace("</PubmedArticle>", ""), "well-formed"),
        (NAMED[1].replace("Toads", "To < ads"), "well-formed"),
        (NAMED[1].replace("Toads", "Toads &pond;"), "entity"),
        (NAMED[1].replace("Toads", "<!-- Toads"), "well-formed"),
        (NAMED[1].replace("Toads", "<![CDATA[ Toads"), "well-formed"),
        (NAMED[1].replace("<Article>", "<!DOCTYPE a><Article>"), "declares"),
        (NAMED[1].replace("Toads", "\udcf6"), "0xf6"),
        (NAMED[1].replace("Toads", "<a>" * 5000 + "</a>" * 5000), "nested too deeply"),
        (NAMED[1].replace("Toads", ""), "no title"),
        (NAMED[1].replace("AbstractText", "Other"), "no abstract"),
        ("<PubmedArticle/>\n", "MedlineCitation"),
        ("<PubmedArticle></PubmedArticle>\n", "MedlineCitation"),
        ("<PubmedArticle><MedlineCitation></MedlineCitation></PubmedArticle>\n", "no <Article>"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_broken_record_costs_no_other(broken: str, reason: str, place: int) -> None:
    """It is reported with its line and reason; what was set aside has its text, and is read once that is mended."""
    parts = [NAMED[0], NAMED[2]]
    parts.insert(place, broken)
    found = read(HEAD + "".join(parts) + END)
    [bad] = [record for record in found if isinstance(record, BadRecord)]
    assert [r.title for r in found if isinstance(r, Paper)] == ["Newts", "Olms"]
    assert (bad.where, bad.line) == ("pond.xml", 4 + place)
    assert reason in bad.reason
    assert isinstance(bad.raw, str) and bad.raw.strip() == broken.strip()
    assert titles(bad.opening + NAMED[1] + bad.closing) == ["Toads"]


def test_the_reason_names_the_line_in_the_file() -> None:
    """In a record of many lines the line of the trouble is said."""
    [bad] = read(HEAD + WHOLE.replace("<i>newts</i>", "<i>newts</b>") + END)
    assert isinstance(bad, BadRecord)
    assert bad.line == 4 and "near line 18" in bad.reason
    assert (HEAD + WHOLE).split("\n")[17].strip().startswith("<ArticleTitle>")


def test_what_breaks_xml_but_is_plain() -> None:
    """Control characters, lone ampersands, names of HTML and numbers of no character do not cost the record."""
    found = paper("<ArticleTitle>Newts\x0b &eacute;&nbsp;R&D &#2; &#xD800; &lt; &#233; &amp;</ArticleTitle>")
    assert found.title == "Newts é R&D < é &"


def test_comments_and_sections_of_text() -> None:
    """Records in a comment are not read; a record may hold comments and CDATA, whatever stands in them."""
    inside = NAMED[1].replace("Toads", "<!-- </PubmedArticle> -->Toads<![CDATA[ </PubmedArticle> & <x]]>")
    text = HEAD + f"<!-- {NAMED[0]} -->\n" + inside + NAMED[2] + END
    assert titles(text) == ["Toads </PubmedArticle> & <x", "Olms"]
    [bad] = read(HEAD + "<!-- " + NAMED[0] + END)
    assert isinstance(bad, BadRecord) and (bad.line, "never closed" in bad.reason) == (4, True)


def test_several_documents_in_one() -> None:
    """Answers saved one after the other in one file are all read."""
    assert titles("".join(HEAD + record + END for record in NAMED)) == ["Newts", "Toads", "Olms"]


def test_a_namespace_and_a_prefix() -> None:
    """Namespaces declared on the root do not hide the records."""
    text = f"<PubmedArticleSet xmlns='urn:pond'>{NAMED[0]}</PubmedArticleSet>"
    prefixed = re.sub("<(/?)", r"<\1p:", f"<PubmedArticleSet>{NAMED[1]}</PubmedArticleSet>")
    prefixed = prefixed.replace("<p:PubmedArticleSet>", "<p:PubmedArticleSet xmlns:p='urn:pond'>")
    assert titles(text) + titles(prefixed) == ["Newts", "Toads"]


def test_a_file_that_breaks_off() -> None:
    """In a record the record is bad; between records the end is missing; a file without records says so."""
    whole = HEAD + "".join(NAMED)
    assert titles(whole[:-40]) == ["Newts", "Toads", "line 6"]
    [*_, last] = read(whole)
    assert isinstance(last, BadRecord) and "breaks off" in last.reason and last.line == 7
    [bad] = read(HEAD + END)
    assert isinstance(bad, BadRecord) and (bad.line, "no <PubmedArticle>" in bad.reason) == (0, True)


BOMB = "<!DOCTYPE b [\n<!ENTITY a0 'newt'>\n" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>\n" for n in range(1, 10)
)
BOMBS = {
    "billion laughs": (BOMB + "]>\n", "&a9;"),
    "quadratic blowup": (f"<!DOCTYPE b [<!ENTITY a9 '{'newt ' * 20_000}'>]>\n", "&a9;" * 20_000),
    "external file": ("<!DOCTYPE b [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>\n", "&a9;"),
    "external address": ("<!DOCTYPE b [<!ENTITY a9 SYSTEM 'http://127.0.0.1:9/x'>]>\n", "&a9;"),
    "parameter entity": ("<!DOCTYPE b [<!ENTITY % a9 SYSTEM 'http://127.0.0.1:9/x'> %a9;]>\n", "&a9;"),
    "external subset": ("<!DOCTYPE b SYSTEM 'http://127.0.0.1:9/b.dtd'>\n", "&a9;"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is expanded and nothing fetched: the record that asks for it is bad, the others are read, memory is flat."""
    import socket

    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: asked.append(address))
    declared, use = BOMBS[bomb]
    text = declared + "<PubmedArticleSet>\n" + NAMED[0] + NAMED[1].replace("Toads", use) + NAMED[2] + END
    tracemalloc.start()
    found = read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(record) for record in found] == [Paper, BadRecord, Paper]
    assert isinstance(found[1], BadRecord) and "never expanded" in found[1].reason
    assert peak < 5_000_000 and not asked


def test_memory_is_flat() -> None:
    """A file of any length, and a record that never ends, take no more memory than a record may be long."""

    def pieces(record: str) -> Iterator[str]:
        yield HEAD
        for _ in range(2000):
            yield record
        yield "<PubmedArticle><MedlineCitation>"
        for _ in range(30):
            yield "newt " * 200_000
        yield "\n" + NAMED[2] + END

    tracemalloc.start()
    last: list[Paper | BadRecord] = []
    for record in pubmed_xml.papers(pieces(NAMED[0]), "f"):
        last = [*last[-1:], record]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(last[0], BadRecord) and "longer than" in last[0].reason and last[0].line == 2004
    assert isinstance(last[1], Paper) and last[1].title == "Olms"
    assert peak < 25_000_000


def test_many_lines_take_no_longer_than_few() -> None:
    """A record that never ends costs time in proportion to its length, however short its lines."""
    import time

    def seconds(lines: int) -> float:
        started = time.thread_time()
        assert len(read("<PubmedArticleSet><PubmedArticle>\n" + "<b>\n" * lines)) == 1
        return time.thread_time() - started

    seconds(1000)
    # Ten times the lines; time that grew with their square would be a hundred times as long.
    assert min(seconds(160_000) for _ in range(2)) < 40 * max(min(seconds(16_000) for _ in range(3)), 0.1)


SNIPPETS = st.sampled_from(
    [*NAMED, HEAD, END, "<PubmedArticle>", "</PubmedArticle>", "<MedlineCitation>", "</MedlineCitation>", "<!--", "-->"]
    + [
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE",
        "<?xml",
        "&a;",
        "<",
        ">",
        "\n",
        "\r",
        '"',
        "<PubmedBookArticle ",
        "<a:PubmedArticle>",
    ]
)


@given(st.lists(SNIPPETS | st.text(max_size=8), max_size=14).map("".join), st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_no_text_stops_the_reading(text: str, length: int) -> None:
    """Whatever the text and however it is cut, there are the same papers and bad records, and nothing is raised."""
    whole = list(pubmed_xml.papers([text], "f"))
    assert whole == list(pubmed_xml.papers([text[n : n + length] for n in range(0, len(text), length)], "f"))
    lines = text.removeprefix("\ufeff").split("\n")
    for record in whole:
        if isinstance(record, BadRecord) and isinstance(record.raw, str):
            assert record.raw.split("\n")[0].rstrip() in lines[record.line - 1]
