"""What the page says of the library: its head line, how far an upload is, and what became of it. Pure functions.

Names of files, reasons and warnings come from people's files: all of it goes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePath

from app.core.domain import BadRecord
from app.core.models import ModelPick
from app.core.report import DenseIndex, IngestReport
from app.ui.models_html import model_name
from app.ui.notices import failure_html, readable
from app.ui.service import ChatService

_SHOWN = 50
# So many lines on bad records stand open; more would bury what is below them. And so many line numbers are told.
_OPEN, _LINES = 5, 5
# How a report begins: what is said of reading that went wrong does not.
REPORTED = '<div class="ap-report" role="status">'
FORMATS = (
    "<p>One file or several: a listing page pasted into a text file, BibTeX, RIS, PubMed (MEDLINE or XML), Web of "
    "Science, arXiv Atom, JSON, JSONL, CSV; also packed as .gz or .zip. Papers you already have are not doubled.</p>"
)


# The head of a page that has not asked yet: what the server knew when it was started may be old by now.
OPENING = '<header class="ap-head"><h1>askpapers</h1><p class="ap-facts"><span>…</span></p></header>'


def head_html(service: ChatService, reading: int = 0, pick: ModelPick | None = None) -> str:
    """Name, number of papers and the model that the session picked, or what is wrong with them; and that uploads are
    being read, whosever they are, so without their names."""
    try:
        model, note, count = service.model(pick), service.model_note(pick), service.paper_count()
        dense = service.dense_index()
    except Exception as error:
        return f'<header class="ap-head"><h1>askpapers</h1></header>{failure_html(error)}'
    papers = "1 paper" if count == 1 else f"{count:,} papers"
    name = escape(model_name(model))
    return (
        '<header class="ap-head"><h1>askpapers</h1>'
        f'<p class="ap-facts"><button type="button" class="ap-papers" title="Look through them, or add more">{papers}</button>{_reading_html(reading)}{_dense_html(dense)}'
        f'<button type="button" class="ap-model" title="{escape(note)}" aria-description="Choose another model">{name}'
        "</button></p>"
        f'<p class="ap-note">{escape(note)}</p></header>{_trouble_html(dense)}'
    )


def _reading_html(reading: int) -> str:
    if not reading:
        return ""
    words = "A file is being read" if reading == 1 else f"{reading} uploads are being read"
    return f'<span class="ap-reading">{words}</span>'


def _dense_html(dense: DenseIndex) -> str:
    if dense.whole:
        return ""
    why = "Papers not in it yet are found by their words only."
    return f'<span class="ap-dense" title="{why}">{escape(dense.words)}</span>'


def _trouble_html(dense: DenseIndex) -> str:
    """Why no more vectors are being made, while some are missing."""
    if dense.whole or not dense.trouble:
        return ""
    return (
        f'<p class="ap-trouble" role="alert"><strong>No vectors are being made ({escape(dense.words)}).</strong> '
        f"{escape(dense.trouble)}</p>"
    )


def progress_html(names: Sequence[str], done: int, total: int | None, words: str) -> str:
    """How far reading files has come."""
    bar = f'<progress max="{total}" value="{min(done, total)}"></progress>' if total else "<progress></progress>"
    count = f"{done:,} of {total:,} " if total else f"{done:,} " if done else ""
    return (
        f'<div class="ap-progress" role="status"><p class="ap-file-name">{_called(names)}</p>{bar}'
        f"<p>{count}{escape(words)}</p></div>"
    )


def report_html(names: Sequence[str], report: IngestReport) -> str:
    """What became of the records of files."""
    counts = [
        ("new", report.new),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("repeated", report.repeated),
        ("set aside", report.bad_count),
        ("flagged", report.flagged),
    ]
    shown = "".join(f"<li><strong>{count:,}</strong> {name}</li>" for name, count in counts if count)
    here = f"{report.total_in_library:,} paper{'' if report.total_in_library == 1 else 's'} in the library."
    now = " You can ask about the new ones now." if report.new or report.changed else ""
    return (
        f'{REPORTED}<p class="ap-file-name">{_called(names)}</p>'
        f'<ul class="ap-counts">{shown or "<li>No records</li>"}</ul><p>{here}{now}</p>'
        f"{_flagged_html(report)}{_bad_html(report.bad, report.bad_count)}{_kept_html(report)}{_near_html(report)}</div>"
    )


def _called(names: Sequence[str]) -> str:
    """The files in words: at most three names."""
    shown = [escape(readable(name)) for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _flagged_html(report: IngestReport) -> str:
    if not report.flagged:
        return ""
    whose = "One paper's text holds" if report.flagged == 1 else f"The texts of {report.flagged:,} papers hold"
    return f"<p>⚠ {whose} something odd. A warning says what, wherever the paper is shown.</p>"


def _bad_html(bad: Sequence[BadRecord], count: int) -> str:
    """One line for each file and reason, folded where there are many."""
    groups: dict[tuple[str, str], list[int]] = {}
    for record in bad:
        groups.setdefault((record.where, record.reason), []).append(record.line)
    if not groups:
        return ""
    told = list(groups.items())[:_SHOWN]
    items = "".join(_bad_line(where, reason, lines) for (where, reason), lines in told)
    rest = count - sum(len(lines) for _, lines in told)
    state = " open" if len(told) <= _OPEN else ""
    return f'<details class="ap-bad"{state}><summary>Set aside ({count:,})</summary><ul>{items}</ul>{_more(rest)}</details>'


def _bad_line(where: str, reason: str, lines: Sequence[int]) -> str:
    numbers = [f"{line}" for line in lines if line]
    if len(lines) == 1:
        place, words = f"{where}, line {numbers[0]}:" if numbers else f"{where}:", reason
    else:
        listed = ", ".join(numbers[:_LINES]) + (" …" if len(numbers) > _LINES else "")
        place, words = f"{where}:", f"{len(lines):,} × {reason}" + (f" (lines {listed})" if numbers else "")
    return f"<li><span>{escape(readable(place))}</span> {escape(readable(words))}</li>"


def _kept_html(report: IngestReport) -> str:
    """The names alone: whoever sees the page need not know the folders of the server."""
    names = ", ".join(escape(readable(PurePath(path).name)) for path in report.set_aside)
    if not names:
        return ""
    return f"<p>Kept for repair in the library's set-aside folder: {names}. Add it here again when it is repaired.</p>"


def _near_html(report: IngestReport) -> str:
    near = report.near_duplicates
    if not near:
        return ""
    lines = "".join(
        f"<li>{escape(pair.paper_id)} and {escape(pair.other_id)}: {escape(pair.why)}</li>" for pair in near[:_SHOWN]
    )
    return f'<details class="ap-bad"><summary>Perhaps one paper</summary><ul>{lines}</ul>{_more(len(near) - _SHOWN)}</details>'


def _more(number: int) -> str:
    return f"<p>… and {number:,} more.</p>" if number > 0 else ""
