"""One more try at sentences that the cited abstracts do not bear out, if there is a model to make it.

The model corrects or drops those sentences alone. Its reply is taken only if it checks out better than what was there;
otherwise the answer stays as it is, with its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.chat import budget
from app.chat.cite import CitationStream
from app.chat.claims.fit import folded
from app.chat.verify import Checked
from app.core.domain import Claim, Evidence
from app.core.errors import ChatModelError
from app.core.prompting import load_prompt

MOST_LONGER = 1.5


@dataclass(frozen=True, slots=True)
class Repaired:
    """The checked answer after the repair, and the claims that were corrected or left out, as they had been."""

    checked: Checked
    changed: tuple[Claim, ...]


def repaired(
    checked: Checked,
    evidence: Sequence[Evidence],
    ask: Callable[[str, str], str],
    recheck: Callable[[str], Checked],
    opening: str = "",
    prompts_dir: Path | None = None,
) -> Repaired | None:
    """The answer with its unsupported sentences repaired, or None where there are none, the model fails or its reply is
    no better. One call of `ask`, with (system, user), which may raise ChatModelError; `recheck` verifies a text as
    `checked` was. `opening` is what the text begins with that the model did not write; it is put before the reply."""
    wrong = [claim for claim in checked.claims if claim.verdict == "unsupported"]
    if not wrong:
        return None
    body = checked.text.removeprefix(opening)
    markers = sorted({marker for claim in checked.claims for marker in claim.markers})
    shown = [item for item in evidence if item.marker in markers]
    system, user = load_prompt("repair", prompts_dir).fill(
        text=body.strip(),
        unsupported="\n".join(f"- {claim.text} ({'; '.join(claim.problems)})" for claim in wrong),
        evidence="\n\n".join(map(budget.describe, shown)),
        markers=", ".join(map(str, markers)),
    )
    try:
        reply = ask(system, user)
    except ChatModelError:
        return None
    stream = CitationStream([item.marker for item in shown])
    stream.feed(reply)
    stream.finish()
    text = stream.text.strip()
    if not text or len(text) > MOST_LONGER * len(body) + 200:
        return None
    after = recheck(opening + text)
    return Repaired(after, tuple(wrong)) if _is_better(checked, after) else None


def _is_better(before: Checked, after: Checked) -> bool:
    """Fewer unsupported sentences, no more that cite nothing, something left, and every sentence that was fine kept."""
    if not any(claim.verdict in {"supported", "partly"} for claim in after.claims):
        return False
    if _count(after, _is_unsupported) >= _count(before, _is_unsupported):
        return False
    if _count(after, _is_uncited) > _count(before, _is_uncited):
        return False
    kept = {folded(claim.text) for claim in after.claims}
    return all(folded(claim.text) in kept for claim in before.claims if claim.verdict == "supported")


def _count(checked: Checked, holds: Callable[[Claim], bool]) -> int:
    return sum(map(holds, checked.claims))


def _is_unsupported(claim: Claim) -> bool:
    return claim.verdict == "unsupported"


def _is_uncited(claim: Claim) -> bool:
    return "uncited" in claim.problems
