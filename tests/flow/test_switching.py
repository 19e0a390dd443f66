"""Another model in the middle of a conversation: for that question only, over the same library, with nothing told of keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question, Turn
from app.core.errors import ChatModelError, SettingsError
from app.core.events import AnswerReady, Event, EvidenceReady, TextDelta, Thinking
from app.core.models import ModelPick
from tests.commands import Askpapers
from tests.conftest import settings_for
from tests.ollama_server import Chat, OllamaServer
from tests.scripted_server import Reply, ScriptedServer

OVOR = "2402.04129"
FIRST = "OVOR uses virtual outliers to tighten the classifier's decision boundaries [1]."
SECOND = "OVOR's source code is in a repository [1]."
KEY = "sk-of-this-session-42"


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture
def compatible() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def service(starter: Service, starter_folder: Path, model_cache: Path, tmp_path: Path) -> Service:
    """The starter library, answering with quotes unless a model is picked; its answers are kept elsewhere."""
    settings = settings_for(starter_folder, model_cache, keep_answers=0, llm_timeout_s=5.0)
    return Service(settings, starter.library)


def events(service: Service, text: str, pick: ModelPick | None, *history: Turn) -> list[Event]:
    return list(service.ask(Question(text, history), pick))


def answer_in(found: list[Event]) -> Answer:
    return next(e.answer for e in found if isinstance(e, AnswerReady))


def test_markers_and_history_stay(service: Service, ollama: OllamaServer, compatible: ScriptedServer) -> None:
    """One model answers, then another, then none: `[1]` is the same paper, and each is told what was said before."""
    ollama.enqueue(Chat(FIRST))
    one = answer_in(events(service, "What does OVOR use?", ModelPick("ollama:tiny", ollama.url)))
    assert (one.model.provider, one.model.name, one.text) == ("ollama", "tiny", FIRST)
    compatible.enqueue(Reply(text="What about OVOR's code?"), Reply(text=SECOND))
    pick = ModelPick("compatible:tiny", compatible.url, KEY)
    two = answer_in(events(service, "and its code?", pick, one.as_turn()))
    assert two.model.provider == "compatible" and two.text == SECOND
    assert two.citations[0].marker == 1 and two.citations[0].paper.id == OVOR
    assert "What does OVOR use?" in str(compatible.chats[0]) and "virtual outliers" in str(compatible.chats[0])
    three = answer_in(events(service, "and its results?", None, one.as_turn(), two.as_turn()))
    assert three.model.provider == "extractive" and three.citations[0].marker == 1
    assert three.citations[0].paper.id == OVOR


def test_a_pick_is_of_one_call(service: Service, ollama: OllamaServer) -> None:
    """Others, and the next question without it, are answered as before; the same pick builds nothing anew."""
    ollama.enqueue(Chat(FIRST), Chat(FIRST))
    pick = ModelPick("ollama:tiny", ollama.url)
    events(service, "What does OVOR use?", pick)
    assert service.chain_for(pick) is service.chain_for(ModelPick("ollama:tiny", ollama.url))
    assert service.model().provider == "extractive" and service.model(pick).name == "tiny"
    for n in range(20):
        service.chain_for(ModelPick(f"compatible:m{n}", "http://127.0.0.1:9/v1"))
    assert len(service._wirings) <= 8


def test_the_window_that_a_prompt_needs(service: Service, ollama: OllamaServer) -> None:
    """Ollama is asked for room for prompt and answer, whatever it would have given by itself."""
    ollama.enqueue(Chat(FIRST))
    events(service, "What does OVOR use?", ModelPick("ollama:tiny", ollama.url))
    options = ollama.chats[0]["options"]
    assert 4096 <= options["num_ctx"] <= 40960 and options["num_predict"] >= 800


def test_thoughts_are_told_and_never_cited(service: Service, ollama: OllamaServer) -> None:
    """They come as events of their own before the text, stay with the answer, and their markers are none of it."""
    ollama.enqueue(Chat(FIRST, thinking="Abstract [3] is on something else. "))
    found = events(service, "What does OVOR use?", ModelPick("ollama:tiny", ollama.url))
    thought = "".join(e.text for e in found if isinstance(e, Thinking))
    answer = answer_in(found)
    assert thought == "Abstract [3] is on something else. " and answer.reasoning == thought.strip()
    assert [c.marker for c in answer.citations] == [1] and "something else" not in answer.text
    kinds = [type(e) for e in found if isinstance(e, (Thinking, TextDelta))]
    assert kinds.index(TextDelta) > 0 and Thinking not in kinds[kinds.index(TextDelta) :]
    assert answer.usage and (answer.usage.calls, answer.usage.prompt_tokens, answer.usage.answer_tokens) == (1, 42, 7)


def test_thoughts_without_their_opening_tag(service: Service, compatible: ScriptedServer) -> None:
    """What turns out to have been thought is taken back, and the answer begins anew: a second EvidenceReady says so."""
    compatible.enqueue(Reply(text=f"Let me look at [4] first.\n</think>\n\n{FIRST}"))
    found = events(service, "What does OVOR use?", ModelPick("compatible:tiny", compatible.url))
    answer = answer_in(found)
    assert answer.text == FIRST and "Let me look" in answer.reasoning
    assert len([e for e in found if isinstance(e, EvidenceReady)]) == 2
    last = max(at for at, e in enumerate(found) if isinstance(e, EvidenceReady))
    assert "".join(e.text for e in found[last:] if isinstance(e, TextDelta)).strip() == FIRST


def test_a_loop_and_an_answer_cut_off_are_said(service: Service, ollama: OllamaServer) -> None:
    """The answer up to there is kept, said once, and the reader is told why it ends."""
    pick = ModelPick("ollama:tiny", ollama.url)
    ollama.enqueue(Chat(f"{FIRST} " + "And so on it goes. " * 500), Chat(FIRST, done="length"))
    looped = answer_in(events(service, "What does OVOR use?", pick))
    assert looped.text.startswith(FIRST) and looped.text.count("And so on it goes") == 1
    assert looped.notices == ("The model began to repeat itself and was stopped there.",)
    (cut,) = answer_in(events(service, "What does OVOR use?", pick)).notices
    assert "cut off at 800 tokens" in cut and "ASKPAPERS_LLM_ANSWER_TOKENS" in cut


def test_a_failure_leaves_the_evidence(service: Service, ollama: OllamaServer) -> None:
    """Whoever shows it has the papers already, and may ask the same of nobody: quotes."""
    pick = ModelPick("ollama:tiny", ollama.url)
    ollama.enqueue(Chat("OVOR uses ", error="runner stopped"))
    found: list[Event] = []
    with pytest.raises(ChatModelError, match="runner stopped"):
        for event in service.ask(Question("What does OVOR use?"), pick):
            found.append(event)
    assert any(isinstance(e, EvidenceReady) for e in found) and any(isinstance(e, TextDelta) for e in found)
    quotes = answer_in(events(service, "What does OVOR use?", ModelPick("extractive")))
    assert quotes.citations[0].paper.id == OVOR and quotes.usage is None


def test_a_key_is_written_nowhere(
    starter: Service, starter_folder: Path, model_cache: Path, tmp_path: Path, compatible: ScriptedServer
) -> None:
    """It is sent to its server, and is in no receipt, answer, text of an object, nor any file."""
    service = Service(settings_for(tmp_path, model_cache), starter.library)
    compatible.enqueue(Reply(text=FIRST))
    pick = ModelPick("compatible:tiny", compatible.url, KEY)
    answer = answer_in(events(service, "What does OVOR use?", pick))
    assert compatible.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{answer!r}{pick!r}{service!r}{service.chain_for(pick)!r}"
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
    assert service.receipts.newest(1)


def test_the_settings_key_stays_with_its_server(
    starter: Service, starter_folder: Path, model_cache: Path, compatible: ScriptedServer
) -> None:
    """A model picked elsewhere is asked without it; visitors of an open page have it only for the settings' own model."""
    settings = settings_for(
        starter_folder,
        model_cache,
        llm="compatible:own",
        llm_base_url="http://127.0.0.1:9/v1",
        llm_api_key="sk-of-the-operator",
        openai_api_key="sk-openai-operator",
        keep_answers=0,
    )
    service = Service(settings, starter.library)
    compatible.enqueue(Reply(text=FIRST))
    events(service, "What does OVOR use?", ModelPick("compatible:tiny", compatible.url))
    assert "authorization" not in compatible.requests[-1].headers
    service.open_to_others = True
    with pytest.raises(SettingsError, match="needs an API key"):
        events(service, "What does OVOR use?", ModelPick("openai:gpt-5-mini"))
    with pytest.raises(SettingsError, match="not one that this page allows"):
        events(service, "What does OVOR use?", ModelPick("compatible:tiny", "http://127.0.0.1:1/v1"))


def test_models_lists_what_runs_here(starter_folder: Path, model_cache: Path, ollama: OllamaServer) -> None:
    """`models` shows the server at the address that is set, its chat models, and what answers."""
    run = Askpapers(starter_folder, model_cache, {"LLM": "ollama:tiny", "LLM_BASE_URL": ollama.url})
    told = run("models").out
    assert f"Ollama at {ollama.url}" in told and "ollama:qwen3:8b, 5.0 GB" in told and "embed" not in told
    assert "Now answers ollama:tiny." in told
    value = run("models", "--json").json
    assert value["now"]["provider"] == "ollama" and value["servers"][0]["models"][0]["name"] == "tiny:latest"
