"""The words beside the map: its groups as a list, how many papers are of each year and category, and what was picked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from app.core.domain import Paper
from app.topics.records import Group, Topics
from app.ui.cards import author_line, safe_url
from app.ui.map_figure import DRAWN, sign_of
from app.ui.markup import line_html
from app.ui.narrowing import count_words

_CATEGORIES = 12
_YEARS = 15
_CENTRAL = 8
_LISTED = 8
_LONG_ABSTRACT = 4000

EMPTY = (
    '<div class="ap-empty"><p>Your library is empty, so there is nothing to draw yet.</p>'
    "<p>Add papers in the Library tab, then open the map again.</p></div>"
)
NO_VECTORS = (
    '<div class="ap-empty"><p>No paper has its vector yet, and the map is drawn from those.</p>'
    "<p>They are being made. Open the map again in a minute.</p></div>"
)
HINT = (
    '<p class="ap-map-hint">Click a point to see its paper. Draw a line around points to chat with those papers only. '
    "Scroll to zoom, double-click to see everything again.</p>"
)


def facts_words(topics: Topics) -> str:
    """One line: what is drawn, and what is not."""
    papers = len(topics.ids)
    words = [
        f"{count_words(papers)} in {_groups(len(topics.groups))}; what lies close together is about similar things."
    ]
    if papers > DRAWN:
        words.append(f"{DRAWN:,} of them are drawn, evenly chosen; a shape drawn around points takes in all.")
    if topics.waiting:
        verb = "waits for its vector" if topics.waiting == 1 else "wait for their vectors"
        words.append(f"{count_words(topics.waiting)} {verb}.")
    return " ".join(words)


def _groups(number: int) -> str:
    return "1 group" if number == 1 else f"{number} groups"


def groups_html(topics: Topics, central: Mapping[str, Paper]) -> str:
    """The groups as a list: what the map shows, for whoever does not see it or has no mouse. The papers in the middle
    of a group can be opened."""
    items = "".join(_group_html(number, group, central) for number, group in enumerate(topics.groups))
    return f'<section class="ap-map-groups"><h3>Groups</h3><ol>{items}</ol></section>{_counts_html(topics.groups)}'


def _group_html(number: int, group: Group, central: Mapping[str, Paper]) -> str:
    sign, name = sign_of(number), line_html(group.name)
    papers = "".join(
        f'<li><button type="button" data-act="paper" data-id="{escape(paper_id)}">{line_html(central[paper_id].title)}'
        "</button></li>"
        for paper_id in group.central[:_CENTRAL]
        if paper_id in central
    )
    return (
        f'<li><div class="ap-map-group"><span class="ap-map-sign" aria-hidden="true" style="color:{sign.colour}">'
        f'{sign.character}</span><span class="ap-map-name"><strong>{number + 1}</strong> {name}</span>'
        f'<span class="ap-map-size">{group.size:,}</span>'
        f'<button type="button" class="ap-map-chat" data-act="group" data-group="{number}" '
        f'aria-label="Chat with the {count_words(group.size)} of group {number + 1}, {name}">Chat</button></div>'
        f"<details><summary>Papers in its middle</summary><ul>{papers}</ul></details></li>"
    )


def _counts_html(groups: Sequence[Group]) -> str:
    years, categories = Counter[str](), Counter[str]()
    for group in groups:
        years.update(group.years)
        categories.update(group.categories)
    newest = sorted(years.items())[-_YEARS:]
    earlier = sum(years.values()) - sum(papers for _, papers in newest)
    if earlier:
        newest = [(f"before {newest[0][0]}", earlier), *newest]
    most = sorted(sorted(categories.items()), key=lambda pair: -pair[1])
    others = len(most) - _CATEGORIES
    more = f'<p class="ap-map-more">and {others} more categories</p>' if others > 0 else ""
    return _bars("By year", newest) + _bars("By category", most[:_CATEGORIES]) + more


def _bars(title: str, counts: Sequence[tuple[str, int]]) -> str:
    """Counts as a table with a bar behind each number; nothing where nothing is known."""
    if not counts:
        return ""
    largest = max(papers for _, papers in counts)
    rows = "".join(
        f'<tr><th scope="row">{line_html(name)}</th><td><span class="ap-map-bar" style="width:{100 * papers / largest:.1f}%">'
        f"</span></td><td>{papers:,}</td></tr>"
        for name, papers in counts
    )
    return f'<section class="ap-map-counts"><h3>{title}</h3><table><tbody>{rows}</tbody></table></section>'


def paper_html(paper: Paper) -> str:
    """The card of a paper that was picked."""
    title, url = line_html(paper.title), safe_url(paper.url)
    about = " · ".join(line_html(str(part)) for part in (author_line(paper.authors), paper.year, paper.venue) if part)
    abstract = paper.abstract if len(paper.abstract) <= _LONG_ABSTRACT else f"{paper.abstract[:_LONG_ABSTRACT]} …"
    flags = "".join(f'<p class="ap-flags">⚠ {line_html(flag)}</p>' for flag in paper.flags)
    link = (
        f'<p><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Open the paper’s page</a></p>'
        if url
        else ""
    )
    return (
        f'<article class="ap-map-card"><h3 dir="auto">{title}</h3><p class="ap-about">{about}</p>{flags}'
        f'<p dir="auto">{line_html(abstract)}</p>{link}</article>'
    )


def selection_html(count: int, some: Sequence[Paper]) -> str:
    """What a shape drawn on the map holds."""
    papers = "".join(
        f'<li><button type="button" data-act="paper" data-id="{escape(paper.id)}">{line_html(paper.title)}</button></li>'
        for paper in some[:_LISTED]
    )
    rest = count - min(len(some), _LISTED)
    more = f'<p class="ap-map-more">and {count_words(rest).replace(" paper", " more paper")}</p>' if rest else ""
    return (
        f'<article class="ap-map-card"><h3>{count_words(count)} inside your line</h3><ul>{papers}</ul>{more}</article>'
    )
