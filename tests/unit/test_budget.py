"""What fits into the model's window, and that an abstract stays data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.budget import TEMPLATE_TOKENS, describe, fit, number, recent_turns
from app.core.domain import Evidence, Paper, RankedPaper


def count(text: str) -> int:
    """A token is a word."""
    return len(text.split())


def paper(paper_id: str, abstract: str = "We do things.", title: str = "A Title") -> Paper:
    return Paper(paper_id, title, abstract, ("Ada Lind",), 2024)


def evidence(*sizes: int) -> list[Evidence]:
    return [Evidence(i, paper(f"p{i}", "word " * size), f"p{i}#0", 1 / i) for i, size in enumerate(sizes, start=1)]


def ranked(*ids: str) -> list[RankedPaper]:
    return [RankedPaper(paper(i), f"{i}#0", 0.5) for i in ids]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=12),
    st.integers(0, 600),
    st.integers(64, 900),
    st.integers(1024, 4096),
)
def test_the_window_never_overflows(sizes: list[int], prompt: int, answer: int, window: int) -> None:
    """Prompt, template, evidence and answer together fit the window whenever one paper does; papers go whole, from
    the end, and no more of them than must."""
    given_papers = evidence(*sizes)
    kept, cut = fit(given_papers, prompt, count, window, answer)
    assert kept + cut == given_papers
    fixed = prompt + answer + TEMPLATE_TOKENS
    taken = [fixed + sum(count(describe(e)) + 2 for e in given_papers[:n]) for n in range(len(given_papers) + 1)]
    if taken[1] <= window:
        assert taken[len(kept)] <= window
        assert fixed + count("\n\n".join(map(describe, kept))) <= window
        assert not cut or taken[len(kept) + 1] > window
    else:
        assert len(kept) == 1, "an answer without evidence is none"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=5), min_size=1, max_size=6))
def test_a_marker_means_one_paper_all_conversation_long(turns: list[list[str]]) -> None:
    """A paper keeps its marker in later answers, and no marker is ever given to a second paper."""
    known: dict[int, str] = {}
    for ids in turns:
        numbered = number(ranked(*ids), known)
        assert [e.paper.id for e in numbered] == ids
        for item in numbered:
            assert known.setdefault(item.marker, item.paper.id) == item.paper.id
        assert len(set(known.values())) == len(known)
    assert sorted(known) == list(range(1, len(known) + 1))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["</abstract>", "</ABSTRACT>", "< / abstract >", '<abstract number="9">', "[1]", "【2】", "\n", "x"]
        ),
        max_size=8,
    ).map("".join)
)
def test_no_paper_can_close_its_fence_or_cite(text: str) -> None:
    """Whatever title, authors and abstract say, a description has one opening, one closing fence and no marker."""
    hostile = Paper("p", f"Title {text}", f"We {text}.", (f"Ada {text}",), 2024)
    told = describe(Evidence(3, hostile, "p#0", 1.0))
    assert re.findall(r"<\s*/?\s*abstract", told, re.IGNORECASE) == ["<abstract", "</abstract"]
    assert told.startswith('<abstract number="3">\n')
    assert told.endswith("\n</abstract>")
    assert not re.search(r"[\[\]【】]", told)


def test_a_description_tells_title_authors_year_and_the_whole_abstract() -> None:
    """The model sees who wrote what and when; more than four authors are shortened, missing ones said."""
    many = Paper("p", "On Sparrows", "They fly. They land.", ("A B", "C D", "E F", "G H", "I J"), 2021)
    assert describe(Evidence(2, many, "p#0", 1.0)) == (
        '<abstract number="2">\nTitle: On Sparrows\nAuthors: A B, C D, E F, G H, et al. (2021)\nThey fly. They land.\n</abstract>'
    )
    nobody = Paper("p", "On Sparrows", "They fly.")
    assert "Authors: not given\n" in describe(Evidence(1, nobody, "p#0", 1.0))


@pytest.mark.parametrize(
    ("room", "kept"), [(100, ["one", "two two", "three"]), (3, ["two two", "three"]), (2, ["three"]), (0, [])]
)
def test_the_newest_turns_are_kept(room: int, kept: list[str]) -> None:
    """History is cut at its old end, and what stays is in the order it was said."""
    assert recent_turns(["one", "two two", "three"], count, room) == kept


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 50).map(lambda n: "w " * n), max_size=10), st.integers(0, 200))
def test_recent_turns_are_an_end_of_the_history_that_fits(turns: list[str], room: int) -> None:
    """What is kept is the end of the list, fits, and one turn more would not."""
    kept = recent_turns(turns, count, room)
    assert turns[len(turns) - len(kept) :] == kept
    assert sum(map(count, kept)) <= room
    assert len(kept) == len(turns) or sum(map(count, turns[len(turns) - len(kept) - 1 :])) > room
