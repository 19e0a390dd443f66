"""Reading the filters of a question as the chain does: with the names in it resolved, as of today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.chat.library_view import LibraryView
from app.chat.narrow import narrowed, unfiltered
from app.chat.plan import is_small_talk
from app.chat.read_filters import Read, read_filters
from app.chat.resolve import Named, resolve
from app.core.domain import Question
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import KeywordIndex, PaperStore

_NO_MARKERS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class FilterReader:
    """Reads questions about one library."""

    store: PaperStore
    keyword: KeywordIndex
    today: date

    def read(
        self,
        text: str,
        markers: Mapping[int, str] = _NO_MARKERS,
        given: Filters = EVERY_PAPER,
        unread: Sequence[str] = (),
    ) -> Read:
        """The filters in a stand-alone question, beside those given, and the names in its other words; filters of the
        conditions `unread` are not applied."""
        if is_small_talk(text):
            return Read(text, given=given)
        named = self._resolved(text, markers)
        stretches = (*named.spans, *((r.start, r.end, r.papers) for r in named.readings))
        read = read_filters(text, LibraryView(self.store, self.keyword), self.today, stretches, given, unread)
        # With words taken out, what is left may name other things.
        return replace(read, named=named if read.query == text else self._resolved(read.query, markers))

    def narrowed(self, question: Question, markers: Mapping[int, str]) -> str | None:
        """The last question with the filters of this one, if it asks for nothing else and the last was on no paper; or
        without its own, if this one asks for that."""
        if not question.history:
            return None
        turns = [turn for turn in question.history if not is_small_talk(turn.question)] or question.history
        last = turns[-1].standalone or turns[-1].question
        if (every := unfiltered(question.text, last, lambda text: self.read(text, markers))) is not None:
            return every
        read = self.read(question.text, markers)
        if not read.readings or self._resolved(last, markers).papers:
            return None
        return narrowed(read, last, lambda text: self.read(text, markers))

    def _resolved(self, text: str, markers: Mapping[int, str]) -> Named:
        return resolve(text, self.keyword, self.store, markers)
