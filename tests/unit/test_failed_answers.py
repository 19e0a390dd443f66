"""A question whose answer failed: what stays, how it is asked again, and what an answer says beside itself."""

from __future__ import annotations

from dataclasses import replace

from app.cli.answers import notes_on
from app.core.domain import Answer, Evidence, ModelInfo, Plan, Usage
from app.core.errors import LibraryError, ModelUnreachableError
from app.core.events import AnswerReady, EvidenceReady, StepDone, TextDelta
from app.ui.answer_json import LONGEST_REASONING, answer_to_json
from app.ui.conversation import Conversation
from app.ui.receipt import receipt_html, receipt_markdown
from app.ui.render import answer_html
from app.ui.retries import QUOTES_INSTEAD, retries_after
from tests.fake_service import HOSTILE_HTML, PAPERS
from tests.html_page import Page

EVIDENCE = tuple(Evidence(marker, PAPERS[marker - 1], "c", 1.0) for marker in (1, 2))
USAGE = Usage(1, 100, 20, None, None, 2.0)
ANSWER = Answer("Q", "Q", "lookup", "answered", "Yes [1].", ModelInfo("openai", "m"), evidence=EVIDENCE, usage=USAGE)
AWAY = ModelUnreachableError("It broke off.", "Look after it.")


def broken(text: str = "", before: Conversation | None = None) -> Conversation:
    """A conversation whose newest answer broke off after `text`."""
    now = (before or Conversation()).asking("Q").after(EvidenceReady(EVIDENCE, Plan("lookup", "Q")))
    return (now.after(TextDelta(text)) if text else now).ended_early("<p>Why</p>", retries_after(AWAY))


def test_what_was_written_stays_and_is_called_unfinished() -> None:
    """With its evidence, which is not called uncited, and with its markers in the history."""
    now = broken("Yes [1], and")
    shown = now.messages[-1][1]
    assert "Unfinished" in shown and 'href="#evidence-1"' in shown and shown.endswith("<p>Why</p></div>")
    assert "Found for this question" in now.panel() and "Not cited" not in now.panel()
    assert now.turns[-1].markers == {1: PAPERS[0].id, 2: PAPERS[1].id}


def test_evidence_stays_without_a_word_but_gives_no_markers() -> None:
    """It is seen until the next question; the conversation goes on as if the question had not been asked."""
    now = broken()
    assert PAPERS[1].title in now.panel() and "Unfinished" not in now.messages[-1][1]
    assert now.turns == () and now.evidence == {}
    assert PAPERS[1].title not in now.asking("Another?").panel()
    assert now.asking("Another?").retries == ()


def test_asked_again_in_its_own_place() -> None:
    """The same question with the same history; by quotes, its answer says so, and only this once."""
    first = Conversation().asking("First").after(AnswerReady(ANSWER)).finished()
    now = broken("Yes [1], and", first)
    assert now.retries == ("quotes", "again")
    again, quotes = now.asking_once_more("again"), now.asking_once_more("quotes")
    assert again.question() == quotes.question() == first.asking("Q").question()
    assert again.draft and not again.draft.quotes and quotes.draft and quotes.draft.quotes
    done = quotes.after(AnswerReady(replace(ANSWER, usage=None))).finished()
    assert len(done.messages) == 2 and QUOTES_INSTEAD in done.messages[-1][1]
    assert not done.retries and not done.asking("Next").draft.quotes  # type: ignore[union-attr]
    twice = again.ended_early("<p>Again</p>", retries_after(AWAY))
    assert len(twice.messages) == 2 and twice.asking_once_more("quotes").question() == again.question()
    assert now.used == done.used == (USAGE,)


def test_ways_on_after_an_error() -> None:
    """Quotes help where the model failed, not where the library did; stopping is no failure."""
    assert retries_after(AWAY) == ("quotes", "again")
    assert retries_after(LibraryError("x", "y")) == retries_after(RuntimeError()) == ("again",)
    assert Conversation().asking("Q").ended_early("").retries == ()


def test_what_was_spent_is_counted_whatever_is_asked_again() -> None:
    """Asking anew without a filter costs a second time."""
    once = Conversation().asking("Q").after(AnswerReady(ANSWER)).finished()
    again = once._asking_again().after(AnswerReady(ANSWER)).finished()
    assert len(again.messages) == 1 and again.used == (USAGE, USAGE)


def test_a_try_begun_anew_forgets_the_text_of_the_one_before() -> None:
    """A second EvidenceReady means that the text so far no longer counts."""
    now = Conversation().asking("Q").after(TextDelta("Old")).after(EvidenceReady(EVIDENCE[:1], Plan("lookup", "Q")))
    assert now.draft and now.draft.text == "" and len(now.draft.evidence) == 1


def test_notices_are_plain_words() -> None:
    """In the page as text, on the command line one line each."""
    answer = replace(ANSWER, notices=(HOSTILE_HTML, "Two\nlines\x1b[2J"))
    html = answer_html(answer, {1})
    Page(html).check()
    assert html.index("ap-notices") < html.index("ap-foot") and HOSTILE_HTML in Page(html).text
    assert notes_on(answer, []) == [HOSTILE_HTML, "Two lines[2J"]
    away = [StepDone("retrieve", "", {"not_reranked": "It sleeps."})]
    assert notes_on(replace(ANSWER, notices=("Cut.",)), away) == ["Not reranked: It sleeps.", "Cut."]


def test_json_has_usage_reasoning_and_notices() -> None:
    """Usage as counted, null where no model was asked; reasoning bounded to its end."""
    value = answer_to_json(replace(ANSWER, reasoning="x" * LONGEST_REASONING + "end", notices=("Cut.",)))
    assert value["usage"]["prompt_tokens"] == 100 and value["usage"]["cost_usd"] is None
    assert value["reasoning"].endswith("end") and len(value["reasoning"]) == LONGEST_REASONING + 2
    assert value["notices"] == ["Cut."]
    assert answer_to_json(replace(ANSWER, usage=None))["usage"] is None


def test_a_receipt_shows_what_was_used() -> None:
    """Of an answer and of a kept record; one that holds nonsense there is shown without."""
    words = "Usage: 100 tokens read, 20 written, 2.0 s"
    assert words in receipt_markdown(ANSWER) and "100 tokens read" in receipt_html(ANSWER)
    kept = {"question": "Q", "usage": {"calls": 1, "prompt_tokens": 100, "answer_tokens": 20, "seconds": 2.0}}
    assert words in receipt_markdown(kept)
    for odd in ("x", {"calls": "many"}, [1], {"calls": None}):
        assert "Usage" not in receipt_markdown({"question": "Q", "usage": odd})
