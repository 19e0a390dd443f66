"""One answer's tries: asked again with fewer papers where the server did not read, or refused, all of a prompt.

A prompt that was cut in silence is asked again once; one that was refused, which costs no time, with fewer and fewer papers
until there is one. The reader is told, and what the calls showed of the model is kept for the next question.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.chat.budget import TEMPLATE_TOKENS
from app.chat.limits import Limits
from app.chat.run import count_papers
from app.chat.truncation import Ear, said_in, was_cut, window_behind
from app.core.errors import ContextOverflowError, EmptyReplyError
from app.core.events import AnswerReady, Event
from app.core.tokens import TokenCounter

# Two tries of which the server read the same share of what we count, so nearly, were both read whole.
_SAME_SHARE = 0.08
# A prompt that we count as shorter than this is cut by no server.
_SURELY_WHOLE = 1024
# So many times as long or short as we count no prompt is: the server speaks of something else.
_OFF = 3.0
LARGER = "Load the model with a larger context window (Ollama: OLLAMA_CONTEXT_LENGTH=8192, llama.cpp: -c 8192)."


class PromptCutError(Exception):
    """The server has read a part of the prompt only; another try is in order."""


class Tries:
    """The tries of one answer, in order. `ear` and `asking` begin one."""

    def __init__(self, limits: Limits, tokens: TokenCounter) -> None:
        self._limits, self._tokens = limits, tokens
        self._ear = Ear(None)
        self._system = self._user = ""
        self._papers = 0
        self._why = self._still = ""
        self._redone = False
        self._before: tuple[str, int, int] | None = None

    def asking(self, model: Any, system: str, user: str, papers: int) -> Ear:
        """The model to stream this prompt from."""
        self._ear, self._system, self._user, self._papers = Ear(model), system, user, papers
        return self._ear

    def heard(self) -> None:
        """To be called when the reply is there. Raises PromptCutError where it is to be asked for again."""
        if self._ear.read is None:
            return
        sent, read = self._sent, self._ear.read
        if self._before and self._is_same_share(sent, read):
            # Nothing was cut, the server's tokenizer counts fewer. Two calls agree, which is as good as more.
            for text, tokens in (self._before[::2], (self._text, read)) * 2:
                self._tokens.learn(text, tokens, whole=True)
            self._limits.learned.differs()
            self._why = ""
        elif self._is_cut(sent, read):
            if not self._redone and self._papers > 1:
                raise PromptCutError
            self._still = f"{_read_only(read, sent)}: the answer may miss what was cut. {LARGER}"
        else:
            sure = sent <= _SURELY_WHOLE or (self._limits.certain and self._limits.beside(sent))
            self._tokens.learn(self._text, read, whole=sure)

    def again(self, trouble: Exception) -> bool:
        """Whether to try again after this, with fewer papers; then the limits know what was learned of the window."""
        if self._papers < 2:
            return False
        if isinstance(trouble, ContextOverflowError):
            self._after_refusal(str(trouble))
            return True
        if self._redone:
            return False
        read = self._ear.read
        if isinstance(trouble, PromptCutError) or (read is not None and self._is_cut(self._sent, read)):
            self._after_cut(self._sent, read or 0)
        elif isinstance(trouble, EmptyReplyError) and read is None and not self._ear.spoke:
            self._why = "The server sent nothing, as some do when a prompt is too long for them"
        else:
            return False
        self._redone = True
        return True

    def told(self, event: Event, shortened: bool = False) -> Event:
        """The event, the answer with what the reader is to know of its tries. `shortened`: no paper was left out, but of
        each less was shown."""
        if not isinstance(event, AnswerReady):
            return event
        again = f"so it was asked again with {'less of each paper' if shortened else count_papers(self._papers)}."
        notices = [*([f"{self._why}, {again}"] if self._why else []), *([self._still] if self._still else [])]
        return AnswerReady(replace(event.answer, notices=(*event.answer.notices, *notices))) if notices else event

    @property
    def _text(self) -> str:
        return f"{self._system}\n\n{self._user}"

    @property
    def _sent(self) -> int:
        return self._tokens.count(self._text)

    def _is_cut(self, sent: int, read: int) -> bool:
        trusted = self._limits.learned.comparable or not self._tokens.is_exact
        return trusted and was_cut(sent, read, self._tokens, self._limits.window)

    def _is_same_share(self, sent: int, read: int) -> bool:
        _, sent_before, read_before = self._before or ("", 1, 1)
        share, before = read / sent, read_before / sent_before
        return sent < 0.9 * sent_before and abs(share - before) <= _SAME_SHARE * before

    def _after_cut(self, sent: int, read: int) -> None:
        limits = self._limits
        self._before = (self._text, sent, read)
        self._why = _read_only(read, sent)
        limits.learned.hold(window_behind(read) or read + limits.reply + TEMPLATE_TOKENS)
        if limits.beside(sent):  # by our count it would fit even there, so we count too low
            limits.learned.hold(sent // 2 + limits.reply + TEMPLATE_TOKENS)

    def _after_refusal(self, words: str) -> None:
        window, asked = said_in(words)
        sent = self._sent
        if asked and not sent / _OFF <= asked <= sent * _OFF:
            window = asked = None
        if asked:
            self._tokens.learn(self._text, asked, whole=False)
        if window:
            self._limits.learned.hold(window)
        of = f" of {window:,} tokens" if window else ""
        self._why = f"The prompt did not fit the model's window{of}"


def _read_only(read: int, sent: int) -> str:
    return f"The server read only {read:,} of about {sent:,} tokens"
