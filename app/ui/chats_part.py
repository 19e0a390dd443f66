"""The kept conversations beside the one that is open: find one, open, rename, delete, take it along as a file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import gradio as gr

from app.core.conversations import ConversationStore, KeptChat
from app.core.errors import AskPapersError
from app.ui.chat_files import FILES, file_of
from app.ui.chat_part import ChatPart
from app.ui.chats_html import FIND_UNDO, LIST_CLICKS, kept_html, list_html
from app.ui.conversation import Conversation
from app.ui.door.caller import caller_of
from app.ui.keeping import Keeping
from app.ui.kept import Kept, browser_id, owner_of
from app.ui.narrowing import Narrowing
from app.ui.notices import Updates, failure_words, status_html
from app.ui.running import Run
from app.ui.said import state_of

_log = logging.getLogger(__name__)

SHOWN = 20
SEARCH_LIMIT = 200
# Each tab of a browser has a conversation of its own; all of them have the browser's secret in common.
_OPEN_HERE = "(browser, tab, ...rest) => [browser, sessionStorage.getItem('askpapers-chat') || '', ...rest]"
_SAVE = "(file) => { if (file) window.askpapersSave(file.text, file.name, file.type); }"


class ChatsPart:
    """The column of the list and what happens in it. Holds no state of a session."""

    def __init__(self, store: ConversationStore, keeping: Keeping, chat: ChatPart) -> None:
        self._store, self._keeping, self._chat = store, keeping, chat

    def draw(self) -> None:
        """The column. Call inside a Blocks context."""
        self.browser = gr.BrowserState("", storage_key="askpapers-browser", secret="askpapers")
        self.tab, self.most, self.gone = gr.Textbox(visible=False), gr.State(SHOWN), gr.State("")
        self.file = gr.JSON(visible=False)
        with gr.Column(elem_id="ap-chats", min_width=0, scale=0):
            self.new = gr.Button("New chat", size="sm", elem_id="ap-chats-new")
            self.search = gr.Textbox(
                label="Search your chats",
                show_label=False,
                container=False,
                placeholder="Search your chats",
                max_lines=1,
                elem_id="ap-chats-search",
            )
            self.undo = gr.Button("Undo", size="sm", visible=False, elem_id="ap-chats-undo")
            self.list = gr.HTML("", elem_id="ap-chats-list", padding=False, js_on_load=LIST_CLICKS)
            self.more = gr.Button("Show more", size="sm", visible=False, elem_id="ap-chats-more")
            # Shown by the style, where the list says that a kept chat is open (see `listed`).
            with gr.Accordion("This chat", open=False, elem_id="ap-this-chat"):
                self.title = gr.Textbox(label="Name of this chat", max_lines=1, elem_id="ap-chat-title")
                self.rename = gr.Button("Rename", size="sm", elem_id="ap-chat-rename")
                gr.HTML('<p class="ap-chats-note">Save it as a file:</p>', padding=False, js_on_load=None)
                with gr.Row(elem_id="ap-chat-files"):
                    self.files = {
                        name: gr.Button(words, size="sm", min_width=0, elem_id=f"ap-chat-{name}")
                        for name, words in FILES.items()
                    }

    def draw_fold(self) -> None:
        """The button that shows and hides the column. Call inside a Blocks context."""
        self.fold = gr.Button("Chats", size="sm", elem_id="ap-chats-fold")

    def wire(self, page: gr.Blocks, answered: Any, **quiet: Any) -> Any:
        """Connect the components; gives the event after which the conversation of this tab is there."""
        chat = self._chat
        self.fold.click(fn=None, js="() => window.askpapersFold()")
        looking = {"inputs": [chat.conversation, self.search, self.most], "outputs": self.outputs, **quiet}
        loaded = page.load(
            self.loaded,
            inputs=[self.browser, self.tab, chat.conversation],
            outputs=[self.browser, *chat.outputs],
            js=_OPEN_HERE,
            **quiet,
        )
        begun = self.new.click(chat.started_over, [chat.run, chat.conversation], chat.outputs, **quiet)
        pressing = self.list.click(
            self.pressed,
            inputs=[chat.run, chat.conversation],
            outputs=[self.gone, self.undo, *chat.outputs],
            trigger_mode="multiple",
            **quiet,
        )
        taken_back = self.undo.click(
            self.put_back,
            inputs=[chat.conversation, self.gone],
            outputs=[self.gone, self.undo, chat.status],
            **quiet,
        )
        renaming = gr.on(
            [self.title.submit, self.rename.click],
            self.renamed,
            inputs=[chat.conversation, self.title],
            outputs=[chat.status],
            **quiet,
        )
        pressing.then(fn=None, js=FIND_UNDO)
        for event in (loaded, answered, begun, chat.begun, pressing, taken_back, renaming):
            event.then(self.listed, **looking)
        self.changed = (loaded, answered, begun, chat.begun, pressing)
        self.search.change(self.listed, trigger_mode="always_last", **looking)
        self.more.click(lambda most: most + SHOWN, [self.most], [self.most], **quiet).then(self.listed, **looking)
        for name, button in self.files.items():
            making = button.click(self._making(name), [chat.conversation], [self.file, chat.status], **quiet)
            making.success(fn=None, inputs=[self.file], js=_SAVE)
        chat.pinned.then(self.noted, [chat.conversation, chat.narrow.only], None, **quiet)
        chat.narrow.only.change(self.noted, [chat.conversation, chat.narrow.only], None, **quiet)
        return loaded

    @property
    def outputs(self) -> list[Any]:
        """What `listed` changes."""
        return [self.list, self.more]

    async def loaded(self, browser: object, tab: object, now: Conversation, request: gr.Request) -> Updates:
        """The conversation that this tab had open, if it is this person's; else a new one."""
        secret = browser_id(browser)
        owner = owner_of(caller_of(request).name, secret)
        there: Conversation | None = None
        trouble = ""
        try:
            there = await self._keeping.opened(owner, tab if isinstance(tab, str) else "")
        except Exception as error:
            trouble = " ".join(failure_words(error))
        there = there or Conversation(kept=Kept(owner, trouble=trouble))
        if now.messages or now.draft:  # somebody was quicker than we
            return {self.browser: secret}
        return {self.browser: secret, **await self._chat.go_to(None, there)}

    async def pressed(self, event: gr.EventData, run: Run | None, now: Conversation) -> Updates:
        """A button of the list: open a conversation, or delete it."""
        told = event._data if isinstance(event._data, dict) else {}
        act, chat = told.get("act"), told.get("chat")
        nothing: Updates = {self.gone: gr.skip()}
        if not isinstance(chat, str):
            return nothing
        try:
            if act == "open":
                there = await self._keeping.opened(now.kept.owner, chat)
                return await self._chat.go_to(run, there) if there else nothing
            if act != "remove" or not await asyncio.to_thread(self._store.remove, now.kept.owner, chat):
                return nothing
        except AskPapersError as error:
            return {self._chat.status: status_html(" ".join(failure_words(error)), "is-alert")}
        left = await self._chat.go_to(run, now.fresh()) if chat == now.kept.chat else {}
        status = status_html("The chat is deleted. Undo brings it back.")
        undo = gr.Button("Undo: bring the deleted chat back", visible=True)
        return {**left, self.gone: chat, self.undo: undo, self._chat.status: status}

    def put_back(self, now: Conversation, gone: str) -> Updates:
        """Take the last deletion back."""
        words = "It is too late: the chat is deleted for good."
        try:
            if self._store.put_back(now.kept.owner, gone):
                words = "The chat is back."
        except AskPapersError as error:
            words = " ".join(failure_words(error))
        return {self.gone: "", self.undo: gr.Button(visible=False), self._chat.status: status_html(words)}

    def renamed(self, now: Conversation, title: str) -> Updates:
        """Call the open conversation otherwise."""
        words = ""
        try:
            if now.kept.chat and title.strip() and self._store.rename(now.kept.owner, now.kept.chat, title):
                words = "The chat has its new name."
        except AskPapersError as error:
            words = " ".join(failure_words(error))
        return {self._chat.status: status_html(words)}

    def listed(self, now: Conversation, search: str, most: int) -> Updates:
        """The list, and what can be done with the conversation that is open."""
        kept, trouble = now.kept, ""
        entries, title = [], ""
        try:
            entries = self._store.chats(kept.owner, (search or "")[:SEARCH_LIMIT], most + 1) if kept.owner else []
            entry = self._store.entry(kept.owner, kept.chat) if kept.chat else None
            title = entry.title if entry else ""
        except Exception as error:
            trouble = f"Your chats are not kept. {' '.join(failure_words(error))}"
        # That there is something to do with this chat goes with the list: of two quick changes of a component's `visible`
        # a busy browser may show the first alone.
        # Its name goes there too: the browser writes it into the box once, so that no late list takes away what is typed.
        here = kept_html(kept.chat, title) if title else ""
        return {
            self.list: list_html(entries[:most], kept.chat, datetime.now(), search or "", trouble) + here,
            self.more: gr.Button(visible=len(entries) > most),
        }

    def noted(self, now: Conversation, only: Narrowing) -> None:
        """What holds for the next question is kept with the conversation."""
        if now.kept.chat and now.draft is None:
            try:
                self._store.note(now.kept.owner, now.kept.chat, state_of(now.pins, only))
            except AskPapersError:
                _log.warning("pins of a chat are not kept", exc_info=True)

    def _making(self, name: str) -> Callable[[Conversation], Updates]:
        def made(now: Conversation) -> Updates:
            try:
                chat = self._store.chat(now.kept.owner, now.kept.chat) if now.kept.chat else None
            except AskPapersError as error:
                return {self.file: None, self._chat.status: status_html(" ".join(failure_words(error)), "is-alert")}
            return self._saved(chat, name)

        return made

    def _saved(self, chat: KeptChat | None, name: str) -> Updates:
        if chat is None:
            return {
                self.file: None,
                self._chat.status: status_html("This chat is not kept, so there is nothing to save."),
            }
        file = file_of(chat, name)
        if file is None:
            return {self.file: None, self._chat.status: status_html("No paper is cited in this chat yet.")}
        return {self.file: file, self._chat.status: status_html(f"Saved as {file['name']}.")}
