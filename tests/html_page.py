"""HTML as a browser reads it, and texts that try to become more of it than they may."""

from __future__ import annotations

import re
from html.parser import HTMLParser

ALLOWED_TAGS = {
    *(
        "a",
        "article",
        "blockquote",
        "br",
        "button",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
    ),
    *("caption", "h6", "hr", "li", "mark", "ol", "p", "pre", "q", "section", "span", "strong", "summary", "table"),
    *("tbody", "td", "th", "thead", "tr", "ul"),
}
ALLOWED_ATTRIBUTES = {
    *("class", "href", "title", "target", "rel", "start", "scope", "tabindex", "role", "id", "dir", "hidden"),
    *(
        "type",
        "aria-labelledby",
        "aria-hidden",
        "aria-label",
        "aria-live",
        "aria-pressed",
        "aria-expanded",
        "data-act",
        "data-marker",
        "open",
    ),
}


class Page(HTMLParser):
    """Reads HTML the way a browser tokenises it; collects what is in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("br", "hr", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def check(self) -> Page:
        """Only our tags and attributes, well nested, and no link but to the page or http(s)."""
        assert set(self.tags) <= ALLOWED_TAGS
        assert {name for name, _ in self.attributes} <= ALLOWED_ATTRIBUTES
        assert not self.open
        for name, value in self.attributes:
            if name == "href":
                assert re.match(r"https?://|#evidence-\d+$", value, re.IGNORECASE), value
        return self


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![pixel](https://tracker.invalid/p.png)",
    "![pixel][ref]\n\n[ref]: https://tracker.invalid/p.png",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](javascript:alert`1`) [x](data:text/html,hi) [y](//a.invalid) [z](vbscript:x)",
    "[click](data:text/html,<script>alert(1)</script>)",
    '[click](https://a.invalid/"onmouseover="alert(1))',
    "[a](https://a.invalid/)](javascript:alert(1))",
    "<https://tracker.invalid>",
    "<a href='javascript:alert(1)'>x</a>",
    "</div></article><h1>out</h1>",
    "`<b>`",
    "```html\n<script>\n```",
    "```\n<script>",
    "| <b> | x |\n|---|---|\n| <img src=x> | [1] |",
    "&lt;script&gt; &#60;script&#62;",
    "<!-- comment -->",
    "<style>*{display:none}</style>",
    "{{value}} ${alert(1)}",
]
