"""A server that reads less of a prompt than was sent: it is noticed, told, asked again once, and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.bootstrap import Service
from app.chat.limits import Limits
from app.core.domain import Answer, Question
from app.core.errors import EmptyReplyError
from app.core.events import AnswerReady, Event, EvidenceReady, TextDelta
from app.core.models import Profile
from app.core.tokens import token_counter
from app.ui.conversation import Draft
from tests.scripted_server import (
    Reply,
    Request,
    ScriptedServer,
    error_body,
    overflow_llama_cpp,
    overflow_lm_studio_flat,
    overflow_ollama,
    overflow_vllm,
)

Build = Callable[..., Service]
OVOR, LANE = "2402.04129", "2405.15633"
TEXT = "OVOR uses virtual outliers to tighten the classifier's decision boundaries [1]."


def prompt_of(request: Request) -> str:
    return "\n".join(message["content"] for message in request.body["messages"])


def written(text: str, read: int | None) -> Reply:
    """A stream of this text whose usage says that so many tokens of the prompt were read."""

    def event(**more: object) -> str:
        return f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'tiny', **more})}\n\n"

    pieces = [
        event(choices=[{"index": 0, "delta": {"content": piece}}])
        for piece in text.split(" ")
        for piece in (piece, " ")
    ]
    end = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = {"prompt_tokens": read, "completion_tokens": 9, "total_tokens": (read or 0) + 9}
    tail = event(choices=[], usage=usage) if read is not None else ""
    return Reply(raw_sse="".join(pieces) + end + tail + "data: [DONE]\n\n")


def reading(window: int, halves: bool = True, per_word: float = 1.5) -> Callable[[Request], Reply]:
    """A server with this window that cuts what is longer in silence: as Ollama does to half of it and what it keeps of the
    beginning, or to the whole window."""

    def answer(request: Request) -> Reply:
        tokens = round(len(prompt_of(request).split()) * per_word)
        read = tokens if tokens <= window else window // 2 + 2 if halves else window
        return written(TEXT if tokens <= window else "I see no rules here.", read)

    return answer


class Asked:
    """A chain over the scripted server, planned for a window; each `ask` is one question."""

    def __init__(self, service: Service, **limits: object) -> None:
        # As for a model that is not OpenAI's: what is counted is an estimate that learns.
        count = service.library.embedder.count_tokens
        chain = replace(service.chain, tokens=token_counter(count, openai=False))
        values: dict[str, object] = {"papers": 12, "window_tokens": 16384, "answer_tokens": 400, **limits}
        self.chain = replace(chain, limits=Limits(**values))  # type: ignore[arg-type]

    def events(self, text: str) -> list[Event]:
        return list(self.chain.ask(Question(text)))

    def answer(self, text: str) -> Answer:
        last = self.events(text)[-1]
        assert isinstance(last, AnswerReady)
        return last.answer


def papers_sent(server: ScriptedServer) -> list[int]:
    return [str(chat["messages"]).count("<abstract number") for chat in server.chats]


@pytest.mark.parametrize("halves", [True, False], ids=["to half", "to the window"])
def test_a_cut_prompt_is_told_and_asked_again_once(server: ScriptedServer, build: Build, halves: bool) -> None:
    """The reader learns how much was read and how many papers the answer rests on; the second text replaces the first."""
    server.enqueue(*[reading(2048, halves)] * 4)
    asked = Asked(build())
    found = asked.events("What does OVOR keep?")
    assert isinstance(found[-1], AnswerReady)
    answer = found[-1].answer
    first, second = papers_sent(server)
    assert first == 12 > second == len(answer.evidence) >= 1
    read = "1,026" if halves else "2,048"
    (notice,) = answer.notices
    assert notice.startswith(f"The server read only {read} of about ")
    assert notice.endswith(f"tokens, so it was asked again with {second} papers.")
    assert answer.text.startswith(TEXT)
    draft = Draft("What does OVOR keep?")
    for event in found:
        draft = draft.after(event)
    assert draft.text.strip() == answer.text == TEXT, "the words of the first try are gone"


def test_the_window_found_is_planned_for_next_time(server: ScriptedServer, build: Build) -> None:
    """The next question to the same model is asked once, with what fits, and nothing needs to be told."""
    server.enqueue(*[reading(2048)] * 4)
    asked = Asked(build())
    asked.answer("What does OVOR keep?")
    answer = asked.answer("How does OVOR treat decision boundaries?")
    assert len(server.chats) == 3 and answer.notices == ()


def test_a_prompt_read_whole_is_not_asked_again(server: ScriptedServer, build: Build) -> None:
    """A server that reads everything is asked once, and the estimate comes near its counts."""
    server.enqueue(*[reading(16384)] * 4)
    asked = Asked(build(), told=True)
    estimate = asked.chain.tokens.count("prompts and papers " * 300)
    for _ in range(4):
        assert asked.answer("What does OVOR keep?").notices == ()
    assert len(server.chats) == 4
    assert asked.chain.tokens.count("prompts and papers " * 300) < estimate


def test_another_way_of_counting_is_no_cut(server: ScriptedServer, build: Build) -> None:
    """A server whose tokens are larger than any we know is taken for one that cuts at most once; nothing is told."""
    server.enqueue(*[reading(16384, per_word=0.85)] * 6)
    asked = Asked(build())
    assert asked.answer("What does OVOR keep?").notices == ()
    assert len(server.chats) == 2
    assert asked.answer("What does OVOR keep?").notices == () and len(server.chats) == 3
    assert papers_sent(server)[-1] == 12, "and the next question gets all its papers"


def test_a_count_of_something_else_is_no_cut(server: ScriptedServer, build: Build) -> None:
    """A count too small for any window, or none, says nothing of a cut."""
    server.enqueue(written(TEXT, 12), written(TEXT, 0), written(TEXT, None))
    asked = Asked(build())
    for _ in range(3):
        assert asked.answer("What does OVOR keep?").notices == ()
    assert len(server.chats) == 3


def test_what_is_still_cut_is_told_with_what_to_do(server: ScriptedServer, build: Build) -> None:
    """There is no third try: the answer stands, with the warning and the way to a larger window."""
    server.enqueue(written("No rules here.", 1026), written(TEXT, 514))
    answer = Asked(build()).answer("What does OVOR keep?")
    assert len(server.chats) == 2
    first, second = answer.notices
    assert first.startswith("The server read only 1,026 of about") and "so it was asked again with" in first
    assert second.startswith("The server read only 514 of about") and "may miss what was cut" in second
    assert "OLLAMA_CONTEXT_LENGTH" in second


def test_a_single_paper_that_is_cut_is_told(server: ScriptedServer, build: Build) -> None:
    """With one paper there are no fewer; the reader is warned."""
    server.enqueue(written(TEXT, 258))
    answer = Asked(build(), papers=1).answer("What does OVOR keep?")
    assert len(server.chats) == 1 and "may miss what was cut" in answer.notices[0]


def test_silence_may_be_a_prompt_too_long(server: ScriptedServer, build: Build) -> None:
    """A server that ends its stream without a word or a count, and says not why, is asked once more with half of the
    papers."""
    empty, asked_why = Reply(raw_sse=""), Reply(text="So")
    server.enqueue(empty, asked_why, written(TEXT, None), empty, asked_why, empty, asked_why)
    asked = Asked(build(), papers=6)
    answer = asked.answer("What does OVOR keep?")
    assert papers_sent(server) == [6, 6, 3]
    assert answer.notices == (
        "The server sent nothing, as some do when a prompt is too long for them, so it was asked again with 3 papers.",
    )
    with pytest.raises(EmptyReplyError):
        asked.answer("What does OVOR keep?")
    assert len(server.chats) == 7


@pytest.mark.parametrize("refusal", [overflow_llama_cpp, overflow_vllm, overflow_ollama, overflow_lm_studio_flat])
def test_a_refusal_is_told(server: ScriptedServer, build: Build, refusal: Callable[[], Reply]) -> None:
    """Whatever words a server has for a prompt that is too long, fewer papers are tried and the reader is told."""
    server.enqueue(refusal(), reading(16384))
    answer = Asked(build(), papers=6).answer("What does OVOR keep?")
    sent = papers_sent(server)
    assert len(sent) == 2 and sent[1] < sent[0]
    (notice,) = answer.notices
    assert notice.startswith("The prompt did not fit the model's window")
    assert notice.endswith(f"so it was asked again with {sent[1]} paper{'s' if sent[1] > 1 else ''}.")


def test_a_refusal_that_says_the_window_is_obeyed_at_once(server: ScriptedServer, build: Build) -> None:
    """The papers that fit the window the server names are sent, and the next question begins with so many."""
    message = "request (3900 tokens) exceeds the available context size (3072 tokens), try increasing it"
    server.enqueue(Reply(status=400, body=error_body(message, code=400)), *[reading(3072)] * 3)
    asked = Asked(build())
    answer = asked.answer("What does OVOR keep?")
    sent = papers_sent(server)
    assert "3,072 tokens" in answer.notices[0] and 2 < sent[1] < sent[0]
    assert asked.chain.tokens.count(prompt_of(server.requests[-1])) + 400 <= 3072
    assert asked.answer("What does OVOR keep?").notices == ()
    assert papers_sent(server)[2] == sent[1]


def test_a_comparison_shows_less_of_each_paper_rather_than_fewer(server: ScriptedServer, build: Build) -> None:
    """No side of a comparison is lost to a small window as long as a sentence of each fits."""
    message = "request (1500 tokens) exceeds the available context size (1280 tokens), try increasing it"
    server.enqueue(Reply(status=400, body=error_body(message, code=400)), *[reading(16384)] * 2)
    answer = Asked(build(), answer_tokens=200).answer("How does OVOR differ from MULTI-LANE?")
    assert papers_sent(server)[:2] == [2, 2]
    assert len(prompt_of(server.requests[1])) < len(prompt_of(server.requests[0]))
    assert {item.paper.id for item in answer.evidence} == {OVOR, LANE}
    assert "less of each paper" in answer.notices[0]


def test_a_comparison_that_never_fits_ends(server: ScriptedServer, build: Build) -> None:
    """Shown less of, then fewer papers: at one paper the server's error is the end."""
    message = "request (1500 tokens) exceeds the available context size (1280 tokens), try increasing it"
    server.enqueue(*[Reply(status=400, body=error_body(message, code=400))] * 5)
    with pytest.raises(Exception, match="1280"):
        Asked(build(), answer_tokens=200).answer("How does OVOR differ from MULTI-LANE?")
    assert papers_sent(server) == [2, 2, 1]


# --- steps beside the answer


def test_a_step_beside_the_answer_that_does_not_fit_is_left_out(server: ScriptedServer, build: Build) -> None:
    """The repair of a sentence is not sent where it would not fit, and a refusal of it costs nothing."""
    wrong = "OVOR was trained on 731 violins [1]."
    server.enqueue(*[written(wrong, None)] * 2, Reply(status=400, body=error_body("context_length_exceeded")))
    tight = Asked(build(), papers=2, window_tokens=600, answer_tokens=100)
    assert tight.answer("What does OVOR keep?").status == "answered"
    assert len(server.chats) == 1
    roomy = Asked(build(), papers=2)
    answer = roomy.answer("What does OVOR keep?")
    assert len(server.chats) == 3 and answer.status == "answered" and answer.notices == ()


def test_a_weak_model_gets_fewer_steps_and_the_short_prompt(server: ScriptedServer, build: Build) -> None:
    """Nothing is rewritten, repaired or judged by it, and its prompt is the short one."""
    wrong = "OVOR was trained on 731 violins [1]."
    server.enqueue(*[written(wrong, None)] * 2)
    weak = Profile("tiny", server.url, steps="few", prompt="short")
    chain = replace(Asked(build(), profile=weak).chain, judges=True)
    (first,) = [e.answer for e in chain.ask(Question("What is OVOR?")) if isinstance(e, AnswerReady)]
    (second,) = [
        e.answer for e in chain.ask(Question("and its code?", (first.as_turn(),))) if isinstance(e, AnswerReady)
    ]
    assert len(server.chats) == 2, "one request an answer"
    assert "An example of the form" in prompt_of(server.requests[0])
    assert second.standalone_question == "OVOR's code?"


def test_evidence_is_told_anew_before_the_second_text(server: ScriptedServer, build: Build) -> None:
    """Whoever shows the stream sees by the evidence that the text begins again."""
    server.enqueue(*[reading(2048)] * 2)
    found = Asked(build()).events("What does OVOR keep?")
    kinds = [type(e) for e in found if isinstance(e, (EvidenceReady, TextDelta))]
    at = [place for place, kind in enumerate(kinds) if kind is EvidenceReady]
    assert len(at) == 2 and TextDelta in kinds[at[0] : at[1]] and TextDelta in kinds[at[1] :]
