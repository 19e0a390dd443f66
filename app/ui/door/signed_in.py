"""On a page with a login: who is signed in, and the way out."""

from __future__ import annotations

from html import escape

import gradio as gr

from app.ui.door.caller import caller_of


class SignedIn:
    """A quiet line at the end of the head. Holds no state of a session."""

    def __init__(self, root_path: str) -> None:
        self._action = f"{root_path}/logout"

    def draw(self, page: gr.Blocks) -> None:
        """Draw it and fill it when the page is opened. Call inside a Blocks context."""
        line = gr.HTML("", elem_id="ap-signed-in", padding=False, js_on_load=None)
        page.load(self.line, outputs=[line], show_progress="hidden", api_visibility="private")

    def line(self, request: gr.Request) -> str:
        name = caller_of(request).name
        if not name:
            return ""
        return (
            f'<form class="ap-signed-in" method="post" action="{escape(self._action)}"><span>Signed in as '
            f"<strong>{escape(name)}</strong></span> <button>Sign out</button></form>"
        )
