"""A conversation limited to some papers."""

from __future__ import annotations

from app.core.filters import Filters
from app.ui.conversation import Conversation
from app.ui.narrowing import WHOLE, Narrowing


def test_every_question_is_about_these_papers_alone() -> None:
    only = Narrowing.to(["b", "a", "b"], "2 papers of the map")
    now = Conversation().narrowed(only).asking("What is measured?")
    assert now.question().filters == Filters(ids=("b", "a"))
    assert only.chips == ["Only: 2 papers of the map ×"]


def test_no_papers_limit_nothing() -> None:
    assert Narrowing.to([], "nothing") == WHOLE
    assert not WHOLE.filters and WHOLE.chips == []
    assert not Conversation().asking("What is measured?").question().filters


def test_without_words_they_are_counted() -> None:
    assert Narrowing.to([str(n) for n in range(1200)], " ").words == "1,200 papers"
