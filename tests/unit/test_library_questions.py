"""Which questions the list of papers answers by itself, and what they ask of it."""

from __future__ import annotations

import pytest

from app.chat.library_questions import Asked, asked_of_library


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("how many papers?", Asked("count")),
        ("how many?", Asked("count")),
        ("number of papers", Asked("count")),
        ("How many papers are in the library?", Asked("count")),
        ("papers per year", Asked("tally", "year", 0)),
        ("how many papers per category?", Asked("tally", "category", 0)),
        ("number of papers by year", Asked("tally", "year", 0)),
        ("distribution of papers over the years", Asked("tally", "year", 0)),
        ("breakdown by venue", Asked("tally", "venue", 0)),
        ("papers grouped by author", Asked("tally", "author", 0)),
        ("which years does the library cover?", Asked("tally", "year", 0)),
        ("which categories are there?", Asked("tally", "category", 0)),
        ("list all venues", Asked("tally", "venue", 0)),
        ("what conferences are in this collection", Asked("tally", "venue", 0)),
        ("which authors have most papers?", Asked("tally", "author", 10)),
        ("who wrote most papers?", Asked("tally", "author", 10)),
        ("who published the most?", Asked("tally", "author", 10)),
        ("most prolific authors", Asked("tally", "author", 10)),
        ("top venues", Asked("tally", "venue", 10)),
        ("top 5 authors", Asked("tally", "author", 5)),
        ("the three most common categories", Asked("tally", "category", 3)),
        ("which year has the most papers?", Asked("tally", "year", 1)),
        ("how many authors are there?", Asked("distinct", "author", 10)),
        ("how many different venues?", Asked("distinct", "venue", 10)),
        ("what is the newest paper?", Asked("newest", None, 1)),
        ("newest papers", Asked("newest", None, 10)),
        ("the 3 most recent papers", Asked("newest", None, 3)),
        ("the oldest paper here", Asked("oldest", None, 1)),
        ("list all papers", Asked("list")),
        ("which papers are there?", Asked("list")),
        ("papers", Asked("list")),
        ("what?", Asked("list")),
        ("show me the papers in the library", Asked("list")),
    ],
)
def test_asked_of_the_list(text: str, asked: Asked) -> None:
    """Counts, rankings, the newest and all of them are recognised as people ask for them."""
    assert asked_of_library(text, filtered=True) == asked


@pytest.mark.parametrize(
    "text",
    """how many papers are about prompts?
how many papers use replay per task?
newest papers on prompts
which papers release code?
papers on prompts
What do the papers have in common?
what do the papers say?
who wrote OVOR?
who are the authors?
what year?
the authors?
which authors use prompts?
top papers
most cited papers
how many parameters?
how many people took part?
how many years did it take?
what is the most recent method?
what is the first step?
which category is OVOR in?
which venues publish frogs?
what?  why?
hello""".splitlines(),
)
def test_asks_for_more(text: str) -> None:
    """A question that asks for anything else is left to the abstracts."""
    assert asked_of_library(text, filtered=False) is None


@pytest.mark.parametrize("text", ["papers", "what?", "how many?"])
def test_without_a_filter_a_bare_word_asks_nothing(text: str) -> None:
    """ "papers" alone is no question; with a filter beside it, it asks for those that fit."""
    assert asked_of_library(text, filtered=False) is None
