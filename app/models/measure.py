"""Measuring one chat model, a finding at a time: what `askpapers doctor` and the page's Test button show.

Reach it, read its window, let it write a little and time that, hang up in the middle, ask for JSON, and put three questions
about papers of the library. What was measured is kept as a `Profile`, which decides what the model gets from then on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

from langchain_core.language_models import BaseChatModel

from app.adapters.profile_file import ProfileFile
from app.adapters.server_probe import is_writing, json_reply, reach
from app.adapters.server_window import read_window
from app.chat import budget, generate
from app.chat.limits import Limits
from app.chat.model_limits import RATIOS
from app.chat.truncation import Ear
from app.core.domain import Paper
from app.core.errors import ChatModelError
from app.core.models import Profile
from app.core.prompting import load_prompt
from app.core.report import Finding
from app.core.tokens import TokenCounter
from app.models.canary import QUESTIONS, Canary, canaries, is_cited, shortened
from app.models.choose import chosen, weaknesses

_COUNT = "Count from one to thirty in English words, with commas between them. Nothing else."
_LONG = "Write the numbers from one to four hundred in English words, one on each line."
_BIRD = "Tell me about one bird: its name and how many legs it has."
_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 40}, "legs": {"type": "integer"}},
    "required": ["name", "legs"],
    "additionalProperties": False,
}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_SOON_S, _SCHEMA_S = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Subject:
    """The model to be measured: who it is, and the chat model to ask. `limits` and `tokens` are what its answers would have;
    `timeout_s` is for questions beside the chat."""

    provider: str
    name: str
    address: str
    model: BaseChatModel
    limits: Limits
    tokens: TokenCounter
    key: str = field(default="", repr=False)
    timeout_s: float = 3.0
    prompts_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """One timed reply."""

    text: str
    pieces: int
    first_s: float
    tokens_per_s: float | None
    thought: bool


def measure_model(
    subject: Subject,
    papers: Callable[[], Iterable[Paper]],
    keep: ProfileFile | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Generator[Finding, None, Profile | None]:
    """A finding a part, as soon as it is known; the profile at the end, kept in `keep`. None, after one finding that is not
    ok, if the model cannot be asked at all."""
    if trouble := reach(subject.provider, subject.address, subject.name, subject.key, subject.timeout_s):
        yield Finding("chat model", False, trouble.words, trouble.hint)
        return None
    try:
        written = _timed(subject, clock)
    except ChatModelError as error:
        yield Finding("chat model", False, str(error), error.hint)
        return None
    yield Finding("chat model", True, f"{subject.provider} {subject.name} answers: {_start_of(written.text)!r}")
    profile = Profile(
        subject.name,
        subject.address.rstrip("/"),
        first_token_s=round(written.first_s, 2),
        tokens_per_s=written.tokens_per_s and round(written.tokens_per_s, 1),
        streams=written.pieces > 1,
        measured_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    window = read_window(subject.provider, subject.address, subject.name, subject.key, subject.timeout_s)
    profile = replace(profile, window=window.tokens if window.certain else None, window_from=window.source)
    yield _window_finding(window.tokens, window.source, window.trained, subject)
    yield _speed_finding(profile)
    yield Finding(
        "streaming",
        True,
        f"the reply came in {written.pieces} pieces" if profile.streams else "the reply came all at once",
    )
    profile = replace(profile, stops=_stops(subject, written.first_s, clock))
    yield _stop_finding(profile.stops)
    obeys, thought = _schema(subject)
    profile = replace(profile, json_schema=obeys, reasons=written.thought or thought)
    yield Finding("JSON", True, _SCHEMA_WORDS[obeys])
    yield Finding(
        "reasoning", True, "it thinks aloud first" if profile.reasons else "it answers without thinking aloud"
    )
    answered = list(_asked(subject, papers()))
    cited, asked = sum(answered), len(answered)
    ratios = subject.tokens.ratio.seen if subject.tokens.ratio else ()
    profile = chosen(replace(profile, cited=cited, canaries=asked, more={RATIOS: list(ratios)}))
    yield _citing_finding(cited, asked)
    profile = keep.put(profile) if keep else profile
    yield Finding("profile", True, in_words(profile))
    return profile


def in_words(profile: Profile) -> str:
    """What the model gets, and why."""
    papers = f"at most {profile.papers} papers" if profile.papers else "as many papers as the settings say"
    steps = "no steps beside the answer" if profile.steps == "few" else "all steps"
    weak = weaknesses(profile)
    because = f", because {' and '.join(weak)}" if weak else ""
    by_hand = f" (set by hand: {', '.join(profile.edited)})" if profile.edited else ""
    return f"the {profile.prompt} prompt, {papers}, {steps}{because}{by_hand}"


def _timed(subject: Subject, clock: Callable[[], float]) -> _Written:
    """A short reply. Raises ChatModelError."""
    started = clock()
    first: float | None = None
    text, pieces, thought, usage = "", 0, False, 0
    with closing(_stream(subject, _COUNT)) as chunks:
        for chunk in chunks:
            piece, thinks = str(chunk.text or ""), _thinks(chunk)
            if first is None and (piece or thinks):
                first = clock()
            text, pieces, thought = text + piece, pieces + bool(piece), thought or thinks
            usage = (getattr(chunk, "usage_metadata", None) or {}).get("output_tokens") or usage
    ended = clock()
    first = ended if first is None else first
    tokens, took = usage or subject.tokens.count(text), ended - first
    speed = tokens / took if took > 0 and pieces > 1 else None
    return _Written(text, pieces, first - started, speed, thought)


def _stream(subject: Subject, ask: str) -> Generator[Any, None, None]:
    prompt = generate.messages("You are terse and do exactly what you are asked.", ask)
    return cast("Generator[Any, None, None]", subject.model.stream(prompt))


def _thinks(chunk: Any) -> bool:
    """Whether a piece carries reasoning, in whichever of the usual places."""
    extra = getattr(chunk, "additional_kwargs", None) or {}
    blocks = chunk.content if isinstance(getattr(chunk, "content", None), list) else []
    return any(extra.get(name) for name in _THOUGHTS) or any(
        isinstance(block, dict) and block.get("type") in ("reasoning", "thinking") for block in blocks
    )


def _stops(subject: Subject, first_s: float, clock: Callable[[], float]) -> bool | None:
    """Whether hanging up in the middle of a long reply ends the server's work: llama.cpp tells; of others the next reply
    would have to wait."""
    try:
        with closing(_stream(subject, _LONG)) as chunks:
            next((True for chunk in chunks if chunk.text or _thinks(chunk)), None)
        hung_up = clock()
        if subject.provider in ("llamacpp", "compatible"):
            busy = is_writing(subject.address, subject.key, _SOON_S)
            if busy is not None:
                return not busy
        with closing(_stream(subject, "Reply with the word ready.")) as chunks:
            next((True for chunk in chunks if chunk.text or _thinks(chunk)), None)
        return clock() - hung_up <= max(_SOON_S, 3 * first_s + 1)
    except ChatModelError:
        return None


def _schema(subject: Subject) -> tuple[bool | None, bool]:
    """Whether the model keeps to a JSON schema that its prompt says nothing of, and whether it thought aloud."""
    try:
        reply = json_reply(subject.provider, subject.address, subject.name, subject.key, _BIRD, _SCHEMA, _SCHEMA_S)
    except ValueError:
        return None, False
    if reply is None or (reply.reasoned and not reply.text.strip()):
        return (None if reply else False), bool(reply and reply.reasoned)
    try:
        value = json.loads(reply.text)
    except (ValueError, RecursionError):
        return False, reply.reasoned
    good = isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("legs"), int)
    return good, reply.reasoned


def _asked(subject: Subject, papers: Iterable[Paper]) -> Iterator[bool]:
    """Of each canary whether it was cited; a failure is a no."""
    prompt = load_prompt("answer", subject.prompts_dir)
    count, limits = subject.tokens.count, subject.limits
    for canary in canaries(papers):
        bare = "\n".join(generate.filled(prompt, canary.plan, canary.evidence, describe=False))
        right_first = sorted(canary.evidence, key=lambda item: item.marker != canary.right)
        kept, _ = budget.fit(right_first, count(bare), count, limits.window, limits.reply)
        yield _cites(subject, shortened(canary, kept))


def _cites(subject: Subject, canary: Canary) -> bool:
    system, user = generate.filled(load_prompt("answer", subject.prompts_dir), canary.plan, canary.evidence)
    ear = Ear(subject.model)
    try:
        reply = generate.whole_text(cast(BaseChatModel, ear), generate.messages(system, user))
    except ChatModelError:
        return False
    whole = f"{system}\n\n{user}"
    if ear.read:
        limits = subject.limits
        subject.tokens.learn(whole, ear.read, whole=limits.certain and limits.beside(subject.tokens.count(whole)))
    return is_cited(reply, canary)


_SCHEMA_WORDS = {
    True: "it keeps to a JSON schema",
    False: "it does not keep to a JSON schema; nothing here depends on that",
    None: "whether it keeps to a JSON schema could not be told",
}


def _window_finding(tokens: int | None, source: str, trained: int | None, subject: Subject) -> Finding:
    planned = subject.limits.window
    most = f", trained with {trained:,}" if trained and trained != tokens else ""
    if tokens is None:
        hint = "Set ASKPAPERS_LLM_CONTEXT_TOKENS to the window the server really has"
        return Finding("window", True, f"{source}; {planned:,} tokens are planned for", hint)
    return Finding("window", True, f"{tokens:,} tokens ({source}){most}; {planned:,} are planned for")


def _speed_finding(profile: Profile) -> Finding:
    speed = f", then {profile.tokens_per_s:,.1f} tokens a second" if profile.tokens_per_s else ""
    return Finding("speed", True, f"the first word after {profile.first_token_s:.2f} s{speed}")


def _stop_finding(stops: bool | None) -> Finding:
    if stops is None:
        return Finding("stop", True, "whether it stops could not be told")
    if stops:
        return Finding("stop", True, "hanging up ends its work")
    hint = "Stop answers early with care: the server writes them to their end before it begins the next"
    return Finding("stop", True, "hanging up does not end its work", hint)


def _citing_finding(cited: int, asked: int) -> Finding:
    if not asked:
        words = "not tried: the library has too few papers with a name of their own"
        return Finding("citing", True, words, "Add papers: askpapers ingest FILE")
    words = f"{cited} of {asked} questions about papers of this library were answered with the right number"
    if asked == QUESTIONS and cited == 0:
        return Finding("citing", False, words, "Choose a larger model, or one that follows instructions")
    return Finding("citing", True, words)


def _start_of(text: str) -> str:
    return " ".join(text.split())[:40]
