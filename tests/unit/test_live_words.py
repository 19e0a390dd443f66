"""What the words behind `askpapers ingest` mean: files, ids, a query or the hub's papers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import InputError
from ingest.live import live_papers
from ingest.live.polite import Manners
from tests.live_server import LiveServer, entries, item

NOON = 1_795_608_000.0  # 2026-11-25T12:00:00Z


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server with five papers."""
    days = ("2026-11-25", "2026-11-20", "2024-02-29", "trending")
    with LiveServer(entries(5), {day: [item(1)] for day in days}) as started:
        yield started


@pytest.fixture
def asked(server: LiveServer) -> Any:
    """The requests that words lead to; None if they mean files."""

    def ask(*words: str, most: int | None = None, date: str | None = None) -> list[dict[str, str]] | None:
        server.forget()
        manners = Manners(server.arxiv_url, server.url, pause_s=0.0, now=lambda: NOON)
        records = live_papers(words, most=most, date=date, manners=manners, report=lambda line: None)
        if records is None:
            return None
        assert not server.asked, "nothing is asked before the first paper is taken"
        next(records, None)
        return [dict(request.words) for request in server.asked]

    return ask


@pytest.mark.parametrize(
    "words",
    [
        ["papers.txt"],
        ["-"],
        ["exports/"],
        ["./arxiv"],
        ["arxiv.bib"],
        ["hf-daily.json"],
        ["2401.00001"],
        ["my arxiv:x"],
    ],
)
def test_files(asked: Any, words: list[str]) -> None:
    """Anything that is not live is a file, also where its name begins like a source."""
    assert asked(*words) is None


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["arxiv:2401.00001"], "2401.00001"),
        (["arXiv:2401.00001v3"], "2401.00001v3"),
        (["ARXIV: 2401.00001"], "2401.00001"),
        (["arxiv:2401.00001", "arxiv:2401.00002"], "2401.00001,2401.00002"),
        (["arxiv:2401.00001,2401.00002"], "2401.00001,2401.00002"),
        (["arxiv:2401.00001,", "2401.00002"], "2401.00001,2401.00002"),
        (["arxiv", "2401.00001", "2401.00002v2"], "2401.00001,2401.00002v2"),
        (["arxiv:2401.00001", "arxiv:2401.00001"], "2401.00001"),
        (["arxiv:hep-th/9901001", "arxiv:math.GT/0309136v2"], "hep-th/9901001,math/0309136v2"),
        (["arxiv:https://arxiv.org/abs/2401.00001v2"], "2401.00001v2"),
        (["arxiv:2401.00001", "https://arxiv.org/pdf/2401.00002"], "2401.00001,2401.00002"),
    ],
)
def test_ids(asked: Any, words: list[str], ids: str) -> None:
    """Several ids, in any spelling, make one request; each is asked for once."""
    assert asked(*words)[0]["id_list"] == ids


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (["arxiv", "cat:cs.CL AND abs:retrieval"], "cat:cs.CL AND abs:retrieval"),
        (["arxiv", "cat:cs.CL", "AND", "abs:retrieval"], "cat:cs.CL AND abs:retrieval"),
        (["ArXiv", '  ti:"a  pond" '], 'ti:"a pond"'),
        (["arxiv", "newts"], "newts"),
        (["arxiv", "au:Müller"], "au:Müller"),
        (["arxiv", "abs:" + "x" * 5000], "abs:" + "x" * 5000),
    ],
)
def test_queries(asked: Any, words: list[str], query: str) -> None:
    """A query goes out as it was typed, in one argument or in several."""
    assert asked(*words)[0]["search_query"] == query


@pytest.mark.parametrize(
    ("date", "sent"),
    [
        (None, {"date": "2026-11-25"}),
        ("2026-11-20", {"date": "2026-11-20"}),
        ("2024-02-29", {"date": "2024-02-29"}),
        ("trending", {"sort": "trending"}),
    ],
)
def test_days(asked: Any, date: str | None, sent: dict[str, str]) -> None:
    """Today (UTC) unless a day is named, or the trending papers."""
    assert asked("hf-daily", date=date)[0].items() >= sent.items()


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (["arxiv:"], {}, "no arXiv id"),
        (["arxiv:2401.8570"], {}, '"2401.8570" is no arXiv id'),
        (["arxiv:9999.99999"], {}, '"9999.99999" is no arXiv id'),
        (["arxiv:2401.00001", "arxiv:cs.CL"], {}, '"cs.CL" is no arXiv id'),
        (["arxiv"], {}, "needs a query"),
        (["arxiv", " "], {}, "needs a query"),
        (["arxiv:2401.00001"], {"most": 5}, "--max"),
        (["arxiv:2401.00001"], {"date": "2026-11-20"}, "--date"),
        (["arxiv", "newts"], {"date": "2026-11-20"}, "submittedDate"),
        (["hf-daily"], {"date": "yesterday"}, '"yesterday"'),
        (["hf-daily"], {"date": "2026-02-30"}, '"2026-02-30"'),
        (["hf-daily"], {"date": "20261120"}, '"20261120"'),
        (["hf-daily"], {"date": ""}, '""'),
        (["hf-daily", "trending"], {}, "mixes"),
        (["hf-daily", "arxiv:2401.00001"], {}, "mixes"),
        (["papers.txt", "arxiv:2401.00001"], {}, "mixes"),
        (["arxiv:2401.00001", "papers.txt"], {}, "mixes"),
        (["arxiv", "newts", "hf-daily"], {}, "mixes"),
        (["arxiv", "there.txt"], {}, "mixes"),
    ],
)
def test_words_that_cannot_be(asked: Any, tmp_path: Path, words: list[str], more: dict[str, Any], said: str) -> None:
    """They are refused at once, with the person's own words and what to write."""
    (tmp_path / "there.txt").write_text("On Newts\n\nNewts swim.\n", "utf-8")
    with pytest.raises(InputError, match=said.replace("(", r"\(")) as refused:
        asked(*words, **more)
    assert refused.value.hint
