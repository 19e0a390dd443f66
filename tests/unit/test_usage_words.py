"""What answers took, in words."""

from __future__ import annotations

import pytest

from app.core.domain import ModelInfo, Usage
from app.ui.usage import total_words, usage_line, usage_words


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (None, ""),
        (Usage(), ""),
        (Usage(1, 1234, 210, 150, 1200, 3.24, 0.0012), "1,234 tokens read, 210 written, 150 for thinking, 3.2 s, $0.0012"),
        (Usage(1, None, None, None, 900, 0.5), "about 900 tokens sent, 0.5 s"),
        (Usage(3, 10, 0, 0, 9, 61.0, 0.0), "10 tokens read, 0 written, 3 requests, 61.0 s, $0.00"),
        (Usage(1, 1, 1, None, None, 1.0, 0.123), "1 tokens read, 1 written, 1.0 s, $0.12"),
        (Usage(1, 1, 1, None, None, 1.0, 0.00001), "1 tokens read, 1 written, 1.0 s, under $0.0001"),
        (Usage(1), "0.0 s"),
    ],
)  # fmt: skip
def test_an_answer(usage: Usage | None, words: str) -> None:
    """Only what is known is said, and nothing where no model was asked."""
    assert usage_words(usage) == words


def test_the_model_stands_before_it() -> None:
    """Which of several models it was; a name cannot turn the text round."""
    usage = Usage(1, 10, 2, None, None, 1.0)
    assert usage_line(usage, ModelInfo("ollama", "qwen3:8b")) == "qwen3:8b: 10 tokens read, 2 written, 1.0 s"
    assert usage_line(None, ModelInfo("ollama", "qwen3:8b")) == ""
    assert "\u202e" not in usage_line(usage, ModelInfo("ollama", "a\u202eb"))


def test_a_conversation() -> None:
    """A sum; "at least" where a server did not tell everything, and minutes where there are some."""
    told, silent = Usage(1, 1000, 200, None, None, 40.0, 0.01), Usage(2, None, None, None, 50, 30.0)
    assert total_words([]) == "" and total_words([Usage()]) == ""
    assert total_words([told, told]) == "This conversation: 2,400 tokens, 1 min 20 s, $0.02"
    assert total_words([told, silent]) == "This conversation: at least 1,200 tokens, 1 min 10 s, at least $0.01"
    assert total_words([silent]) == "This conversation: 30.0 s"
