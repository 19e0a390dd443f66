"""Where a chat model is set: one short paragraph on each group, written and checked as answers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from app.core.domain import Answer, Correction, Question
from app.core.errors import AskPapersError
from app.core.filters import Filters
from app.digest.records import Digest, DigestGroup

Ask = Callable[[Question], Answer | None]

_MARKER = re.compile(r"\[(\d{1,4})\]")
_ASKS = "What do these new papers on {title} contribute and find? Write one short paragraph of at most four sentences."
NOT_WRITTEN = "The chat model wrote nothing here: {why} The sentences are quoted from the abstracts."


def written(digest: Digest, ask: Ask) -> Digest:
    """The digest with a paragraph for every group that the model could write one for. The first failure of the model ends
    its part; the digest stands without it, and says so."""
    groups = list(digest.groups)
    for at, group in enumerate(groups):
        try:
            groups[at] = replace(group, text=_paragraph(group, ask))
        except AskPapersError as error:
            note = NOT_WRITTEN.format(why=f"{str(error).rstrip('.')}.")
            return replace(digest, groups=tuple(groups), notes=(*digest.notes, note))
    return replace(digest, groups=tuple(groups))


def _paragraph(group: DigestGroup, ask: Ask) -> str:
    """What the model wrote on the papers of a group, without the sentences that their abstracts do not bear out; "" if
    nothing of it is left."""
    ids = tuple(entry.paper.id for entry in group.entries)
    question = Question(
        _ASKS.format(title=group.title),
        filters=Filters(ids=ids),
        unread=tuple(Filters.__dataclass_fields__),
        pinned=ids,
        correction=Correction(kind="lookup"),
    )
    answer = ask(question)
    if answer is None or answer.status != "answered":
        return ""
    sure = [
        claim for claim in answer.claims if claim.markers and claim.verdict in ("supported", "partly") and claim.end
    ]
    kept = [" ".join(answer.text[claim.start : claim.end].split()).lstrip("-*• ") for claim in sure]
    markers = {item.marker: item.paper.id for item in answer.evidence}
    ours = {entry.paper.id: entry.marker for entry in group.entries}
    return " ".join(filter(None, (_with_our_markers(claim, markers, ours) for claim in kept)))


def _with_our_markers(text: str, theirs: dict[int, str], ours: dict[str, int]) -> str:
    """The sentence with the markers of the digest; nothing if it cites a paper that is not in it."""
    found = [int(number) for number in _MARKER.findall(text)]
    if not found or any(theirs.get(number) not in ours for number in found):
        return ""
    return _MARKER.sub(lambda match: f"[{ours[theirs[int(match[1])]]}]", text)
