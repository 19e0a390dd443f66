"""Judged collections as they lie in folders: both layouts, odd rows, and bad lines said with their file and number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import InputError
from app.evaluation.collection import JudgedQuery, read_collection
from tests.judged import CORPUS, QRELS, QUERIES, lines, put, write

BEIR_HEADER = "query-id\tcorpus-id\tscore\n"


def refused(folder: Path, split: str = "test") -> str:
    """The two lines a person gets."""
    with pytest.raises(InputError) as caught:
        read_collection(folder, split)
    return f"{caught.value}\n{caught.value.hint}"


@pytest.mark.parametrize("packed", [False, True])
def test_our_layout(tmp_path: Path, packed: bool) -> None:
    """The papers come by the corpus's own ids; a gain of 0 is none; what nobody judged is counted and not asked."""
    seen = read_collection(write(tmp_path, packed=packed))
    assert [(p.id, p.title, p.abstract) for p in seen.papers()] == [tuple(row.values()) for row in CORPUS]
    assert seen.queries == (
        JudgedQuery("q1", "kites", {"p1": 2}),
        JudgedQuery("q2", "lanterns and marbles", {"p2": 1, "p3": 1}),
    )
    assert (seen.split, seen.size, seen.unjudged, seen.unasked, seen.unreachable) == ("test", 4, 1, 0, 0)


@pytest.mark.parametrize("packed", [False, True])
def test_the_layout_of_beir(tmp_path: Path, packed: bool) -> None:
    """`_id`, `text` and a header give the same collection, split by split."""
    corpus = [{"_id": r["id"], "title": r["title"], "text": r["abstract"], "metadata": {}} for r in CORPUS]
    queries = [{"_id": r["id"], "text": r["text"], "metadata": {}} for r in QUERIES]
    write(tmp_path / "beir", corpus, queries, BEIR_HEADER + QRELS, "qrels/test.tsv", packed)
    put(tmp_path / "beir" / "qrels" / "dev.tsv", f"{BEIR_HEADER}q3\tp4\t1\n", packed)
    beir, ours = read_collection(tmp_path / "beir"), read_collection(write(tmp_path / "ours"))
    assert list(beir.papers()) == list(ours.papers())
    assert (beir.queries, beir.digest) == (ours.queries, ours.digest)
    dev = read_collection(tmp_path / "beir", "dev")
    assert [query.id for query in dev.queries] == ["q3"] and dev.split == "dev"


def test_other_splits_of_our_layout(tmp_path: Path) -> None:
    """qrels_train.tsv is the split train; one that is not there is refused with those that are."""
    put(write(tmp_path) / "qrels_train.tsv", "q3\tp4\t1\n")
    assert [query.id for query in read_collection(tmp_path, "train").queries] == ["q3"]
    assert "--split test or --split train" in refused(tmp_path, "dev")
    assert '"../test"' in refused(tmp_path, "../test")


def test_the_first_queries(tmp_path: Path) -> None:
    """The first N are the first that have judgements, whatever stands between them."""
    folder = write(tmp_path, queries=[QUERIES[2], *QUERIES[:2]])
    assert [query.id for query in read_collection(folder, most=1).queries] == ["q1"]


def test_every_row_is_a_paper(tmp_path: Path) -> None:
    """Rows without title or text, with the same title, with any id and any line end in a text stay apart and there."""
    ids = ["a b", "a#0", "a", "鳶", 'say "hi"', "../x", "10.1234/ab", "2101.00001v3", " a", "x" * 300]
    rows: list[dict[str, Any]] = [{"id": i, "title": "Same", "text": "Same words."} for i in ids]
    rows += [{"id": "n1", "title": "", "text": "no title"}, {"id": "n2", "title": "no text", "text": ""}]
    rows += [{"id": "n3", "title": None, "text": None}, {"id": 7, "text": "one\u2028two\nthree", "title": "n"}]
    seen = read_collection(write(tmp_path, corpus=rows, qrels="q1\ta\t1\n"))
    papers = list(seen.papers())
    assert [paper.id for paper in papers] == [*ids, "n1", "n2", "n3", "7"]
    assert (papers[-4].title, papers[-3].abstract, papers[-2].title) == ("", "", "")
    assert seen.size == len(rows)


def test_facts_of_a_paper(tmp_path: Path) -> None:
    """Authors and year are taken where they are what they are called; other shapes are not."""
    rows = [{"id": "p1", "text": "a", "authors": ["Ada Newt"], "year": 2021}]
    rows += [{"id": "p2", "text": "b", "authors": "Ada Newt", "year": "2021"}, {"id": "p3", "text": "c", "year": True}]
    papers = list(read_collection(write(tmp_path, corpus=rows)).papers())
    assert [(p.authors, p.year) for p in papers] == [(("Ada Newt",), 2021), ((), None), ((), None)]


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    """Judged papers that the corpus lacks stay in the gains and are counted once; so are judged queries."""
    seen = read_collection(write(tmp_path, qrels="q1\tp1\t1\nq1\tgone\t1\nq2\tgone\t1\nq9\tp1\t1\nq3\tp1\t0\n"))
    assert seen.queries[0].gains == {"p1": 1, "gone": 1}
    assert (seen.unreachable, seen.unasked, seen.unjudged) == (1, 1, 1)


def test_a_query_that_is_a_paper(tmp_path: Path) -> None:
    """Only where it has the paper's id and words, and the paper is not judged relevant to it."""
    corpus = [*CORPUS, {"id": "q1", "title": "On kites", "text": "x"}, {"id": "q2", "title": "Else", "text": "y"}]
    seen = read_collection(write(tmp_path, corpus=corpus))
    assert [query.is_paper for query in seen.queries] == [True, False]
    judged = read_collection(write(tmp_path, corpus=corpus, qrels="q1\tq1\t1\n"))
    assert [query.is_paper for query in judged.queries] == [False]


def test_the_digest_follows_the_corpus(tmp_path: Path) -> None:
    """Another text, id or order of papers is another corpus; other queries are not."""
    first = read_collection(write(tmp_path)).digest
    assert read_collection(write(tmp_path, queries=QUERIES[:2])).digest == first
    changed = [{**CORPUS[0], "abstract": "Else."}, *CORPUS[1:]]
    renamed = [{**CORPUS[0], "id": "p0"}, *CORPUS[1:]]
    assert len({read_collection(write(tmp_path, corpus=c)).digest for c in (CORPUS, changed, renamed)}) == 3


@pytest.mark.parametrize(
    ("qrels", "words"),
    [
        ("q1\tp1\n", "three columns but 2"),
        ("q1 0 p1 1\n", "three columns but 1"),
        ("q1\t0\tp1\t1\n", "three columns but 4"),
        ("q1\tp1\thigh\n", '"high"'),
        ("q1\tp1\t0.5\n", '"0.5"'),
        ("q1\tp1\tnan\n", '"nan"'),
        ("q1\tp1\t1e30\n", '"1e30"'),
        ("\tp1\t1\n", "an empty column"),
        ("q1\tp1\t1\nq1\tp1\t2\n", "another gain"),
        (f"q1\tp1\t1\n{BEIR_HEADER}", '"score"'),
    ],
)
def test_bad_judgements(tmp_path: Path, qrels: str, words: str) -> None:
    """The file, the line and the value are named, and how a line should look."""
    said = refused(write(tmp_path, qrels=qrels))
    assert words in said and f'Line {len(qrels.splitlines())} of "{tmp_path / "qrels.tsv"}"' in said
    assert "query<TAB>paper<TAB>gain" in said


def test_judgements_that_are_fine(tmp_path: Path) -> None:
    """Blank lines, Windows line ends, a byte order mark, 1.0, negative gains, and a line that stands twice."""
    qrels = "\ufeffq1\tp1\t1.0\r\n\r\nq1\tp1\t1\r\nq1\tp2\t-2\r\nq2\tp2\t 3 \r\n"
    assert [query.gains for query in read_collection(write(tmp_path, qrels=qrels)).queries] == [{"p1": 1}, {"p2": 3}]


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "no JSON object"),
        ('{"title": "t", "text": "t"}', "no id"),
        ('{"id": "", "title": "t", "text": "t"}', "no id"),
        ('{"id": ["x"], "title": "t", "text": "t"}', "no id"),
        ('{"id": "\\ud800", "title": "t", "text": "t"}', "half a character"),
        ('{"id": "same", "text": "t"}\n{"id": "same", "text": "t"}', '"same"'),
        ('{"id": "x", "contents": "t"}', "text"),
        ('{"id": "x", "text": 5}', "text"),
    ],
)
def test_bad_records(tmp_path: Path, name: str, line: str, words: str) -> None:
    """The file and the line are named, and what a line should hold."""
    good = (write(tmp_path) / name).read_text(encoding="utf-8")
    put(tmp_path / name, good + line)
    said = refused(tmp_path)
    number = len(good.splitlines()) + len(line.splitlines())
    assert words in said and f'Line {number} of "{tmp_path / name}"' in said


def test_bad_bytes(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are named by line; a gzip file cut short, or of something else, by its name."""
    (write(tmp_path) / "queries.jsonl").write_bytes(b'{"id": "a", "text": "b"}\n\xff\xfe\n')
    assert f'Line 2 of "{tmp_path / "queries.jsonl"}"' in refused(tmp_path)
    (tmp_path / "queries.jsonl").unlink()
    put(tmp_path / "queries.jsonl", lines([{"id": n, "text": f"query {n}"} for n in range(50)]), packed=True)
    packed = tmp_path / "queries.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    assert f'"{packed}" is no whole gzip file' in refused(tmp_path)
    packed.write_bytes(b"plain")
    assert f'"{packed}" is no whole gzip file' in refused(tmp_path)


def test_folders_that_are_no_collection(tmp_path: Path) -> None:
    """What is not there is named, with what a collection is."""
    assert f'"{tmp_path / "none"}"' in refused(tmp_path / "none")
    assert "holds no corpus.jsonl" in refused(tmp_path)
    put(tmp_path / "corpus.jsonl", "")
    assert "holds no queries.jsonl" in refused(tmp_path)
    put(tmp_path / "queries.jsonl", lines(QUERIES))
    assert 'no judgements of the split "test"' in refused(tmp_path)
    put(tmp_path / "qrels.tsv", QRELS)
    assert "holds no papers" in refused(tmp_path)
    put(tmp_path / "corpus.jsonl", lines(CORPUS))
    put(tmp_path / "qrels.tsv", "other\tp1\t1\n")
    assert "No query of" in refused(tmp_path)
