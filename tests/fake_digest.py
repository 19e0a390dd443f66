"""A scripted service that tells what is new: two invented papers, a hostile one among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from app.core.models import ModelPick
from app.digest.key_sentences import key_sentences
from app.digest.records import Digest, DigestGroup, Entry
from app.digest.since import parse_since
from tests.fake_map import MappedService
from tests.fake_service import HOSTILE, PAPERS


class FakeNews:
    """`told` records what was asked. The word "nothing" among the topics finds nothing."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[str, ...]]] = []

    def digest(self, since: str, topics: Sequence[str] = (), pick: ModelPick | None = None) -> Digest:
        until = datetime(2026, 11, 26, tzinfo=timezone(timedelta()))
        begins = parse_since(since, until)
        wanted = tuple(topic.strip() for topic in topics if topic.strip())
        self.told.append((since, wanted))
        if "nothing" in wanted:
            return Digest(begins, until)
        entries = tuple(Entry(n, paper, key_sentences(paper)) for n, paper in enumerate((PAPERS[0], HOSTILE), start=1))
        told = DigestGroup("long documents", entries[:1], 3, "Sparrow reads long documents [1].")
        return Digest(begins, until, 5, (told, DigestGroup("<b>odd</b>", entries[1:])), topics=wanted)


class NewsService(FakeNews, MappedService):
    """The fake service with a map and a digest."""

    def __init__(self) -> None:
        FakeNews.__init__(self)
        MappedService.__init__(self)
