"""`askpapers eval retrieval`: through a real library of its own, and nobody else's is touched."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app.core.errors import InputError, LibraryBusyError
from app.evaluation.collection import read_collection
from app.evaluation.own_library import library_of
from app.evaluation.retrieval import Measured, evaluate, notes
from app.library import Library
from tests.commands import Askpapers
from tests.conftest import settings_for
from tests.judged import CORPUS, QRELS, QuickLibrary, lines, put, write

pytest.importorskip("ir_measures")

Evaluate = Callable[..., Measured]


@pytest.fixture
def libraries() -> list[QuickLibrary]:
    """Those that were opened."""
    return []


@pytest.fixture
def measure(tmp_path: Path, model_cache: Path, libraries: list[QuickLibrary]) -> Evaluate:
    """Evaluates with an embedder that needs no model."""

    def opened(settings: Any) -> Library:
        libraries.append(QuickLibrary(settings))
        return libraries[-1]

    def run(folder: Path, **options: Any) -> Measured:
        settings = settings_for(tmp_path / "mine", model_cache, chroma_url="http://127.0.0.1:9")
        return evaluate(folder, settings, opened=opened, **options)

    return run


def value(measured: Measured, row: str, measure: str) -> float:
    return next(each for each in measured.rows if each.name == row).means[measure].value


def test_by_hand(measure: Evaluate, tmp_path: Path) -> None:
    """The words of each query stand in exactly the papers that are judged: keyword and fused find them first. A paper
    that the corpus lacks halves the recall of its query."""
    qrels = "q1\tp1\t2\nq1\tgone\t1\nq2\tp2\t1\nq2\tp3\t1\nq2\tp4\t0\n"
    measured = measure(write(tmp_path / "set", qrels=qrels))
    assert [row.name for row in measured.rows] == ["dense", "keyword", "fused", "search"]
    for name in ("keyword", "fused", "search"):
        assert value(measured, name, "recall@10") == pytest.approx((1 / 2 + 1) / 2)
        assert value(measured, name, "nDCG@10") == pytest.approx((2 / (2 + 0.63093) + 1) / 2, abs=1e-5)
        assert value(measured, name, "MRR@10") == 1
    assert value(measured, "dense", "recall@100") == pytest.approx(0.75)
    assert measured.embedder == "fake/hash-64"
    assert all(row.p95_ms >= row.p50_ms > 0 for row in measured.rows)
    told = list(notes(measured))
    assert len(told) == 2 and told[0].startswith("1 query without") and told[1].startswith("1 relevant paper not in")


def test_odd_papers_can_all_be_found(measure: Evaluate, tmp_path: Path) -> None:
    """Each row of the corpus is one paper that is found by its own id, whatever stands in it."""
    words = ("amber", "birch", "copper", "dahlia", "ember", "fjord", "garnet", "hazel")
    ids = ("a", "a#0", "a b", "鳶", 'say "hi"', "10.1/x", "2101.00001v3", "title:a OR *")
    rows: list[dict[str, Any]] = [{"id": i, "title": "Same", "text": w} for i, w in zip(ids, words, strict=True)]
    rows += [{"id": "none", "title": "", "text": ""}, {"id": "head", "title": "indigo", "text": ""}]
    rows += [{"id": "body", "title": "", "text": "jasper"}]
    asked = [*zip(ids, words, strict=True), ("head", "indigo"), ("body", "jasper")]
    queries = [{"id": f"q{n}", "text": word} for n, (_, word) in enumerate(asked)]
    qrels = "".join(f"q{n}\t{paper}\t1\n" for n, (paper, _) in enumerate(asked))
    measured = measure(write(tmp_path / "set", rows, queries, qrels))
    assert measured.collection.size == 11
    for name in ("dense", "keyword", "fused", "search"):
        assert value(measured, name, "recall@100") == 1
    assert value(measured, "keyword", "MRR@10") == value(measured, "fused", "MRR@10") == 1


def test_queries_and_depth(measure: Evaluate, tmp_path: Path) -> None:
    """The first N judged queries alone, and lists no deeper than asked for, which is said."""
    measured = measure(write(tmp_path / "set", qrels="q1\tp3\t1\nq2\tp2\t1\nq2\tp3\t1\n"), queries=1, depth=2)
    assert len(measured.collection.queries) == 1
    assert value(measured, "keyword", "recall@100") == 0
    assert any("end after 2" in told for told in notes(measured))
    assert measured.rows[0].means["MRR@10"].low is None


def test_the_persons_library_is_not_touched(
    measure: Evaluate, tmp_path: Path, libraries: list[QuickLibrary], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --keep everything lies in a temporary folder, never on the server of the settings, and is gone after."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    measure(write(tmp_path / "set"))
    assert libraries[0].settings.chroma_url is None
    assert not (tmp_path / "mine").exists()
    assert not list((tmp_path / "scratch").iterdir())


# --- kept libraries -----------------------------------------------------------------------------------------------


def test_a_kept_library_is_used_again(measure: Evaluate, tmp_path: Path, libraries: list[QuickLibrary]) -> None:
    """The second run embeds nothing and finds the same."""
    folder, keep = write(tmp_path / "set"), tmp_path / "deep" / "kept"
    first, second = measure(folder, keep=keep), measure(folder, keep=keep)
    assert [len(library.embedded) for library in libraries] == [4, 0]
    assert [row.means for row in first.rows] == [row.means for row in second.rows]


def test_another_corpus_is_another_library(measure: Evaluate, tmp_path: Path, libraries: list[QuickLibrary]) -> None:
    """Of the one that was kept for another corpus nothing stays."""
    keep = tmp_path / "kept"
    measure(write(tmp_path / "set"), keep=keep)
    corpus = [*CORPUS[1:], {"id": "p9", "title": "Kites", "abstract": "Another paper on kites."}]
    measured = measure(write(tmp_path / "set", corpus, qrels="q1\tp9\t1\n"), keep=keep)
    assert len(libraries[1].embedded) == 4
    assert value(measured, "keyword", "MRR@10") == 1
    assert measured.collection.size == 4


def test_another_recipe_is_another_library(measure: Evaluate, tmp_path: Path, libraries: list[QuickLibrary]) -> None:
    """Vectors of other texts or of another embedder, as an earlier version may have kept, are made anew."""
    folder, keep = write(tmp_path / "set"), tmp_path / "kept"
    measure(folder, keep=keep)
    for name in ("recipe", "embedder"):
        mark = json.loads((keep / "evaluation.json").read_text(encoding="utf-8"))
        put(keep / "evaluation.json", json.dumps({**mark, name: "another"}))
        measure(folder, keep=keep)
    put(keep / "evaluation.json", "{")
    measure(folder, keep=keep)
    assert [len(library.embedded) for library in libraries] == [4, 4, 4, 4]


def test_a_run_that_broke_off_goes_on(tmp_path: Path, model_cache: Path) -> None:
    """Papers that were not written yet are, and what has its vectors is not embedded again."""
    corpus = [{"id": f"p{n:03}", "title": f"Kite {n}", "text": f"kite number {n}"} for n in range(300)]
    collection = read_collection(write(tmp_path / "set", corpus, qrels="q1\tp001\t1\n"))
    settings, libraries = settings_for(tmp_path / "mine", model_cache), list[QuickLibrary]()

    def opened(given: Any) -> Library:
        libraries.append(QuickLibrary(given))
        return libraries[-1]

    def stop(done: int, total: int, seconds_left: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), library_of(collection, settings, tmp_path / "kept", stop, opened):
        pass
    with library_of(collection, settings, tmp_path / "kept", opened=opened) as service:
        assert service.library.embedded_count() == 300
    assert [len(library.embedded) for library in libraries] == [128, 172]
    with library_of(collection, settings, tmp_path / "kept", opened=opened) as service:
        service.library.store.write([], removed=[f"p{n:03}" for n in range(290, 300)])
    with library_of(collection, settings, tmp_path / "kept", opened=opened) as service:
        assert service.library.store.count() == service.library.keyword.count() == 300


def test_a_folder_of_something_else(measure: Evaluate, tmp_path: Path) -> None:
    """A person's own library, or any other folder, is refused and left as it is."""
    put(tmp_path / "own" / "catalogue.sqlite", "precious")
    with pytest.raises(InputError, match="something other"):
        measure(write(tmp_path / "set"), keep=tmp_path / "own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["catalogue.sqlite"]
    put(tmp_path / "file", "text")
    with pytest.raises(InputError, match="cannot be used"):
        measure(tmp_path / "set", keep=tmp_path / "file")


def test_two_runs_over_one_folder(measure: Evaluate, tmp_path: Path) -> None:
    """The second is refused while the first is under way."""
    folder, keep = write(tmp_path / "set"), tmp_path / "kept"
    measure(folder, keep=keep)
    with FileLock(keep / "evaluation.lock"), pytest.raises(LibraryBusyError, match="Another evaluation"):
        measure(folder, keep=keep)


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def askpapers(tmp_path: Path, model_cache: Path) -> Askpapers:
    """The command, with the real embedder."""
    return Askpapers(tmp_path / "mine", model_cache)


def test_the_command(askpapers: Askpapers, tmp_path: Path) -> None:
    """A table for people, one JSON object for programs, everything else on stderr, and the same figures in both."""
    folder, keep = write(tmp_path / "set"), tmp_path / "kept"
    shown = askpapers("eval", "retrieval", folder, "--keep", keep)
    assert shown.code == 0, shown.err
    first, header, *rows, difference, _ = shown.out.splitlines()
    assert first == "set, split test: 4 papers, 2 queries, embedder sentence-transformers/all-MiniLM-L6-v2"
    assert header.split() == ["nDCG@10", "recall@10", "recall@100", "MRR@10", "p50", "ms", "p95", "ms"]
    assert [row.split()[0] for row in rows] == ["dense", "keyword", "fused", "search"]
    assert rows[1].split()[1:5] == ["1.000", "(1.000", "to", "1.000)"]
    assert difference.startswith("fused minus ") and "recall@10 +0.000 (+0.000 to +0.000)" in difference
    assert "1 query without a relevant paper" in shown.err
    told = askpapers("eval", "retrieval", folder, "--keep", keep, "--json", "-k", "50").json
    assert (told["schema"], told["papers"], told["queries"], told["depth"]) == (1, 4, 2, 50)
    assert told["queries_without_judgements"] == 1
    assert [row["name"] for row in told["rows"]] == ["dense", "keyword", "fused", "search"]
    assert told["rows"][1]["measures"]["MRR@10"] == {"mean": 1, "low": 1, "high": 1}
    assert set(told["rows"][0]["latency_ms"]) == {"p50", "p95"}
    assert told["fused_minus_best_single"]["measures"]["recall@10"] == {"mean": 0, "low": 0, "high": 0}
    assert not (tmp_path / "mine").exists()


def test_the_command_refuses(askpapers: Askpapers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is said in two lines, before anything is embedded; also that the package is not installed."""
    assert '"nowhere"' in askpapers("eval", "retrieval", "nowhere").refused()
    folder = write(tmp_path / "set", qrels=f"{QRELS}q1\n")
    assert 'Line 5 of "' in askpapers("eval", "retrieval", folder).refused()
    put(write(folder) / "corpus.jsonl", lines([{"id": "p1", "title": 5}]))
    assert 'Line 1 of "' in askpapers("eval", "retrieval", folder).refused()
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    assert 'pip install "askpapers[eval]"' in askpapers("eval", "retrieval", folder).refused()
