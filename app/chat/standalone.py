"""The step that makes a turn of a conversation a question that stands alone: what it leaves out or pins, which choice it
takes, what it points back at, and what has to be asked back. By rule, and with a chat model in the model's words where
they are usable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.chat import clarify, condense, generate, history
from app.chat.answerable import holds
from app.chat.budget import history_room
from app.chat.compare.split import split
from app.chat.compare.wording import in_plain_words
from app.chat.condense import Condensed, Talk, numbered
from app.chat.describe import Described, described, surest, tells_one
from app.chat.hurried import in_full
from app.chat.reader import FilterReader
from app.chat.resolve import Named
from app.chat.scope import Scope, named_note, read_scope
from app.chat.search import Search
from app.chat.small_talk import is_small_talk
from app.chat.told import Teller
from app.chat.write import Writer
from app.core.domain import Plan, Question, Turn
from app.core.errors import ChatModelError
from app.core.findings import Choice
from app.core.prompting import load_prompt


@dataclass(frozen=True, slots=True)
class Understood:
    """What a turn asks. `condensed` is the question, with no text where the turn asks nothing (then `scope.said` is all
    there is to say); `scope` is what holds of the conversation's papers from now on; `ask`, where it is there, is what to
    ask back instead of answering; `notes` are sentences for the reader; `others` are papers that a description in it may mean
    as well; `told` is the question where it tells its one paper by a description."""

    condensed: Condensed
    scope: Scope
    ask: clarify.Ask | None = None
    notes: tuple[str, ...] = ()
    others: Sequence[tuple[str, Choice]] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Understands the turns of conversations about one library."""

    reader: FilterReader
    writer: Writer
    search: Search
    handle_of: Callable[[str], str]
    summaries: history.Summaries = field(default_factory=history.Summaries)

    def understood(
        self, question: Question, markers: Mapping[int, str], resolve_text: Callable[[str], Named]
    ) -> Understood:
        """The question as it can be understood without its history."""
        talk = Talk.of(question.history, resolve_text, self.handle_of)
        last = question.history[-1] if question.history else None
        asked = question.text
        question = replace(question, text=numbered(in_plain_words(in_full(question.text, self._known)), markers))
        scope = read_scope(replace(question, text=""), talk)
        if last and (chosen := clarify.picked(question.text, last, talk)):
            return Understood(chosen, replace(scope, text=chosen.text))
        if is_small_talk(asked):
            return Understood(Condensed(asked), replace(scope, text=asked))
        scope = read_scope(question, talk, self._teller.told)
        notes = (scope.said,) if scope.said else ()
        if scope.asked_again or not scope.text:
            papers = tuple(resolve_text(scope.text).papers) if scope.text else ()
            return Understood(Condensed(scope.text, papers, changed=True), scope, notes=notes)
        if scope.changed:
            question = replace(question, text=scope.text, history=_left_out(question.history, scope.excluded))
            question = _about(scope.only, question, talk) if scope.only else question
        condensed = self._condensed(question, markers, resolve_text)
        found = self._clear(condensed, question, resolve_text)
        named = resolve_text(found.condensed.text).papers
        left_out = named_note(named, scope.excluded, talk.names)
        return replace(found, scope=scope, notes=(*notes, *found.notes, *([left_out] if left_out else [])))

    @property
    def _teller(self) -> Teller:
        return Teller(self.search.store, self.search.keyword, self.reader.read)

    def _strange(self, found: Described) -> bool:
        """Whether the description has a word in it that no paper of the library uses."""
        words = re.findall(r"[^\W\d_]{4,}", found.text[found.start : found.end])
        return any(self.search.keyword.terms(word) and not self._known(word) for word in words)

    def _known(self, word: str) -> bool:
        return bool(self.search.keyword.search(word, 1))

    def _condensed(
        self, question: Question, markers: Mapping[int, str], resolve_text: Callable[[str], Named]
    ) -> Condensed:
        if narrower := self.reader.narrowed(question, markers):
            return Condensed(narrower, changed=True)
        named = resolve_text(question.text)
        condensed = condense.condense_by_rule(
            question.text, question.history, named, self.handle_of, resolve_text, self._teller.told, self._known
        )
        asks_anew = condensed.text != question.text and not condensed.manner
        if not (condensed.changed and asks_anew and question.history) or self.writer.few:
            return condensed
        read = self.reader.read(condensed.text, markers).readings
        names = [*map(self.handle_of, condensed.papers), *named.missing, *(reading.text for reading in read)]
        return replace(condensed, text=self._rewritten(question, names) or condensed.text)

    def _clear(self, condensed: Condensed, question: Question, resolve_text: Callable[[str], Named]) -> Understood:
        """The question with a description in it read, or with what to ask back."""
        talk = Talk.of(question.history, resolve_text, self.handle_of)
        last, nothing = question.history[-1] if question.history else None, Scope("")
        asked_before = last if last and last.choices else None
        found = None if condensed.papers else self._described(condensed, question, resolve_text)
        if condensed.unclear and (found is None or not found.papers):
            if asked_before and (every := clarify.for_all(condensed.text, asked_before, talk)):
                return Understood(every, nothing)
            ask = clarify.ask_unclear(condensed.text, talk, self.search.store, self.search.keyword)
            return Understood(condensed, nothing, ask)
        if found is None:
            sides = clarify.other_sides(condensed, self.search.store, self.handle_of)
            return Understood(condensed, nothing, others=sides)
        if not found.papers:
            others = clarify.others_than(found, self.search.store, self.handle_of)
            return Understood(condensed, nothing, others=others)
        much = len(found.papers) > 1 and (tells_one(found.text) or self._strange(found))
        if much and not holds(found.text, self.search, question.filters):
            return Understood(condensed, nothing)
        found = surest(found, self.search, question.filters)
        others = clarify.others_than(found, self.search.store, self.handle_of)
        if len(found.papers) > 1 and not asked_before:
            return Understood(condensed, nothing, clarify.ask_described(found, self.handle_of))
        told = found.with_names(talk.names(found.papers))
        words = found.text[found.start : found.end]
        note = f"“{words}” is read as {talk.names(found.papers)}."
        if found.others:
            *most, last_one = map(self.handle_of, found.others)
            note += f" It may also be {', '.join(most)}{' or ' if most else ''}{last_one}."
        return Understood(
            Condensed(told, found.papers, changed=True), nothing, notes=(note,), others=others, told=found.text
        )

    def _described(
        self, condensed: Condensed, question: Question, resolve_text: Callable[[str], Named]
    ) -> Described | None:
        named = resolve_text(condensed.text)
        found = described(condensed.text, named, self.search, question.filters)
        # Each side of a comparison is looked for by itself, and may well be a subject of several papers.
        sides = split(condensed.text, [(start, end) for start, end, _ in named.spans]) if found else ()
        told = len(sides) > 1 and all(side.described or side.named for side in sides)
        return None if found and len(sides) > 1 and (told or len(found.papers) > 1) else found

    def _rewritten(self, question: Question, names: Sequence[str]) -> str | None:
        """The model's wording of the stand-alone question if it has these names in it, else None: neither a failing
        extra step nor a reply that is no such question may cost the answer."""
        writer = self.writer
        room = history_room(writer.limits.window)
        so_far = history.conversation(question.history, writer.tokens.count, room, self._earlier)
        prompt = load_prompt("condense", writer.prompts_dir)
        try:
            filled = prompt.fill(question=question.text, conversation=so_far)
            return condense.usable_rewrite(generate.whole_text(writer.model, generate.messages(*filled)), names)
        except ChatModelError:
            return None

    def _earlier(self, turns: Sequence[Turn]) -> str:
        return self.summaries.earlier(turns, self._summarised)

    def _summarised(self, told: str) -> str:
        prompt = load_prompt("summary", self.writer.prompts_dir)
        return generate.whole_text(self.writer.model, generate.messages(*prompt.fill(conversation=told)))


def _left_out(history: Sequence[Turn], papers: tuple[str, ...]) -> tuple[Turn, ...]:
    """The turns so far, after the last of which these papers are in no answer."""
    return (*history[:-1], replace(history[-1], excluded=papers)) if history else ()


def _about(papers: tuple[str, ...], question: Question, talk: Talk) -> Question:
    """The question as if these papers had been spoken of last: "only [2]: what data does it use?"."""
    names = talk.names(papers)
    return replace(question, history=(*question.history, Turn(names, names, "", papers=papers)))


def in_manner(plan: Plan, manner: str, quotes: bool) -> Plan:
    """The plan of a question that is asked once more, to be answered in this manner ("in fewer words"). Who only quotes
    cannot, which the reader is told."""
    if not manner:
        return plan
    if quotes:
        return replace(plan, notes=(*plan.notes, f"Asked once more; {manner} only a chat model can answer."))
    return replace(plan, query=f"{plan.query} (Answer {manner}.)")
