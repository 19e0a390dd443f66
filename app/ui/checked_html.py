"""What a look through the library gave: how many papers were checked, and the verdict on each. Pure functions."""

from __future__ import annotations

from collections.abc import Collection

from app.core.findings import LibraryCheck, PaperVerdict, Stance
from app.ui.markup import line_html, marker_link

_TITLES: dict[Stance, str] = {"yes": "Yes", "unclear": "Unclear", "no": "No"}
_SHOWN = 200  # of each kind; a library may hold thousands, and the whole list is in the JSON


def checked_words(check: LibraryCheck) -> str:
    """ "Checked 47 of 47 papers: 12 yes, 33 no, 2 unclear"."""
    of = f"{check.candidates:,} that may be meant, of {check.papers:,}" if check.candidates < check.papers else ""
    counts = ", ".join(f"{_count(check, stance):,} {stance}" for stance in ("yes", "no", "unclear"))
    return f"Checked {check.checked:,} of {of or f'{check.papers:,}'} {'paper' if check.papers == 1 else 'papers'}: {counts}"


def checked_html(check: LibraryCheck, known: Collection[int], cited: Collection[int]) -> str:
    """The line with the counts and the verdicts folded up below. Open if the answer itself does not show every paper
    that is meant: `cited` are the markers in its text."""
    by = "by rule" if check.by == "rule" else f"by {check.by}"
    meant = [verdict for verdict in check.verdicts if verdict.verdict == "yes"]
    state = " open" if any(verdict.marker not in cited for verdict in meant) else ""
    groups = "".join(_group(check, stance, known) for stance in _TITLES)
    line = f'<p class="ap-looked">{checked_words(check)}.</p>'
    if not groups:
        return line
    summary = f"<summary>Verdict on each paper <span>({line_html(by)})</span></summary>"
    return f'{line}<details class="ap-verdicts"{state}>{summary}{groups}</details>'


def _count(check: LibraryCheck, stance: str) -> int:
    return sum(verdict.verdict == stance for verdict in check.verdicts)


def _group(check: LibraryCheck, stance: Stance, known: Collection[int]) -> str:
    found = [verdict for verdict in check.verdicts if verdict.verdict == stance]
    if not found:
        return ""
    items = "".join(_item(verdict, known) for verdict in found[:_SHOWN])
    rest = f"<p>… and {len(found) - _SHOWN:,} more.</p>" if len(found) > _SHOWN else ""
    state = " open" if stance == "yes" else ""
    summary = f"<summary>{_TITLES[stance]} ({len(found):,})</summary>"
    return f'<details class="ap-stance is-{stance}"{state}>{summary}<ul>{items}</ul>{rest}</details>'


def _item(verdict: PaperVerdict, known: Collection[int]) -> str:
    marker = f" {marker_link(verdict.marker)}" if verdict.marker is not None and verdict.marker in known else ""
    quotes = "".join(f"<br><q>{line_html(quote.text)}</q>" for quote in verdict.quotes)
    return f'<li dir="auto">{line_html(verdict.paper.title)}{marker}{quotes}</li>'
