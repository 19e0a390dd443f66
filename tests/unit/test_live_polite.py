"""How often a server is asked, how long it is waited for, and where the settings for that come from."""

from __future__ import annotations

import pytest

from app.core.errors import SettingsError
from app.core.settings import load_settings
from ingest.live.polite import Manners, Site, Stumble, polite_pause, printable
from tests.live_server import LiveServer, silent, status


@pytest.mark.parametrize(
    "url",
    [
        "https://export.arxiv.org/api/query",
        "http://export.arxiv.org/api/query",
        "https://arxiv.org/api/query",
        "https://EXPORT.ArXiv.org:443/api/query",
        "https://export.arxiv.org./api/query",
        "https://someone:secret@export.arxiv.org/api/query",
    ],
)
@pytest.mark.parametrize("pause", [0.0, 0.5, 2.99, 3.0, 10.0])
def test_arxiv_is_never_hurried(url: str, pause: float) -> None:
    """Three seconds between requests to arXiv itself at least, whatever the settings say."""
    assert polite_pause(url, pause) == max(3.0, pause)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/api/query",
        "https://arxiv.org.example/api",
        "https://notarxiv.org/",
        "https://huggingface.co",
    ],
)
def test_others_get_the_pause_of_the_settings(url: str) -> None:
    """A mirror, or the hub, is asked as often as the person says."""
    assert polite_pause(url, 0.5) == 0.5


def test_a_site_keeps_the_pause_of_its_address() -> None:
    """A site of arXiv waits three seconds after each request with a pause of 0 in the settings, also if it fails."""
    slept: list[float] = []
    now = [50.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    manners = Manners(pause_s=0.0, tries=3, answer_within_s=1.0, sleep=sleep, clock=lambda: now[0])
    site = Site("arXiv", "http://export.arxiv.org/api/query", manners, lambda line: None)
    with pytest.raises(Exception, match="arXiv"):
        site.get({}, bytes)  # the tests may not connect to it
    assert slept and min(slept) >= 3.0


def test_waits_grow_up_to_a_minute() -> None:
    """3, 6, 12, 24, 48 seconds, then a minute each; a server that asks for less gets the longer wait all the same."""
    slept: list[float] = []
    now = [50.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    with LiveServer() as server:
        server.enqueue(*[status(500, "1")] * 20)
        site = Site("arXiv", server.arxiv_url, Manners(tries=8, sleep=sleep, clock=lambda: now[0]), lambda line: None)
        with pytest.raises(Stumble, match="HTTP 500"):
            site.get({"id_list": "2401.00001"}, bytes)
    assert slept == [3.0, 6.0, 12.0, 24.0, 48.0, 60.0, 60.0]


@pytest.mark.parametrize("retry_after", ["-5", "", "soon", "Wed, 99 Nov 2026 99:00:00 GMT", "1e5", "nan", "0", "٣x"])
def test_a_wait_that_makes_no_sense(retry_after: str) -> None:
    """Our own wait is taken instead."""
    slept: list[float] = []
    with LiveServer() as server:
        server.enqueue(status(503, retry_after.encode().decode("latin-1")))
        site = Site("arXiv", server.arxiv_url, Manners(sleep=slept.append, clock=lambda: 0.0), lambda line: None)
        assert site.get({"id_list": "2401.00001"}, bytes)
    assert slept == [3.0]


@pytest.mark.parametrize("retry_after", ["601", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_beyond_patience(retry_after: str) -> None:
    """It is said and not sat out, however absurd."""
    slept: list[float] = []
    with LiveServer() as server:
        server.enqueue(status(503, retry_after))
        site = Site("arXiv", server.arxiv_url, Manners(sleep=slept.append), lambda line: None)
        with pytest.raises(Exception, match="to be asked in"):
            site.get({"id_list": "2401.00001"}, bytes)
    assert not slept


def test_an_answer_without_end() -> None:
    """A server that sends a little every now and then does not hold a run for ever."""
    with LiveServer() as server:
        server.enqueue(lambda good: silent(0.0)(good).__class__(body="x" * 400, drip_s=0.05))
        manners = Manners(tries=1, whole_within_s=0.2, answer_within_s=5.0)
        with pytest.raises(Stumble, match="does not end"):
            Site("arXiv", server.arxiv_url, manners, lambda line: None).get({"id_list": "2401.00001"}, bytes)


@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\u009bb", "a\u202eb", "a\u200bb", "a\ud800b", "a\n\r\tb", "a\u2028b"])
def test_words_for_a_terminal(text: str) -> None:
    """What a server says is shown in one line of signs that can be seen."""
    shown = printable(text)
    assert shown.isprintable() and shown.startswith("a") and shown.endswith("b")
    assert len(printable("x" * 999)) == 200


def test_addresses_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's address is our own setting, else HF_ENDPOINT, else the hub's."""
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    settings = load_settings()
    assert settings.arxiv_url == Manners().arxiv_url and settings.hub_url == Manners().hub_url
    assert settings.live_pause_s == Manners().pause_s == 3.0
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hub/")
    assert load_settings().hub_url == "https://mirror.example/hub/"
    monkeypatch.setenv("ASKPAPERS_HUB_URL", "")
    assert load_settings().hub_url == "https://mirror.example/hub/"
    monkeypatch.setenv("ASKPAPERS_HUB_URL", "http://127.0.0.1:9")
    assert load_settings().hub_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ASKPAPERS_ARXIV_URL", "export.arxiv.org"),
        ("ASKPAPERS_ARXIV_URL", "file:///etc/passwd"),
        ("ASKPAPERS_HUB_URL", "http:///x"),
        ("ASKPAPERS_LIVE_PAUSE_S", "-1"),
        ("ASKPAPERS_LIVE_PAUSE_S", "soon"),
        ("ASKPAPERS_LIVE_PAUSE_S", "inf"),
        ("ASKPAPERS_LIVE_PAUSE_S", "nan"),
    ],
)
def test_a_setting_that_cannot_be(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """It is named, before anything is asked."""
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert f'{variable} cannot be "{value}"' in str(refused.value)
