"""The models of `fake_service`: servers to be found, a test that takes a while, and answers that think, break off, and say
who wrote them. All of it is invented."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace

from app.core.domain import Answer, Citation, Evidence, ModelInfo, Plan, Question, Usage
from app.core.errors import ModelUnreachableError, SettingsError
from app.core.events import AnswerReady, Event, EvidenceReady, TextDelta, Thinking
from app.core.models import FoundModel, FoundServer, ModelPick, Profile
from app.core.report import Finding

FOUND = (
    FoundServer(
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434",
        (FoundModel("qwen3:8b", 4096, 5_200_000_000), FoundModel("gemma3:4b", None, 3_300_000_000)),
    ),
    FoundServer("llamacpp", "llama.cpp", "http://127.0.0.1:8080", (FoundModel("tiny <b>model</b>", 8192),)),
    FoundServer("lmstudio", "LM Studio", "http://127.0.0.1:1234", (), "It has no model loaded: run lms load."),
)
THOUGHTS = (
    "The person asks about <b>memory</b> <img src=x onerror=window.hacked=9>.\n"
    "Sparrow [1] needs 38 %.\n\n# Not a heading\nSo I say so."
)
PROFILE = Profile(
    "qwen3:8b",
    "http://127.0.0.1:11434",
    window=8192,
    window_from="/api/ps",
    first_token_s=0.42,
    tokens_per_s=23.4,
    streams=True,
    stops=True,
    json_schema=False,
    reasons=True,
    cited=3,
    canaries=3,
    papers=6,
    measured_at="2026-11-26T15:20:00Z",
    more={"a": [1]},
)
_TRIES = itertools.count(1)
ModelScript = Callable[[Question, tuple[Evidence, ...], float, "ModelPick | None"], Iterator[Event]]


class FakeModels:
    """What can be picked. `hold` makes a test of a model wait at its second part while it is clear; `closed` counts the
    tests that were left."""

    def __init__(self) -> None:
        self.found: tuple[FoundServer, ...] = FOUND
        self.hold = threading.Event()
        self.hold.set()
        self.closed = 0
        self.tests: list[ModelPick | None] = []

    def info(self, pick: ModelPick | None) -> ModelInfo:
        """The model of a pick; addresses beyond this machine are not allowed."""
        if pick is None:
            return ModelInfo("openai", "gpt-test")
        if pick.base_url and "127.0.0.1" not in pick.base_url:
            raise SettingsError(
                f'The address "{pick.base_url}" may not be used from this page.',
                "Ask whoever runs this page to allow it.",
            )
        provider, _, name = pick.llm.partition(":")
        return ModelInfo(provider, "quotes" if provider == "extractive" else name)

    def tested(self, pick: ModelPick | None) -> Generator[Finding | Profile, None, Profile | None]:
        """Three parts, the last of which fails for gemma; a profile where none does, told last for the model of the
        settings and returned for a pick."""
        self.tests.append(pick)
        try:
            yield Finding("server", True, "answers at <i>127.0.0.1</i>")
            self.hold.wait(60)
            yield Finding("window", True, "8,192 tokens (from /api/ps)")
            if pick and "gemma" in pick.llm:
                yield Finding("cites", False, "0 of 3 questions cited", "Choose a larger model.")
                return None
            yield Finding("cites", True, "3 of 3 questions cited")
            if pick:
                return replace(PROFILE, model=pick.llm)
            yield PROFILE
            return None
        except GeneratorExit:
            self.closed += 1
            raise

    def edited(self, profile: Profile, changes: Mapping[str, str]) -> Profile:
        """The profile with the changes."""
        values = {name: int(text) if name == "papers" else text for name, text in changes.items()}
        return replace(profile, edited=tuple(changes), **values)  # type: ignore[arg-type]


def _ready(question: Question, evidence: tuple[Evidence, ...], text: str, **parts: object) -> Iterator[Event]:
    cited = tuple(Citation(item.marker, item.paper.ref) for item in evidence if f"[{item.marker}]" in text)
    base = {"citations": cited, "evidence": evidence, "model": ModelInfo("openai", "gpt-test"), **parts}
    yield AnswerReady(Answer(question.text, question.text, "lookup", "answered", text, **base))  # type: ignore[arg-type]


def _who(question: Question, evidence: tuple[Evidence, ...], pace: float, pick: ModelPick | None) -> Iterator[Event]:
    """Says who was picked."""
    text = f"Sparrow is the cheaper one, says {pick.llm if pick else 'the model of the settings'} [1]."
    yield EvidenceReady(evidence[:2], Plan("lookup", question.text))
    yield TextDelta(text)
    usage = Usage(1, 1234, 56, None, 1200, 1.5, 0.0012)
    yield from _ready(question, evidence[:2], text, usage=usage, notices=("The server cut <b>nothing</b>.",))


def _think(question: Question, evidence: tuple[Evidence, ...], pace: float, pick: ModelPick | None) -> Iterator[Event]:
    """Thinks aloud before it answers; "think slowly" takes a while over it."""
    yield EvidenceReady(evidence[:2], Plan("lookup", question.text))
    for word in THOUGHTS.split(" ") * (4 if "slowly" in question.text else 1):
        yield Thinking(f"{word} ")
        time.sleep(0.05 if "slowly" in question.text else pace)
    text = "Sparrow needs 38 % of the memory [1]."
    yield TextDelta(text)
    usage = Usage(1, 1234, 210, 150, 1200, 3.2)
    yield from _ready(question, evidence[:2], text, usage=usage, reasoning=THOUGHTS)


def _break(question: Question, evidence: tuple[Evidence, ...], pace: float, pick: ModelPick | None) -> Iterator[Event]:
    """Breaks off in the middle, "break early" before the first word, if a model writes; quotes do not."""
    yield EvidenceReady(evidence[:2], Plan("lookup", question.text))
    if pick and pick.llm == "extractive":
        text = "“It needs 38 % of the memory of dense attention at 16,384 tokens.” [1]"
        yield TextDelta(text)
        yield from _ready(question, evidence[:2], text)
        return
    if "early" not in question.text:
        for word in "Sparrow needs 38 % of the memory [1], and Finch".split(" "):
            yield TextDelta(f"{word} ")
            time.sleep(pace)
    raise ModelUnreachableError(
        f'The model "gpt-test" broke off <i>in the middle</i> of try {next(_TRIES)}.',
        "See whether its server still runs, then try again.",
    )


MODEL_SCRIPTS: dict[str, ModelScript] = {"who": _who, "think": _think, "break": _break}
