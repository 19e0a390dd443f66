"""`doctor` and `profile`: a whole measurement over a scripted server, what is kept of it, and what it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.adapters.profile_file import ProfileFile
from app.bootstrap import Service
from app.cli import cli
from app.core.errors import InputError
from app.core.models import Profile
from app.core.report import Finding
from app.doctor import examine
from app.wire import profiles
from tests.conftest import settings_for
from tests.scripted_server import Reply, Request, ScriptedServer, error_body


class ModelServer(ScriptedServer):
    """A scripted server that answers every chat by `answer` and other requests from `other`."""

    def __init__(self, answer: Callable[[str], Reply], **other: object) -> None:
        super().__init__()
        self._chat, self._other = answer, {f"/{name.replace('__', '/')}": body for name, body in other.items()}

    def _next(self, request: Request) -> Reply:
        if request.path in self._other:
            return Reply(body=self._other[request.path])
        if request.path.endswith("/chat/completions"):
            if "response_format" in request.body:
                text = json.dumps({"name": "heron", "legs": 2}) if self.schema else "Herons have two legs."
                return Reply(text=text, reasoning=self.thinks)
            return self._chat("\n".join(message["content"] for message in request.body["messages"]))
        return super()._next(request)

    schema = True
    thinks = ""


def good(prompt: str) -> Reply:
    """Cites the abstract that speaks of what is asked for."""
    if "four hundred" in prompt:
        return Reply(text="one\n" * 400, delay_s=0.02)
    asked = re.search(r"What does (.+?) do\?", prompt)
    if not asked:
        return Reply(text="one, two, three, four, five, six, seven, eight, nine, ten")
    fenced = re.findall(r'<abstract number="(\d+)">\n(.*?)</abstract>', prompt, re.DOTALL)
    (right,) = [number for number, text in fenced if asked[1] in text]
    return Reply(text=f"It is a method [{right}].")


def bad(prompt: str) -> Reply:
    """Never cites."""
    return Reply(text="Sure, it is a great method!") if "What does" in prompt else good(prompt)


Serve = Callable[..., tuple[Service, ModelServer]]


@pytest.fixture
def serve(starter: Service, tmp_path: Path, model_cache: Path) -> Iterator[Serve]:
    """A service over the starter library with its model on such a server, its profiles in a folder of their own."""
    running: list[ModelServer] = []

    def made(
        answer: Callable[[str], Reply], more: dict[str, object] | None = None, **other: object
    ) -> tuple[Service, ModelServer]:
        server = ModelServer(answer, **other)
        server.__enter__()
        running.append(server)
        values: dict[str, object] = {"llm": "compatible:tiny", "llm_base_url": server.url, **(more or {})}
        return Service(settings_for(tmp_path / "data", model_cache, **values), starter.library), server

    yield made
    for server in running:
        server.__exit__(None, None, None)


def by_part(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


def test_a_good_model_is_measured_whole(serve: Serve) -> None:
    """Every part is found and kept: window, speed, streaming, stop, JSON, citing; and it gets everything."""
    listed = {"data": [{"id": "tiny", "owned_by": "vllm", "max_model_len": 16384}]}
    service, server = serve(good, v1__models=listed)
    found = by_part(list(service.test_model()))
    assert list(found) == [
        "chat model",
        "window",
        "speed",
        "streaming",
        "stop",
        "JSON",
        "reasoning",
        "citing",
        "profile",
    ]
    assert all(finding.ok for finding in found.values())
    assert "16,384 tokens" in found["window"].words and "max_model_len" in found["window"].words
    assert "3 of 3" in found["citing"].words and server.disconnected.is_set()
    kept = profiles(service.settings).get("tiny", server.url)
    assert kept is not None
    assert (kept.window, kept.streams, kept.stops, kept.json_schema, kept.reasons) == (16384, True, True, True, False)
    assert (kept.cited, kept.canaries, kept.prompt, kept.papers, kept.steps) == (3, 3, "full", None, "all")
    assert kept.tokens_per_s and kept.tokens_per_s > 3 and kept.measured_at.endswith("Z")


def test_a_model_that_never_cites_gets_less(serve: Serve) -> None:
    """It fails with words and a hint, and its next answers come from the short prompt, three papers and one request."""
    service, server = serve(bad)
    server.schema = False
    found = by_part(list(service.test_model()))
    assert not found["citing"].ok and found["citing"].hint and "0 of 3" in found["citing"].words
    assert "does not keep to a JSON schema" in found["JSON"].words
    assert "short prompt" in found["profile"].words and "it cited 0 of 3 times" in found["profile"].words
    again = Service(service.settings, service.library)
    limits = again.chain.limits
    assert (limits.papers, limits.few_steps, limits.short_prompt) == (3, True, True)


def test_a_model_that_reasons_is_told(serve: Serve) -> None:
    """Thinking aloud is seen, and kept."""
    service, server = serve(good)
    server.thinks = "Let me think about birds."
    found = by_part(list(service.test_model()))
    assert "it thinks aloud first" in found["reasoning"].words
    assert profiles(service.settings).all()[0].reasons is True


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_model_that_cannot_be_asked_is_one_finding(serve: Serve, status: int) -> None:
    """The server's words, a hint, nothing kept, and no further question."""
    service, server = serve(lambda prompt: Reply(status=status, body=error_body("the server says boom")))
    (only,) = service.test_model()
    assert not only.ok and "boom" in only.words and only.hint
    assert profiles(service.settings).all() == [] and len(server.chats) == (
        3 if status == 500 else 1
    )  # what may pass is asked again


def test_a_failure_in_the_middle_costs_that_part_only(serve: Serve) -> None:
    """A server that breaks at the long reply is still measured for the rest."""

    def answer(prompt: str) -> Reply:
        return Reply(status=500, body=error_body("boom")) if "four hundred" in prompt else good(prompt)

    service, _ = serve(answer)
    found = by_part(list(service.test_model()))
    assert "could not be told" in found["stop"].words and "3 of 3" in found["citing"].words


def test_nobody_at_the_address(starter: Service, tmp_path: Path, model_cache: Path) -> None:
    """The address and what to do, without a wait."""
    settings = settings_for(tmp_path, model_cache, llm="compatible:tiny", llm_base_url="http://127.0.0.1:9/v1")
    (only,) = Service(settings, starter.library).test_model()
    assert not only.ok and "127.0.0.1:9" in only.words and only.hint


def test_without_a_model_there_is_nothing_to_measure(starter: Service) -> None:
    """Quotes need no model: doctor says so and is content."""
    found = by_part(list(examine(starter)))
    assert list(found) == ["embedder", "library", "tokens", "chat model"]
    assert "quotes" in found["chat model"].words and all(finding.ok for finding in found.values())


# --- the profile commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`askpapers profile ...` over a folder with two profiles."""
    monkeypatch.setenv("ASKPAPERS_DATA_DIR", str(tmp_path))
    file = ProfileFile(tmp_path / "profiles.json")
    file.put(Profile("qwen3:8b", "http://127.0.0.1:11434", window=8192, tokens_per_s=9.0, cited=3, canaries=3))
    file.put(Profile("gemma3", "http://127.0.0.1:8080/v1"))
    file.put(Profile("gemma3", "http://10.0.0.2:8080/v1"))
    return lambda *arguments: CliRunner().invoke(cli, ["profile", *arguments], catch_exceptions=True)


def test_profiles_are_shown(run: Callable[..., Any]) -> None:
    """All of them, or those of a model, by its name with or without the provider; as JSON where that is asked for."""
    assert run("show").output.count(" at http") == 3
    shown = run("show", "ollama:qwen3:8b").output
    assert "qwen3:8b at http://127.0.0.1:11434" in shown and "8,192 tokens" in shown and "3 of 3" in shown
    assert [each["model"] for each in json.loads(run("show", "gemma3", "--json").output)] == ["gemma3", "gemma3"]


def test_profiles_are_edited_and_forgotten(run: Callable[..., Any], tmp_path: Path) -> None:
    """What is set is shown as set by hand; what is forgotten is gone."""
    shown = run("edit", "qwen3:8b", "--set", "papers=3", "--set", "steps=few").output
    assert "at most 3 papers, no steps beside the answer" in shown and "set by hand: papers, steps" in shown
    kept = ProfileFile(tmp_path / "profiles.json").get("qwen3:8b", "http://127.0.0.1:11434")
    assert kept and (kept.papers, kept.steps) == (3, "few")
    assert run("forget", "gemma3", "--address", "http://10.0.0.2:8080/v1").exit_code == 0
    assert len(ProfileFile(tmp_path / "profiles.json").all()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "llama9"), "llama9"),
        (("edit", "gemma3", "--set", "papers=3"), "several addresses"),
        (("edit", "gemma3", "--address", "http://nowhere", "--set", "papers=3"), "nowhere"),
        (("edit", "qwen3:8b", "--set", "papers"), "papers"),
        (("edit", "qwen3:8b", "--set", "papers=lots"), "lots"),
        (("forget", "llama9"), "llama9"),
    ],
)
def test_what_cannot_be_done_is_said(run: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    """The person's own word, and what to type."""
    failed = run(*arguments).exception
    assert isinstance(failed, InputError) and said in str(failed) and failed.hint
