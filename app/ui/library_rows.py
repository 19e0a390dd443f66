"""The papers of a page of the library, and pairs that may be one, as HTML. Pure functions.

Titles, names, abstracts, warnings and links come from anybody's files: all of it goes through `html.escape`.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from html import escape

from app.core.browsing import Look, MaybeOne, Shelf
from app.core.domain import Paper
from app.core.shown import shown
from app.export import write_papers
from app.ui.cards import author_line, flags_html, safe_url
from app.ui.markup import line_html

EMPTY = (
    '<div class="ap-empty"><p><strong>Nothing here yet.</strong></p><p>Drop a file of papers under “Add papers”, paste '
    "a listing page, BibTeX or arXiv ids there, or fetch papers from arXiv. To look around first, load the example "
    "papers.</p></div>"
)
_NOTHING = '<div class="ap-empty"><p>No paper fits. Take a word or a filter away.</p></div>'
_CATEGORIES_SHOWN = 4


def shelf_html(look: Look, shelf: Shelf, ticked: Collection[str], may_remove: bool) -> str:
    """The papers of the page, each with its actions, or what to do where there are none."""
    if not shelf.papers:
        return EMPTY
    if not shelf.shown:
        return _NOTHING
    first = (shelf.number - 1) * look.size + 1
    rows = "".join(_row(paper, paper.id in ticked, may_remove) for paper in shelf.shown)
    return (
        '<p class="ap-sr" id="ap-shelf-keys">With the list focused: arrow right and left for the next and previous page, '
        f'Home and End for the first and last.</p><ol class="ap-shelf" start="{first}" data-drawn="{secrets.token_hex(4)}" tabindex="0" '
        f'aria-label="Papers" aria-describedby="ap-shelf-keys">{rows}</ol>'
    )


def _row(paper: Paper, ticked: bool, may_remove: bool) -> str:
    return (
        f'<li class="ap-book"><label class="ap-tick"><input type="checkbox" data-act="tick" data-paper="{escape(paper.id)}"'
        f'{" checked" if ticked else ""}><span class="ap-sr">Tick {line_html(paper.title)}</span></label>'
        f'<div class="ap-book-body"><h3 dir="auto">{line_html(paper.title)}</h3>{about_html(paper)}'
        f"{flags_html(paper.flags)}{_folds(paper)}{_actions(paper, may_remove)}</div></li>"
    )


def about_html(paper: Paper) -> str:
    """Authors, year, venue, categories and id in one line."""
    categories = ", ".join(paper.categories[:_CATEGORIES_SHOWN])
    name = "" if paper.id.startswith("title:") else paper.id
    facts = [author_line(paper.authors), str(paper.year) if paper.year else "", paper.venue or "", categories, name]
    return f'<p class="ap-about" dir="auto">{" · ".join(line_html(fact) for fact in facts if fact)}</p>'


def _folds(paper: Paper) -> str:
    abstract = escape(shown(paper.abstract)).replace("\n", "&#10;")
    return (
        f'<div class="ap-folds"><details><summary>Abstract</summary><p class="ap-abstract" dir="auto">{abstract}</p></details>'
        f'<details><summary>BibTeX</summary><div class="ap-bibtex"><button type="button" class="ap-copy">Copy</button>'
        f'<pre class="ap-copytext" tabindex="0">{escape(shown(bibtex(paper)))}</pre></div></details></div>'
    )


def bibtex(paper: Paper) -> str:
    """The entry to cite a paper by, without its abstract."""
    stream = io.StringIO()
    write_papers("bibtex", [replace(paper, abstract="", flags=())], stream)
    return stream.getvalue().strip()


def _actions(paper: Paper, may_remove: bool) -> str:
    title, of = line_html(paper.title), f'data-paper="{escape(paper.id)}"'
    out = [_button("ask", of, "Ask only this", title)]
    if url := safe_url(paper.url):
        out.append(
            f'<a class="ap-out" href="{escape(url)}" target="_blank" rel="noopener noreferrer">Open'
            f'<span aria-hidden="true"> ↗</span><span class="ap-sr"> {title} (new tab)</span></a>'
        )
    if may_remove:
        out.append(_button("remove", of, "Remove", title))
    return f'<p class="ap-book-foot">{"".join(out)}</p>'


def _button(act: str, of: str, words: str, title: str) -> str:
    """`of` are attributes, as safe HTML."""
    return (
        f'<button type="button" class="ap-keep" data-act="{act}" {of}>{words}'
        f'<span class="ap-sr"> {title}</span></button>'
    )


def twins_html(pairs: Sequence[MaybeOne], more: bool, may_remove: bool) -> str:
    """Papers that may be one, a pair beside each other with why, and what can be done."""
    if not pairs:
        return "<p>No two papers look like one.</p>"
    items = "".join(_pair(at, pair, may_remove) for at, pair in enumerate(pairs))
    rest = f"<p>These are the first {len(pairs)}; look again when they are settled.</p>" if more else ""
    return f'<ol class="ap-twins">{items}</ol>{rest}'


def _pair(at: int, pair: MaybeOne, may_remove: bool) -> str:
    of = f'data-place="{at}"'
    sides = "".join(
        f'<div class="ap-twin"><h4 dir="auto">{line_html(paper.title)}</h4>{about_html(paper)}'
        f"{_button(f'remove-{name}', of, 'Remove this one', line_html(paper.title)) if may_remove else ''}</div>"
        for name, paper in (("one", pair.one), ("other", pair.other))
    )
    one = f"{line_html(pair.one.title)} and {line_html(pair.other.title)}"
    merge = _button("merge", of, "Make one of them", one) if may_remove else ""
    return (
        f'<li><p class="ap-why">Both have {escape(pair.why)}. {merge}</p><div class="ap-twin-sides">{sides}</div></li>'
    )
