"""The order of the steps of an answer. It stands here and nowhere else.

condense -> resolve -> plan -> retrieve -> rank -> judge (abstain?) -> budget -> generate -> cite -> verify

`Chain.ask` is a generator of events; the page, the command line, tests and evaluation all consume the same one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from app.chat import abstain, budget, condense, generate, library_facts, relevance
from app.chat.cite import CitationStream
from app.chat.plan import make_plan
from app.chat.rank import fuse, ranked_papers
from app.chat.resolve import Named, resolve
from app.chat.retrieve import POOL, expanded, retrieve
from app.chat.verify import verify
from app.core.domain import (
    Answer,
    AnswerReady,
    AnswerRequest,
    Event,
    Evidence,
    EvidenceReady,
    ModelInfo,
    Plan,
    Question,
    RankedPaper,
    Reason,
    Status,
    StepDone,
    TextDelta,
    Turn,
)
from app.core.errors import ChatModelError, ContextOverflowError, InputError
from app.core.names import handle
from app.core.ports import Embedder, KeywordIndex, PaperStore, Retriever
from app.core.prompting import CANNOT_ANSWER, load_prompt
from app.core.tokens import TokenCounter

LONGEST_QUESTION = 4000
MOST_COMPARED = 8
MOST_LISTED = 20
NEAREST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may take: papers it rests on, the model's window and the room kept for the reply."""

    papers: int = 6
    window_tokens: int = 4096
    answer_tokens: int = 800


@dataclass
class _Run:
    """The notebook of one question: what each step gave, for the trace."""

    question: Question
    started: float = field(default_factory=time.perf_counter)
    steps: list[dict[str, Any]] = field(default_factory=list)
    standalone: str = ""

    def step(self, name: str, title: str, **data: Any) -> StepDone:
        ms = round((time.perf_counter() - self.started) * 1000, 1)
        self.steps.append({"name": name, "title": title, "at_ms": ms, **data})
        return StepDone(name, title, data)


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything an answer needs, wired by `app.bootstrap`. Holds no state of any conversation."""

    store: PaperStore
    keyword: KeywordIndex
    embedder: Embedder
    retrievers: Sequence[Retriever]
    model: BaseChatModel
    model_info: ModelInfo
    tokens: TokenCounter
    limits: Limits = field(default_factory=Limits)
    prompts_dir: Path | None = None

    @property
    def _writes(self) -> bool:
        """Whether a language model writes; the extractive one can neither rewrite questions nor follow a prompt."""
        return self.model_info.provider != "extractive"

    def ask(self, question: Question) -> Iterator[Event]:
        """Answer `question`: StepDone events, EvidenceReady before the first TextDelta, AnswerReady last.

        Raises InputError for an empty or over-long question, ChatModelError when the model fails.
        """
        text = " ".join(question.text.split())
        if not text:
            raise InputError("The question is empty.", "Type a question about the papers in your library.")
        if len(text) > LONGEST_QUESTION:
            raise InputError(
                f"The question has {len(text):,} characters; {LONGEST_QUESTION:,} is the most.",
                "Ask a shorter question; put long texts into the library instead.",
            )
        run = _Run(replace(question, text=text), standalone=text)
        if not self.keyword.count():
            yield self._ready(run, Plan("lookup", text), "abstained", abstain.EMPTY_LIBRARY, reason="empty_library")
            return
        condensed = self._condense(run.question)
        run.standalone = condensed.text
        yield run.step("condense", _condense_title(condensed), standalone_question=condensed.text)
        if condensed.unclear:
            yield self._ready(run, Plan("clarify", text), "clarify", abstain.UNCLEAR, reason="unclear_question")
            return
        named = resolve(condensed.text, self.keyword, self.store, _markers(question.history))
        plan = make_plan(condensed.text, named, condensed.papers, self._handle)
        yield run.step("plan", _plan_title(plan), kind=plan.kind, named=list(plan.named), missing=list(plan.missing))
        if plan.kind in {"chat", "meta"}:
            told = library_facts.ABOUT if plan.kind == "chat" else library_facts.about_library(self.store)
            yield self._ready(run, plan, "answered", told)
            return
        yield from self._answer(run, plan, replace(named, papers=plan.named))

    # --- condense -------------------------------------------------------------------------------------------

    def _condense(self, question: Question) -> condense.Condensed:
        markers = _markers(question.history)
        named = resolve(question.text, self.keyword, self.store, markers)
        condensed = condense.condense_by_rule(
            question.text,
            question.history,
            named,
            self._handle,
            lambda text: resolve(text, self.keyword, self.store, markers),
        )
        if not condensed.changed or not self._writes:
            return condensed
        return replace(condensed, text=self._rewritten(question) or condensed.text)

    def _rewritten(self, question: Question) -> str | None:
        """The model's wording of the stand-alone question, or None: a failing extra step must not cost the answer."""
        room = self.limits.window_tokens // 2
        turns = [f"Question: {t.question}\nAnswer: {t.text[:600]}" for t in question.history]
        recent = budget.recent_turns(turns, self.tokens.count, room)
        prompt = load_prompt("condense", self.prompts_dir)
        system, user = prompt.fill(question=question.text, conversation="\n".join(recent))
        try:
            return condense.usable_rewrite(generate.whole_text(self.model, generate.messages(system, user)))
        except ChatModelError:
            return None

    # --- retrieve, rank, judge ------------------------------------------------------------------------------

    def search(self, query: str, k: int, named: Sequence[str] = ()) -> list[RankedPaper]:
        """The k best papers for `query`, papers `named` first; without the papers' relevance being judged."""
        lists = retrieve(query, self.retrievers, max(POOL, k))
        fused = fuse(lists)
        wanted = list(dict.fromkeys([*named, *(item.paper_id for item in fused[:k])]))
        papers = self.store.get(wanted)
        return ranked_papers(fused, papers, named, lists.get("dense", ()))[: max(k, len(named))]

    def find(self, query: str, k: int) -> list[RankedPaper]:
        """Search as a person means it: papers the query names come first."""
        named = resolve(query, self.keyword, self.store).papers if self.keyword.count() else ()
        return self.search(query, k, named)[:k]

    def _candidates(self, plan: Plan) -> list[RankedPaper]:
        """The papers an answer may rest on, best first."""
        if plan.kind == "compare" and plan.named:
            return self.search(plan.query, 0, plan.named[:MOST_COMPARED])
        if plan.sides:
            share = max(1, self.limits.papers // len(plan.sides))
            each = [self.search(side, share) for side in plan.sides]
            # Turn about, so that a budget cut takes from every side alike.
            return _unique([side[i] for i in range(share) for side in each if i < len(side)])
        if plan.kind == "aggregate":
            return self.search(expanded(plan.query), MOST_LISTED)
        return self.search(plan.query, self.limits.papers, plan.named)

    def _answer(self, run: _Run, plan: Plan, named: Named) -> Iterator[Event]:
        ranked = self._candidates(plan)
        query = expanded(plan.query) if plan.kind == "aggregate" else plan.query
        verdict = relevance.judge(query, ranked, plan.kind, named, self.keyword)
        yield run.step(
            "retrieve",
            f"Found {len(ranked)} candidate papers",
            hits=[{"paper_id": r.paper.id, "score": round(r.score, 4), "found_by": dict(r.found_by)} for r in ranked],
            relevance=round(verdict.score, 4),
        )
        markers = _markers(run.question.history)
        if not verdict.relevant:
            nearest = tuple(budget.number(ranked[:NEAREST_NAMED], markers))
            text = abstain.not_in_library(plan.missing, [item.paper for item in nearest])
            yield EvidenceReady(nearest, plan)
            yield TextDelta(text)
            yield self._ready(run, plan, "abstained", text, reason="not_in_library", evidence=nearest)
            return
        evidence = budget.number(ranked, markers)
        try:
            yield from self._written(run, plan, evidence)
        except ContextOverflowError:
            if len(evidence) < 2:
                raise
            fewer = evidence[: max(1, len(evidence) // 2)]
            yield run.step("budget", f"The model's window is smaller than set: asking again with {len(fewer)} papers")
            yield from self._written(run, plan, fewer)

    # --- budget, generate, cite, verify ---------------------------------------------------------------------

    def _written(self, run: _Run, plan: Plan, candidates: Sequence[Evidence]) -> Iterator[Event]:
        prompt = load_prompt("compare" if plan.kind == "compare" else "answer", self.prompts_dir)
        values = {
            "question": plan.query,
            "cannot_answer": CANNOT_ANSWER,
            "missing": abstain.missing_note(plan.missing),
        }
        bare = "\n".join(prompt.fill(evidence="", markers=", ".join(str(e.marker) for e in candidates), **values))
        if self._writes:
            kept, cut = budget.fit(
                candidates,
                self.tokens.count(bare),
                self.tokens.count,
                self.limits.window_tokens,
                self.limits.answer_tokens,
            )
        else:
            kept, cut = list(candidates), []
        yield run.step(
            "budget",
            f"{len(kept)} papers fit",
            kept=[e.paper.id for e in kept],
            cut=[e.paper.id for e in cut],
        )
        evidence = tuple(kept)
        yield EvidenceReady(evidence, plan)
        known = [e.marker for e in kept]
        system, user = prompt.fill(
            evidence="\n\n".join(budget.describe(e) for e in kept),
            markers=", ".join(map(str, known)),
            **values,
        )
        yield StepDone("prompt", "The prompt is ready", {"prompt": f"{system}\n\n{user}"})
        stream = CitationStream(known)
        # Whoever writes, what is missing is said first, and by us.
        if values["missing"]:
            yield TextDelta(stream.feed(values["missing"] + "\n\n"))
        request = AnswerRequest(run.question.text, plan, evidence)
        for delta in generate.stream_text(self.model, generate.messages(system, user, request)):
            if shown := stream.feed(delta):
                yield TextDelta(shown)
        if shown := stream.finish():
            yield TextDelta(shown)
        yield run.step("generate", f"Written by {self.model_info.provider}", unknown_markers=stream.unknown)
        yield self._checked(run, plan, stream, evidence)

    def _checked(self, run: _Run, plan: Plan, stream: CitationStream, evidence: tuple[Evidence, ...]) -> Event:
        text = stream.text.strip()
        if CANNOT_ANSWER in text:
            return self._ready(run, plan, "abstained", text, reason="abstract_does_not_say", evidence=evidence)
        checked = verify(text, evidence, self.embedder, self.keyword)
        run.step("verify", "Checked every sentence against the abstracts it cites")
        return self._ready(
            run, plan, "answered", text, evidence=evidence, citations=checked.citations, claims=checked.claims
        )

    def _ready(
        self, run: _Run, plan: Plan, status: Status, text: str, reason: Reason | None = None, **parts: Any
    ) -> AnswerReady:
        total = round((time.perf_counter() - run.started) * 1000, 1)
        trace = {"steps": run.steps, "total_ms": total, "tokens_exact": self.tokens.exact}
        return AnswerReady(
            Answer(
                question=run.question.text,
                standalone_question=run.standalone,
                kind=plan.kind,
                status=status,
                reason=reason,
                text=text,
                model=self.model_info,
                trace=trace,
                **parts,
            )
        )

    def _handle(self, paper_id: str) -> str:
        paper = self.store.get([paper_id]).get(paper_id)
        return handle(paper.title, paper.abstract) if paper else paper_id


def _markers(history: Sequence[Turn]) -> Mapping[int, str]:
    """Every marker given so far in the conversation; the first meaning of a marker is its meaning."""
    known: dict[int, str] = {}
    for turn in history:
        for marker, paper_id in turn.markers.items():
            known.setdefault(marker, paper_id)
    return known


def _unique(ranked: Sequence[RankedPaper]) -> list[RankedPaper]:
    return list({item.paper.id: item for item in reversed(ranked)}.values())[::-1]


def _condense_title(condensed: condense.Condensed) -> str:
    return f"Understood as: {condensed.text}" if condensed.changed else "The question stands alone"


def _plan_title(plan: Plan) -> str:
    if plan.kind == "compare":
        return "Comparing " + " and ".join([*plan.labels, *plan.missing] or plan.sides)
    doing = {"aggregate": "Looking through the library", "lookup": "Looking up"}.get(plan.kind, "Answering directly")
    return f"{doing}: {', '.join(plan.labels)}" if plan.labels else doing
