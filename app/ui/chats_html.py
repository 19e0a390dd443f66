"""The list of kept conversations, as HTML. Titles are what people typed: always escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from app.core.conversations import ChatEntry
from app.core.shown import shown

# The list is redrawn, its frame is not: so that listens. What it tells is not trusted.
LIST_CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (!button) return;
  window.apChatAct = button.dataset.act;
  trigger("click", { act: button.dataset.act, chat: button.dataset.chat });
});
"""
# A row that was deleted takes the focus along.
FIND_UNDO = """() => {
  if (window.apChatAct === "remove") window.askpapersFocus("#ap-chats-undo", ".ap-chat-remove");
  window.apChatAct = "";
}"""


def list_html(entries: Sequence[ChatEntry], current: str, now: datetime, search: str = "", trouble: str = "") -> str:
    """The conversations under the days they are of; `trouble` says why there are none."""
    if trouble:
        return f'<p class="ap-chats-note is-alert">{escape(trouble)}</p>'
    if not entries:
        words = "No chat has all of these words." if search.strip() else "Your chats will be kept here."
        return f'<p class="ap-chats-note">{words}</p>'
    out: list[str] = []
    day = ""
    for entry in entries:
        if (title := _day(datetime.fromtimestamp(entry.at), now)) != day:
            out.append(f"{'</ul>' if day else ''}<h3>{title}</h3><ul>")
            day = title
        out.append(_row(entry, entry.id == current))
    return f'<nav aria-label="Your chats">{"".join(out)}</ul></nav>'


def kept_html(chat: str, title: str) -> str:
    """Nothing to see: says that the open conversation is kept, and its name."""
    told = f'data-chat="{escape(chat)}" data-title="{escape(shown(title))}"'
    return f'<span class="ap-chat-is-kept" {told} hidden></span>'


def _row(entry: ChatEntry, current: bool) -> str:
    title, chat = escape(shown(entry.title)), escape(entry.id)
    questions = "1 question" if entry.turns == 1 else f"{entry.turns} questions"
    return (
        f"<li{' class=is-current' if current else ''}>"
        f'<button type="button" class="ap-chat-open" data-act="open" data-chat="{chat}" title="{title}" dir="auto"'
        f'{" aria-current=true" if current else ""}>{title}<span class="ap-sr">, {questions}</span></button>'
        f'<button type="button" class="ap-chat-remove" data-act="remove" data-chat="{chat}" title="Delete">'
        f'<span aria-hidden="true">×</span><span class="ap-sr">Delete the chat {title}</span></button></li>'
    )


def _day(at: datetime, now: datetime) -> str:
    """What a day is called, as seen from now."""
    days = (now.date() - at.date()).days
    if days < 1:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "The last 7 days" if days < 7 else f"{at:%B %Y}"
