"""What stands below an abstract in the evidence panel: why its paper was found, and what can be done with it.

Pure functions; every word of a paper or a question is escaped.
"""

from __future__ import annotations

import io
from dataclasses import replace
from html import escape

from app.core.domain import Evidence, Found, Paper
from app.core.shown import shown
from app.export import write_papers
from app.ui.markup import line_html

# Retrievers by the names the chain gives them.
_BY = {"keyword": "by words", "dense": "by meaning"}
_KEPT = {"pin": ("Pin", "Part of every next answer"), "exclude": ("Leave out", "Part of no next answer")}


def why_html(item: Evidence, kept: str = "") -> str:
    """Why the paper is here, in one quiet line; nothing where nothing is known. `kept` says that it is pinned."""
    words = why_words(item, kept)
    return f'<p class="ap-why" dir="auto">{line_html(words)}</p>' if words else ""


def why_words(item: Evidence, kept: str = "") -> str:
    """ "Named in the question. Found by words (1st) and by meaning (3rd), score 0.83 of 1. Shared words: sparse, memory"."""
    found = item.found
    out = ["Named in the question."] if found.named else []
    if found.by:
        score = f", score {item.score:.2f} of 1" if 0 < item.score <= 1 else ""
        out.append(f"Found {_listed(found)}{score}.")
    elif kept == "pin" and not found.named:
        out.append("Here because it is pinned.")
    if found.words:
        out.append(f"Shared words: {', '.join(found.words)}.")
    return " ".join(out)


def _listed(found: Found) -> str:
    order = sorted(found.by, key=lambda each: list(_BY).index(each[0]) if each[0] in _BY else len(_BY))
    return " and ".join(f"{_BY.get(name, f'by {name}')} ({ordinal(rank)})" for name, rank in order)


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th", "21st"."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{last}"


def card_acts_html(item: Evidence, kept: str) -> str:
    """The buttons of a card; `page.js` and the panel tell the server which one was pressed on which card. `kept` is "pin",
    "exclude" or nothing."""
    toggles = "".join(
        _button(act, name, title, item.marker, f' aria-pressed="{"true" if kept == act else "false"}"')
        for act, (name, title) in _KEPT.items()
    )
    only = _button("only", "Ask only this", "The next questions are about this paper alone", item.marker)
    return f"{toggles}{only}{_more(item)}"


def _more(item: Evidence) -> str:
    """What is wanted less often, folded up."""
    compare = f'<button type="button" class="ap-keep ap-with" data-marker="{item.marker}" aria-expanded="false">Compare with …</button>'
    entry = "&#10;".join(escape(shown(line)) for line in bibtex(item.paper).strip().split("\n"))
    copy = '<button type="button" class="ap-copy" title="Copy the BibTeX entry">Copy BibTeX</button>'
    save = '<button type="button" class="ap-save is-bibtex" title="Save the BibTeX entry as a file">Save .bib</button>'
    cite = f'<span class="ap-bibtex">{copy}{save}<span class="ap-copytext ap-filetext" hidden>{entry}</span></span>'
    about = f'<span class="ap-sr"> about paper {item.marker}</span>'
    return f'<details class="ap-more"><summary>More{about}</summary><div class="ap-more-acts">{compare}{cite}</div></details>'


def _button(act: str, name: str, title: str, marker: int, more: str = "") -> str:
    about = f'<span class="ap-sr"> paper {marker}</span>'
    return (
        f'<button type="button" class="ap-keep" data-act="{act}" data-marker="{marker}" title="{title}"{more}>'
        f"{name}{about}</button>"
    )


def bibtex(paper: Paper) -> str:
    """The paper's entry for a reference manager; without the abstract, which stands beside it."""
    stream = io.StringIO()
    write_papers("bibtex", [replace(paper, abstract="")], stream)
    return stream.getvalue()
