"""The map's words and pictures: nothing of a paper is markup, nothing of a browser is believed."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest

from app.core.domain import Paper
from app.topics.records import Group, Topics
from app.ui.map_figure import DRAWN, drawn_of, map_figure, sign_of
from app.ui.map_html import facts_words, groups_html, paper_html, selection_html
from app.ui.map_picks import group_picked, outline_picked, paper_picked
from tests.fake_map import FakeMap
from tests.fake_service import HOSTILE

TOPICS = FakeMap().topics(lambda done, total, words: None)


def test_the_figure_is_of_every_paper_and_asks_for_nothing_outside() -> None:
    figure = json.loads(map_figure(TOPICS, {HOSTILE.id: HOSTILE.title}).plot)
    assert [len(trace["customdata"]) for trace in figure["data"]] == [12, 12, 12]
    assert {trace["type"] for trace in figure["data"]} == {"scattergl"}
    x = np.frombuffer(base64.b64decode(figure["data"][0]["x"]["bdata"]), figure["data"][0]["x"]["dtype"])
    assert np.allclose(x, TOPICS.places[TOPICS.labels == 0, 0])
    assert "<" not in figure["data"][0]["text"][0] and "&lt;script" in figure["data"][0]["text"][0]
    assert "://" not in json.dumps(figure)


def test_groups_differ_in_shape_and_colour() -> None:
    signs = [sign_of(number) for number in range(40)]
    assert len({(sign.colour, sign.shape) for sign in signs}) == 40
    assert len({sign.shape for sign in signs[:8]}) == 8


def test_a_large_library_is_drawn_in_part_and_says_so() -> None:
    papers = 3 * DRAWN
    topics = Topics(
        "k",
        (Group(("stars",), papers, {}, {}, ()),),
        tuple(map(str, range(papers))),
        np.zeros((papers, 2), np.float32),
        np.zeros(papers, np.int32),
        1,
    )
    drawn = drawn_of(topics)
    assert len(drawn) == DRAWN and drawn[0] == 0 and drawn[-1] == papers - 1
    assert "20,000 of them are drawn" in facts_words(topics) and "1 paper waits for its vector." in facts_words(topics)
    assert "2 papers wait for their vectors." in facts_words(TOPICS)


def test_nothing_of_a_paper_is_markup() -> None:
    odd = Paper(
        '"><b>id</b>', "<i>Title</i>", "<script>x</script> [1](javascript:y)", ("<b>A</b>",), url="javascript:x"
    )
    central = {paper_id: HOSTILE for group in TOPICS.groups for paper_id in group.central}
    for html in (paper_html(odd), paper_html(HOSTILE), selection_html(9, [odd]), groups_html(TOPICS, central)):
        for tag in ("<script", "<i>", "<b>", "<img", 'href="javascript', 'onmouseover="w'):
            assert tag not in html
    assert "and 8 more papers" in selection_html(9, [odd])
    assert "https://arxiv.org/abs/1" in paper_html(Paper("1", "T", "A.", url="https://arxiv.org/abs/1"))


def test_the_list_says_what_the_map_shows() -> None:
    html = groups_html(TOPICS, {})
    assert html.count('class="ap-map-chat"') == 3 and "12 papers of group 2, retrieval" in html
    assert "By year" in html and "By category" in html


@pytest.mark.parametrize(
    "said",
    [
        None,
        "outline",
        {"act": "outline"},
        {"act": "outline", "x": [0, 1], "y": [0, 1]},
        {"act": "outline", "x": [0, 1, 2], "y": [0, 1]},
        {"act": "outline", "x": [0, 1, "2"], "y": [0, 1, 2]},
        {"act": "outline", "x": [0, 1, math.inf], "y": [0, 1, 2]},
        {"act": "outline", "x": [0, 1, True], "y": [0, 1, 2]},
        {"act": "outline", "x": [0.0] * 401, "y": [0.0] * 401},
        {"act": "paper", "id": 7},
        {"act": "paper", "id": "x" * 301},
        {"act": "group", "group": "0"},
        {"act": "group", "group": True},
        {"act": "group", "group": 3},
        {"act": "group", "group": -1},
    ],
)
def test_what_a_browser_says_is_checked(said: Any) -> None:
    assert outline_picked(said) == [] and paper_picked(said) == "" and group_picked(said, TOPICS) is None


def test_what_is_picked() -> None:
    assert outline_picked({"act": "outline", "x": [0, 1, 2.5], "y": [0, 1, 0]}) == [(0, 0), (1, 1), (2.5, 0)]
    assert paper_picked({"act": "paper", "id": "1"}) == "1"
    assert group_picked({"act": "group", "group": 2}, TOPICS) == 2
