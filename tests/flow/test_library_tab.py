"""What the Library tab does with a real library: look, add, fetch, export, remove, merge."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters import offline
from app.adding import ids_in
from app.bootstrap import Service
from app.core import leaving
from app.core.browsing import Look, Shelf
from app.core.errors import InputError, SourceError
from app.core.filters import EVERY_PAPER, Filters
from app.ui.library_service import KeepsLibrary
from tests.conftest import service_in
from tests.live_server import LiveServer, entries

LISTING = """Heron: Waiting for the Right Passage
Heron is a retriever that waits until a passage scores above 0.8 before it reads on. It is an invention of this test.

Stork: Ranking While Standing Still
Stork ranks passages while it stands on one leg. It never moves, and reaches 71 % on a benchmark that is invented too.
"""
BIB = "@article{x, title={Bittern: Hiding in Reeds}, author={Lind, Ada}, year={2021}, abstract={Bittern hides well.}}"


def ids_of(shelf: Shelf) -> tuple[str, ...]:
    return tuple(paper.id for paper in shelf.shown)


def silent(done: int, total: int | None, words: str) -> None: ...


@pytest.fixture
def service(tmp_path: Path, model_cache: Path) -> Service:
    return service_in(tmp_path / "library", model_cache)


@pytest.fixture
def live(tmp_path: Path, model_cache: Path) -> Iterator[tuple[Service, LiveServer]]:
    """A library whose arXiv is a server on this machine."""
    with LiveServer() as server:
        settings = {"arxiv_url": server.arxiv_url, "hub_url": server.url, "live_pause_s": 0.0}
        yield service_in(tmp_path / "library", model_cache, **settings), server


def test_the_service_is_what_the_tab_needs(service: Service) -> None:
    assert isinstance(service, KeepsLibrary)


def test_an_empty_library_and_the_examples(service: Service) -> None:
    assert service.browse(Look()).pages == 1 and not service.browse(Look(text="x")).shown
    assert service.facets().years == () and service.authors_like("ada") == []
    assert service.load_starter().new == 47
    first = service.browse(Look())
    assert (first.fitting, first.papers, first.pages, len(first.shown)) == (47, 47, 2, 25)
    second = service.browse(Look(number=99))
    assert second.number == 2 and len(second.shown) == 22 and not set(ids_of(first)) & set(ids_of(second))
    assert set(service.ids_that_fit(Look())) == {*ids_of(first), *ids_of(second)}
    address = f"https://arxiv.org/abs/{ids_of(first)[3]}v2"
    assert ids_of(service.browse(Look(text=address))) == (ids_of(first)[3],)


def test_pasted_text_is_read_as_what_it_is(service: Service) -> None:
    """A listing page, BibTeX; the same again changes nothing; what is neither is said in plain words."""
    assert service.ingest_text(LISTING, silent).new == 2
    assert service.ingest_text(BIB, silent).new == 1
    assert service.ingest_text(BIB, silent).unchanged == 1
    with pytest.raises(InputError, match='"pasted text" is in no format we know'):
        service.ingest_text("roses are red", silent)
    assert service.browse(Look(text="bitt")).shown[0].authors == ("Ada Lind",)
    assert service.authors_like("ada li") == service.authors_like("lind") == ["Ada Lind"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("2401.00001\n2401.00002, arXiv:2401.00003v2", ["2401.00001", "2401.00002", "arXiv:2401.00003v2"]),
        ("https://arxiv.org/abs/2401.00001 10.1234/abc", ["https://arxiv.org/abs/2401.00001", "10.1234/abc"]),
        ("https://doi.org/10.1234/abc", ["https://doi.org/10.1234/abc"]),
        ("arXiv: 2401.00001; 2401.00001", ["2401.00001"]),
        ("see 2401.00001", []),
        ("", []),
        ("   \n", []),
        (LISTING, []),
    ],
)
def test_a_text_of_nothing_but_ids(text: str, ids: list[str]) -> None:
    assert ids_in(text) == ids


def test_pasted_ids_are_fetched(live: tuple[Service, LiveServer]) -> None:
    """Those of arXiv; another DOI and an id that arXiv does not know are set aside with why."""
    service, server = live
    server.entries = entries(3)
    report = service.ingest_text("2401.00001 2401.00003\n10.1234/abc 2401.00077", silent)
    assert (report.new, report.bad_count) == (2, 2)
    assert any("10.1234/abc" in bad.reason and "not of arXiv" in bad.reason for bad in report.bad)
    with pytest.raises(InputError, match="These are DOIs"):
        service.ingest_text("10.1234/abc", silent)


def test_a_query_is_fetched_with_progress(live: tuple[Service, LiveServer]) -> None:
    service, server = live
    server.entries = entries(30)
    said: list[str] = []
    assert service.ingest_query("all:newts", 20, lambda done, total, words: said.append(words)).new == 20
    assert any("arXiv has 30 papers for this; the newest 20 are fetched" in words for words in said)
    with pytest.raises(InputError, match="arXiv does not understand") as wrong:
        service.ingest_query('all:"newts', 20, silent)
    assert "askpapers ingest" not in wrong.value.hint


def test_whoever_leaves_stops_a_query(live: tuple[Service, LiveServer]) -> None:
    """At once, also in a pause; what was stored stays, and the same query brings the rest."""
    service, server = live
    service.settings = service.settings.model_copy(update={"live_pause_s": 30.0})
    server.entries = entries(230)
    gone = threading.Event()
    ended: list[type[BaseException] | None] = []

    def fetch() -> None:
        try:
            with leaving.listening(gone.is_set):
                service.ingest_query("all:newts", 230, silent)
            ended.append(None)
        except BaseException as error:
            ended.append(type(error))

    fetching = threading.Thread(target=fetch)
    fetching.start()
    until = time.monotonic() + 20
    while service.library.store.count() < 64 and time.monotonic() < until:
        time.sleep(0.02)
    gone.set()
    fetching.join(10)
    assert not fetching.is_alive() and ended == [leaving.Left]
    stored = service.library.store.count()
    assert 64 <= stored < 230
    service.settings = service.settings.model_copy(update={"live_pause_s": 0.0})
    service.ingest_query("all:newts", 230, silent)
    assert service.library.store.count() == 230


def test_offline_is_said_at_once(service: Service) -> None:
    offline.switch_on()
    try:
        with pytest.raises(SourceError, match="offline") as refused:
            service.ingest_query("all:newts", 5, silent)
        assert "paste" in refused.value.hint
        with pytest.raises(SourceError, match="offline"):
            service.ingest_text("2401.00001", silent)
    finally:
        offline.switch_off()


def test_an_arxiv_that_does_not_answer(tmp_path: Path, model_cache: Path) -> None:
    service = service_in(tmp_path, model_cache, arxiv_url="http://127.0.0.1:9/api/query", live_pause_s=0.0)
    with pytest.raises(SourceError, match="gave nothing") as away:
        service.ingest_query("all:newts", 5, silent)
    assert "same command" not in away.value.hint


def test_removed_papers_are_gone_and_visitors_remove_nothing(service: Service) -> None:
    service.ingest_text(LISTING, silent)
    service.library.embed()
    ids = ids_of(service.browse(Look()))
    service.open_to_others = True
    for refused in (lambda: service.remove_papers(ids), lambda: service.merge_papers(*ids)):
        with pytest.raises(InputError, match="nothing is removed or merged here"):
            refused()
    service.open_to_others = False
    assert service.remove_papers([ids[0], "nobody"]) == [ids[0]]
    assert ids_of(service.browse(Look())) == (ids[1],)
    assert service.dense_index().whole and service.paper_count() == 1
    assert service.ingest_text(LISTING, silent).new == 1


def test_two_papers_become_one(service: Service) -> None:
    """It goes by the better id and has what either had; a second run of what brought them changes nothing."""
    one = BIB.replace("x,", "x, doi={10.1234/bittern},")
    other = BIB.replace("Hiding in Reeds", "Hiding in the Reeds").replace("2021", "2022")
    for text in (one, other):
        service.ingest_text(text, silent)
    (pair,) = list(service.duplicates())
    assert {pair.one.title, pair.other.title} == {"Bittern: Hiding in Reeds", "Bittern: Hiding in the Reeds"}
    whole = service.merge_papers(pair.one.id, pair.other.id)
    assert whole.id == "10.1234/bittern" and ids_of(service.browse(Look())) == (whole.id,)
    assert service.browse(Look(text="bittern")).fitting == 1
    service.library.embed()
    assert service.dense_index().whole and list(service.duplicates()) == []
    for text in (one, other):
        assert service.ingest_text(text, silent).unchanged == 1
    with pytest.raises(InputError, match="not in the library any more"):
        service.merge_papers(pair.one.id, pair.other.id)


@pytest.mark.parametrize("name", ["jsonl", "bibtex", "ris", "csv"])
def test_an_export_can_be_added_again(starter: Service, tmp_path: Path, model_cache: Path, name: str) -> None:
    look = Look(filters=Filters(since="2024"))
    ids = starter.ids_that_fit(look)
    assert 0 < len(ids) < 47
    path = tmp_path / f"papers.{name}"
    assert starter.export(name, path, ids, silent) == len(ids)  # type: ignore[arg-type]
    again = service_in(tmp_path / "again", model_cache)
    assert again.ingest_uploads([path], silent).new == len(ids)
    assert starter.export(name, path, None, silent) == 47  # type: ignore[arg-type]
    assert replace(look, filters=EVERY_PAPER) == Look()
