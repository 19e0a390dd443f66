"""What stands before and after an abstract without being part of it: the word "Abstract", notices of copyright."""

from __future__ import annotations

import re

# Words a first sentence or a structured abstract begins with. "Abstract Meaning Representation" must keep its name.
_OPENERS = (
    "Background|Objectives?|Purpose|Introduction|Aims?|Motivation|Context|Methods?|Results?|Conclusions?|Importance"
    "|Significance|Rationale|Problem|Question|We|This|These|The|There|In|A|An|Our|Recent|Recently|Despite|To|As|For|It"
    "|With|While|When|Although|However|By|Given|Many|Most|Several|Since|From|Using|Here|Today|Over|On|At|Large|Deep"
)
_TERMS = (
    "Meaning|Syntax|Interpretation|Interpreters?|Argumentation|Reasoning|Visual|Data|States?|Dialectical|Algebras?"
    "|Wikipedia|Harmonic|Concepts?|Rewriting|Machines?|Domains?|Art|Models?|Simplicial|Homotopy|Elementary|Text|Images?"
    "|Thinking|Rules?|Representations?|Planning|Games?|Anaphora|Solvers?|Types?|Simulations?|Nouns?|Words?|Music"
)
_BEFORE = re.compile(
    rf"(?i:abstract|summary)(?:\s*[:|—–]\s*|\.\s+|\s*-{{1,3}}\s*(?=(?:{_OPENERS})\b)|\s+(?=(?:{_OPENERS})\b))(?=\S)"
    rf"|(?:ABSTRACT|Abstract)\s+(?!(?:{_TERMS})\b)(?=[A-Z][\w'-]*,? [a-z])"
    rf"|(?:ABSTRACT|Abstract|SUMMARY|Summary)(?=(?:{_OPENERS})\b)"
)

_HINTS = ("©", "(c)", "copyright", "rights reserved", "published by", "admin note", "database record")
_LONGEST = 350
_STARTS = r"(?:(?<=[.!?)\]\"”’])\s*|^)"
_AFTER = re.compile(
    _STARTS + r"(?:"
    r"(?:(?:copyright|©|\(c\))[\s,:]*){2,3}.{0,200}"
    r"|©\s*(?:\d{4}|(?:the\s+)?authors?|[A-Z]).{0,200}"
    r"|copyright\s+(?:\d{4}|(?:the\s+)?authors?\b).{0,200}"
    r"|\(c\)\s*(?:\d{4}\s+)(?:(?:by\s+)?the\s+authors?|[^.]{0,80}\b(?:inc|ltd|b\.v|gmbh|press|elsevier|springer|wiley"
    r"|ieee|acm|society|association|institute)\b).{0,200}"
    r"|this\s+article\s+is\s+protected\s+by\s+copyright\.?(?:\s*all\s+rights\s+reserved\.?)?"
    r"|all\s+rights\s+reserved\.?"
    r"|published\s+by\s+[A-Z][^.]{0,80}(?:\.\s?V\.|\.|$)(?:\s*all\s+rights\s+reserved\.?)?"
    r"|\(psycinfo\s+database\s+record.{0,200}\)\.?"
    r"|\[?arxiv\s+admin\s+note:.{0,300}"
    r")\s*$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"is\s+protected\s+by\s+copyright|(?:is|was)\s+published\s+by|this\s+is\s+an\s+open\s+access\s+article"
    r"|arxiv\s+admin\s+note:.*",
    re.IGNORECASE,
)
_PROSE = re.compile(r"\b(?:we|our|is|are|was|were|has|have|had|that|can|must|should|whether)\b", re.IGNORECASE)


def without_ends(abstract: str) -> str:
    """The abstract without one label before it and one notice after it, unless nothing would remain."""
    if abstract[:1] in "AaSs" and (before := _BEFORE.match(abstract)):
        abstract = abstract[before.end() :]
    tail = abstract[-_LONGEST:]
    lower = tail.lower()
    if not any(hint in lower for hint in _HINTS):
        return abstract
    after = _AFTER.search(tail)
    if after is None or _PROSE.search(_NOTICE.sub("", after.group())):
        return abstract
    rest = abstract[: len(abstract) - len(tail) + after.start()].rstrip()
    return rest if re.search(r"[^\W_]", rest) else abstract
