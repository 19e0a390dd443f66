"""The tab that tells what is new: since when and on which topics, and the digest with its references."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any

import gradio as gr

from app.core.models import ModelPick
from app.digest.records import Digest
from app.ui.chat_part import SHOW_CHAT, ChatPart
from app.ui.digest_html import digest_html, digest_page
from app.ui.digest_text import digest_markdown, since_words, summary_words
from app.ui.door.caller import caller_of
from app.ui.map_picks import Picked
from app.ui.narrowing import count_words
from app.ui.notices import Updates, failure_html, status_html
from app.ui.service import ChatService, TellsNews

_CHOICES = [("Last day", "24h"), ("Last 7 days", "7d"), ("Last 30 days", "30d"), ("Last year", "365d")]
_LONGEST_SINCE, _LONGEST_TOPICS = 60, 2000
_DIGESTS_AT_ONCE = 2  # each may keep a chat model at work
# The page makes the file itself, from the text beside the button.
_SAVES = """
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button.ap-digest-save") : null;
  if (!button) return;
  const type = button.dataset.name.endsWith(".html") ? "text/html" : "text/markdown";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([button.nextElementSibling.textContent], { type: `${type};charset=utf-8` }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
"""
_NOTHING_YET = (
    '<div class="ap-empty"><p>A digest tells what papers came into your library lately, topic by topic.</p></div>'
)


class DigestPart:
    """The components of the tab and what happens when they are used. Holds no state of a session."""

    def __init__(self, service: TellsNews, chat: ChatPart) -> None:
        self._service, self._chat = service, chat

    def draw(self) -> None:
        """Call inside a tab, after the conversation is drawn."""
        self.picked: gr.State = gr.State(Picked())
        with gr.Row(elem_id="ap-digest-asks", equal_height=True):
            self.since = gr.Dropdown(
                _CHOICES,
                value="7d",
                label="Added since",
                info="Or type 36h, 2w, 2026-05-14.",
                allow_custom_value=True,
                elem_id="ap-digest-since",
                scale=1,
                min_width=180,
            )
            self.topics = gr.Textbox(
                label="Topics",
                info="Commas between them. Empty: those that are found.",
                lines=1,
                max_lines=3,
                elem_id="ap-digest-topics",
                scale=3,
                min_width=220,
            )
        self.make = gr.Button("Show what is new", variant="primary", elem_id="ap-digest-make", scale=0)
        self.status = gr.HTML(status_html(""), elem_id="ap-digest-status", padding=False, js_on_load=None)
        self.shown = gr.HTML(_NOTHING_YET, elem_id="ap-digest-shown", padding=False, js_on_load=_SAVES)
        self.go = gr.Button("", size="sm", visible=False, elem_id="ap-digest-go", scale=0)

    def wire(self, pick: gr.State, **quiet: Any) -> None:
        """Connect it. All handlers are private. `pick` holds the model that the session chose."""
        gr.on(
            [self.make.click, self.topics.submit],
            self.reading,
            outputs=[self.status, self.shown, self.go],
            trigger_mode="once",
            **quiet,
        ).then(
            self.made,
            inputs=[self.since, self.topics, pick],
            outputs=[self.status, self.shown, self.go, self.picked],
            concurrency_id="digest",
            concurrency_limit=_DIGESTS_AT_ONCE,
            **quiet,
        )
        going = self.go.click(self.chatted, inputs=[self.picked], outputs=[*self._chat.narrow_outputs], **quiet)
        going.then(fn=None, js=SHOW_CHAT, **quiet)

    def reading(self) -> Updates:
        """While it is made."""
        return {self.status: status_html("Reading what is new"), self.shown: "", self.go: gr.Button(visible=False)}

    async def made(self, since: object, topics: object, pick: ModelPick | None, request: gr.Request) -> Updates:
        """The digest, which counts as a question. What comes from a browser is checked: any text may."""
        when, typed = str(since or "").strip(), str(topics or "")
        if len(when) > _LONGEST_SINCE or len(typed) > _LONGEST_TOPICS:
            return {self.status: status_html("That is too long. Please shorten it.", "is-alert"), self.shown: ""}
        if refused := self._chat.limits.refusal(caller_of(request)):
            return {self.status: status_html(refused.words, "is-alert"), self.shown: ""}
        try:
            digest = await asyncio.to_thread(self._service.digest, when, typed.replace("\n", ",").split(","), pick)
        except Exception as error:
            return {self.status: status_html("No digest, because of an error."), self.shown: failure_html(error)}
        ids = tuple(entry.paper.id for entry in digest.entries)
        return {
            self.status: status_html(summary_words(digest)),
            self.shown: "" if digest.empty else digest_html(digest) + _downloads(digest),
            self.go: gr.Button(f"Chat with the {count_words(len(ids))} told here", visible=bool(ids)),
            self.picked: Picked(ids, f"{count_words(len(ids))} new since {since_words(digest)}"),
        }

    def chatted(self, picked: Picked) -> Updates:
        """The conversation limited to what the digest tells."""
        return self._chat.narrowed(picked.papers, picked.words)


def _downloads(digest: Digest) -> str:
    """Two buttons that save it as a file."""
    out = []
    for name, kind, text in (("Markdown", "md", digest_markdown(digest)), ("HTML", "html", digest_page(digest))):
        body = "&#10;".join(escape(line) for line in text.splitlines())
        out.append(
            f'<span class="ap-file"><button type="button" class="ap-digest-save" data-name="new-papers.{kind}">'
            f'Save as {name}</button><pre class="ap-filetext" hidden>{body}</pre></span>'
        )
    return f'<div class="ap-digest-saves">{"".join(out)}</div>'


def add_digest_tab(service: ChatService, chat: ChatPart, pick: gr.State) -> DigestPart | None:
    """The tab, drawn and wired, if the service can tell what is new. Call inside a Blocks context, beside the other tabs."""
    if not isinstance(service, TellsNews):
        return None
    part = DigestPart(service, chat)
    with gr.Tab("Digest", elem_id="ap-digest-tab", elem_classes="ap-tab"):
        part.draw()
    part.wire(pick, show_progress="hidden", api_visibility="private")
    return part
