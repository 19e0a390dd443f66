"""The Library tab: the papers page by page, what can be done with them, and adding more."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.ui.chat_part import ChatPart
from app.ui.compare_part import ComparePart
from app.ui.library_add import AddPart
from app.ui.library_export import ExportPart, TwinsPart
from app.ui.library_list import ListPart
from app.ui.library_service import KeepsLibrary
from app.ui.library_ticks import TicksPart
from app.ui.service import ChatService
from app.ui.upload_box import BeingRead


class LibraryTab:
    """Its parts and the tab they are in. Holds no state of a session."""

    def __init__(
        self,
        service: ChatService,
        keeps: KeepsLibrary,
        chat: ChatPart,
        compare: ComparePart | None,
        reading: BeingRead,
    ) -> None:
        self.list = ListPart(keeps)
        self.ticks = TicksPart(keeps, self.list, chat, compare)
        self.add = AddPart(service, keeps, reading)
        self.export = ExportPart(keeps, self.list)
        self.twins = TwinsPart(keeps, self.ticks)

    def draw(self) -> None:
        """Call inside the context of the tabs."""
        with (
            gr.Tab("Library", elem_id="ap-library-tab", id="library") as self.tab,
            gr.Row(elem_id="ap-library", equal_height=False),
        ):
            with gr.Column(scale=3, elem_id="ap-library-left", min_width=300):
                self.list.draw_boxes()
                self.ticks.draw()
                self.list.draw_list()
            with gr.Column(scale=2, elem_id="ap-library-right", min_width=300):
                self.add.draw()
                self.export.draw()
                self.twins.draw()

    def wire(self) -> list[Any]:
        """Connect the parts; gives the events after which the library may hold other papers. All handlers are private."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.list.wire(**quiet)
        self.export.wire(**quiet)
        self.twins.wire(**quiet)
        added = self.add.wire(self.list.starter, **quiet)
        for event in (self.tab.select, *(each.then for each in added)):
            event(self.list.opened, **self.list.opening(**quiet))
        return [*added, *self.ticks.wire(**quiet)]


def add_library_tab(
    service: ChatService, chat: ChatPart, compare: ComparePart | None, reading: BeingRead
) -> LibraryTab | None:
    """The tab, drawn, if the service keeps a library. Call inside a Blocks context, beside the other tabs."""
    if not isinstance(service, KeepsLibrary):
        return None
    tab = LibraryTab(service, service, chat, compare, reading)
    tab.draw()
    return tab
