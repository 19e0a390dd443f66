"""A kept chat as files: Markdown, JSON, BibTeX of what it cites, and a page that can do nothing but be read."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from app.core.conversations import ChatEntry, KeptChat, KeptTurn
from app.ui.chat_files import FILES, file_of
from app.ui.conversation import Conversation
from app.ui.ends import stopped
from app.ui.said import Said, record_of
from ingest.sources import bibtex
from tests.fake_service import HOSTILE_HTML, FakeService

SERVICE = FakeService(pace=0)
ALLOWED = {"html", "head", "meta", "title", "style", "body", "header", "main", "section", "article", "h1", "h2", "h3", "p", "a", "ul", "ol", "li", "q", "div", "span", "strong", "em", "code", "table", "thead", "tbody", "tr", "th", "td", "caption", "mark", "time", "details", "summary", "br"}  # fmt: skip


def chat(*questions: str, title: str = "A chat") -> KeptChat:
    """With these questions answered; one that begins with "stopped" ended early."""
    now, turns = Conversation(), []
    for number, question in enumerate(questions):
        end = stopped("Stopped.") if question.startswith("stopped") else None
        now = now.asking(question)
        events = list(SERVICE.ask(now.question()))
        for event in events[:5] if end else events:
            now = now.after(event)
        assert now.draft
        turns.append(KeptTurn(f"t{number}", 1_700_000_000.0, question, json.loads(json.dumps(record_of(Said(now.draft, end))))))  # fmt: skip
        now = now.ended_early("") if end else now.finished()
    return KeptChat(ChatEntry("c", title, 1_700_000_000.0, len(turns)), tuple(turns))


def text_of(kept: KeptChat, kind: str) -> str:
    file = file_of(kept, kind)
    assert file
    return file["text"]


class Tags(HTMLParser):
    """Which tags and attributes there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


def test_markdown_holds_questions_answers_and_references() -> None:
    text = text_of(chat("compare Sparrow and Finch", "stopped one", title="On <i>birds</i>"), "md")
    assert text.startswith("# On \\<i>birds\\</i>") and text.count("\n## ") == 2
    assert "[1] Ada Lind" in text and "*Stopped.*" in text
    assert "](javascript" not in text_of(chat("hostile it"), "md")


def test_json_has_every_turn() -> None:
    record = json.loads(text_of(chat("compare Sparrow and Finch", "stopped one"), "json"))
    assert record["schema"] == 1 and record["title"] == "A chat" and record["changed"] == "2023-11-14T22:13:20Z"
    first, second = record["turns"]
    assert first["ended"] == "answered" and first["answer"]["citations"][0]["marker"] == 1
    assert second["ended"] == "stopped" and second["answer"] is None and second["text"]


def test_bibtex_has_the_cited_papers_once() -> None:
    """And reads back; a chat that cites nothing has no such file."""
    text = text_of(chat("compare Sparrow and Finch", "table it"), "bib")
    assert [paper.title for paper in bibtex.papers([text], "x")] == [  # type: ignore[union-attr]
        "Sparse Attention for Long Documents",
        "Retrieval Instead of Length: Reading Books with Short Windows",
    ]
    assert file_of(chat("abstain it"), "bib") is None


def test_the_page_to_share_is_harmless() -> None:
    """Whatever the title, a question, a paper or an answer holds: only tags of ours, no handler, nothing loaded, and a
    policy that allows this one style sheet."""
    kept = chat(f"hostile {HOSTILE_HTML}", "check it", "claims it", "table it", "stopped <script>", title=HOSTILE_HTML)
    text = text_of(kept, "html")
    found = Tags(text)
    assert found.tags <= ALLOWED, found.tags - ALLOWED
    names = {name for name, _ in found.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "srcset", "style", "action")}
    hrefs = {value for name, value in found.attributes if name == "href"}
    assert hrefs and all(value.startswith(("#evidence-", "https://")) for value in hrefs)
    (css,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    style = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{style}'" in text and "url(" not in css and "@import" not in css


def test_the_page_to_share_shows_the_support() -> None:
    """Cited sentences are marked, every marker has its paper, a table and what was doubted is there."""
    text = text_of(chat("compare Sparrow and Finch", "claims it", "stopped now"), "html")
    assert "<mark>On the LongRead benchmark Sparrow reaches 71.3 % accuracy</mark>" in text
    for marker in set(re.findall(r'href="#evidence-(\d+)"', text)):
        assert f'id="evidence-{marker}"' in text
    assert "number 42 not in the cited abstract" in text and "Unfinished, not checked" in text and "Stopped." in text


def test_names_of_files_are_plain() -> None:
    """Letters and digits alone, whatever the chat is called."""
    for title, name in ((HOSTILE_HTML, "script-window-hacked-1"), ("../../etc/passwd", "etc-passwd"), ("Über 🙂", "ber"), ("論文", "chat")):  # fmt: skip
        for kind in FILES:
            file = file_of(chat("compare it", title=title), kind)
            assert file and file["name"].startswith(name) and file["name"].endswith(f".{kind}")
            assert re.fullmatch(r"[a-z0-9-]{1,60}\.\w+", file["name"])
