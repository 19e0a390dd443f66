"""Our own questions for judging answers: well formed, and every fact they ask for stands in the papers they name."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tests.bench.answers import FILES
from tests.conversation import cases

TYPES = {
    "lookup_named",
    "lookup_paraphrased",
    "compare",
    "aggregate",
    "not_in_library",
    "not_in_abstract",
    "follow_up",
    "clarify",
}
# Questions that say only which papers they are about.
WITHOUT_FACTS = "page-more"
# Of some types only, to build with.
SOME_TYPES = {"page-lists", "page-vague", "page-mixed", "page-further"}
# Written later: to build with, and by another hand to be run only.
LATER = {
    "page-wordings",
    WITHOUT_FACTS,
    *SOME_TYPES,
    "page-varied",
    "page-hands",
    "page-blind",
    "page-late",
    "page-last",
    "page-final",
    "page-hidden",
    "page-unread",
    "page-casual",
    "page-apart",
}
CASES = {name: cases(f"answers/{name}") for name in FILES}
ALL = [case for name in FILES for case in CASES[name]]
PAGE = [case for name in FILES if name.startswith("page") for case in CASES[name]]
STARTER = [case for name in FILES if name.startswith("starter") for case in CASES[name]]
FIELDS = {"id", "type", "must_cite", "may_cite", "facts", "abstain"}
CITING = {"lookup_named", "lookup_paraphrased", "compare", "aggregate", "follow_up"}
ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in resources.files("ingest").joinpath("starter/papers.jsonl").read_text(encoding="utf-8").splitlines()
]
DIGESTS = {row["id"]: f"{row['title']} {row['abstract']}" for row in ROWS}
TITLES = {row["title"]: row["id"] for row in ROWS}


def stands(fact: str, text: str) -> bool:
    """Whether the fact is in the text as a whole token: 10 is neither in 210 nor in 10.5."""
    return re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(fact)}(?!\w)(?![.,]\d)", text, re.IGNORECASE) is not None


def astray(case: Mapping[str, Any], texts: Mapping[str, str]) -> list[Any]:
    """The facts no cited paper states, and the papers of a pointed question that state none of its facts."""
    cited = {paper: texts[paper] for paper in case["must_cite"]}
    wrong: list[Any] = [
        fact for fact in case["facts"] if not any(stands(said, text) for said in fact for text in cited.values())
    ]
    if case["facts"]:
        said = [one for fact in case["facts"] for one in fact]
        wrong += [paper for paper, text in cited.items() if not any(stands(one, text) for one in said)]
    return wrong


def page_texts(page: Path) -> dict[str, str]:
    """Each paper's part of the real page, from its title to the next title."""
    texts: dict[str, str] = {}
    paper = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        paper = TITLES.get(line.strip(), paper)
        if paper:
            texts[paper] = f"{texts.get(paper, '')} {line}"
    return texts


def test_there_are_enough_of_every_type_and_half_are_kept_for_testing() -> None:
    """At least 120 questions, each type in each file, at least about as many for testing as for development."""
    assert len(ALL) >= 120
    assert all(
        {case["type"] for case in rows} == TYPES
        for name, rows in CASES.items()
        if name not in {WITHOUT_FACTS, *SOME_TYPES}
    )
    halves = [name for name in FILES if name not in LATER]
    kept = sum(len(CASES[name]) for name in halves if not name.endswith("-dev"))
    assert 0.45 <= kept / sum(len(CASES[name]) for name in halves) <= 0.65


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_every_line_has_the_agreed_form(case: dict[str, Any]) -> None:
    """Known fields, a question or turns, papers that are there, short facts, and an abstention where there is no answer."""
    talk = case["type"] == "follow_up" or (case["type"] == "clarify" and "turns" in case)
    asked = {"turns"} if talk else {"question"}
    offered = {"choices"} if case["type"] == "clarify" else set()
    assert set(case) == FIELDS | asked | offered
    turns = case.get("turns") or [case["question"]]
    assert all(isinstance(turn, str) and turn.strip() for turn in turns)
    assert (1 < len(turns) <= 4) == talk
    named = [*case["must_cite"], *case["may_cite"]]
    assert len(named) == len(set(named)) and {*named, *case.get("choices", [])} <= set(DIGESTS)
    assert all(fact and all(0 < len(said.split()) <= 5 for said in fact) for fact in case["facts"])
    assert case["abstain"] == (case["type"] in {"not_in_library", "not_in_abstract"})
    assert bool(case["must_cite"]) == (case["type"] in CITING)
    without = {"aggregate"} if case not in CASES[WITHOUT_FACTS] else CITING
    assert bool(case["facts"]) == (case["type"] in CITING - without)


def test_no_id_and_no_question_stands_twice() -> None:
    """Ids and wordings are unique over all files, so that nothing held back for testing was seen before."""
    wordings = [json.dumps(case.get("turns") or case["question"]).lower() for case in ALL]
    for values in ([case["id"] for case in ALL], wordings):
        assert [value for value, times in Counter(values).items() if times > 1] == []


@pytest.mark.parametrize("case", STARTER, ids=lambda case: case["id"])
def test_the_starter_digests_state_every_fact(case: dict[str, Any]) -> None:
    """What an answer must say stands in a digest it must cite, and each such digest says some of it."""
    assert astray(case, DIGESTS) == []


def test_the_real_page_states_every_fact(listing_page: Path) -> None:
    """What an answer must say stands in an abstract it must cite, and each such abstract says some of it."""
    texts = page_texts(listing_page)
    assert len(texts) == len(DIGESTS)
    assert {case["id"]: wrong for case in PAGE if (wrong := astray(case, texts))} == {}


@pytest.mark.parametrize(
    ("fact", "text", "there"),
    [
        ("10", "a gain of 10% over", True),
        ("10", "a gain of 210 or 10.5 or 3.10", False),
        ("github.com/a/b", "see https://github.com/a/b.", True),
        ("MoE", "moe layers", True),
        ("MoE", "Moebius", False),
    ],
)
def test_a_fact_is_found_as_a_whole_token_only(fact: str, text: str, there: bool) -> None:
    """The check on the facts cannot pass by a part of a longer number or word."""
    assert stands(fact, text) is there
