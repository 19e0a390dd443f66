"""The order of the steps of an answer. It stands here and nowhere else.

condense -> read filters -> resolve -> plan -> retrieve -> rank -> rerank (if set) -> judge (abstain?) -> budget -> generate ->
cite -> verify

`Chain.ask` is a generator of events; the page, the command line, tests and evaluation all consume the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from app.chat import abstain, budget, condense, generate, library_answers, library_facts, relevance, several
from app.chat.candidates import candidates
from app.chat.cite import CitationStream
from app.chat.plan import is_small_talk, make_plan, subject_of
from app.chat.rank import unique
from app.chat.reader import FilterReader
from app.chat.rerank import RestingReranker
from app.chat.resolve import Named, resolve
from app.chat.resting import RestingEmbedder
from app.chat.retrieve import dense_index, expanded
from app.chat.run import Run, condense_title, count_papers, markers_of
from app.chat.search import Search
from app.chat.verify import verify
from app.core.domain import (
    Answer,
    AnswerRequest,
    Evidence,
    ModelInfo,
    Plan,
    Question,
    RankedPaper,
    Reason,
    Status,
)
from app.core.errors import ChatModelError, ContextOverflowError, EmptyReplyError, InputError
from app.core.events import AnswerReady, Event, EvidenceReady, StepDone, TextDelta
from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters
from app.core.names import handle
from app.core.ports import KeywordIndex, PaperStore, Retriever
from app.core.prompting import Prompt, load_prompt
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


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything an answer needs, wired by `app.wire`. Holds no state of any conversation."""

    store: PaperStore
    keyword: KeywordIndex
    embedder: RestingEmbedder
    retrievers: Sequence[Retriever]
    model: BaseChatModel
    model_info: ModelInfo
    tokens: TokenCounter
    limits: Limits = field(default_factory=Limits)
    prompts_dir: Path | None = None
    today: Callable[[], date] = date.today
    reranker: RestingReranker | None = None

    @property
    def _writes(self) -> bool:
        """Whether a language model writes; the extractive one can neither rewrite questions nor follow a prompt."""
        return self.model_info.provider != "extractive"

    def ask(self, question: Question) -> Iterator[Event]:
        """Answer `question`: StepDone events, EvidenceReady before the first TextDelta, AnswerReady last.

        Raises InputError for an empty or over-long question, ChatModelError when the model fails.
        """
        # Half of a character (a lone surrogate) can be typed by a program, but never be written to a file again.
        text = " ".join(question.text.encode("utf-8", "replace").decode("utf-8").split())
        if not any(character.isalnum() for character in text):
            raise InputError("The question holds no words.", "Type a question about the papers in your library.")
        if len(text) > LONGEST_QUESTION:
            raise InputError(
                f"The question has {len(text):,} characters; {LONGEST_QUESTION:,} is the most.",
                "Ask a shorter question; put long texts into the library instead.",
            )
        run = Run(replace(question, text=text), text)
        if not self.keyword.count():
            yield self._ready(run, Plan("lookup", text), "abstained", abstain.EMPTY_LIBRARY, reason="empty_library")
            return
        markers = markers_of(question.history)
        condensed = self._condense(run.question)
        read = self.reader.read(condensed.text, markers, question.filters, question.unread)
        run.standalone, run.question = read.kept, replace(run.question, filters=read.filters)
        yield run.step("condense", condense_title(condensed), standalone_question=read.kept)
        if condensed.unclear:
            yield self._ready(run, Plan("clarify", text), "clarify", abstain.UNCLEAR, reason="unclear_question")
            return
        named = read.named
        plan = make_plan(read.query, named, condensed.papers, self._handle)
        plan = replace(plan, notes=several.reading_notes(named, self.store), filters=read.all)
        known = library_answers.from_records(plan, read, self.store, markers)
        plan = replace(plan, kind=known.pop("kind", plan.kind)) if known else plan
        yield run.planned(plan, named)
        if plan.kind == "chat":
            yield self._ready(run, plan, "answered", library_facts.ABOUT)
            return
        asked = None if known else several.ask_back(plan, named, self.store, self.keyword, markers)
        if asked:
            yield EvidenceReady(asked["evidence"], plan)
            yield TextDelta(asked["text"])
            yield self._ready(run, replace(plan, kind="clarify"), "clarify", reason="unclear_question", **asked)
            return
        if known:
            yield run.step("records", "Answered from the records, no model asked")
            yield EvidenceReady(known.get("evidence", ()), plan)
            yield TextDelta(known["text"])
            yield self._ready(run, plan, **{"status": "answered", **known})
            return
        yield from self._answer(run, plan, replace(named, papers=plan.named))

    @property
    def reader(self) -> FilterReader:
        """What reads filters out of questions, as of today."""
        return FilterReader(self.store, self.keyword, self.today())

    # --- condense -------------------------------------------------------------------------------------------

    def _condense(self, question: Question) -> condense.Condensed:
        if is_small_talk(question.text):
            return condense.Condensed(question.text)
        markers = markers_of(question.history)
        if narrower := self.reader.narrowed(question, markers):
            return condense.Condensed(narrower, changed=True)
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
        read = self.reader.read(condensed.text, markers).readings
        names = [*map(self._handle, condensed.papers), *named.missing, *(reading.text for reading in read)]
        return replace(condensed, text=self._rewritten(question, names) or condensed.text)

    def _rewritten(self, question: Question, names: Sequence[str]) -> str | None:
        """The model's wording of the stand-alone question if it has these names in it, else None: neither a failing
        extra step nor a reply that is no such question may cost the answer."""
        room = self.limits.window_tokens // 2
        turns = [f"Question: {t.question}\nAnswer: {t.text[:600]}" for t in question.history]
        recent = budget.recent_turns(turns, self.tokens.count, room)
        prompt = load_prompt("condense", self.prompts_dir)
        system, user = prompt.fill(question=question.text, conversation="\n".join(recent))
        try:
            reply = generate.whole_text(self.model, generate.messages(system, user))
        except ChatModelError:
            return None
        return condense.usable_rewrite(reply, names)

    # --- retrieve, rank, judge ------------------------------------------------------------------------------

    @property
    def searching(self) -> Search:
        """How papers are found."""
        return Search(self.store, self.keyword, self.embedder, self.retrievers, self.reranker)

    def search(
        self, query: str, k: int, named: Sequence[str] = (), filters: Filters = EVERY_PAPER
    ) -> list[RankedPaper]:
        """See `Search.search`."""
        return self.searching.search(query, k, named, filters)

    def find(self, query: str, k: int, filters: Filters = EVERY_PAPER) -> list[RankedPaper]:
        """See `Search.find`."""
        return self.searching.find(query, k, filters)

    def _candidates(self, plan: Plan, filters: Filters) -> list[RankedPaper]:
        """The papers an answer may rest on, best first; papers it names whether they fit the filters or not."""
        if plan.kind == "compare" and plan.named:
            return self.search(plan.query, 0, plan.named[:MOST_COMPARED], filters)
        if plan.sides:
            share = max(1, self.limits.papers // len(plan.sides))
            each = [self.search(side, share, (), filters) for side in plan.sides]
            # Turn about, so that a budget cut takes from every side alike.
            return unique([side[i] for i in range(share) for side in each if i < len(side)])
        if plan.kind == "aggregate":
            return self.search(subject_of(expanded(plan.query)), MOST_LISTED, (), filters)
        return self.search(plan.query, self.limits.papers, plan.named, filters)

    def _answer(self, run: Run, plan: Plan, named: Named) -> Iterator[Event]:
        ranked = self._candidates(plan, run.question.filters)
        query = subject_of(expanded(plan.query)) if plan.kind == "aggregate" else plan.query
        words_only = self.searching.words_only(ranked)
        verdict = relevance.judge(query, ranked, plan.kind, named, self.keyword, by_words=bool(words_only))
        if plan.kind == "aggregate":
            every = candidates(self.searching, query, run.question.filters)
            yield run.step("candidates", f"{count_papers(len(every.items))} may be about it", looked_at=every.looked_at)
            plan = replace(plan, notes=(*plan.notes, *abstain.more_candidates(len(every.items), len(ranked))))
        not_reranked = self.searching.not_reranked(ranked, plan.named)
        yield run.found(ranked, verdict.score, dense_index(self.retrievers), words_only, not_reranked)
        markers = markers_of(run.question.history)
        if not verdict.relevant:
            nearest = tuple(budget.number(ranked[:NEAREST_NAMED], markers))
            within = in_words(run.question.filters)
            text = abstain.not_in_library(plan.missing, [item.paper for item in nearest], within)
            yield EvidenceReady(nearest, plan)
            yield TextDelta(text)
            yield self._ready(run, plan, "abstained", text, reason="not_in_library", evidence=nearest)
            return
        yield from self._evidenced(run, plan, budget.number(ranked, markers))

    # --- budget, generate, cite, verify ---------------------------------------------------------------------

    def _evidenced(self, run: Run, plan: Plan, candidates: Sequence[Evidence]) -> Iterator[Event]:
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
        if not self._writes:
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
        yield run.step("generate", f"Written by {self.model_info.provider}", unknown_markers=stream.unknown)
        yield self._checked(run, plan, stream.text.strip(), evidence)

    def _checked(self, run: Run, plan: Plan, text: str, evidence: tuple[Evidence, ...]) -> Event:
        if text == abstain.notes(plan, evidence, run.question.filters):
            raise EmptyReplyError(
                "The model's reply holds no words, only citations.", "Ask again, or try another model."
            )
        if abstain.declines(text):
            return self._ready(run, plan, "abstained", text, reason="abstract_does_not_say", evidence=evidence)
        # What we say ourselves before the answer is no claim of it.
        said = text.removeprefix(abstain.notes(plan, evidence, run.question.filters))
        checked = verify(said, evidence, self.embedder, self.keyword)
        run.step("verify", "Checked every sentence against the abstracts it cites")
        return self._ready(
            run, plan, "answered", text, evidence=evidence, citations=checked.citations, claims=checked.claims
        )

    def _ready(
        self, run: Run, plan: Plan, status: Status, text: str, reason: Reason | None = None, **parts: Any
    ) -> AnswerReady:
        trace = {"steps": run.steps, "total_ms": run.elapsed_ms, "tokens_exact": self.tokens.exact}
        return AnswerReady(
            Answer(
                question=run.question.text,
                standalone_question=run.standalone,
                kind=plan.kind,
                status=status,
                reason=reason,
                text=text,
                model=self.model_info,
                filters=plan.filters,
                trace=trace,
                **parts,
            )
        )

    def _handle(self, paper_id: str) -> str:
        paper = self.store.get([paper_id]).get(paper_id)
        return handle(paper.title, paper.abstract) if paper else paper_id
