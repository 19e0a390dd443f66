"""Every Python example of docs/api.md runs as it stands, one after another, against the starter library."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator

import pytest

from app.bootstrap import Service
from app.ui.gradio_app import Server, launch
from tests.conftest import ROOT
from tests.docs.test_readme import README

DOCS = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
_ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def server(starter: Service) -> Iterator[Server]:
    running = launch(starter, port=0)
    yield running
    running.close()


def test_examples(server: Server) -> None:
    """They print papers, a cited answer, a follow-up, a table, an error in words, and the same over MCP."""
    names: dict[str, object] = {}
    printed = []
    for example in re.findall(r"^```python\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(example.replace(_ADDRESS, server.url.rstrip("/")), names)
        printed.append(out.getvalue())
    searched, more, compared, by_mcp = printed
    assert searched.startswith("1 OVOR: ")
    assert "answered" in searched
    assert "Reprogramming Pretrained Language Models" in searched
    assert "supported []" in searched
    assert more.strip()
    assert "404 There is no paper" in compared
    assert "OVOR" in compared
    names_line, answer = by_mcp.strip().split("\n")
    assert names_line == "['search_papers', 'get_paper', 'ask', 'compare_papers']"
    assert json.loads(answer)["citations"]
    names["here"].close()  # type: ignore[attr-defined]


def test_the_table_lists_every_argument(server: Server) -> None:
    """The docs name each function with its arguments; README leads there."""
    about = server.page.get_api_info()["named_endpoints"]
    for name, described in about.items():
        (row,) = re.findall(rf"^\| `{name[1:]}` \| (.*?) \|", DOCS, re.MULTILINE)
        assert re.findall(r"`(\w+)`", row) == [each["parameter_name"] for each in described["parameters"]]
    assert "docs/api.md" in README
    assert json.loads(re.findall(r"^```json\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)[0])
