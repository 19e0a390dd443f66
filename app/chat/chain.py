"""The order of the steps of an answer. It stands here and nowhere else.

understand the turn (scope, condense, ask back?) -> read filters -> resolve -> plan -> retrieve -> rank -> rerank (if set) -> judge
(abstain?) -> budget -> generate -> cite -> verify; a question about every paper is answered by looking at each (`checking`)

`Chain.ask` is a generator of events; the page, the command line, tests and evaluation all consume the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from app.chat import abstain, budget, closer, generate, library_answers, library_facts, relevance, several
from app.chat.answerable import answerable, holds
from app.chat.checking.by_model import ModelCheck
from app.chat.checking.events import looked_through
from app.chat.checking.library import check_library
from app.chat.checking.of_all import asks_of_all, nothing_else
from app.chat.clarify import ask_others, ask_unclear
from app.chat.compare.sides import compare_papers, compare_sides
from app.chat.condense import Talk
from app.chat.describe import tells_one
from app.chat.going_on import goes_on
from app.chat.history import Summaries
from app.chat.parts import Parting, joined
from app.chat.plan import corrected, make_plan
from app.chat.read_filters import Read
from app.chat.reader import FilterReader
from app.chat.rerank import RestingReranker
from app.chat.resolve import Named, resolve
from app.chat.resting import RestingEmbedder
from app.chat.retrieve import dense_index
from app.chat.run import Run, condense_title, markers_of
from app.chat.scope import with_pinned
from app.chat.search import Search
from app.chat.small_talk import reply
from app.chat.standalone import Listener, in_manner
from app.chat.why_found import with_why
from app.chat.write import Limits as Limits
from app.chat.write import Writer
from app.core.domain import (
    Correction,
    Evidence,
    ModelInfo,
    Plan,
    Question,
    RankedPaper,
)
from app.core.errors import ChatModelError, InputError
from app.core.events import Event, EvidenceReady, TextDelta
from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters
from app.core.models import Prices
from app.core.names import handle
from app.core.ports import KeywordIndex, PaperStore, Retriever
from app.core.prompting import load_prompt
from app.core.tokens import TokenCounter

LONGEST_QUESTION = 4000
LONGEST_SIDE = 6
NEAREST_NAMED = 3


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
    summaries: Summaries = field(default_factory=Summaries)
    checker: ModelCheck | None = None
    judges: bool = False
    plans: bool = True
    prices: Prices | None = None

    @property
    def writer(self) -> Writer:
        """Whoever writes the answers."""
        quotes = self.model_info.provider == "extractive"
        return Writer(
            self.model, quotes, self.tokens, self.limits, self.embedder, self.keyword, self.prompts_dir, self.judges
        )

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
        run = Run(replace(question, text=text), text, self.model_info, self.tokens.exact)
        if not self.keyword.count():
            yield run.ready(Plan("lookup", text), "abstained", abstain.EMPTY_LIBRARY, reason="empty_library")
            return
        markers = markers_of(question.history)
        heard = self.listener.understood(run.question, markers, self._resolve(markers))
        condensed, scope = heard.condensed, heard.scope
        run.others, run.points, run.told = heard.others, condensed.points, heard.told
        run.question = replace(run.question, pinned=scope.pinned, excluded=scope.excluded)
        if not condensed.text:
            yield TextDelta(scope.said)
            yield run.ready(Plan("chat", text), "answered", scope.said)
            return
        given = scope.filters(question.filters)
        given = replace(given, ids=condensed.within) if condensed.within else given
        read = self.reader.read(condensed.asked or condensed.text, markers, given, question.unread)
        run.standalone = condensed.text if condensed.asked else read.kept
        run.question = replace(run.question, filters=read.filters)
        yield run.step("condense", condense_title(condensed), standalone_question=run.standalone)
        if heard.ask:
            yield from _asked_back(run, Plan("clarify", text), heard.ask.parts(self.store, markers))
            return
        named = read.named
        pointed_at = () if condensed.within else condensed.papers
        plan = self._planned(read, named, pointed_at, question.correction)
        notes = (*heard.notes, *several.reading_notes(named, self.store))
        plan = replace(plan, notes=notes, filters=read.all)
        known = library_answers.from_records(plan, read, self.store, markers)
        plan = replace(plan, kind=known.pop("kind", plan.kind)) if known else plan
        rewritten = condensed.changed and bool(question.history)
        if not known and question.correction is None:
            plan = self._parting(markers, rewritten).parted(plan)
        yield run.planned(plan, named)
        if plan.kind == "chat":
            yield run.ready(plan, "answered", reply(text, library_facts.ABOUT))
            return
        last = question.history[-1] if question.history else None
        asked = (
            None
            if known or (last and last.choices)
            else several.ask_back(plan, named, self.store, self.keyword, markers)
        )
        if asked:
            yield from _asked_back(run, replace(plan, kind="clarify"), asked)
            return
        if known:
            yield run.step("records", "Answered from the records, no model asked")
            yield EvidenceReady(known.get("evidence", ()), plan)
            yield TextDelta(known["text"])
            yield run.ready(plan, **{"status": "answered", **known})
            return
        yield from self._answer(run, plan, replace(named, papers=plan.named), condensed.manner)

    def _planned(self, read: Read, named: Named, pointed_at: Sequence[str], correction: Correction | None) -> Plan:
        """The plan: by rule, then as the person has corrected it."""
        plan = make_plan(read.query, named, pointed_at, self._handle)
        if plan.kind in {"lookup", "aggregate"} and not plan.named and asks_of_all(read.query):
            plan = replace(plan, kind="aggregate")
        else:
            sided = compare_sides(read.query, plan, named, self.searching, read.filters)
            # "... how much it leans on weights versus the context?" of one paper: a clause that long is no side.
            clause = any(len(side.split()) > LONGEST_SIDE for side in sided.missing if side not in plan.missing)
            plan = replace(plan, kind="lookup", sides=()) if clause and len(plan.named) == 1 else sided
        return corrected(plan, correction, self._handle)

    def _parting(self, markers: Mapping[int, str], asked_already: bool) -> Parting:
        """What splits questions; with the model where it may be asked, and was not for this question already."""
        writer = self.writer

        def split(text: str) -> str:
            try:
                return generate.whole_text(
                    writer.model, generate.messages(*load_prompt("plan", self.prompts_dir).fill(question=text))
                )
            except ChatModelError:
                return ""

        def planned(text: str, pointed_at: Sequence[str]) -> Plan:
            return make_plan(text, self._resolve(markers)(text), pointed_at, self._handle)

        return Parting(planned, split if self.plans and not writer.few and not asked_already else None)

    @property
    def listener(self) -> Listener:
        """What understands the turns of a conversation."""
        return Listener(self.reader, self.writer, self.searching, self._handle, self.summaries)

    @property
    def reader(self) -> FilterReader:
        """What reads filters out of questions, as of today."""
        return FilterReader(self.store, self.keyword, self.today())

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
        if plan.kind == "compare" and (plan.named or plan.sides):
            return compare_papers(plan, self.searching, filters)
        return self.search(plan.query, self.limits.papers, plan.named, filters)

    def _in_parts(self, plan: Plan, filters: Filters) -> tuple[Plan, list[RankedPaper]]:
        """Each part's papers, looked for and judged by itself; the plan without parts where none found any."""
        found = []
        for part in plan.parts:
            ranked = self.search(part.query, self.limits.papers, part.named, filters)
            named = replace(resolve(part.query, self.keyword, self.store, {}), papers=part.named)
            judged = relevance.judge(
                part.query,
                ranked,
                "lookup",
                named,
                self.keyword,
                by_words=bool(self.searching.words_only(ranked)),
                nearest_sentence=partial(closer.nearest_sentence, part.query, ranked, self.embedder),
            )
            there = bool(named.papers) or answerable(part.query, ranked, judged, self.searching)
            found.append(ranked if judged.relevant and there else [])
        parts, ranked = joined(plan.parts, found, self.limits.papers)
        return replace(plan, parts=parts if ranked else ()), ranked

    def _answer(self, run: Run, plan: Plan, named: Named, manner: str = "") -> Iterator[Event]:
        if plan.kind == "aggregate" and not nothing_else(plan.query, named.certain):
            excluded, given = run.question.excluded, markers_of(run.question.history)
            looking = check_library(self.searching, plan, run.question.filters, given, self.checker, excluded)
            yield from looked_through(run, plan, looking)
            return
        if plan.parts:
            plan, ranked = self._in_parts(plan, run.question.filters)
        if not plan.parts:
            ranked = self._candidates(plan, run.question.filters)
        words_only = self.searching.words_only(ranked)
        verdict = relevance.judge(
            plan.query,
            ranked,
            plan.kind,
            named,
            self.keyword,
            by_words=bool(words_only),
            nearest_sentence=lambda: closer.nearest_sentence(plan.query, ranked, self.embedder),
        )
        if plan.kind == "lookup" and not named.papers and not named.certain and not plan.parts:
            # In a conversation a doubtful question is rather one that goes on about its papers.
            held = answerable(plan.query, ranked, verdict, self.searching, bool(plan.missing))
            verdict = replace(verdict, relevant=held and (verdict.relevant or not run.question.history))
        elif run.told and plan.kind == "lookup":
            verdict = replace(verdict, relevant=holds(run.told, self.searching, run.question.filters))
        not_reranked = self.searching.not_reranked(ranked, plan.named)
        yield run.found(ranked, verdict.score, dense_index(self.retrievers), words_only, not_reranked)
        markers = markers_of(run.question.history)
        if not verdict.relevant and not plan.parts:
            talk = Talk.of(run.question.history, self._resolve(markers), self._handle, run.question.excluded)
            if spoken := goes_on(plan, named.missing, talk, self.searching, run.question.text):
                yield from self._answer(run, spoken, replace(named, papers=spoken.named), manner)
                return
            several_meant = len(run.others) > 1 and not tells_one(run.question.text)
            if (run.points or several_meant) and not named.missing:
                unclear = ask_unclear(run.question.text, talk, self.store, self.keyword)
                back = ask_others(run.others) if several_meant else unclear
                yield from _asked_back(run, replace(plan, kind="clarify"), back.parts(self.store, markers))
                return
            nearest = tuple(self._numbered(ranked[:NEAREST_NAMED], plan, markers))
            within = in_words(run.question.filters)
            text = abstain.not_in_library(plan.missing, [item.paper for item in nearest], within)
            yield EvidenceReady(nearest, plan)
            yield TextDelta(text)
            yield run.ready(plan, "abstained", text, reason="not_in_library", evidence=nearest)
            return
        if run.others:
            there = {item.paper.id for item in ranked}
            more = self.store.get([paper for paper, _ in run.others if paper not in there]).values()
            ranked = [*ranked, *(RankedPaper(paper, f"{paper.id}#0", 0.0) for paper in more)]
        ranked = with_pinned(ranked, run.question.pinned, self.store, max(1, len(plan.named)))
        numbered = self._numbered(ranked, plan, markers)
        yield from self.writer.answer(run, in_manner(plan, manner, self.writer.quotes), numbered)

    def _numbered(self, ranked: Sequence[RankedPaper], plan: Plan, markers: Mapping[int, str]) -> list[Evidence]:
        """The papers with their markers, and why each of them is there."""
        return with_why(budget.number(ranked, markers), ranked, plan, self.keyword)

    def _resolve(self, markers: Mapping[int, str]) -> Callable[[str], Named]:
        return lambda text: resolve(text, self.keyword, self.store, markers)

    def _handle(self, paper_id: str) -> str:
        paper = self.store.get([paper_id]).get(paper_id)
        return handle(paper.title, paper.abstract) if paper else paper_id


def _asked_back(run: Run, plan: Plan, back: dict[str, Any]) -> Iterator[Event]:
    """The question back, whose parts of an `Answer` these are, instead of an answer."""
    yield EvidenceReady(back["evidence"], plan)
    yield TextDelta(back["text"])
    yield run.ready(plan, "clarify", reason="unclear_question", **back)
