"""What answers took, in words: tokens as the server counted them, time, and the price where it is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from app.core.domain import ModelInfo, Usage
from app.core.shown import shown

_CENT = 0.01


def usage_words(usage: Usage | None) -> str:
    """ "1,234 tokens read, 210 written, 150 for thinking, 3.2 s, $0.0012"; nothing where no model was asked."""
    if usage is None or not usage.calls:
        return ""
    return ", ".join([*_counted(usage), f"{usage.seconds:.1f} s", *_price(usage.cost_usd)])


def usage_line(usage: Usage | None, model: ModelInfo) -> str:
    """The same behind the name of the model that took it."""
    words = usage_words(usage)
    return f"{shown(model.name or model.provider)}: {words}" if words else ""


def total_words(used: Sequence[Usage]) -> str:
    """What all answers of a conversation took; "at least" where a server did not tell of each of them."""
    used = [each for each in used if each.calls]
    if not used:
        return ""
    read, written = ([_tokens(each)[place] for each in used] for place in (0, 1))
    known = [n for n in (*read, *written) if n is not None]
    parts = []
    if known:
        least = "" if len(known) == 2 * len(used) else "at least "
        parts.append(f"{least}{sum(known):,} tokens")
    parts.append(_span(sum(each.seconds for each in used)))
    prices = [each.cost_usd for each in used if each.cost_usd is not None]
    if prices:
        parts.append(("" if len(prices) == len(used) else "at least ") + _dollars(sum(prices)))
    return f"This conversation: {', '.join(parts)}"


def total_html(used: Sequence[Usage]) -> str:
    """What the answers of the conversation took, in one quiet line; nothing where no model was asked."""
    words = total_words(used)
    return f'<p class="ap-total" title="{escape(words)}">{escape(words)}</p>' if words else ""


def _tokens(usage: Usage) -> tuple[int | None, int | None]:
    return usage.prompt_tokens, usage.answer_tokens


def _counted(usage: Usage) -> Iterable[str]:
    if usage.prompt_tokens is not None:
        yield f"{usage.prompt_tokens:,} tokens read"
    elif usage.estimated is not None:
        yield f"about {usage.estimated:,} tokens sent"
    if usage.answer_tokens is not None:
        yield f"{usage.answer_tokens:,} written"
    if usage.reasoning_tokens:
        yield f"{usage.reasoning_tokens:,} for thinking"
    if usage.calls > 1:
        yield f"{usage.calls} requests"


def _price(cost: float | None) -> list[str]:
    return [] if cost is None else [_dollars(cost)]


def _dollars(cost: float) -> str:
    """Two digits that say something: most answers cost a fraction of a cent."""
    return f"${cost:.2f}" if cost >= _CENT or cost == 0 else f"${cost:.2g}" if cost >= 1e-4 else "under $0.0001"


def _span(seconds: float) -> str:
    whole = round(seconds)
    return f"{seconds:.1f} s" if seconds < 60 else f"{whole // 60} min {whole % 60} s"
