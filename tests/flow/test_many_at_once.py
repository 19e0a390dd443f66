"""Many people at one page: ten answers stream at once, and whoever asks too often is told when they can again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from app.ui.door.door import Door
from app.ui.door.limits import Limits
from app.ui.gradio_app import Server, launch
from tests.fake_service import FakeService
from tests.page_client import PageClient

TEN = 10


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.0)


@pytest.fixture(scope="module")
def server(service: FakeService) -> Iterator[Server]:
    running = launch(service, port=0)
    yield running
    running.close()


def test_ten_people_stream_at_once(service: FakeService, server: Server) -> None:
    """All ten read their first words while none of the answers is done; when they leave, every one of them ends, and the
    next person is answered."""
    everybody = threading.Barrier(TEN + 1, timeout=30)
    done: list[str] = []

    def ask(number: int) -> None:
        page = PageClient(server.url)
        with page.asking(f"slow person {number}") as lines:
            for line in lines:
                if "process_completed" in line:
                    done.append(line)
                if "word0" in line:
                    break
            everybody.wait()
            everybody.wait()
        page.close()

    people = [threading.Thread(target=ask, args=(number,)) for number in range(TEN)]
    for person in people:
        person.start()
    everybody.wait()
    assert not done
    assert len(service.asked) == TEN
    everybody.wait()
    for person in people:
        person.join()
    end = time.monotonic() + 20
    while len(service.closed) < TEN and time.monotonic() < end:
        time.sleep(0.05)
    assert sorted(service.closed) == sorted(question.text for question in service.asked)
    page = PageClient(server.url)
    with page.asking("compare Sparrow and Finch") as lines:
        assert any("process_completed" in line and '"success":true' in line for line in lines)
    page.close()


def test_whoever_asks_too_often_is_told() -> None:
    """On the page and by the API, each person for themselves; behind a trusted proxy by the address it names."""
    limits = Limits(2, 4)
    running = launch(FakeService(pace=0.0), port=0, door=Door(limits=limits, proxies="127.0.0.1", local=False))
    ask = f"{running.url}gradio_api/run/ask"

    def asked(person: str) -> httpx.Response:
        return httpx.post(ask, json={"question": "compare"}, headers={"x-forwarded-for": person})

    try:
        ada, bo, cy = "192.0.2.1", "192.0.2.2", "192.0.2.3"
        assert asked(ada).status_code == 200
        page = PageClient(running.url, headers={"x-forwarded-for": ada})
        with page.asking("compare Sparrow and Finch") as lines:
            assert any("process_completed" in line for line in lines)
        assert "You have asked 2 questions in this minute; the next can be asked in" in page.status("compare")
        page.close()
        told = asked(ada)
        assert told.status_code == 429
        assert 50 < int(told.headers["retry-after"]) <= 60
        assert told.json()["error"].startswith("You have asked 2 questions in this minute")
        assert [asked(bo).status_code, asked(bo).status_code] == [200, 200]
        assert asked(cy).json()["error"].startswith("Many people are asking: 4 questions came in this minute.")
    finally:
        running.close()


def test_an_address_that_anybody_could_name() -> None:
    """Where no proxy is told of, X-Forwarded-For is not believed: everybody here comes from one address."""
    running = launch(FakeService(pace=0.0), port=0, door=Door(limits=Limits(1), local=False))
    try:
        codes = [
            httpx.post(
                f"{running.url}gradio_api/run/ask",
                json={"question": "compare"},
                headers={"x-forwarded-for": f"192.0.2.{number}"},
            ).status_code
            for number in range(2)
        ]
        assert codes == [200, 429]
    finally:
        running.close()
