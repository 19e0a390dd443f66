"""From evidence to a checked answer: budget -> generate -> cite -> verify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from app.chat import abstain, budget, generate
from app.chat.cite import CitationStream
from app.chat.resting import RestingEmbedder
from app.chat.run import Run, count_papers
from app.chat.verify import verify
from app.core.domain import AnswerRequest, Evidence, Plan
from app.core.errors import ContextOverflowError, EmptyReplyError
from app.core.events import Event, EvidenceReady, StepDone, TextDelta
from app.core.ports import KeywordIndex
from app.core.prompting import Prompt, load_prompt
from app.core.tokens import TokenCounter


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may take: papers it rests on, the model's window and the room kept for the reply."""

    papers: int = 6
    window_tokens: int = 4096
    answer_tokens: int = 800


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes the answers, and what checking them needs. `quotes` says that it is no language model: it can
    neither rewrite questions nor follow a prompt."""

    model: BaseChatModel
    quotes: bool
    tokens: TokenCounter
    limits: Limits
    embedder: RestingEmbedder
    keyword: KeywordIndex
    prompts_dir: Path | None = None

    def answer(self, run: Run, plan: Plan, candidates: Sequence[Evidence]) -> Iterator[Event]:
        """Answer from the candidates that fit; from fewer if the model's window turns out smaller than set."""
        prompt = load_prompt("compare" if plan.kind == "compare" else "answer", self.prompts_dir)
        kept = self._fitting(prompt, plan, candidates)
        while True:
            ids = [e.paper.id for e in kept]
            cut = [e.paper.id for e in candidates if e.paper.id not in ids]
            yield run.step("budget", f"{count_papers(len(kept))} fit", kept=ids, cut=cut)
            shown = False
            try:
                for event in self._written(run, plan, prompt, tuple(kept)):
                    shown = shown or isinstance(event, TextDelta)
                    yield event
                return
            except ContextOverflowError:
                if shown or len(kept) < 2:
                    raise
                kept = kept[: len(kept) // 2]

    def _fitting(self, prompt: Prompt, plan: Plan, candidates: Sequence[Evidence]) -> list[Evidence]:
        if self.quotes:
            return list(candidates)
        limits, count = self.limits, self.tokens.count
        bare = "\n".join(generate.filled(prompt, plan, candidates, describe=False))
        return budget.fit(candidates, count(bare), count, limits.window_tokens, limits.answer_tokens)[0]

    def _written(self, run: Run, plan: Plan, prompt: Prompt, evidence: tuple[Evidence, ...]) -> Iterator[Event]:
        yield EvidenceReady(evidence, plan)
        system, user = generate.filled(prompt, plan, evidence)
        yield StepDone("prompt", "The prompt is ready", {"prompt": f"{system}\n\n{user}"})
        stream = CitationStream([e.marker for e in evidence])
        # Whoever writes, what is missing is said first, and by us; once the model has begun, so never twice.
        notes = abstain.notes(plan, evidence, run.question.filters)
        opening = f"{notes}\n\n" if notes else ""
        request = AnswerRequest(run.question.text, plan, evidence)
        for delta in generate.stream_text(self.model, generate.messages(system, user, request)):
            if shown := stream.feed(opening + delta):
                yield TextDelta(shown)
            opening = ""
        if shown := stream.finish():
            yield TextDelta(shown)
        yield run.step("generate", f"Written by {run.model.provider}", unknown_markers=stream.unknown)
        yield self._checked(run, plan, stream.text.strip(), evidence)

    def _checked(self, run: Run, plan: Plan, text: str, evidence: tuple[Evidence, ...]) -> Event:
        notes = abstain.notes(plan, evidence, run.question.filters)
        if text == notes:
            raise EmptyReplyError(
                "The model's reply holds no words, only citations.", "Ask again, or try another model."
            )
        if abstain.declines(text):
            return run.ready(plan, "abstained", text, reason="abstract_does_not_say", evidence=evidence)
        # What we say ourselves before the answer is no claim of it.
        checked = verify(text.removeprefix(notes), evidence, self.embedder, self.keyword)
        run.step("verify", "Checked every sentence against the abstracts it cites")
        return run.ready(plan, "answered", text, evidence=evidence, citations=checked.citations, claims=checked.claims)
