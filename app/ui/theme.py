"""Looks: system fonts only (nothing is fetched from outside), one accent colour, light and dark."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

_STATIC = Path(__file__).parent / "static"
CSS_FILES = [_STATIC / "page.css", _STATIC / "chats.css", _STATIC / "map.css"]
JS_FILES = [_STATIC / "page.js", _STATIC / "chats.js", _STATIC / "tips.js", _STATIC / "reading.js"]
SHARE_CSS_FILE = _STATIC / "share.css"
MAP_JS_FILE = _STATIC / "map.js"
_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Liberation Mono", "monospace"]


def theme() -> gr.themes.Base:
    """Gradio's plain theme with our fonts; the colours of our own parts are in our style sheets."""
    return gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_SANS, font_mono=_MONO)


def page_head() -> str:
    """The page's own small scripts, inline, so that they need no route of their own."""
    return "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in JS_FILES)
