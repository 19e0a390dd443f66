"""The list of messages, as the page draws it."""

from __future__ import annotations

import gradio as gr

from app.ui.empty_html import WELCOME


def chatbot() -> gr.Chatbot:
    """Call inside a Blocks context."""
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        elem_id="ap-chat",
        layout="bubble",
        autoscroll=False,  # see reading.js
        height=None,
        placeholder=WELCOME,
        render_markdown=False,  # we hand over finished, escaped HTML; sanitize_html stays on behind it
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
        buttons=[],
        feedback_options=["Like", "Dislike"],  # shown where somebody listens: see `feedback_part`
        group_consecutive_messages=False,
        scale=1,
    )
