"""From evidence to a checked answer: budget -> generate -> cite -> verify."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from langchain_core.language_models import BaseChatModel

from app.adapters.extractive import LEAD
from app.adapters.loops import without_loop
from app.adapters.sentences import own_sentences
from app.chat import abstain, budget, generate
from app.chat.cite import CitationStream
from app.chat.claims.disagree import Disagreement, disagreement
from app.chat.claims.model_judge import ModelJudge
from app.chat.compare.share import equal_shares
from app.chat.compare.table import Compared, compared
from app.chat.limits import Limits as Limits
from app.chat.parts import draft
from app.chat.repair import Repaired, repaired
from app.chat.resting import RestingEmbedder
from app.chat.run import Run, count_papers
from app.chat.tries import LARGER, PromptCutError, Tries
from app.chat.verify import Checked, verify, with_marks
from app.core.domain import AnswerRequest, Citation, Claim, Evidence, Part, Plan, Quote
from app.core.errors import ContextOverflowError, EmptyReplyError
from app.core.events import Event, EvidenceReady, StepDone, TextDelta, Thinking
from app.core.ports import KeywordIndex
from app.core.prompting import CANNOT_ANSWER, Prompt, load_prompt
from app.core.tokens import TokenCounter

_ASKS_WHETHER = re.compile(
    r"^\W*(?:and |but |so )?(?:do|does|did|is|are|was|were|can|could|will|would|should|has|have)\b|\bwhether\b",
    re.IGNORECASE,
)

# Why a reply ended before its end, for the reader.
_EARLY = {
    "length": "The answer was cut off at {tokens:,} tokens. Raise ASKPAPERS_LLM_ANSWER_TOKENS for longer ones.",
    "loop": "The model began to repeat itself and was stopped there.",
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes the answers, and what checking them needs. `quotes` says that it is no language model: it can
    neither rewrite questions nor follow a prompt. `judges`: a language model is asked about the claims, too; `repairs`: it
    is asked once more about sentences that no abstract bears out."""

    model: BaseChatModel
    quotes: bool
    tokens: TokenCounter
    limits: Limits
    embedder: RestingEmbedder
    keyword: KeywordIndex
    prompts_dir: Path | None = None
    judges: bool = False
    repairs: bool = True

    def room_for(self, plan: Plan, candidates: Sequence[Evidence]) -> int:
        """How many of these papers, from the first, it can be shown."""
        prompt = load_prompt("compare" if plan.kind == "compare" else self._variant, self.prompts_dir)
        return len(self._fitting(prompt, plan, candidates))

    @property
    def few(self) -> bool:
        """Whether it writes answers and nothing else: no question is rewritten, no sentence repaired or judged by it."""
        return self.quotes or self.limits.few_steps

    def answer(self, run: Run, plan: Plan, candidates: Sequence[Evidence]) -> Iterator[Event]:
        """Answer from the candidates that fit; from fewer if the server did not read them all. A comparison is of all of
        them: there each paper gives up sentences, and its table stands below whatever is written."""
        prompt = load_prompt("compare" if plan.kind == "compare" else self._variant, self.prompts_dir)
        kept = self._fitting(prompt, plan, candidates)
        tries, shortened = Tries(self.limits, self.tokens), False
        while True:
            ids = [e.paper.id for e in kept]
            cut = [e.paper.id for e in candidates if e.paper.id not in ids]
            yield run.step("budget", f"{count_papers(len(kept))} fit", kept=ids, cut=cut)
            try:
                for event in self._written(run, plan, prompt, tuple(kept), tries):
                    yield tries.told(event, shortened)
                return
            except (ContextOverflowError, EmptyReplyError, PromptCutError) as trouble:
                if not tries.again(trouble):
                    raise
            run.thought = ""
            fewer = self._fewer(prompt, plan, kept, shortened)
            kept, shortened = fewer, len(fewer) == len(kept)

    @property
    def _variant(self) -> str:
        """The prompt for an answer: a person's own words for it come before ours for weak models."""
        folder = self.prompts_dir
        own = folder is not None and (folder / "answer.md").is_file() and not (folder / "answer_short.md").is_file()
        return "answer_short" if self.limits.short_prompt and not own else "answer"

    def _fitting(self, prompt: Prompt, plan: Plan, candidates: Sequence[Evidence]) -> list[Evidence]:
        if self.quotes or plan.kind == "compare":
            return list(candidates)
        limits, count = self.limits, self.tokens.count
        bare = "\n".join(generate.filled(prompt, plan, candidates, describe=False))
        return budget.fit(candidates, count(bare), count, limits.window, limits.reply)[0]

    def _fewer(self, prompt: Prompt, plan: Plan, kept: Sequence[Evidence], shortened: bool) -> list[Evidence]:
        """The papers for another try: of a lookup those that fit the window as it is known by now, of a comparison all of
        them if there is room for a part of each and that was not tried (`shortened`); else half of them."""
        half, limits, count = list(kept[: len(kept) // 2]), self.limits, self.tokens.count
        if shortened or limits.window >= limits.planned:  # nothing was learned of it
            return half
        if plan.kind != "compare":
            fitting = self._fitting(prompt, plan, kept)
            return fitting if len(fitting) < len(kept) else half
        bare = count("\n".join(generate.filled(prompt, plan, kept, describe=False)))
        shown = equal_shares(kept, bare, count, limits.window, limits.reply)
        return list(kept) if limits.beside(bare + sum(count(budget.describe(e)) + 2 for e in shown)) else half

    def _written(
        self, run: Run, plan: Plan, prompt: Prompt, evidence: tuple[Evidence, ...], tries: Tries
    ) -> Iterator[Event]:
        yield EvidenceReady(evidence, plan)
        made = self._compared(run, plan, evidence)
        system, user = generate.filled(prompt, plan, self._shared(prompt, plan, evidence, made))
        yield StepDone("prompt", "The prompt is ready", {"prompt": f"{system}\n\n{user}"})
        stream = CitationStream([e.marker for e in evidence])
        # Whoever writes, what is missing is said first, and by us; once the model has begun, so never twice.
        notes = abstain.notes(plan, evidence, run.question.filters)
        opening = f"{notes}\n\n" if notes else ""
        request = AnswerRequest(run.question.text, plan, evidence, draft=self._draft(run, plan, evidence, made))
        model = cast(BaseChatModel, tries.asking(self.model, system, user, len(evidence)))
        finish = ""
        for piece in generate.stream_pieces(model, generate.messages(system, user, request)):
            finish = piece.finish or finish
            if piece.restarts:
                stream, opening = CitationStream([e.marker for e in evidence]), f"{notes}\n\n" if notes else ""
                yield EvidenceReady(evidence, plan)
            if piece.thought:
                run.thought += piece.thought
                yield Thinking(piece.thought)
            if piece.text and (shown := stream.feed(opening + piece.text)):
                yield TextDelta(shown)
            opening = "" if piece.text else opening
        tries.heard()
        if shown := stream.finish():
            yield TextDelta(shown)
        if made and not abstain.declines(stream.text):
            yield TextDelta(f"\n\n{made.markdown}")
        yield run.step("generate", f"Written by {run.model.provider}", unknown_markers=stream.unknown)
        if finish in _EARLY:
            run.notices.append(_EARLY[finish].format(tokens=self.limits.reply))
        text = without_loop(stream.text.strip()) if finish == "loop" else stream.text.strip()
        yield self._checked(run, plan, text, evidence, made)

    def _draft(self, run: Run, plan: Plan, evidence: Sequence[Evidence], made: Compared | None) -> str:
        """What who only quotes shall say, where that is made of pieces."""
        if made or not (self.quotes and plan.parts):
            return made.text if made else ""

        def quoted(part: Part) -> str:
            own = replace(plan, query=part.query, named=part.named, labels=part.labels, parts=())
            request = AnswerRequest(part.query, own, tuple(e for e in evidence if e.paper.id in part.papers))
            return generate.whole_text(self.model, generate.messages("", "", request))

        return draft(plan.parts, quoted, LEAD, CANNOT_ANSWER)

    def _verified(self, text: str, evidence: Sequence[Evidence], opening: str) -> Checked:
        judge = None
        if self.judges and not self.few:
            judge = ModelJudge(self._asked, load_prompt("judge", self.prompts_dir))
        return verify(text, evidence, self.embedder, self.keyword, opening=opening, judge=judge)

    def _repaired(self, checked: Checked, evidence: Sequence[Evidence], notes: str) -> Repaired | None:
        """One more call, only where a sentence is not borne out."""
        opening = f"{notes}\n\n" if notes else ""
        return repaired(
            checked,
            evidence,
            self._asked,
            lambda text: self._verified(text, evidence, notes),
            opening,
            self.prompts_dir,
        )

    def _asked(self, system: str, user: str) -> str:
        """The reply of a step beside the answer, which must never cost it. What does not fit is not sent, for a server
        may cut it in silence."""
        if not self.limits.beside(self.tokens.count(f"{system}\n\n{user}")):
            raise ContextOverflowError("A step beside the answer does not fit the model's window.", LARGER)
        return generate.whole_text(self.model, generate.messages(system, user))

    def _opposed(self, plan: Plan, evidence: Sequence[Evidence]) -> Disagreement | None:
        """Two of the papers read that say opposite things, where it is asked whether something is so."""
        if plan.kind != "lookup" or not _ASKS_WHETHER.search(plan.query):
            return None
        said = [(item, sentence) for item in evidence for sentence in own_sentences(item.paper.abstract)]
        return disagreement(plan.query, said, self.embedder)

    def _compared(self, run: Run, plan: Plan, evidence: Sequence[Evidence]) -> Compared | None:
        if plan.kind != "compare":
            return None
        return compared(run.question.text, plan, evidence, self.embedder, self.keyword)

    def _shared(
        self, prompt: Prompt, plan: Plan, evidence: Sequence[Evidence], made: Compared | None
    ) -> Sequence[Evidence]:
        """The papers as the model is shown them."""
        if self.quotes or made is None:
            return evidence
        limits, count = self.limits, self.tokens.count
        bare = count("\n".join(generate.filled(prompt, plan, evidence, describe=False)))
        return equal_shares(evidence, bare, count, limits.window, limits.reply, made.citations)

    def _checked(
        self, run: Run, plan: Plan, text: str, evidence: tuple[Evidence, ...], made: Compared | None = None
    ) -> Event:
        notes = abstain.notes(plan, evidence, run.question.filters)
        if text == notes:
            raise EmptyReplyError(
                "The model's reply holds no words, only citations.", "Ask again, or try another model."
            )
        if abstain.declines(text):
            return run.ready(plan, "abstained", text, reason="abstract_does_not_say", evidence=evidence)
        # What we say ourselves before the answer is no claim of it.
        checked = self._verified(text, evidence, notes)
        if self.repairs and not self.few and (better := self._repaired(checked, evidence, notes)):
            run.step("repair", "Repaired sentences that no abstract bears out", left=[c.text for c in better.changed])
            checked = better.checked
        text, claims = with_marks(checked.text, checked.claims)
        run.step("verify", "Checked every sentence against the abstracts it cites", verdicts=_counted(claims))
        parts: dict[str, Any] = {"evidence": evidence, "citations": checked.citations, "claims": claims}
        if opposed := self._opposed(plan, evidence):
            sides = (opposed.one, opposed.other)
            more = [Citation(s.evidence.marker, s.evidence.paper.ref, (s.quote,)) for s in sides]
            text = f"{text}\n\n{opposed.text}"
            parts |= {"reason": "abstracts_disagree", "citations": _joined(checked.citations, more)}
        if made:
            text = f"{text}\n\n{made.markdown}"
            parts |= {"table": made.table, "citations": _joined(checked.citations, made.citations)}
        return run.ready(plan, "answered", text, **parts)


def _counted(claims: Sequence[Claim]) -> dict[str, int]:
    return dict(Counter(claim.verdict for claim in claims))


def _joined(first: Sequence[Citation], more: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations of an answer and of its table, one for each paper, with the quotes of both."""
    quotes: dict[int, dict[Quote, None]] = {}
    for citation in (*first, *more):
        quotes.setdefault(citation.marker, {}).update(dict.fromkeys(citation.quotes))
    once = {citation.marker: citation for citation in (*more, *first)}
    return tuple(replace(once[marker], quotes=tuple(found)) for marker, found in quotes.items())
