"""What an evidence card leads to: questions about its paper alone, and a comparison with another paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.core.domain import Evidence, Paper
from app.core.names import handle
from app.ui.conversation import Conversation
from app.ui.narrow_part import SHOW_CHAT, NarrowPart
from app.ui.notices import Updates, status_html
from app.ui.render import plain_line

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class CardAct:
    """Ask only this paper, or compare it with `other`."""

    paper: Paper
    other: Paper | None = None

    @property
    def question(self) -> str:
        """What to put into the question box; nothing where the person has to think of it."""
        return f"How does {_name(self.paper)} differ from {_name(self.other)}?" if self.other else ""


def act_of(told: object, evidence: Mapping[int, Evidence]) -> CardAct | None:
    """What a click on a card asks for, as the browser tells it ({"act": "with", "marker": 2, "other": 1}); None for
    anything else, above all for papers this conversation has not shown."""
    if not isinstance(told, dict):
        return None
    paper, other = (_shown(told.get(each), evidence) for each in ("marker", "other"))
    if paper is None:
        return None
    if told.get("act") == "only":
        return CardAct(paper)
    return CardAct(paper, other) if told.get("act") == "with" and other and other.id != paper.id else None


def short_name(paper: Paper) -> str:
    """What to call a paper on a chip."""
    name = plain_line(handle(paper.title, paper.abstract))
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _shown(marker: object, evidence: Mapping[int, Evidence]) -> Paper | None:
    if not isinstance(marker, int) or isinstance(marker, bool) or marker not in evidence:
        return None
    return evidence[marker].paper


def _name(paper: Paper) -> str:
    return plain_line(handle(paper.title, paper.abstract))


class CardActsPart:
    """Listens to the cards of the evidence panel. Holds no state of a session."""

    def __init__(self, narrow: NarrowPart) -> None:
        self._narrow = narrow

    def wire(self, conversation: gr.State, evidence: gr.HTML, box: gr.Textbox, status: gr.HTML, **quiet: Any) -> None:
        def acted(event: gr.EventData, now: Conversation) -> Updates:
            act = act_of(event._data, now.evidence)
            if act is None:
                return {status: gr.skip()}
            if act.other is None:
                return self._narrow.narrowed([act.paper.id], short_name(act.paper), box, status, "")
            return {
                box: gr.Textbox(value=act.question),
                status: status_html("A comparison to ask is in the question box."),
            }

        outputs = [*self._narrow.outputs, box, status]
        clicked = evidence.select(acted, inputs=[conversation], outputs=outputs, **quiet)
        clicked.then(fn=None, js=SHOW_CHAT, **quiet)
