"""What is done with papers of the list: ask only these, compare, remove, merge; what cannot be undone is asked first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.core.browsing import Look
from app.core.domain import Paper
from app.core.names import handle
from app.ui.chat_part import SHOW_CHAT, ChatPart
from app.ui.compare_part import SHOW_COMPARE, ComparePart
from app.ui.library_list import ListPart
from app.ui.library_look import COMPARED, PaperClick, Ticked, count_of
from app.ui.library_scripts import ASK_FIRST, if_pressed
from app.ui.library_service import KeepsLibrary
from app.ui.markup import line_html
from app.ui.notices import Updates, failure_html, status_html
from app.ui.render import plain_line

_TITLES_SHOWN = 5
_AGAIN = "This cannot be undone, unless you add them again."


@dataclass(frozen=True, slots=True)
class Pending:
    """What a person is asked about before it is done: remove these papers, or (`merge`) make one of two."""

    ids: tuple[str, ...] = ()
    merge: bool = False


class TicksPart:
    """The bar for ticked papers and the question before anything is removed. Holds no state of a session."""

    def __init__(self, keeps: KeepsLibrary, listed: ListPart, chat: ChatPart, compare: ComparePart | None) -> None:
        self._keeps, self._list, self._chat, self._compare = keeps, listed, chat, compare

    def draw(self) -> None:
        """Call inside a Blocks context."""
        self.pending = gr.State(Pending())
        with gr.Row(visible=False, elem_id="ap-lib-bar", elem_classes="ap-row") as self.bar:
            self.count = gr.HTML("", elem_id="ap-lib-ticked", padding=False, js_on_load=None)
            self.ask = gr.Button("Chat with these", size="sm", min_width=0, elem_id="ap-lib-ask")
            self.compare = gr.Button("Compare", size="sm", min_width=0, elem_id="ap-lib-compare")
            self.remove = gr.Button("Remove", size="sm", min_width=0, elem_id="ap-lib-remove")
            self.untick = gr.Button("Untick all", size="sm", min_width=0, elem_id="ap-lib-untick")
        with gr.Column(visible=False, elem_id="ap-lib-sure") as self.sure:
            self.question = gr.HTML("", elem_id="ap-lib-sure-words", padding=False, js_on_load=None)
            with gr.Row(elem_classes="ap-row"):
                self.yes = gr.Button("Remove", size="sm", min_width=0, variant="stop", elem_id="ap-lib-sure-yes")
                self.no = gr.Button("Keep them", size="sm", min_width=0, elem_id="ap-lib-sure-no")
        self.said = gr.HTML(status_html(""), elem_id="ap-lib-said", padding=False, js_on_load=None)

    @property
    def sure_outputs(self) -> list[Any]:
        """What `asked_first` changes."""
        return [self.pending, self.sure, self.question, self.yes, self.said]

    @property
    def bar_outputs(self) -> list[Any]:
        return [self._list.ticked, self.bar, self.count, self.ask, self.compare, self.remove, self.said]

    def wire(self, **quiet: Any) -> list[Any]:
        """Connect it; gives the events after which the library may hold other papers."""
        listed = self._list
        # One after the other, however fast they are ticked, since each goes on from the one before.
        listed.rows.click(
            self.told,
            inputs=[listed.ticked],
            outputs=[*self.bar_outputs, *self.sure_outputs[:-1]],
            trigger_mode="multiple",
            concurrency_id="tick",
            concurrency_limit=1,
            **quiet,
        ).then(fn=None, js=if_pressed("remove", ASK_FIRST))
        listed.rows.click(self.asked_only, outputs=self._chat.narrow_outputs, **quiet).then(
            fn=None, js=if_pressed("ask", SHOW_CHAT)
        )
        self.ask.click(self.chatted, inputs=[listed.ticked], outputs=self._chat.narrow_outputs, **quiet).then(
            fn=None, js=SHOW_CHAT
        )
        self._wire_compare(**quiet)
        self.remove.click(
            lambda ticked: self.asked_first(Pending(ticked.ids)),
            inputs=[listed.ticked],
            outputs=self.sure_outputs,
            **quiet,
        ).then(fn=None, js=ASK_FIRST)
        self.untick.click(self.unticked, inputs=[listed.look], outputs=[*self.bar_outputs, *listed.outputs], **quiet)
        self.no.click(self.kept, outputs=self.sure_outputs, **quiet)
        done = self.yes.click(
            self.done,
            inputs=[self.pending, listed.look, listed.ticked],
            outputs=[*self.bar_outputs, *self.sure_outputs[:-1], *listed.outputs],
            trigger_mode="once",
            **quiet,
        )
        return [done]

    def _wire_compare(self, **quiet: Any) -> None:
        """In the Compare tab, if there is one; else as a question in the chat."""
        if self._compare is None:
            self.compare.click(
                self.compared_in_chat, inputs=[self._list.ticked], outputs=self._chat.narrow_outputs, **quiet
            ).then(fn=None, js=SHOW_CHAT)
            return
        compare = self._compare
        self.compare.click(
            lambda ticked: compare.compared(ticked.ids), inputs=[self._list.ticked], outputs=compare.outputs, **quiet
        ).then(fn=None, js=SHOW_COMPARE)

    def told(self, event: gr.EventData, ticked: Ticked) -> Updates:
        """A paper of the list was ticked, or is to be removed."""
        click = PaperClick.of(event._data, ("tick", "remove"))
        if click is None:
            return {self.said: gr.skip()}
        if click.act == "remove":
            return self.asked_first(Pending((click.paper,)))
        if click.on and not self._papers((click.paper,)):
            return {self.said: status_html("This paper is not in the library any more.", "is-alert")}
        return self.painted(ticked.with_paper(click.paper, click.on))

    def painted(self, ticked: Ticked) -> Updates:
        """The bar for these ticks."""
        many = len(ticked.ids)
        return {
            self._list.ticked: ticked,
            self.bar: gr.Row(visible=bool(many)),
            self.count: f'<p role="status">{ticked.words}</p>',
            self.compare: gr.Button(
                interactive=many in COMPARED, value="Compare" if many in COMPARED else "Compare (2 to 8)"
            ),
            self.remove: gr.Button(visible=self._keeps.may_remove()),
            self.said: status_html(""),
        }

    def unticked(self, look: Look) -> Updates:
        return {**self.painted(Ticked()), **self._list.painted(look, Ticked())}

    # --- asking about papers ------------------------------------------------------------------------------------

    def asked_only(self, event: gr.EventData) -> Updates:
        """The chat limited to the one paper whose button was pressed."""
        click = PaperClick.of(event._data, ("ask",))
        papers = self._papers((click.paper,)) if click else []
        if not papers:
            return {self._chat.status: gr.skip()}
        return self._chat.narrowed([papers[0].id], plain_line(papers[0].title)[:80])

    def chatted(self, ticked: Ticked) -> Updates:
        """The chat limited to what is ticked."""
        return self._chat.narrowed(ticked.ids, f"{count_of(len(ticked.ids))} of the library")

    def compared_in_chat(self, ticked: Ticked) -> Updates:
        """The chat limited to what is ticked, with the comparison as its next question."""
        names = [plain_line(handle(paper.title, paper.abstract)) for paper in self._papers(ticked.ids)]
        question = f"Compare {', '.join(names[:-1])} and {names[-1]}" if len(names) in COMPARED else ""
        return self._chat.narrowed(ticked.ids, f"{count_of(len(ticked.ids))} of the library", question)

    def _papers(self, ids: tuple[str, ...]) -> list[Paper]:
        return self._keeps.papers_of(ids)

    # --- what cannot be undone ----------------------------------------------------------------------------------

    def asked_first(self, pending: Pending) -> Updates:
        """The question whether to do it."""
        papers = self._papers(pending.ids[:_TITLES_SHOWN])
        if not papers:
            return {**self.kept(), self.said: status_html("These papers are not in the library any more.", "is-alert")}
        many = len(pending.ids)
        titles = "".join(f"<li>{line_html(paper.title)}</li>" for paper in papers)
        more = f"<li>and {many - len(papers):,} more</li>" if many > len(papers) else ""
        if pending.merge:
            words = "Make one paper of these two? It keeps the newer text, and what either of them has. This cannot be undone."
        else:
            words = f"Remove {count_of(many)} from the library? {_AGAIN if many > 1 else _AGAIN.replace('them', 'it')}"
        return {
            self.pending: pending,
            self.sure: gr.Column(visible=True),
            self.question: f'<div role="alert"><p><strong>{words}</strong></p><ul>{titles}{more}</ul></div>',
            self.yes: gr.Button(value="Make one of them" if pending.merge else f"Remove {count_of(many)}"),
            self.said: status_html(""),
        }

    def kept(self) -> Updates:
        """Nothing is done."""
        return {
            self.pending: Pending(),
            self.sure: gr.Column(visible=False),
            self.said: status_html("Nothing was removed."),
        }

    def done(self, pending: Pending, look: Look, ticked: Ticked) -> Updates:
        """Do what was asked about."""
        closed = {self.pending: Pending(), self.sure: gr.Column(visible=False)}
        try:
            if pending.merge and len(pending.ids) == 2:
                whole = self._keeps.merge_papers(*pending.ids)
                gone, words = list(pending.ids), f"Made one paper: {plain_line(whole.title)}"
            else:
                gone = self._keeps.remove_papers(pending.ids)
                words = f"Removed {count_of(len(gone))}."
        except Exception as error:
            return {**closed, self.said: failure_html(error)}
        left = ticked.without(gone)
        return {**self.painted(left), **self._list.painted(look, left), **closed, self.said: status_html(words)}
