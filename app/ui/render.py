"""Answers as Markdown (command line, copy) and as HTML (the page). Pure functions, no gradio.

Everything that comes from a model or a paper is untrusted; see `markup` and `cards` for how it is made
harmless.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from html import escape

from app.core.domain import Answer, Claim, PaperRef, Plan, Reason
from app.core.events import StepDone
from app.core.reading import Reading
from app.core.report import DenseIndex
from app.ui.cards import author_line, evidence_html, full_texts_html, safe_url
from app.ui.checked_html import checked_html
from app.ui.claim_marks import Mark, marked_html
from app.ui.how_html import how_html
from app.ui.markup import chat_html, inert_markdown
from app.ui.plan_html import plan_html
from app.ui.receipt import receipt_html
from app.ui.table_html import comparison_html, downloads_html, holds_table
from app.ui.thinking import NO_THOUGHTS, Thoughts, thinking_html
from app.ui.usage import usage_line

__all__ = [
    "answer_html",
    "answer_markdown",
    "chat_html",
    "claim_notes",
    "dense_note",
    "doubtful",
    "rerank_note",
    "error_html",
    "filters_note",
    "evidence_html",
    "flag_words",
    "plain_line",
    "question_html",
    "reference_line",
    "running_html",
    "unfinished_html",
]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_EMPHASIS = re.compile(r"\*\*|__")
_ABSTAINED: dict[Reason | None, str] = {
    "not_in_library": "Not in your library",
    "abstract_does_not_say": "The abstracts do not say",
    "abstracts_disagree": "The abstracts disagree",
    "empty_library": "Your library is empty",
    "unclear_question": "The question is not clear yet",
    None: "No answer from your library",
}


# Below every answer, seen below the newest one (see `page.css`).
AGAIN_HTML = '<button type="button" class="ap-again" title="Answer the same question once more">Answer again</button>'


def reference_line(marker: int, paper: PaperRef) -> str:
    """`[1] A. Author, B. Author (2021). Title. https://... ⚠ warning`, leaving out what is not known."""
    authors = author_line(paper.authors)
    year = f"({paper.year})" if paper.year else ""
    who = " ".join(part for part in (authors, year) if part)
    title = paper.title.strip()
    parts = [f"{who}." if who and not who.endswith(".") else who]
    parts.append(title if title.endswith((".", "?", "!")) else f"{title}.")
    told = [inert_markdown(plain_line(part)) for part in parts if part]
    return " ".join([f"[{marker}]", *told, *filter(None, (safe_url(paper.url), flag_words(paper.flags)))])


def flag_words(flags: Sequence[str]) -> str:
    """The warnings about a paper's text behind a sign, or nothing."""
    return plain_line(f"⚠ {'; '.join(flags)}") if flags else ""


def answer_markdown(answer: Answer) -> str:
    """The text of an answer and the papers it cites: what the terminal prints and what Copy copies."""
    papers = {citation.marker: citation.paper for citation in answer.citations}
    parts = [inert_markdown(_plain(answer.text)).strip()]
    if papers:
        parts += ["References", "\n".join(reference_line(marker, papers[marker]) for marker in sorted(papers))]
    # An answer may name papers that it does not cite, such as the nearest ones when it found nothing.
    named = [e.paper for e in answer.evidence if e.marker not in papers and e.paper.title in answer.text]
    flagged = [f"{flag_words(paper.flags)} (“{plain_line(paper.title)}”)" for paper in named if paper.flags]
    return "\n\n".join([*parts, *(["\n".join(flagged)] if flagged else [])])


def dense_note(steps: Sequence[StepDone]) -> str:
    """What to know of how these steps looked for papers: by words only, or while some had no vectors yet. Else nothing."""
    away = [str(step.data["words_only"]) for step in steps if step.data.get("words_only")]
    if away:
        return f"Found by words only: {away[-1]}"
    looked = [step.data["dense_index"] for step in steps if step.data.get("dense_index")]
    index = DenseIndex(**looked[-1]) if looked else None
    if index is None or index.whole:
        return ""
    return f"{index.words}: papers not in it yet are found by their words only."


def filters_note(readings: Iterable[Reading], leave_out: str = "") -> str:
    """One line on the filters that were read from a question, and how to leave them out; nothing if there are none."""
    words = "; ".join(plain_line(reading.words) for reading in readings if reading.origin == "question")
    return (
        f"Filters read from the question: {words}{f' (leave them out with {leave_out})' if leave_out else ''}"
        if words
        else ""
    )


def rerank_note(steps: Sequence[StepDone]) -> str:
    """Why the reranker did not put the papers that these steps found in order; nothing if it did or there is none."""
    away = [str(step.data["not_reranked"]) for step in steps if step.data.get("not_reranked")]
    return f"Not reranked: {away[-1]}" if away else ""


def claim_notes(answer: Answer) -> list[str]:
    """One line for each sentence that the cited abstracts do not bear out."""
    return [f"“{_plain(claim.text).strip()}” — {_why(claim)}" for claim in doubtful(answer)]


def doubtful(answer: Answer) -> list[Claim]:
    """The claims that the cited abstracts do not bear out."""
    return [claim for claim in answer.claims if claim.verdict == "unsupported" or claim.problems]


def _why(claim: Claim) -> str:
    if not claim.markers and (claim.verdict == "unsupported" or "uncited" in claim.problems):
        verdict = "no abstract is cited for this"
    else:
        verdict = {
            "supported": "check this against the cited abstract",
            "partly": "only partly supported by the cited abstract",
            "unsupported": "not supported by the cited abstract",
            "unchecked": "not checked against an abstract",
        }[claim.verdict]
    known = {"uncited"} if not claim.markers else set()  # the verdict says so already
    problems = "; ".join(_plain(problem) for problem in claim.problems if problem not in known)
    return f"{verdict}: {problems}" if problems else verdict


def _plain(text: str) -> str:
    """Without control characters: a title must not be able to move the cursor of a terminal."""
    return _CONTROL.sub("", text)


def plain_line(text: str) -> str:
    """As `_plain`, on one line."""
    return _plain(text).replace("\n", " ")


# --- the messages of the chat -------------------------------------------------------------------------------


def question_html(text: str, place: int | None = None) -> str:
    """What the person typed, exactly, and never as markup; at this place of a conversation (0 is the first) with a button
    to change it."""
    question = f'<div class="ap-question">{"<br>".join(escape(line) for line in text.splitlines())}</div>'
    if place is None:
        return question
    about = f'<span class="ap-sr"> question {place + 1}</span>'
    title = "Change this question and ask it again; what follows it is dropped"
    return f'{question}<button type="button" class="ap-edit" title="{title}">Edit{about}</button>'


def running_html(
    text: str, markers: Collection[int], doing: str, plan: Plan | None = None, thoughts: Thoughts = NO_THOUGHTS
) -> str:
    """An answer that is being written; `doing` says what is happening while there is no text yet."""
    above = plan_html(plan) + thinking_html(thoughts)
    if text:
        return f'<div class="ap-answer is-running">{above}{chat_html(text, markers)}</div>'
    if thoughts.going_on:
        return f'<div class="ap-answer is-waiting">{above}</div>'
    return f'<div class="ap-answer is-waiting">{above}<p><span class="ap-dots"></span>{escape(doing)}</p></div>'


def unfinished_html(text: str, markers: Collection[int], end: str, thoughts: Thoughts = NO_THOUGHTS) -> str:
    """What there was of an answer when it ended early, marked as such, and the (already safe) HTML that says why."""
    words = (
        '<div class="ap-unfinished"><p class="ap-unfinished-title">Unfinished, not checked against the abstracts</p>'
        f"{chat_html(text, markers)}</div>"
        if text.strip()
        else ""
    )
    return f'<div class="ap-answer">{thinking_html(thoughts)}{words}{end}</div>'


def error_html(what: str, hint: str) -> str:
    """An error in two lines: what happened, and what to do next."""
    lines = f'<p>{escape(what)}</p><p class="ap-hint">{escape(hint)}</p>'
    return f'<div class="ap-error" role="alert">{lines}</div>'


def answer_html(
    answer: Answer,
    markers: Collection[int],
    steps: Sequence[StepDone] = (),
    plan: Plan | None = None,
    thoughts: Thoughts = NO_THOUGHTS,
) -> str:
    """A finished answer: how the question was read, the text with what belongs to it, doubts about single sentences, how
    it came about, and a Copy button."""
    marks = [mark for claim in answer.claims if (mark := _mark(claim))]
    text = marked_html(answer.text, marks, markers)
    if answer.table and not holds_table(text):
        text += comparison_html(answer.table, markers)
    if answer.checked:
        cited = {verdict.marker for verdict in answer.checked.verdicts if f"[{verdict.marker}]" in answer.text}
        text += checked_html(answer.checked, markers, {marker for marker in cited if marker is not None})
    if title := _calm_title(answer):
        links = full_texts_html(answer, plan) if answer.reason == "abstract_does_not_say" else ""
        text = f'<div class="ap-calm"><p class="ap-calm-title">{title}</p>{text}{links}</div>'
    above = plan_html(plan, answer.filters) + thinking_html(replace(thoughts, text=answer.reasoning or thoughts.text))
    below = f"{_notices_html(answer)}{_legend_html(text)}{_doubts_html(answer)}{_foot_html(answer, steps)}"
    return f'<div class="ap-answer">{above}{text}{below}</div>'


def _notices_html(answer: Answer) -> str:
    """What the person should know of how the answer came about."""
    items = "".join(f"<li>{escape(plain_line(notice))}</li>" for notice in answer.notices)
    return f'<ul class="ap-notices" role="note" aria-label="About this answer">{items}</ul>' if items else ""


def _calm_title(answer: Answer) -> str:
    """What stands above an answer that is none, or not one alone."""
    if answer.status == "clarify":
        return "One question back"
    if answer.status == "abstained" or answer.reason == "abstracts_disagree":
        return _ABSTAINED[answer.reason]
    return ""


def _mark(claim: Claim) -> Mark | None:
    """The mark of a doubtful sentence; None for one that is not doubted or not of the text."""
    if not (claim.problems or claim.verdict in ("unsupported", "partly")) or claim.start >= claim.end:
        return None
    if claim.verdict == "unsupported":
        words = "not in the cited abstract" if claim.markers else "no abstract is cited for this"
        return Mark(claim.start, claim.end, "unsupported", words, _why(claim))
    words = "only partly in the cited abstract" if claim.verdict == "partly" else "needs a closer look"
    return Mark(claim.start, claim.end, "partly", words, _why(claim))


def _legend_html(html: str) -> str:
    """What the lines below sentences mean, for those who cannot point at them."""
    signs = {"unsupported": "not in the cited abstract", "partly": "only partly, or to be checked"}
    found = [
        f'<span class="ap-claim is-{kind}">{words}</span>'
        for kind, words in signs.items()
        if f'<span class="ap-claim is-{kind}"' in html
    ]
    return f'<p class="ap-legend">Underlined: {" ".join(found)}</p>' if found else ""


def _doubts_html(answer: Answer) -> str:
    doubts = doubtful(answer)
    if not doubts:
        return ""
    title = "One statement needs" if len(doubts) == 1 else f"{len(doubts)} statements need"
    items = "".join(
        f"<li><q>{escape(_EMPHASIS.sub('', _plain(claim.text)).strip())}</q> <strong>{escape(_why(claim))}</strong></li>"
        for claim in doubts
    )
    return f'<div class="ap-doubts" role="note"><p>{title} a closer look</p><ul>{items}</ul></div>'


def _foot_html(answer: Answer, steps: Sequence[StepDone]) -> str:
    """The quiet line below an answer."""
    out = ['<div class="ap-foot">', how_html(answer, steps, receipt_html(answer) if answer.id else "")]
    checked = [claim for claim in answer.claims if claim.verdict != "unchecked"]
    if checked:
        good = sum(claim.verdict == "supported" and not claim.problems for claim in checked)
        kind = "is-good" if good == len(checked) else "is-mixed"
        words = f"{good} of {len(checked)} {'statement' if len(checked) == 1 else 'statements'} found"
        out.append(f'<span class="ap-checked {kind}">{words} in the cited abstracts</span>')
    if note := dense_note(steps):
        share, _, why = note.partition(": ")
        if any(step.data.get("words_only") for step in steps):
            # What to do about it must be read, not only be found by pointing.
            out.append(f'<span class="ap-dense">{escape(note)}</span>')
        else:
            out.append(f'<span class="ap-dense" title="{escape(why)}">{escape(share)}</span>')
    if note := rerank_note(steps):
        out.append(f'<span class="ap-dense">{escape(note)}</span>')
    if took := usage_line(answer.usage, answer.model):
        out.append(f'<span class="ap-usage">{escape(took)}</span>')
    if answer.status == "answered":
        copy = "&#10;".join(escape(line) for line in answer_markdown(answer).split("\n"))
        out.append('<button type="button" class="ap-copy" title="Copy as Markdown, with references">Copy</button>')
        out.append(f'<pre class="ap-copytext" hidden>{copy}</pre>')
    out.append(AGAIN_HTML)
    if answer.table:
        out.append(downloads_html(answer.table))
    out.append("</div>")
    return "".join(out)
