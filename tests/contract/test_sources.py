"""What every registered source promises. A new source needs one entry in SAMPLES and is held to all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.core.domain import BadRecord, Paper
from app.core.ports import Source
from ingest.sources import SOURCES, choose_source, source_names


@dataclass(frozen=True)
class Sample:
    """Three papers in a source's format, a broken one, and which line of the broken one is reported (from 0)."""

    papers: tuple[str, str, str]
    broken: str
    reported: int = 0

    def lines(self, *parts: str) -> list[str]:
        return [line + "\n" for part in parts for line in part.split("\n")]


def _page_entry(title: str, subject: str) -> str:
    return (
        f"{title}\n\nThis study follows {subject} for a year in nine ponds. They swim at night. We count them by ear.\n"
    )


SAMPLES = {
    "jsonl": Sample(
        papers=(
            json.dumps({"title": "On Newts", "abstract": "Newts swim."}),
            json.dumps({"id": "2101.00001", "title": "On Toads", "abstract": "Toads walk."}),
            json.dumps({"doi": "10.1234/Olm", "title": "On Olms", "abstract": "Olms hide."}),
        ),
        broken='{"title": "On Frogs", ',
    ),
    "page": Sample(
        papers=(
            _page_entry("On the Newts of the North", "newts"),
            _page_entry("On the Toads of the South", "toads"),
            _page_entry("On the Olms of the Caves", "olms"),
        ),
        broken="On the Frogs Nobody Described\n",
    ),
}


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
    found = list(source.papers(sample.lines(*sample.papers), "sample"))
    assert [type(record) for record in found] == [Paper] * 3
    assert len({record.id for record in found if isinstance(record, Paper)}) == 3
    assert {record.source for record in found if isinstance(record, Paper)} == {source.name}


def test_recognises_its_own(source: Source, sample: Sample) -> None:
    """A file of the format is recognised, also with a broken record on top, and nothing else claims it."""
    assert choose_source("".join(sample.lines(*sample.papers)), "sample") is source
    assert choose_source("".join(sample.lines(sample.broken, *sample.papers)), "sample") is source


def test_is_between_sure_and_unsure(source: Source, sample: Sample) -> None:
    """`recognise` answers from 0 to 1, and 0 for what is no format at all."""
    assert 0 < source.recognise("".join(sample.lines(*sample.papers))) <= 1
    assert [source.recognise(head) for head in ("", "\n\n", "x", "\x00\x01")] == [0, 0, 0, 0]


def test_is_lazy(source: Source, sample: Sample) -> None:
    """The first paper comes long before the last line is read."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while read < 10_000:
            for line in sample.lines(*sample.papers):
                read += 1
                yield line

    records = source.papers(endless(), "sample")
    assert read == 0
    assert isinstance(next(records), Paper)
    assert read < 20


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_bad_record_does_not_stop_the_rest(source: Source, sample: Sample, place: int) -> None:
    """A broken record is reported with file, true line, reason and excerpt; all other papers are read."""
    parts = [*sample.papers[:place], sample.broken, *sample.papers[place:]]
    found = list(source.papers(sample.lines(*parts), "the file"))
    bad = [record for record in found if isinstance(record, BadRecord)]
    assert [r for r in found if isinstance(r, Paper)] == list(source.papers(sample.lines(*sample.papers), "sample"))
    assert len(bad) == 1
    assert (bad[0].where, bad[0].line) == ("the file", len(sample.lines(*parts[:place])) + sample.reported + 1)
    assert bad[0].reason
    assert bad[0].excerpt and sample.broken.startswith(bad[0].excerpt)


def test_same_input_same_papers(source: Source, sample: Sample) -> None:
    """Reading twice gives equal papers, with other line ends too."""
    lines = sample.lines(*sample.papers)
    once = list(source.papers(lines, "one"))
    assert list(source.papers(lines, "two")) == once
    assert list(source.papers([line.replace("\n", "\r\n") for line in lines], "three")) == once


def test_no_lines_no_papers(source: Source) -> None:
    """An empty file holds nothing and is no error here."""
    assert list(source.papers([], "sample")) == []
    assert list(source.papers(["\n", "  \n"], "sample")) == []
