"""What checking writes into an answer: nothing is lost, and doing it twice changes nothing more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.chat.cite import statements
from app.chat.claims.marks import cited, marked, with_marks
from app.core.domain import Claim, Verdict
from app.ui.markup import chat_html

WORDS = st.lists(st.sampled_from("Herons wade in ponds and eat 3 newts each".split()), min_size=3, max_size=8)
VERDICTS: list[Verdict] = ["supported", "partly", "unsupported", "unchecked"]


def _claims(text: str, verdicts: list[Verdict]) -> list[Claim]:
    return [
        Claim(s.text, s.markers, verdicts[i % len(verdicts)], (), s.start, s.end)
        for i, s in enumerate(statements(text))
    ]


def test_a_mark_stands_after_its_sentence_and_markers() -> None:
    """In running text, in a list, and inside the last cell of a table's row."""
    text = "Herons wade [1]. They fly. [2]\n\n- They eat newts [1]\n\n| a | b |\n|---|---|\n| x | 3 newts [1] |\n"
    claims = [
        Claim(s.text, s.markers, "unsupported", (), s.start, s.end) for s in statements(text) if "a | b" not in s.text
    ]
    assert marked(text, claims) == (
        "Herons wade [1]. [unsupported] They fly. [2] [unsupported]\n\n- They eat newts [1] [unsupported]\n\n"
        "| a | b |\n|---|---|\n| x | 3 newts [1] [unsupported] |\n"
    )


@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=6))
def test_marking_twice_is_marking_once(parts: list[list[str]], verdicts: list[Verdict]) -> None:
    """With the old claims and with those of the marked text; and the text without marks is the text."""
    text = " ".join(f"{' '.join(words).capitalize()} [{i + 1}]." for i, words in enumerate(parts))
    claims = _claims(text, verdicts)
    once, moved = with_marks(text, claims)
    assert marked(once, claims) == once == marked(once, moved)
    assert once.replace(" [unsupported]", "") == text
    assert once.count("[unsupported]") == sum(claim.verdict == "unsupported" for claim in claims)
    assert [once[c.start : c.end].replace(" [unsupported]", "") for c in moved] == [
        text[c.start : c.end] for c in claims
    ]


@given(st.text(max_size=200))
def test_without_claims_a_text_stays_as_it_is(text: str) -> None:
    """Nothing is marked that was not judged."""
    assert marked(text, []) == text


def test_a_marker_is_put_before_the_full_stop() -> None:
    """After a closing quotation mark, inside the last cell of a row, and in place of [uncited]."""
    assert cited("Herons wade.", [2]) == "Herons wade [2]."
    assert cited("“Herons wade.”", [2]) == "“Herons wade.” [2]"
    assert cited("Herons wade. [uncited]", [2]) == "Herons wade [2]."
    assert cited("| a | Herons wade |", [2]) == "| a | Herons wade [2] |"
    assert cited("- they wade", [1, 2]) == "- they wade [1][2]"


def test_the_page_shows_marks_as_marks() -> None:
    """As an element with a title, in the words of a sentence; other brackets stay text."""
    html = chat_html("Herons fly [1] [unsupported]. They sing [uncited]. [else]", {1})
    assert html.count('class="ap-doubt"') == 2 and "does not bear this sentence out" in html
    assert ">[unsupported]</span>" in html and ">[uncited]</span>" in html and "[else]" in html
