"""What a model thinks aloud: timed, folded, and only ever text."""

from __future__ import annotations

from dataclasses import replace

from app.core.domain import Answer, Evidence, ModelInfo, Plan
from app.core.events import AnswerReady, EvidenceReady, TextDelta, Thinking
from app.ui.conversation import Conversation
from app.ui.render import answer_html, answer_markdown, unfinished_html
from app.ui.thinking import NO_THOUGHTS, Thoughts, thinking_html
from tests.fake_service import HOSTILE_HTML, HOSTILE_MARKDOWN, PAPERS
from tests.html_page import Page

ANSWER = Answer("Q", "Q", "lookup", "answered", "Yes [1].", ModelInfo("openai", "m"), reasoning="Let me see.")


def test_the_clock() -> None:
    """From the first thought to the first word; thinking that begins again goes on; without a thought there is no time."""
    thoughts = NO_THOUGHTS.more("a", 10.0).more("b", 11.0)
    assert thoughts.going_on and thoughts.seconds is None
    done = thoughts.over(12.5)
    assert (done.text, done.seconds, done.going_on) == ("ab", 2.5, False)
    assert done.over(99.0) == done and NO_THOUGHTS.over(5.0) == NO_THOUGHTS
    assert done.more("c", 13.0).over(14.0).seconds == 4.0


def test_the_fold() -> None:
    """While it goes on the last lines, afterwards the first and how much there is more; closed both times."""
    running = thinking_html(NO_THOUGHTS.more("x" * 2000, 1.0))
    assert "Thinking …" in running and "is-running" in running and len(running) < 1000
    done = thinking_html(Thoughts("y" * 10_000, 1.0, 8.2))
    assert "Thought for 7.2 s" in done and "and 4,000 characters more" in done
    assert "Thought for 31 s" in thinking_html(Thoughts("y", 1.0, 32.0))
    assert "What the model thought" in thinking_html(Thoughts("y"))
    assert " open" not in running + done and thinking_html(NO_THOUGHTS) == "" and thinking_html(Thoughts(" \n")) == ""


def test_hostile_thoughts_stay_text() -> None:
    """No tag of theirs, no link, no line break, no character that turns the text round."""
    html = thinking_html(Thoughts(f"{HOSTILE_HTML}\n{HOSTILE_MARKDOWN} [1] </div></details>\u202e", 1.0, 2.0))
    page = Page(html).check()
    assert set(page.tags) == {"details", "summary", "div"}
    assert "\n" not in html and "\u202e" not in html and HOSTILE_HTML in page.text


def test_an_answer_has_its_thoughts_folded_and_never_copied() -> None:
    """Those of the answer, or those that came while it was written; Copy and export leave both out."""
    html = answer_html(ANSWER, {1}, thoughts=Thoughts("came so far", 1.0, 3.0))
    assert "Let me see." in html and "Thought for 2.0 s" in html and "came so far" not in html
    assert "came so far" in answer_html(replace(ANSWER, reasoning=""), {1}, thoughts=Thoughts("came so far", 1.0, 3.0))
    assert "Let me see" not in html.split('class="ap-copytext"')[1]
    assert "Let me see" not in answer_markdown(ANSWER)
    assert "came" in unfinished_html("", (), "", Thoughts("came", 1.0, 2.0))


def test_a_conversation_takes_thoughts_in() -> None:
    """They are shown while the answer waits, are over with its first word, and never part of its text or history."""
    evidence = (Evidence(1, PAPERS[0], "c", 1.0),)
    now = Conversation().asking("Q").after(EvidenceReady(evidence, Plan("lookup", "Q"))).after(Thinking("Let me see."))
    assert now.spoken == "The model is thinking" and "Let me see." in now.chat()[-1]["content"]
    now = now.after(TextDelta("Yes [1]."))
    assert now.draft and now.draft.thoughts.seconds is not None and now.draft.text == "Yes [1]."
    done = now.after(AnswerReady(replace(ANSWER, evidence=evidence))).finished()
    assert "Thought for" in done.messages[-1][1]
    assert "Let me see" not in done.turns[-1].text
