"""How an answer came about, folded up below it: the steps, the receipt, and the command that runs it again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.domain import Answer
from app.core.events import StepDone
from app.ui.markup import line_html

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def how_html(answer: Answer, steps: Sequence[StepDone], receipt: str = "") -> str:
    """`receipt` is HTML that is safe already (see `receipt_html`); nothing if nothing is known."""
    parts = []
    if steps:
        parts.append(f"<ol>{''.join(f'<li>{line_html(step.title)}</li>' for step in steps)}</ol>")
    parts += [receipt, _replay(answer.id)]
    if not any(parts):
        return ""
    return f'<details class="ap-steps"><summary>How this was answered</summary>{"".join(parts)}</details>'


def _replay(answer_id: str) -> str:
    """The command to copy. An id that is none could be a command of its own, so it is not shown as one."""
    if not _ID.fullmatch(answer_id):
        return ""
    return (
        f'<p class="ap-replay">Run it again: <code class="ap-copytext">askpapers replay {answer_id}</code> '
        '<button type="button" class="ap-copy" title="Copy the command">Copy</button></p>'
    )
