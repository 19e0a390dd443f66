"""The map of the library: its papers as points, its groups as a list, and the way from either into a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import chain, islice
from typing import Any

import gradio as gr

from app.core.domain import Paper
from app.topics.records import Topics
from app.ui import map_html
from app.ui.chat_part import SHOW_CHAT, ChatPart
from app.ui.library_html import progress_html
from app.ui.map_figure import drawn_of, map_figure
from app.ui.map_picks import MOST, Picked, group_picked, outline_picked, paper_picked
from app.ui.narrowing import count_words
from app.ui.notices import Updates, failure_html, status_html
from app.ui.service import ChatService, MapsPapers
from app.ui.stream import Stream, Tell
from app.ui.theme import MAP_JS_FILE

_Step = tuple[int, "int | None", str]
_Made = tuple[Topics, Any, str]  # the groups, the figure, the list of groups
# Buttons in lists are drawn anew, the list is not: so it listens for them. What it tells is not trusted.
_LIST_CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-act]") : null;
  if (button?.dataset.act === "group") trigger("submit", { act: "group", group: Number(button.dataset.group) });
  else if (button) trigger("click", { act: "paper", id: button.dataset.id });
});
"""
_ROOM_FOR_TITLE = 60


class MapPart:
    """The tab, for a service that can draw a map. Holds no state of a session."""

    def __init__(self, service: MapsPapers, chat: ChatPart) -> None:
        self._service = service
        self._chat = chat

    def draw(self) -> None:
        """The tab itself. Call inside the tabs, after the conversation is drawn."""
        with gr.Tab("Map", elem_id="ap-map-tab", elem_classes="ap-tab") as self.tab:
            self.topics: gr.State = gr.State(None)
            self.picked: gr.State = gr.State(Picked())
            self.status = gr.HTML(status_html(""), elem_id="ap-map-status", padding=False, js_on_load=None)
            with gr.Row(elem_id="ap-map-row", equal_height=False):
                with gr.Column(scale=3, elem_id="ap-map-left", min_width=300):
                    self.plot = gr.Plot(show_label=False, container=False, visible=False, elem_id="ap-map-plot")
                    listens = MAP_JS_FILE.read_text(encoding="utf-8")
                    self.ear = gr.HTML(map_html.HINT, elem_id="ap-map-ear", padding=False, js_on_load=listens)
                with gr.Column(scale=2, elem_id="ap-map-right", min_width=300):
                    self.card = gr.HTML("", elem_id="ap-map-card", padding=False, js_on_load=_LIST_CLICKS)
                    self.go = gr.Button("", variant="primary", size="sm", visible=False, elem_id="ap-map-go")
                    self.groups = gr.HTML("", elem_id="ap-map-groups", padding=False, js_on_load=_LIST_CLICKS)

    def wire(self, **quiet: Any) -> None:
        """Connect it. All handlers are private."""
        drawn = [self.topics, self.status, self.plot, self.groups, self.card, self.go]
        self.tab.select(
            self.opened, inputs=[self.topics], outputs=drawn, concurrency_id="map", trigger_mode="once", **quiet
        )
        picking = {"inputs": [self.topics], "outputs": [self.picked, self.card, self.go, self.status]}
        gr.on(
            [self.ear.click, self.card.click, self.groups.click],
            self.pointed,
            trigger_mode="multiple",
            **picking,
            **quiet,
        )
        chatting = {"outputs": [*self._chat.narrow_outputs], **quiet}
        for event in (
            self.go.click(self.chatted, inputs=[self.picked], **chatting),
            self.groups.submit(self.grouped, inputs=[self.topics], **chatting),
        ):
            event.then(fn=None, js=SHOW_CHAT, **quiet)

    async def opened(self, before: Topics | None) -> AsyncGenerator[Updates, None]:
        """The map of the library as it is now; nothing where it is drawn already."""
        service = self._service

        def work(tell: Tell[_Step | _Made]) -> None:
            def told(done: int, total: int | None, words: str) -> None:
                tell((done, total, words))

            topics = service.topics(told)
            if before is None or before.key != topics.key:
                drawn = {
                    paper.id: paper.title for paper in service.papers_of([topics.ids[at] for at in drawn_of(topics)])
                }
                central = service.papers_of(list(chain(*(group.central for group in topics.groups))))
                listed = map_html.groups_html(topics, {paper.id: paper for paper in central})
                tell((topics, map_figure(topics, drawn), listed))

        try:
            async for batch in Stream(work).batches():
                last = batch[-1]
                yield self._drawn(last) if isinstance(last[0], Topics) else {self.status: progress_html(["Map"], *last)}
        except Exception as error:
            yield {self.status: failure_html(error)}

    def _drawn(self, made: _Made) -> Updates:
        topics, figure, listed = made
        nothing = {self.card: "", self.go: gr.Button(visible=False)}
        if not topics.ids:
            words = map_html.NO_VECTORS if topics.waiting else map_html.EMPTY
            return {
                self.topics: topics,
                self.status: words,
                self.plot: gr.Plot(visible=False),
                self.groups: "",
                **nothing,
            }
        return {
            self.topics: topics,
            self.status: status_html(map_html.facts_words(topics)),
            self.plot: gr.Plot(figure, visible=True),
            self.groups: listed,
            **nothing,
        }

    async def pointed(self, event: gr.EventData, topics: Topics | None) -> Updates:
        """A point, a title or a line drawn around points: what is there, and a button to talk about it."""
        service, said = self._service, event._data
        if topics is None:
            return {}
        try:
            if outline := outline_picked(said):
                ids = topics.within(outline)
                some = await asyncio.to_thread(service.papers_of, ids[:20])
                return self._selection(ids, some)
            if paper_id := paper_picked(said):
                found = await asyncio.to_thread(service.papers_of, [paper_id])
                return self._paper(found[0]) if found else self._nothing("That paper is not in the library any more.")
            return self._nothing("")
        except Exception as error:
            return {self.status: failure_html(error)}

    def _selection(self, ids: list[str], some: list[Paper]) -> Updates:
        if not ids:
            return self._nothing("No paper lies inside that line.")
        if len(ids) > MOST:
            return self._nothing(
                f"{count_words(len(ids))} lie inside that line, and a conversation is limited to {MOST:,} at most. Draw a smaller one."
            )
        words = f"{count_words(len(ids))} of the map"
        return {
            self.picked: Picked(tuple(ids), words),
            self.card: map_html.selection_html(len(ids), some),
            self.go: gr.Button(
                f"Chat with {'this paper' if len(ids) == 1 else f'these {len(ids):,} papers'}", visible=True
            ),
            self.status: status_html(f"{count_words(len(ids))} inside your line."),
        }

    def _paper(self, paper: Paper) -> Updates:
        return {
            self.picked: Picked((paper.id,), _short(paper.title)),
            self.card: map_html.paper_html(paper),
            self.go: gr.Button("Ask about this paper", visible=True),
            self.status: status_html(f"Showing “{_short(paper.title)}”."),
        }

    def _nothing(self, words: str) -> Updates:
        return {
            self.picked: Picked(),
            self.card: "",
            self.go: gr.Button(visible=False),
            self.status: status_html(words) if words else gr.skip(),
        }

    def chatted(self, picked: Picked) -> Updates:
        """The conversation limited to what was picked."""
        return self._chat.narrowed(picked.papers, picked.words)

    def grouped(self, event: gr.EventData, topics: Topics | None) -> Updates:
        """The conversation limited to a group."""
        number = group_picked(event._data, topics) if topics else None
        if topics is None or number is None:
            return self._chat.narrowed((), "")
        ids = islice(topics.members(number), MOST)
        return self._chat.narrowed(tuple(ids), f"{topics.groups[number].size:,} papers on {topics.groups[number].name}")


def add_map_tab(service: ChatService, chat: ChatPart) -> MapPart | None:
    """The tab, drawn and wired, if the service can draw a map. Call inside a Blocks context, beside the other tabs."""
    if not isinstance(service, MapsPapers):
        return None
    part = MapPart(service, chat)
    part.draw()
    part.wire(show_progress="hidden", api_visibility="private")
    return part


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _ROOM_FOR_TITLE else f"{line[:_ROOM_FOR_TITLE].rstrip()} …"
