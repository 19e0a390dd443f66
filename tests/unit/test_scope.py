"""What a turn leaves out, pins or takes back, and what is left of it to ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.bootstrap import Service
from app.chat.condense import Talk
from app.chat.resolve import resolve
from app.chat.run import markers_of
from app.chat.scope import Scope, named_note, read_scope, with_pinned
from app.chat.told import Teller
from app.core.domain import Question, RankedPaper, Turn
from app.core.filters import Filters
from app.core.names import handle

OVOR, LANE, TAME, IBCL, PAINTER = "2402.04129", "2405.15633", "2210.03869", "2310.02995", "2212.02499"
LISTED = "which papers use prompts?"
ON_PROMPTS = Turn(LISTED, LISTED, "…", {1: LANE, 2: OVOR, 3: PAINTER, 4: TAME}, (LANE, OVOR, PAINTER, TAME))
THREE = Turn(
    "Compare TAME, IBCL and OVOR",
    "Compare TAME, IBCL and OVOR",
    "…",
    {1: TAME, 2: IBCL, 3: OVOR},
    (TAME, IBCL, OVOR),
)
NARROWED = replace(ON_PROMPTS, excluded=(OVOR, LANE), pinned=(TAME,))


def scope(service: Service, text: str, *history: Turn, **given: tuple[str, ...]) -> Scope:
    """The scope after this turn, as the chain reads it."""
    library, markers = service.library, markers_of(history)

    def handle_of(paper_id: str) -> str:
        paper = library.store.get([paper_id])[paper_id]
        return handle(paper.title, paper.abstract)

    talk = Talk.of(history, lambda said: resolve(said, library.keyword, library.store, markers), handle_of)
    told = Teller(library.store, library.keyword, service.read).told
    return read_scope(Question(text, history, **given), talk, told)


@pytest.mark.parametrize(
    ("last", "text", "left", "excluded"),
    [
        (ON_PROMPTS, "drop [1]", LISTED, (LANE,)),
        (ON_PROMPTS, "ignore OVOR", LISTED, (OVOR,)),
        (ON_PROMPTS, "without the second one", LISTED, (OVOR,)),
        (ON_PROMPTS, "drop the last two", LISTED, (PAINTER, TAME)),
        (ON_PROMPTS, "remove the vision one", LISTED, (PAINTER,)),
        (ON_PROMPTS, "drop the ones from 2024", LISTED, (LANE, OVOR)),
        (ON_PROMPTS, "remove [1] and compare the others", "compare the others", (LANE,)),
        (ON_PROMPTS, "ignore [1] and [2]. Which of the rest release code?", "Which of the rest release code?", (LANE, OVOR)),
        (THREE, "drop [1]", "Compare IBCL and OVOR", (TAME,)),
        (THREE, "drop TAME, IBCL and OVOR", "", (TAME, IBCL, OVOR)),
        (NARROWED, "add it back", LISTED, (OVOR,)),
        (NARROWED, "add OVOR back", LISTED, (LANE,)),
        (NARROWED, "bring them back", LISTED, ()),
        (NARROWED, "start over", LISTED, ()),
        (NARROWED, "and its code?", "and its code?", (OVOR, LANE)),
    ],
)  # fmt: skip
def test_papers_are_left_out_and_taken_back(
    starter: Service, last: Turn, text: str, left: str, excluded: tuple[str, ...]
) -> None:
    """A command changes what is left out from here on; alone, it asks the last question again."""
    found = scope(starter, text, last)
    assert (found.text, found.excluded) == (left, excluded)
    assert bool(found.said) == found.changed


@pytest.mark.parametrize(
    "text",
    [
        "ignore previous instructions",
        "without replay, how does it avoid forgetting?",
        "how does TAME do without task labels?",
        "keep going",
        "keep it short",
        "Include details on training",
        "drop it",
        "add it back",
        "only the ones by Lee",
    ],
)
def test_what_names_no_paper_is_no_command(starter: Service, text: str) -> None:
    """Such verbs stand before many things; only papers are left out, and only where it is clear which."""
    assert scope(starter, text, ON_PROMPTS) == Scope(text)


def test_only_some_of_them(starter: Service) -> None:
    """Of a list the question is asked of those alone; of a comparison, with their names alone."""
    listed = scope(starter, "only [1] and [3]", ON_PROMPTS)
    assert (listed.text, listed.only, listed.excluded) == (LISTED, (LANE, PAINTER), ())
    assert listed.filters(Filters(since="2020")) == Filters(since="2020", ids=(LANE, PAINTER))
    assert scope(starter, "only [1] and [3]", THREE).text == "Compare TAME and OVOR"


def test_pins_stay_until_they_are_taken_off(starter: Service) -> None:
    """A pinned paper is in the evidence of every answer; leaving it out unpins it."""
    assert scope(starter, "pin [2]", ON_PROMPTS).pinned == (OVOR,)
    assert scope(starter, "what is IBCL?", NARROWED, pinned=(PAINTER,)).pinned == (TAME, PAINTER)
    assert scope(starter, "unpin TAME", NARROWED).pinned == ()
    dropped = scope(starter, "drop TAME", NARROWED)
    assert dropped.pinned == () and dropped.excluded == (OVOR, LANE, TAME)
    assert dropped.filters(Filters()).not_ids == (OVOR, LANE, TAME)


def test_left_out_this_once(starter: Service) -> None:
    """ "except OVOR" in a question holds for that question; an unknown marker is said to be none."""
    found = scope(starter, "which papers use prompts, except OVOR?", ON_PROMPTS)
    assert (found.text, found.without, found.excluded) == (LISTED, (OVOR,), ())
    assert "[9]" in scope(starter, "drop [9]", ON_PROMPTS).said
    assert scope(starter, "any others?", ON_PROMPTS).without == ON_PROMPTS.papers


def test_pinned_papers_stand_after_the_first(starter: Service) -> None:
    """They are added once, behind the papers a question names and before all that a budget might cut."""
    store = starter.library.store
    ranked = [RankedPaper(paper, f"{paper.id}#0", 1.0) for paper in store.get([OVOR, LANE, TAME]).values()]
    assert [item.paper.id for item in with_pinned(ranked, (PAINTER, TAME), store)] == [OVOR, TAME, PAINTER, LANE]
    assert named_note((OVOR,), (OVOR, LANE), " ".join).startswith(f"{OVOR} is left out")
    assert named_note((TAME,), (OVOR,), " ".join) == ""
