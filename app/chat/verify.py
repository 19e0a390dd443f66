"""Is each sentence of the answer in the abstracts it cites? Local, cheap, and never positive by default.

Every sentence that states something becomes a claim. One with markers is checked against the papers that they mean
(see `app.chat.claims`). One without is attributed to the paper that bears it out, if there is one, and gets its marker;
else it is marked [uncited]. Nothing is ever taken out of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.adapters.sentences import own_sentences
from app.chat.cite import UNCITED, Statement, statements
from app.chat.claims.check import SAYS_NOTHING, Finding, check
from app.chat.claims.fit import Meanings, bare, folded, verbatim_in
from app.chat.claims.judging import judged
from app.chat.claims.layout import claims_something, head_markers, heading_markers, is_heading
from app.chat.claims.marks import cited, end_of, marked, with_marks
from app.core.domain import Citation, Claim, Evidence, Quote
from app.core.ports import Judge, KeywordIndex, MakesVectors

__all__ = ["Checked", "marked", "verify", "with_marks"]

# How well a sentence without a marker must fit a paper to be given its marker: better than one that cites it itself.
ATTRIBUTE_COSINE = 0.66
ATTRIBUTE_WORDS = 0.5
_REFERS_BACK = re.compile(
    r"^(?:it|its|this|these|they|their|the (?:models?|methods?|approach|authors?|systems?|paper|study|work|framework|"
    r"algorithm|technique|dataset|benchmark|results?))\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"(?:\s*\[\d{1,3}\])+")


@dataclass(frozen=True, slots=True)
class Checked:
    """The claims of an answer, its citations with the sentences they rest on, and its text with what was found for the
    sentences that had no marker."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    text: str = ""


def verify(
    text: str,
    evidence: Sequence[Evidence],
    embedder: MakesVectors,
    keyword: KeywordIndex,
    opening: str = "",
    judge: Judge | None = None,
) -> Checked:
    """Check the answer `text` (markers normalised) against its evidence. Headings, the head of a table and lead-ins
    ending in a colon claim nothing and are left out; their markers still are citations. `opening` is what `text` begins
    with that we say ourselves: no claim. A `judge` may take a verdict down, or up where no guard spoke up."""
    skip = len(opening) if text.startswith(opening) else 0
    found = [replace(s, start=s.start + skip, end=s.end + skip) for s in statements(text[skip:])]
    found = [s for s in found if s.markers or claims_something(s)]
    checking = _Checking(text, tuple(evidence), Meanings(embedder), keyword)
    checking.prepare(found)
    pairs = checking.claims(found)
    if judge is not None:
        pairs = judged(pairs, checking.by_marker, judge)
    claims = [claim for claim, _ in pairs]
    quotes: dict[int, dict[tuple[int, int], Quote]] = {}
    for claim, finding in pairs:
        for fit in finding.rests_on if finding else ():
            quote = Quote(fit.sentence.text, fit.sentence.start, fit.sentence.end)
            for marker in claim.markers:
                if marker in checking.by_marker and checking.by_marker[marker].paper.id == fit.paper.id:
                    quotes.setdefault(marker, {})[quote.start, quote.end] = quote
    places = sorted(
        [(s.start, i, m) for s in found for i, m in enumerate(s.markers)]
        + [(c.start, i, m) for c in claims for i, m in enumerate(c.markers)]
    )
    citations = tuple(
        Citation(marker, checking.by_marker[marker].paper.ref, tuple(quotes.get(marker, {}).values()))
        for marker in dict.fromkeys(m for _, _, m in places if m in checking.by_marker)
    )
    new_text, claims = _written(text, claims)
    return Checked(tuple(claims), citations, new_text)


def _written(text: str, claims: Sequence[Claim]) -> tuple[str, list[Claim]]:
    """The text with the markers of attributed claims and [uncited] after the other claims without a marker, and the
    claims at their places in it."""
    out: list[str] = []
    moved: list[Claim] = []
    at = length = 0
    for claim in claims:
        before, raw = text[at : claim.start], text[claim.start : claim.end]
        if claim.attributed:
            new = cited(raw, claim.markers)
        elif claim.problems == ("uncited",) and UNCITED not in raw:
            place = end_of(text, claim.start, claim.end) - claim.start
            new = f"{raw[:place]} {UNCITED}{raw[place:]}"
        else:
            new = raw
        out += [before, new]
        start = length + len(before)
        length = start + len(new)
        at = claim.end
        moved.append(replace(claim, start=start, end=length))
    return "".join([*out, text[at:]]), moved


@dataclass(frozen=True, slots=True)
class _Checking:
    """One answer being checked."""

    text: str
    evidence: tuple[Evidence, ...]
    meanings: Meanings
    keyword: KeywordIndex

    @property
    def by_marker(self) -> dict[int, Evidence]:
        return {item.marker: item for item in self.evidence}

    def prepare(self, found: Sequence[Statement]) -> None:
        """Have all vectors made in one go: those of the papers that are cited, of all if a sentence cites none. What is
        quoted word for word needs none."""
        found = [statement for statement in found if not self._is_quoted(statement)]
        markers = {marker for statement in found for marker in statement.markers}
        some_cite_none = any(not statement.markers for statement in found)
        papers = [item.paper for item in self.evidence if some_cite_none or item.marker in markers]
        if papers:
            self.meanings.prepare(
                [*(bare(s.text) for s in found), *(s.text for paper in papers for s in own_sentences(paper.abstract))]
            )

    def _is_quoted(self, statement: Statement) -> bool:
        plain = folded(bare(statement.text))
        return any(verbatim_in(plain, item.paper) for item in self._known(statement.markers))

    def claims(self, found: Sequence[Statement]) -> list[tuple[Claim, Finding | None]]:
        """Every claim with what checking it gave, in order."""
        pairs: list[tuple[Claim, Finding | None]] = []
        before: tuple[int, ...] = ()
        for statement in found:
            if is_heading(self.text, statement):
                before = ()
                continue
            markers = statement.markers if self._known(statement.markers) else head_markers(self.text, statement)
            if cites := self._known(markers):
                finding = self._checked(statement, cites)
                pairs.append((_claim(statement, markers, finding), finding))
                before = tuple(item.marker for item in cites)
            elif claims_something(statement) or statement.markers:
                claim, own = self._without_marker(statement, before)
                pairs.append((claim, own))
                before = claim.markers if claim.attributed else before
        return pairs

    def _known(self, markers: Sequence[int]) -> list[Evidence]:
        return [self.by_marker[marker] for marker in markers if marker in self.by_marker]

    def _others(self, cites: Sequence[Evidence]) -> list[Evidence]:
        return [item for item in self.evidence if item not in cites]

    def _check(self, words: str, cites: Sequence[Evidence]) -> Finding:
        others = [item.paper for item in self._others(cites)]
        return check(words, [item.paper for item in cites], others, self.meanings, self.keyword)

    def _checked(self, statement: Statement, cites: Sequence[Evidence]) -> Finding:
        """The whole sentence against all it cites; where markers stand inside it, also each part against its own."""
        whole = self._check(statement.text, cites)
        if len(cites) < 2 or whole.verdict == "unsupported":
            return whole
        at = statement.start
        for marks in _MARKS.finditer(self.text, statement.start, statement.end):
            part, at = self.text[at : marks.start()].strip(" ,;"), marks.end()
            own = self._known([int(n) for n in re.findall(r"\d+", marks.group())])
            if len(part.split()) >= 4 and own and len(own) < len(cites):
                finding = self._check(part, own)
                if finding.verdict == "unsupported" and finding.guarded:
                    return replace(whole, verdict="unsupported", problems=finding.problems)
        return whole

    def _without_marker(self, statement: Statement, before: tuple[int, ...]) -> tuple[Claim, Finding | None]:
        """The claim with the marker of the paper that bears it out, or as it is."""
        uncited = Claim(statement.text, (), "unchecked", ("uncited",), statement.start, statement.end)
        if SAYS_NOTHING.search(statement.text):
            return replace(uncited, problems=()), None
        above = self._known(heading_markers(self.text, statement))
        among = above or (self._known(before) if _REFERS_BACK.match(statement.text) else self.evidence)
        bearing: list[tuple[Evidence, Finding]] = []
        for item in among:
            finding = self._check(statement.text, [item])
            near = finding.cosine >= ATTRIBUTE_COSINE and finding.words >= ATTRIBUTE_WORDS
            if finding.verdict == "supported" and not finding.problems and (near or above):
                bearing.append((item, finding))
        if not bearing:
            return uncited, None
        item, finding = max(bearing, key=lambda pair: pair[1].score)
        return replace(_claim(statement, (item.marker,), finding), attributed=True), finding


def _claim(statement: Statement, markers: Sequence[int], finding: Finding) -> Claim:
    return Claim(statement.text, tuple(markers), finding.verdict, finding.problems, statement.start, statement.end)
