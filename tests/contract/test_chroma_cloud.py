"""A library on Chroma Cloud, through Chroma's real CloudClient, against a stand-in that speaks its protocol."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.adapters.chroma_client import ChromaPlace, OneClient
from app.adapters.cloud_search import CloudVectorStore, sparse_query, sparse_weights
from app.bootstrap import Service
from app.chat.retrieve import retrieve
from app.core.domain import Paper
from app.core.errors import LibraryError, SettingsError
from app.core.filters import Filters
from app.core.ports import Embedder
from app.library import Library
from app.upkeep import remove, verify
from app.wire import build_chain
from tests.chroma_cloud import DATABASE, KEY, TENANT, CloudStandIn, Refused
from tests.conftest import settings_for
from tests.fake_embedder import HashEmbedder


def paper(n: int, **more: Any) -> Paper:
    """An invented paper."""
    values = {
        "id": f"2101.{n:05}",
        "title": f"Kite {n} over Ponds",
        "abstract": f"Kite {n} counts {n} knots in the strings of its tail.",
        "authors": ("Ada Newt",),
        "year": 2021,
        **more,
    }
    return Paper(**values)


class QuickLibrary(Library):
    """A library whose embedder needs no model."""

    def open_embedder(self, spec: str) -> Embedder:
        return HashEmbedder()

    def open_embedder_of(self, info: Any) -> Embedder:
        return HashEmbedder()


@pytest.fixture
def cloud() -> Iterator[CloudStandIn]:
    """An empty Cloud."""
    with CloudStandIn() as stand_in:
        yield stand_in


Open = Callable[..., Library]


@pytest.fixture
def opened(cloud: CloudStandIn, tmp_path: Path, model_cache: Path) -> Iterator[Open]:
    """Opens libraries on that Cloud, each in the data folder of that name."""
    with ExitStack() as stack:

        def open_one(folder: str = "here", **more: Any) -> Library:
            settings = settings_for(tmp_path / folder, model_cache, chroma_url="cloud")
            values = {"api_key": KEY, "tenant": TENANT, "database": DATABASE, "stand_in": cloud.url, **more}
            place = OneClient(tmp_path / folder / "chroma", "cloud", **values)
            return stack.enter_context(closing(QuickLibrary(settings, place=place)))

        yield open_one


def test_key_tenant_and_database_reach_cloud(cloud: CloudStandIn, opened: Open) -> None:
    """Every request carries the key, and goes to the tenant and database of the settings."""
    library = opened()
    library.ingest([paper(1)])
    assert library.embed() == 1
    assert {asked.headers.get("x-chroma-token") for asked in cloud.asked} == {KEY}
    at = f"/api/v2/tenants/{TENANT}/databases/{DATABASE}/collections"
    assert {
        asked.path for asked in cloud.asked if "/collections" in asked.path and not asked.path.startswith(at)
    } == set()


def test_tenant_and_database_of_the_key(cloud: CloudStandIn, opened: Open) -> None:
    """Without them, those that the key is for are used, as Chroma's client finds out."""
    library = opened(tenant=None, database=None)
    library.ingest([paper(1)])
    assert library.embed() == 1


def test_the_schema_has_an_index_of_words(cloud: CloudStandIn, opened: Open) -> None:
    """A new collection is created by a schema: cosine for the vectors, BM25 on the field for the words."""
    assert opened().vectors.collection == "papers"
    (body,) = [asked.body for asked in cloud.asked if asked.method == "POST" and asked.body.get("name") == "papers"]
    assert body["configuration"] is None
    words = body["schema"]["keys"]["words"]["sparse_vector"]["sparse_vector_index"]
    assert words["enabled"]
    assert words["config"]["bm25"] is True
    vectors = body["schema"]["keys"]["#embedding"]["float_list"]["vector_index"]["config"]
    assert vectors["space"] == "cosine"


def test_a_question_finds_papers_by_words_on_cloud(cloud: CloudStandIn, opened: Open) -> None:
    """The keyword leg of a question is Cloud's sparse search, with the words hashed as in the papers; both legs find."""
    library = opened()
    library.ingest([*(paper(n) for n in range(6)), paper(6, title="Marbles", abstract="Marbles roll far.")])
    library.embed()
    chain = build_chain(library.settings, library)
    lists = retrieve("How far do marbles roll?", chain.retrievers, 5)
    assert [hit.paper_id for hit in lists["keyword"]] == ["2101.00006"]
    assert lists["dense"][0].paper_id == "2101.00006"
    (body,) = cloud.bodies("/search")
    (search,) = body["searches"]
    query = sparse_query(library.keyword.terms("How far do marbles roll?"))
    assert query is not None
    assert search["rank"]["$knn"]["query"]["indices"] == query.indices
    assert (search["rank"]["$knn"]["key"], search["limit"]["limit"]) == ("words", 5)
    stored = cloud.collections["papers"].records["2101.00006#0"].metadata["words"]
    assert set(query.indices) <= set(stored["indices"])
    found = Service(library.settings, library).search("marbles roll", 3)
    assert found[0].paper.id == "2101.00006"
    assert set(found[0].found_by) == {"dense", "keyword"}


def test_same_order_as_the_local_index(opened: Open) -> None:
    """Cloud's order by words is nearly that of the local index, whose BM25 it is; only lengths are judged otherwise."""
    library = opened()
    texts = ["knots", "knots and marbles", "marbles marbles knots", "a tail", "a tail of knots and knots"]
    library.ingest([paper(n, title=f"Paper {n}", abstract=text) for n, text in enumerate(texts)])
    library.embed()
    for query in ("knots", "marbles", "tail knots", "nothing here"):
        ours = {hit.paper_id for hit in library.keyword.search(query, 10)}
        theirs = library.keyword_leg.search(query, 10)
        assert {hit.paper_id for hit in theirs} == ours
        assert [hit.rank for hit in theirs] == list(range(1, len(theirs) + 1))
        assert [hit.score for hit in theirs] == sorted((hit.score for hit in theirs), reverse=True)
    assert library.keyword_leg.search("marbles", 1)[0].paper_id == "2101.00002"


def test_only_papers_among_these(cloud: CloudStandIn, opened: Open) -> None:
    """A filter of many papers goes in several searches of one call; nothing among nothing."""
    library = opened()
    library.ingest([paper(n) for n in range(700)])
    library.embed()
    among = tuple(f"2101.{n:05}" for n in range(1, 700, 2))
    found = library.keyword_leg.search("knots", 40, Filters(ids=among))
    assert len(found) == 40
    assert {hit.paper_id for hit in found} <= set(among)
    assert len(cloud.bodies("/search")) == 1
    assert library.keyword_leg.search("knots", 40, Filters(ids=("unknown",))) == []
    assert library.keyword_leg.search("the of", 5) == []


def test_papers_without_vectors_are_found_by_words(cloud: CloudStandIn, opened: Open) -> None:
    """Until all papers have their vectors, so their words on Cloud, the local index answers."""
    library = opened()
    library.ingest([paper(1)])
    library.embed()
    library.ingest([paper(2, abstract="It weighs marbles.")])
    assert [hit.paper_id for hit in library.keyword_leg.search("marbles", 5)] == ["2101.00002"]
    assert not cloud.bodies("/search")
    library.embed()
    assert [hit.paper_id for hit in library.keyword_leg.search("marbles", 5)] == ["2101.00002"]
    assert len(cloud.bodies("/search")) == 1


def test_a_collection_without_an_index_of_words(cloud: CloudStandIn, opened: Open) -> None:
    """One that was copied to Cloud from a server: the local index answers."""
    library = opened()
    library.ingest([paper(1)])
    library.embed()
    cloud.collections["papers"].schema = None
    library.forget_vectors()
    assert [hit.paper_id for hit in library.keyword_leg.search("knots", 5)] == ["2101.00001"]
    assert not cloud.bodies("/search")


def test_within_the_quotas(cloud: CloudStandIn, opened: Open) -> None:
    """More papers than Cloud takes or gives at once, thousands of authors and long titles: nothing is refused, the
    whole records reach another computer, and changes and removals too."""
    library = opened()
    many = paper(1, authors=tuple(f"Author {n} Häßlich" for n in range(3000)), title="Long title " * 900)
    papers = [many, *(paper(n) for n in range(2, 350))]
    library.ingest(papers)
    assert library.embed() == 349
    library.ingest([paper(n, venue="Pond Letters") for n in range(2, 320)])
    library.embed()
    remove(library, [f"2101.{n:05}" for n in range(30, 340)])
    verdict = verify(library)
    assert verdict.agree
    assert (verdict.papers, verdict.waiting) == (39, 0)
    assert library.vectors.count() == 39
    other = opened("elsewhere")
    assert {p.id: p for p in other.store.papers()} == {p.id: p for p in library.store.papers()}
    assert other.store.get([many.id]) == {many.id: many}
    assert other.embedded_whole()
    assert not [asked for asked in cloud.asked if asked.path.endswith("/upsert") and len(asked.body["ids"]) > 300]


def test_no_key(tmp_path: Path) -> None:
    """Without a key it is said which setting it goes into."""
    with pytest.raises(SettingsError, match="key") as caught:
        ChromaPlace(tmp_path, "cloud").open()
    assert "ASKPAPERS_CHROMA_API_KEY" in caught.value.hint


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (Refused(401, "AuthError", "Unauthorized"), "Unauthorized"),
        (Refused(429, "RateLimitError", "slow down"), "slow down"),
        (Refused(422, "QuotaError", "Quota exceeded: too much"), "Quota exceeded"),
        (Refused(500, "InternalError", "sorry"), "sorry"),
    ],
)
def test_refusals(cloud: CloudStandIn, opened: Open, refused: Refused, said: str) -> None:
    """What Cloud refuses is said in its words with our settings' names, and the same call works afterwards."""
    library = opened()
    library.ingest([paper(1)])
    assert library.vectors
    cloud.refuse_next = refused
    with pytest.raises(LibraryError, match=said) as caught:
        library.vectors.count()
    assert "ASKPAPERS_CHROMA_API_KEY" in caught.value.hint
    assert library.embed() == 1


def test_a_wrong_key(opened: Open) -> None:
    """It is an error in our words at the first use."""
    with pytest.raises(LibraryError, match="Chroma Cloud cannot be used"):
        assert opened(api_key="ck-wrong").store


def test_weights_are_bm25() -> None:
    """A term's weight grows with its count and shrinks with the length, as BM25 has it; indices are in order."""
    assert sparse_weights([]) is None
    assert sparse_query([]) is None
    once = sparse_weights(["kite"] + ["x"] * 0)
    assert once is not None
    expected = 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 1 / 110))
    assert math.isclose(once.values[0], expected, rel_tol=1e-5)
    several = sparse_weights([f"w{n}" for n in range(50)] + ["kite"] * 3)
    assert several is not None
    assert several.indices == sorted(set(several.indices))
    weight = dict(zip(several.indices, several.values, strict=True))
    assert weight[once.indices[0]] > weight[min(i for i in weight if i != once.indices[0])]


def test_the_store_is_the_cloud_one(opened: Open) -> None:
    """Settings that say cloud open the store with words."""
    assert isinstance(opened().vectors, CloudVectorStore)
