"""What every registered source promises. A new source needs one entry in SAMPLES and is held to all of it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.core.domain import BadRecord, Paper
from app.core.ports import Source
from ingest.reading import read_inputs
from ingest.set_aside import SetAside
from ingest.sources import SOURCES, choose_source, source_names


@dataclass(frozen=True)
class Sample:
    """Three papers in a source's format, a broken one that becomes the paper `mended` when `repair` is replaced by its
    other half, and which line of the broken one is reported (from 0). `opening` and `closing` go around records."""

    papers: tuple[str, str, str]
    broken: str
    repair: tuple[str, str] | None = None
    reported: int = 0
    opening: str = ""
    closing: str = ""

    def lines(self, *parts: str) -> list[str]:
        text = [self.opening] * bool(self.opening) + list(parts) + [self.closing] * bool(self.closing)
        return [line + "\n" for part in text for line in part.split("\n")]

    def text(self, *parts: str) -> str:
        return "".join(self.lines(*parts))

    def line_after(self, *parts: str) -> int:
        """The number of the line after these parts."""
        return len(replace(self, closing="").lines(*parts)) + 1


def _page_entry(title: str, subject: str) -> str:
    return (
        f"{title}\n\nThis study follows {subject} for a year in nine ponds. They swim at night. We count them by ear.\n"
    )


def _bib(key: str, title: str, abstract: str) -> str:
    return f"@article{{{key},\n  title = {{{title}}},\n  author = {{Newt, Ada and Olm, Bo}},\n  abstract = {{{abstract}}}\n}}\n"


def _ris(title: str, abstract: str) -> str:
    return f"TY  - JOUR\nTI  - {title}\nAU  - Newt, Ada\nPY  - 2020\nAB  - {abstract}\nER  - \n"


def _nbib(pmid: int, title: str, abstract: str) -> str:
    return f"PMID- {pmid}\nTI  - {title}\nFAU - Newt, Ada\nDP  - 2020 May 1\nAB  - {abstract}\n"


def _wos(title: str, abstract: str) -> str:
    return f"PT J\nAU Newt, A\nTI {title}\nAB {abstract}\nPY 2020\nER\n"


def _pubmed(pmid: int, title: str, abstract: str) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle>\n"
        f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )


def _atom(number: int, title: str, abstract: str) -> str:
    return (
        f"<entry>\n<id>http://arxiv.org/abs/2101.{number:05}v1</id>\n<title>{title}</title>\n"
        f"<summary>{abstract}</summary>\n</entry>"
    )


SAMPLES = {
    "jsonl": Sample(
        papers=(
            json.dumps({"title": "On Newts", "abstract": "Newts swim."}),
            json.dumps({"id": "2101.00001", "title": "On Toads", "abstract": "Toads walk."}),
            json.dumps({"doi": "10.1234/Olm", "title": "On Olms", "abstract": "Olms hide."}),
        ),
        broken='{"title": "On Frogs", "abstract": "Frogs jump.',
        repair=("jump.", 'jump."}'),
    ),
    "json": Sample(
        papers=(
            '{"title": "On Newts", "abstract": "Newts swim."},',
            '{"id": "2101.00001", "title": "On Toads", "abstract": "Toads walk."},',
            '{"doi": "10.1234/Olm", "title": "On Olms", "abstract": "Olms hide."},',
        ),
        broken='{"title": "On Frogs", "abstract": "Frogs jump.},',
        repair=("jump.", 'jump."'),
        opening="[",
        closing='{"title": "On Efts", "abstract": "Efts wait."}]',
    ),
    "csv": Sample(
        papers=("On Newts,Newts swim.,", 'On Toads,"Toads\nwalk.",2101.00001', "On Olms,Olms hide.,2101.00002"),
        broken='On Frogs,"Frogs jump.,2101.00003',
        repair=("jump.", 'jump."'),
        opening="title,abstract,id",
    ),
    "bibtex": Sample(
        papers=(
            _bib("newt", "On Newts", "Newts swim."),
            _bib("toad", "On Toads", "Toads walk."),
            _bib("olm", "On Olms", "Olms hide."),
        ),
        broken=_bib("frog", "On Frogs", "Frogs jump.").replace("jump.}", "jump."),
        repair=("jump.", "jump.}"),
    ),
    "ris": Sample(
        papers=(
            _ris("On Newts", "Newts swim."),
            _ris("On Toads", "Toads walk."),
            _ris("On Olms", "Olms hide."),
        ),
        broken=_ris("On Frogs", "Frogs jump.").replace("TI  - ", "X1  - "),
        repair=("X1", "TI"),
    ),
    "nbib": Sample(
        papers=(
            _nbib(1, "On Newts", "Newts swim."),
            _nbib(2, "On Toads", "Toads walk."),
            _nbib(3, "On Olms", "Olms hide."),
        ),
        broken=_nbib(4, "On Frogs", "Frogs jump.").replace("TI  - ", "XT  - "),
        repair=("XT", "TI"),
    ),
    "wos": Sample(
        papers=(
            _wos("On Newts", "Newts swim."),
            _wos("On Toads", "Toads walk."),
            _wos("On Olms", "Olms hide."),
        ),
        broken=_wos("On Frogs", "Frogs jump.").replace("TI ", "X1 "),
        repair=("X1", "TI"),
    ),
    "pubmed-xml": Sample(
        papers=(
            _pubmed(1, "On Newts", "Newts swim."),
            _pubmed(2, "On Toads", "Toads walk."),
            _pubmed(3, "On Olms", "Olms hide."),
        ),
        broken=_pubmed(4, "On Frogs", "Frogs jump.").replace("</AbstractText>", "</Abstract>"),
        repair=("jump.</Abstract>", "jump.</AbstractText>"),
        opening='<?xml version="1.0"?>\n<PubmedArticleSet>',
        closing="</PubmedArticleSet>",
    ),
    "arxiv-atom": Sample(
        papers=(
            _atom(1, "On Newts", "Newts swim."),
            _atom(2, "On Toads", "Toads walk."),
            _atom(3, "On Olms", "Olms hide."),
        ),
        broken=_atom(4, "On Frogs", "Frogs jump.").replace("</summary>", "</sumary>"),
        repair=("sumary", "summary"),
        opening='<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">',
        closing="</feed>",
    ),
    "page": Sample(
        papers=(
            _page_entry("On the Newts of the North", "newts"),
            _page_entry("On the Toads of the South", "toads"),
            _page_entry("On the Olms of the Caves", "olms"),
        ),
        broken="On the Frogs Nobody Described\n",
        repair=(
            "Described\n",
            "Described\n\nThis study follows frogs for a year in nine ponds. They jump. We count.\n",
        ),
    ),
}
EXTRA = {"json": 1}  # the closing of a JSON array holds a paper of its own


def test_every_source_has_a_sample() -> None:
    """A registered source without a sample here is not tested, so that fails; so do two sources of one name."""
    assert sorted(SAMPLES) == sorted(source_names())


@pytest.fixture(params=SOURCES, ids=lambda source: source.name)
def source(request: pytest.FixtureRequest) -> Source:
    """Each registered source in turn."""
    found: Source = request.param
    return found


@pytest.fixture
def sample(source: Source) -> Sample:
    """Its sample; a source without one fails the test above."""
    if source.name not in SAMPLES:
        pytest.fail(f'add a sample of the source "{source.name}" to SAMPLES')
    return SAMPLES[source.name]


def test_reads_its_papers(source: Source, sample: Sample) -> None:
    """Three papers are read as three papers with different ids, and name their source."""
    count = 3 + EXTRA.get(source.name, 0)
    found = list(source.papers(sample.lines(*sample.papers), "sample"))
    assert [type(record) for record in found] == [Paper] * count
    assert len({record.id for record in found if isinstance(record, Paper)}) == count
    assert {record.source for record in found if isinstance(record, Paper)} == {source.name}


def test_recognises_its_own(source: Source, sample: Sample) -> None:
    """A file of the format is recognised, also with a broken record on top, and nothing else claims it."""
    assert choose_source(sample.text(*sample.papers), "sample") is source
    assert choose_source(sample.text(sample.broken, *sample.papers), "sample") is source
    assert choose_source(sample.text(*sample.papers).replace("\n", "\r\n"), "sample") is source


def test_is_between_sure_and_unsure(source: Source, sample: Sample) -> None:
    """`recognise` answers from 0 to 1, and 0 for what is no format at all."""
    assert 0 < source.recognise(sample.text(*sample.papers)) <= 1
    assert [source.recognise(head) for head in ("", "\n\n", "x", "\x00\x01")] == [0, 0, 0, 0]


def test_is_lazy(source: Source, sample: Sample) -> None:
    """The first paper comes long before the last line is read."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for line in replace(sample, closing="").lines():
            yield line
        while read < 10_000:
            for line in replace(sample, opening="", closing="").lines(*sample.papers):
                read += 1
                yield line

    records = source.papers(endless(), "sample")
    assert read == 0
    assert isinstance(next(records), Paper)
    assert read < 40


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_bad_record_does_not_stop_the_rest(source: Source, sample: Sample, place: int) -> None:
    """A broken record is reported with file, true line, reason and excerpt; all other papers are read."""
    parts = [*sample.papers[:place], sample.broken, *sample.papers[place:]]
    found = list(source.papers(sample.lines(*parts), "the file"))
    bad = [record for record in found if isinstance(record, BadRecord)]
    assert [r for r in found if isinstance(r, Paper)] == list(source.papers(sample.lines(*sample.papers), "sample"))
    assert len(bad) == 1
    assert (bad[0].where, bad[0].line) == ("the file", sample.line_after(*parts[:place]) + sample.reported)
    assert bad[0].reason
    assert bad[0].excerpt and bad[0].excerpt.split("\n")[0].strip() in sample.broken


def test_a_bad_record_can_be_repaired(source: Source, sample: Sample, tmp_path: Path) -> None:
    """What is set aside is a file of the same format: mended there and read again, it gives the paper."""
    file = tmp_path / f"papers{source.extension}"
    file.write_text(sample.text(*sample.papers[:2], sample.broken, sample.papers[2]), encoding="utf-8")
    keep = SetAside(tmp_path / "set-aside")
    for record in read_inputs([file]):
        if isinstance(record, BadRecord):
            keep.add(record)
    [kept] = map(Path, keep.close())
    assert kept.suffix == source.extension
    text = kept.read_text(encoding="utf-8")
    assert sample.repair is not None and sample.repair[0] in text
    kept.write_text(text.replace(*sample.repair), encoding="utf-8")
    [mended] = list(read_inputs([kept], source=None if source.name != "page" else "page"))
    assert isinstance(mended, Paper), mended
    assert "frogs" in mended.title.lower()


def test_one_of_two_is_repaired(source: Source, sample: Sample, tmp_path: Path) -> None:
    """Where one of two bad records was repaired, the other is all that stays in the set-aside file, and stays readable."""
    other = sample.broken.replace("Frogs", "Axolotls")
    file = tmp_path / f"papers{source.extension}"
    file.write_text(sample.text(sample.papers[0], sample.broken, sample.papers[1], other, sample.papers[2]))
    assert sample.repair is not None
    kept: list[Path] = []
    for repaired in (False, True, False):
        if repaired:
            kept[0].write_text(kept[0].read_text().replace(*sample.repair, 1))
        keep = SetAside(tmp_path / "set-aside")
        for record in read_inputs(kept or [file], source=source.name):
            if isinstance(record, BadRecord):
                keep.add(record)
            else:
                keep.saw([record.source])
        found = [Path(path) for path in keep.close()]
        # Titles alone are no page, so nothing is said of them; the file stays.
        found = found or (kept if source.name == "page" else [])
        assert kept in ([], found) and len(found) == 1
        kept = found
    text = kept[0].read_text()
    assert "Axolotls" in text and "Frogs" not in text
    kept[0].write_text(text.replace(*sample.repair))
    [mended] = list(read_inputs(kept, source=source.name))
    assert isinstance(mended, Paper) and "axolotls" in mended.title.lower()


def test_same_input_same_papers(source: Source, sample: Sample) -> None:
    """Reading twice gives equal papers, with other line ends too."""
    lines = sample.lines(*sample.papers)
    once = list(source.papers(lines, "one"))
    assert list(source.papers(lines, "two")) == once
    assert list(source.papers([line.replace("\n", "\r\n") for line in lines], "three")) == once


def test_no_lines_no_papers(source: Source) -> None:
    """An empty file holds nothing and is no error here."""
    assert list(source.papers([], "sample")) == []
    assert [r for r in source.papers(["\n", "  \n"], "sample") if isinstance(r, Paper)] == []


@pytest.mark.parametrize("length", [1, 7, 100_000])
def test_a_long_line_in_pieces(source: Source, sample: Sample, length: int) -> None:
    """A line that comes in several pieces, as very long ones do, gives the same papers."""
    lines = sample.lines(*sample.papers)
    cut = [line[at : at + length] for line in lines for at in range(0, len(line), length)]
    assert list(source.papers(cut, "sample")) == list(source.papers(lines, "sample"))


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip", "gzip in zip", "utf-16", "stdin", "packed stdin"])
def test_the_same_papers_however_they_come(
    source: Source, sample: Sample, packing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file, an archive, another encoding or standard input, the papers are the same but for where they are from."""
    text = sample.text(*sample.papers)
    data = text.encode("utf-16" if packing == "utf-16" else "utf-8")
    if packing in ("gzip", "gzip in zip", "packed stdin"):
        data = gzip.compress(data)
    if "zip" in packing.split():
        with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
            archive.writestr("inside", data)
        data = packed.getvalue()
    (tmp_path / "papers").write_bytes(data)
    with (tmp_path / "papers").open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        found = list(read_inputs(["-" if "stdin" in packing else tmp_path / "papers"]))
    assert [isinstance(r, Paper) and replace(r, source=source.name) for r in found] == list(
        source.papers(sample.lines(*sample.papers), "sample")
    )


def test_memory_is_bounded(source: Source, sample: Sample) -> None:
    """A record that never ends does not fill the memory, and is said."""
    import tracemalloc

    start = sample.text(*sample.papers[:2], sample.broken).rstrip()
    if sample.closing:
        start = start[: -len(sample.closing)].rstrip()

    def flood() -> Iterator[str]:
        yield from start.splitlines(keepends=True)
        for _ in range(30):
            yield "frog " * 200_000

    tracemalloc.start()
    found = list(source.papers(flood(), "sample"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found[0], Paper)
    assert any(isinstance(record, BadRecord) for record in found)
    assert sum(isinstance(record, Paper) for record in found) == 2
    assert peak < 60_000_000
    for record in found:
        if isinstance(record, BadRecord) and isinstance(record.raw, Path):
            record.raw.unlink()
