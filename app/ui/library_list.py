"""The list of the Library tab: search as you type, filters, order, pages; ticks and what each row offers."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import gradio as gr

from app.core.browsing import PAGE_SIZES, LibraryFacets, Look
from app.ui.library_look import (
    EVERY,
    FLAG_CHOICES,
    SORTING_CHOICES,
    WITH,
    Ticked,
    category_choices,
    fitting_words,
    look_of,
    not_read,
    page_words,
    turned,
)
from app.ui.library_rows import shelf_html
from app.ui.library_scripts import EMPTIED, LIST_CLICKS, LOOK_AGAIN, TYPING
from app.ui.library_service import KeepsLibrary
from app.ui.notices import Updates, failure_html, status_html

_log = logging.getLogger(__name__)
_WAYS = {f"ap-lib-{way}": way for way in ("first", "previous", "next", "last")}


class ListPart:
    """The boxes, the list and the pager. Holds no state of a session: that is `look`, `pages` (how many there are) and
    `ticked`."""

    def __init__(self, keeps: KeepsLibrary) -> None:
        self._keeps = keeps

    def draw_boxes(self) -> None:
        """Call inside a Blocks context."""
        self.look, self.pages, self.ticked = (
            gr.State(Look(sorting="best")),
            gr.State(1),
            gr.State(Ticked()),
        )
        with gr.Row(elem_id="ap-lib-top"):
            self.search = gr.Textbox(
                label="Search your library",
                placeholder="Words, title, author or id",
                max_lines=1,
                scale=4,
                elem_id="ap-lib-search",
            )
            self.sorting = gr.Dropdown(
                SORTING_CHOICES,
                value="best",
                label="Order",
                scale=2,
                min_width=150,
                filterable=False,
                elem_id="ap-lib-sorting",
            )
            self.size = gr.Dropdown(
                [str(size) for size in PAGE_SIZES], value=str(PAGE_SIZES[0]), label="A page", scale=1, min_width=80, filterable=False, elem_id="ap-lib-size"
            )  # fmt: skip
        with gr.Row(elem_id="ap-lib-filters"):
            self.since = gr.Textbox(label="From year", max_lines=1, scale=1, min_width=90, elem_id="ap-lib-since")
            self.until = gr.Textbox(label="To year", max_lines=1, scale=1, min_width=90, elem_id="ap-lib-until")
            self.author = gr.Textbox(
                label="Author", placeholder="Family name, or whole", max_lines=1, scale=2, min_width=150, elem_id="ap-lib-author"
            )  # fmt: skip
            self.categories = gr.Dropdown(
                [], value=[], label="Category", multiselect=True, allow_custom_value=True, scale=2, min_width=150, elem_id="ap-lib-categories"
            )  # fmt: skip
            self.flags = gr.Dropdown(
                list(FLAG_CHOICES),
                value=EVERY,
                label="Warnings",
                scale=2,
                min_width=150,
                filterable=False,
                elem_id="ap-lib-flags",
            )
        self.names = gr.HTML(_datalist([]), elem_id="ap-lib-names", padding=False, js_on_load=TYPING)
        with gr.Row(elem_id="ap-lib-line"):
            self.status = gr.HTML(status_html(""), elem_id="ap-lib-status", js_on_load=None)
            self.clear = gr.Button(
                "Clear search and filters", size="sm", min_width=0, scale=0, visible=False, elem_id="ap-lib-clear"
            )

    def draw_list(self) -> None:
        """Call inside a Blocks context, below what is done with ticked papers."""
        self.rows = gr.HTML("", elem_id="ap-lib-rows", padding=False, js_on_load=LIST_CLICKS)
        self.starter = gr.Button("Load the example papers", size="sm", min_width=0, visible=False, elem_id="ap-starter")
        with gr.Row(elem_id="ap-lib-pager", elem_classes="ap-row", visible=False) as self.pager:
            self.first = gr.Button("First", size="sm", min_width=0, elem_id="ap-lib-first")
            self.previous = gr.Button("Previous", size="sm", min_width=0, elem_id="ap-lib-previous")
            self.place = gr.HTML("", elem_id="ap-lib-place", padding=False, js_on_load=None)
            self.next = gr.Button("Next", size="sm", min_width=0, elem_id="ap-lib-next")
            self.last = gr.Button("Last", size="sm", min_width=0, elem_id="ap-lib-last")

    @property
    def filled(self) -> list[Any]:
        """What is typed and chosen to find fewer papers."""
        return [self.search, self.since, self.until, self.author, self.categories, self.flags]

    @property
    def boxes(self) -> list[Any]:
        """What a look is read from."""
        return [*self.filled, self.sorting, self.size]

    @property
    def outputs(self) -> list[Any]:
        """What a page changes."""
        buttons = [self.first, self.previous, self.next, self.last]
        return [
            self.look,
            self.pages,
            self.status,
            self.clear,
            self.rows,
            self.starter,
            self.pager,
            self.place,
            *buttons,
        ]

    def wire(self, **quiet: Any) -> None:
        """Connect the boxes and the pager."""
        looking = {
            "inputs": [*self.boxes, self.ticked],
            "outputs": self.outputs,
            "trigger_mode": "always_last",
            **quiet,
        }
        gr.on(
            [
                self.search.submit,
                *(each.input for each in (self.categories, self.flags, self.sorting, self.size)),
                *(each.submit for each in (self.since, self.until, self.author)),
                self.author.blur,
                self.names.click,
            ],
            self.looked,
            **looking,
        )
        self.author.change(
            self.suggested, inputs=[self.author], outputs=[self.names], trigger_mode="always_last", **quiet
        )
        # The browser empties the boxes and looks as if that had been typed: a look of its own could be overtaken by one that
        # leaving a box began.
        self.clear.click(fn=None, js=EMPTIED, outputs=self.filled, **quiet).then(fn=None, js=LOOK_AGAIN, **quiet)
        gr.on(
            [button.click for button in (self.first, self.previous, self.next, self.last)],
            self.turned,
            inputs=[self.look, self.pages, self.ticked],
            outputs=self.outputs,
            **quiet,
        )

    def opening(self, **quiet: Any) -> dict[str, Any]:
        """How to connect `opened`."""
        outputs = [*self.outputs, self.since, self.until, self.categories, self.flags]
        return {"inputs": [self.look, self.ticked], "outputs": outputs, **quiet}

    def opened(self, look: Look, ticked: Ticked) -> Updates:
        """The tab as the library is now: it may have changed since the last look."""
        try:
            facets = self._keeps.facets()
        except Exception:
            _log.exception("nothing to filter by")  # the list says what is wrong
            facets = LibraryFacets()
        years = [year for year, _ in facets.years]
        warned = f"{WITH} ({facets.flagged:,})"
        return {
            **self.painted(look, ticked),
            self.since: gr.Textbox(placeholder=years[0] if years else ""),
            self.until: gr.Textbox(placeholder=years[-1] if years else ""),
            self.categories: gr.Dropdown(choices=category_choices(facets)),
            self.flags: gr.Dropdown(choices=[(warned if each == WITH else each, each) for each in FLAG_CHOICES]),
        }

    def looked(
        self, text: object, since: object, until: object, author: object, categories: object, flags: object,
        sorting: object, size: object, ticked: Ticked,
    ) -> Updates:  # fmt: skip
        """The first page of what is typed and chosen now."""
        look = look_of(text, since, until, author, categories, flags, sorting, size)
        return self.painted(look, ticked, not_read(since, until))

    def turned(self, event: gr.EventData, look: Look, pages: int, ticked: Ticked) -> Updates:
        """Another page of the same look."""
        way = _WAYS.get(str(getattr(event.target, "elem_id", "")), "first")
        return self.painted(turned(look, pages, way), ticked)

    def suggested(self, typed: object) -> str:
        """Names of authors for what is typed so far."""
        text = " ".join(str(typed or "").split())[:100]
        try:
            return _datalist(self._keeps.authors_like(text) if len(text) > 1 else [])
        except Exception:
            _log.exception("no names to suggest")
            return _datalist([])

    def painted(self, look: Look, ticked: Ticked, note: str = "") -> Updates:
        """The page of a look; an error is said where the list stands."""
        try:
            shelf, may_remove = self._keeps.browse(look), self._keeps.may_remove()
        except Exception as error:
            return {self.rows: failure_html(error), self.status: status_html(""), self.pager: gr.Row(visible=False)}
        at = Look(look.text, look.filters, look.sorting, shelf.number, look.size)
        words = f"{fitting_words(look, shelf)} {note}".strip()
        back, on = gr.Button(interactive=shelf.number > 1), gr.Button(interactive=shelf.number < shelf.pages)
        return {
            self.look: at,
            self.pages: shelf.pages,
            self.status: status_html(f"{words} {page_words(shelf)}." if shelf.pages > 1 else words),
            self.clear: gr.Button(visible=bool(look)),
            self.rows: shelf_html(at, shelf, ticked.ids, may_remove),
            self.starter: gr.Button(visible=not shelf.papers),
            self.pager: gr.Row(visible=shelf.pages > 1),
            self.place: f"<p>{page_words(shelf)}</p>",
            self.first: back,
            self.previous: gr.Button(interactive=shelf.number > 1),
            self.next: on,
            self.last: gr.Button(interactive=shelf.number < shelf.pages),
        }


def _datalist(names: list[str]) -> str:
    options = "".join(f'<option value="{escape(name)}"></option>' for name in names)
    return f'<datalist id="ap-lib-authors">{options}</datalist>'
