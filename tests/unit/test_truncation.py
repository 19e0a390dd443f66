"""What an error says of the window, what a count of tokens read says of a cut, and how long that is remembered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.budget import history_room, reply_room
from app.chat.limits import Limits
from app.chat.truncation import FEWEST_LEFT, LearnedWindow, said_in, was_cut, window_behind
from app.core.tokens import TokenCounter, TokenRatio

EXACT = TokenCounter(len, True, "exact")


def guessed(*seen: float) -> TokenCounter:
    return TokenCounter(len, False, "estimated", TokenRatio(seen=seen), len)


PLACE = 'The model "qwen3:8b" at "http://127.0.0.1:8080/v1" has a context window too small for this prompt: '


@pytest.mark.parametrize(
    ("words", "window", "asked"),
    [
        ("request (602 tokens) exceeds the available context size (512 tokens), try increasing it", 512, 602),
        ("This model's maximum context length is 512 tokens. However, you requested 14028 tokens (14018 in the messages, 10 in the completion).", 512, 14018),
        ("This model's maximum context length is 512 tokens. However, your prompt contains at least 513 input tokens, which exceeds this limit", 512, None),
        ("Trying to keep the first 14538 tokens when context the overflows. However, the model is loaded with context length of only 2048 tokens, ...", 2048, 14538),
        ("The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096).", 4096, 13055),
        ("Input does not fit in context length. The input has 31430 tokens, but the context length only supports 30000 tokens.", 30000, 31430),
        ("This model's maximum context length is 8,192 tokens. However, your messages resulted in 9,000 tokens.", 8192, 9000),
        ("the prompt is longer than the context length currently available to the model; shorten the prompt", None, None),
        ("the request exceeds the available context size. try increasing", None, None),
        ("", None, None),
    ],
)  # fmt: skip
def test_what_errors_say_of_the_window(words: str, window: int | None, asked: int | None) -> None:
    """The numbers of every server's own words are read, also behind ours, and none where it names none."""
    assert said_in(words) == (window, asked)
    assert said_in(PLACE + words) == (window, asked)


@pytest.mark.parametrize(
    ("read", "window"),
    [(2050, 4096), (2051, 4096), (1026, 2048), (4096, 4096), (2048, 2048), (1800, None), (3333, None)],
)
def test_what_is_left_of_a_window(read: int, window: int | None) -> None:
    """Ollama leaves half of the window and the tokens it keeps, older ones the whole window."""
    assert window_behind(read) == window


@pytest.mark.parametrize(
    ("sent", "read", "tokens", "cut"),
    [
        (3900, 2050, guessed(), True),  # half of 4096, and a little
        (5000, 4096, guessed(), False),  # a round number near enough to be all of it
        (7000, 4096, guessed(), True),
        (4000, 2600, guessed(), False),  # English, in a large vocabulary
        (4000, 1900, guessed(), False),  # German, in a large vocabulary
        (4000, 1500, guessed(), True),
        (4000, 2600, guessed(0.95, 0.96, 0.95), True),
        (4000, 3600, guessed(0.95, 0.96, 0.95), False),
        (4000, 2500, guessed(0.6, 0.95, 0.6), False),  # seen before
        (4000, 3500, EXACT, True),
        (4000, 3990, EXACT, False),
        (4000, 4050, EXACT, False),
        (4000, 100, guessed(), False),
        (4000, None, guessed(), False),
    ],
)
def test_when_a_prompt_was_cut(sent: int, read: int | None, tokens: TokenCounter, cut: bool) -> None:
    """How far below our count the server's may be depends on how well ours is known."""
    assert was_cut(sent, read, tokens, 8192) is cut


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 20_000), st.integers(0, 40_000), st.booleans())
def test_who_reads_as_much_as_we_count_cuts_nothing(sent: int, more: int, exact: bool) -> None:
    """A count at or over ours is never a cut, nor one too small to be left of any window."""
    tokens = EXACT if exact else guessed()
    assert not was_cut(sent, sent + more, tokens, 4096)
    assert not was_cut(sent, more % FEWEST_LEFT, tokens, 4096)


def test_a_smaller_window_is_remembered_for_a_while() -> None:
    """It narrows what is planned, never widens it, and is forgotten: the server may be started anew."""
    now = [0.0]
    learned = LearnedWindow(lambda: now[0])
    assert learned.within(4096) == 4096
    learned.hold(2048)
    assert (learned.within(4096), learned.within(1024)) == (2048, 1024)
    assert Limits(learned=learned).window == 2048
    now[0] = 3600.0
    assert learned.within(4096) == 4096
    learned.hold(2048)
    learned.differs()
    assert learned.within(4096) == 4096 and not learned.comparable


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 200_000), st.integers(64, 8000))
def test_rooms_leave_room(window: int, answer: int) -> None:
    """The reply gets no more than it may have, and in a window that is worth the name leaves most of it to the prompt;
    so does a conversation."""
    assert 0 < reply_room(window, answer) <= max(64, answer)
    assert window < 256 or reply_room(window, answer) <= window // 4
    assert history_room(window) <= window // 2
    assert reply_room(4096, 800) == 800 and history_room(4096) == 2048
