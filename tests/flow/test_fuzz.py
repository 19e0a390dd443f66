"""Thousands of damaged files through the way that ingest reads them: each ends in papers, bad records or an error in
words, never in anything else, and reading it again gives the same (checked for every fourth)."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper, record_of
from app.core.errors import InputError
from ingest.reading import read_inputs
from ingest.sources import source_names

EACH = 400
SOME = [
    {"title": "On Newts", "abstract": "Newts swim at night. We count them, 79\\% by ear.", "authors": ["Ada Newt", "Bo Olm"]},
    {"id": "2101.00001v2", "title": "Über Kröten", "abstract": "Kröten gehen – $x_1 < 5$ &amp; mehr.", "year": 2021},
    {"doi": "10.1234/Olm.5", "title": "On <i>Olms</i>", "abstract": "Olms hide; they {rest} a lot.", "date": "2020-05-01"},
    {"title": "蠑螈について", "abstract": "蠑螈は夜に泳ぐ。私たちは耳で数える。", "url": "https://pond.example/1"},
]  # fmt: skip
SERVICES = [
    {
        "id": "0704.0001", "title": "On Newts", "abstract": "Newts swim.", "authors_parsed": [["Newt", "Ada", "Jr"], ["Olm", "Bo", ""]],
        "categories": "cs.CL q-bio.PE", "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "update_date": "2008-11-26",
    },
    {
        "paperId": "a1", "externalIds": {"ArXiv": "2101.00001", "DOI": "10.1/x"}, "title": "On Toads", "abstract": "Toads walk.",
        "authors": [{"authorId": "1", "name": "Ada Newt"}], "fieldsOfStudy": ["Biology"], "publicationDate": "2020-01-02",
    },
    {
        "display_name": "On Olms", "abstract_inverted_index": {"Olms": [0], "hide": [1, 3], "and": [2]}, "publication_year": 2020,
        "authorships": [{"author": {"display_name": "Bo Olm"}}], "locations": [{"landing_page_url": "https://arxiv.org/abs/2101.00002"}],
    },
    {"uid": "1", "pubdate": "2020 May", "title": "On Efts", "abstract": "Efts wait.", "articleids": [{"idtype": "doi", "value": "10.1/y"}]},
    {"DOI": "10.1/z", "title": ["On Frogs"], "abstract": "<jats:p>Frogs jump.</jats:p>", "issued": {"date-parts": [[2020, 5, 1]]}},
    {"paper": {"id": "2101.00003", "title": "On Newts Again", "summary": "They swim.", "publishedAt": "2021-01-01"}, "title": "x"},
]  # fmt: skip


def _lines(form: Callable[..., str], between: str = "") -> str:
    return between.join(form(n, paper["title"], paper["abstract"]) for n, paper in enumerate(SOME[:3], start=1))


PUBMED = (
    "<PubmedArticle><MedlineCitation><PMID>{0}</PMID><DateRevised><Year>2021</Year></DateRevised><Article><Journal><JournalIssue>"
    "<PubDate><MedlineDate>2020 Nov-Dec</MedlineDate></PubDate></JournalIssue><Title>Pond</Title></Journal><ArticleTitle>{1}"
    "</ArticleTitle><ELocationID EIdType='doi'>10.1234/p{0}</ELocationID>\n<Abstract><AbstractText Label='AIM'>{2} H<sub>2</sub>O"
    "</AbstractText></Abstract><AuthorList><Author><LastName>Newt</LastName><ForeName>Ada</ForeName></Author><Author>"
    "<CollectiveName>Newt Society</CollectiveName></Author></AuthorList></Article><MeshHeadingList><MeshHeading><DescriptorName>"
    "Newts</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation></PubmedArticle>\n"
)
ATOM = (
    "<entry>\n<id>http://arxiv.org/abs/2101.0000{0}v1</id>\n<title>{1}</title><summary>{2}</summary><published>2021-01-02T00:00:00Z"
    "</published><author><name>Ada Newt</name></author><arxiv:doi>10.1234/a{0}</arxiv:doi><category term='cs.CL'/>\n</entry>\n"
)
BIB = (
    '@article{{k{0},\n  title = {{{{{1}}}}},\n  author = {{Newt, Ada and {{Newt Society}} and B{{\\"o}} Olm}},\n  year = 2020,\n'
    '  journal = pond # " letters",\n  abstract = "{2}",\n  eprint = {{2101.0000{0}}}\n}}\n\n'
)
PAGE = "{1} of the Ponds {0}\n\nAda Newt, Bo Olm\n\n{2} They swim at night and rest by day. We count them by ear for a year.\n\n"
TEXTS = {
    "jsonl": "".join(json.dumps(paper, ensure_ascii=False) + "\n" for paper in (*SOME[:2], *SERVICES)),
    "json": json.dumps({"total": 4, "data": [*SOME[2:], *SERVICES]}, ensure_ascii=False, indent=1),
    "bibtex": '% Newts\n@string{pond = {Pond}}\n@comment{x {y}}\n@preamble{"x"}\n' + _lines(BIB.format),
    "ris": _lines("TY  - JOUR\nTI  - {1}\nAU  - Newt, Ada\nPY  - 2020///\nDO  - 10.1234/r{0}\nAB  - {2}\nKW  - a\nb\nER  - \n\n".format),
    "nbib": _lines("PMID- {0}\nOWN - NLM\nDP  - 2020 May 1\nTI  - {1}\n      more.\nAB  - {2}\nFAU - Newt, Ada\nMH  - *Newts/x\n\n".format),
    "wos": "FN Clarivate\nVR 1.0\n" + _lines("PT J\nAU Newt, A\n   Olm, B\nTI {1}\n   more\nAB {2}\nPD MAY 1\nPY 2020\nDI 10.1234/w{0}\nER\n\n".format),
    "pubmed-xml": '<?xml version="1.0"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "x" "http://127.0.0.1:9/x">\n<PubmedArticleSet>\n'
    + _lines(lambda *of: PUBMED.format(of[0], *(text.replace("&", "&amp;").replace("<", "&lt;") for text in of[1:])))
    + "</PubmedArticleSet>\n",
    "arxiv-atom": '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">\n'
    + _lines(lambda *of: ATOM.format(of[0], *(text.replace("&", "&amp;").replace("<", "&lt;") for text in of[1:])))
    + "</feed>\n",
    "csv": "Title,Abstract,Authors,Year,DOI\n" + _lines('"{1}","{2}\n","Newt, Ada; Olm, Bo",2020,10.1234/c{0}\n'.format),
    "page": "Upvote\n12\n\n" + _lines(PAGE.format),
}  # fmt: skip
ENCODINGS = ["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis", "koi8-r", "utf-7"]
TOKENS = [
    b"\0", b"\xff", b"\xfe\xff", b"\xed\xa0\x80", b"\xc3", b"\xef\xbb\xbf", b"\x1b[31m", b"\x85", b"\xe2\x80\xae", b"\\ud800", b"\r",
    b"\n", b"\r\n\r\n", b'"', b"'", b"\\", b",", b"{", b"}", b"[", b"]", b"(", b")", b"@", b"#", b"%", b"$", b"~", b"&", b"<", b">",
    b"[" * 3000, b"{" * 3000, b'{"a":' * 3000, b"<a>" * 3000, b"((" * 500, b"\\{" * 500, b'"' * 501, b"9" * 6000, b"1e999", b"-1",
    b"NaN", b"Infinity", b"null", b"true", b"{}", b"[]", b'{"title": {"a": []}}', b"&lol;", b"&#0;", b"&#xD800;", b"&#99999999999;",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [<!ENTITY lol 'x'>]>", b"<?xml version='1.0' encoding='utf-16'?>", b"</feed>",
    b"<PubmedArticle>", b"</PubmedArticleSet>", b"<entry xmlns:x='y'>", b"<html>", b"@string{a = a # a}", b"@article{x,", b"@comment{",
    b"ER  - ", b"TY  - JOUR\n", b"PMID- 7\n", b"AB  - ", b"title,abstract\n", b"\t", b";;;;", b"title = {", b"\\'{\\i}", b"\\begin{x}",
    b"$$", b"<script>", b" and ", b"1/0", b"2101.00001", b"10.1234/", b"v999999", b"PK\x03\x04", b"\x1f\x8b", b"%PDF-1.7", b"\x00\xd8",
]  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One damage: `how`, where (as shares of the length), and with which token or other text."""

    how: str
    at: float
    to: float
    number: int

    def of(self, data: bytes) -> bytes:
        start, end = sorted((int(self.at * len(data)), int(self.to * len(data))))
        near = min(end, start + 40)
        if self.how == "flip" and data:
            place = min(start, len(data) - 1)
            return data[:place] + bytes([data[place] ^ (1 << self.number % 8)]) + data[place + 1 :]
        if self.how == "cut":
            return data[:start]
        if self.how == "drop":
            return data[:start] + data[near:]
        if self.how == "drop much":
            return data[:start] + data[end:]
        if self.how == "repeat":
            return data[:end] + data[start:end] * (1 + self.number % 3) + data[end:]
        if self.how == "move":
            return data[:start] + data[near:end] + data[start:near] + data[end:]
        if self.how == "splice":
            other = TEXTS[sorted(TEXTS)[self.number % len(TEXTS)]].encode()
            return data[:start] + other[int(self.to * len(other)) :][:800] + data[near:]
        if self.how == "lines":
            return data.replace(b"\n", (b"\r\n", b"\r", b"", b"\n\n", b"\x0b", b"\x85")[self.number % 6])
        return data[:start] + TOKENS[self.number % len(TOKENS)] + data[start:]


METHODS = {"stored": zipfile.ZIP_STORED, "bz2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}
HOW = ["flip", "cut", "drop", "drop much", "repeat", "move", "splice", "lines"] + ["token"] * 6
CHANGES = st.builds(Change, st.sampled_from(HOW), st.floats(0, 1), st.floats(0, 1), st.integers(0, 10_000))


@dataclass(frozen=True)
class Damage:
    """What happens to a text on its way into a file."""

    encoding: str
    changes: tuple[Change, ...]
    packing: str
    harm: Change | None

    def file(self, text: str) -> bytes:
        data = text.encode(self.encoding, "replace")
        for change in self.changes:
            data = change.of(data)[:200_000]
        if "gz" in self.packing:
            data = gzip.compress(data, 1, mtime=0)
        if "zip" in self.packing:
            whole = io.BytesIO()
            method = next((METHODS[word] for word in self.packing.split() if word in METHODS), zipfile.ZIP_DEFLATED)
            with zipfile.ZipFile(whole, "w", method, compresslevel=1) as archive:
                archive.writestr("a/papers", data)
                archive.writestr("b", TEXTS["jsonl"])
            data = whole.getvalue()
        return self.harm.of(data) if self.harm and self.packing else data


DAMAGES = st.builds(
    Damage,
    st.sampled_from(ENCODINGS),
    st.lists(CHANGES, min_size=1, max_size=5).map(tuple),
    st.sampled_from([""] * 8 + ["gz", "zip", "gz zip", "stored zip", "bz2 zip", "lzma zip"]),
    st.none() | CHANGES,
)
RAN: dict[str, int] = {}
QUICK = settings(
    max_examples=EACH,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def outcome(path: Path, source: str | None = None) -> list[Paper | BadRecord] | str:
    """What reading the file ends in, with texts too long for memory put back into their records."""
    found: list[Paper | BadRecord] = []
    try:
        for record in read_inputs([path], source):
            if isinstance(record, BadRecord) and isinstance(record.raw, Path):
                spilled = record.raw
                record = replace(record, raw=spilled.read_text(encoding="utf-8", errors="surrogateescape"))
                spilled.unlink()
            found.append(record)
    except InputError as error:
        return str(error)
    return found


def check(data: bytes, folder: Path, source: str | None = None) -> None:
    """All that must be true whatever the file holds."""
    path = folder / "papers"
    path.write_bytes(data)
    ended = outcome(path, source)
    if len(data) % 4 == 0:
        assert outcome(path, source) == ended
    if isinstance(ended, str):
        assert ended.startswith('"') and str(path) in ended
        return
    for record in ended:
        if isinstance(record, Paper):
            assert record.title.strip() and record.abstract.strip() and record.id
            json.dumps(record_of(record), ensure_ascii=False).encode()
        else:
            assert record.reason and record.line >= 0 and record.where.startswith(str(path))
            assert not {"\x1b", "\r", "\0"} & set(record.reason + record.excerpt)
            f"{record.reason}{record.excerpt}".encode()
            assert not record.raw or isinstance(record.raw, str)
            # As it is set aside.
            f"{record.opening}{record.raw}{record.closing}".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_damaged_files(name: str, tmp_path: Path) -> None:
    """A file of each format, damaged at random in text, encoding and packing, ends in a report."""
    ran = 0

    @QUICK
    @given(DAMAGES)
    def one(damage: Damage) -> None:
        nonlocal ran
        ran += 1
        check(damage.file(TEXTS[name]), tmp_path)

    one()
    RAN[name] = ran
    assert ran >= EACH - 5


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_what_was_never_of_the_format(name: str, tmp_path: Path) -> None:
    """A source that is told to read bytes of no format, or of another, ends in a report too."""
    ran = 0
    others = sorted(TEXTS)

    @settings(QUICK, max_examples=75)
    @given(
        st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")), DAMAGES
    )
    def one(data: bytes, damage: Damage) -> None:
        nonlocal ran
        ran += 2
        check(data, tmp_path, name)
        check(damage.file(TEXTS[others[len(data) % len(others)]]), tmp_path, name)

    one()
    RAN[f"{name}, told"] = ran
    assert ran >= 120


def test_how_many_ran(capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of files were read in all (tens of thousands with the slow one below); counted here, as far as this run was
    for all formats."""
    if len(RAN) < 2 * len(TEXTS):
        pytest.skip("counted only where all formats are run")
    with capsys.disabled():
        print(f" {sum(RAN.values()):,} damaged files read ", end="")
    assert sum(RAN.values()) >= 5_000


def test_every_format_is_damaged() -> None:
    """A new source needs a text here; each text is whole before it is damaged."""
    assert sorted(TEXTS) == sorted(source_names())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_undamaged_texts_are_read(name: str, tmp_path: Path) -> None:
    """Without damage each text gives its papers and nothing bad, so that what is damaged is worth it."""
    (tmp_path / "papers").write_text(TEXTS[name], encoding="utf-8")
    ended = outcome(tmp_path / "papers")
    assert not isinstance(ended, str)
    assert all(isinstance(record, Paper) for record in ended), ended
    assert len(ended) >= 3 or name == "page"


@pytest.mark.slow
@settings(QUICK, max_examples=30_000, derandomize=False)
@given(st.sampled_from(sorted(TEXTS)), DAMAGES)
def test_many_more(tmp_path_factory: pytest.TempPathFactory, name: str, damage: Damage) -> None:
    """The same with new damages on every run; with pytest -m slow tests/flow/test_fuzz.py."""
    check(damage.file(TEXTS[name]), tmp_path_factory.getbasetemp())
