"""What stands before and after an abstract without being part of it: the word "Abstract", notices of copyright."""

from __future__ import annotations

import re

from ingest.copyright_notices import without_notice_after, without_notice_before

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

# The word in other languages: a colon must follow, as it is also a word of sentences.
_ELSEWHERE = (
    r"résumé|zusammenfassung|kurzfassung|kurzzusammenfassung|resumen|resumo|riassunto|sommario|samenvatting|sammanfattning|sammendrag"
    r"|streszczenie|abstrakt|souhrn|özet|öz|absztrakt|összefoglalás|аннотация|реферат|резюме|анотація|"
    r"(?:内容|中文)?摘\s?要|要旨|抄録|概要|要約|초록|요약|국문\s?초록|الملخص|ملخص|תקציר|περίληψη"
)
_WORD = rf"(?:abstract|summary|{_ELSEWHERE})"
_DRESSED = re.compile(
    rf"(?:[\[(【〔［]\s?{_WORD}\s?[:.：]?\s?[\])】〕］]|\*{{1,3}}\s?{_WORD}\s?[:.：]?\s?\*{{1,3}}|__?{_WORD}[:.：]?__?|\#{{1,4}}\s?{_WORD}\b)"
    rf"\s?[:.|：—–-]{{0,2}}\s*(?!(?:{_TERMS})\b|(?-i:[a-z]))(?=\S)"
    r"|(?:a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|s\s?u\s?m\s?m\s?a\s?r\s?y)(?<=\s\w)\s?[:.|—–-]{0,2}\s+(?=\S)"
    rf"|(?:{_ELSEWHERE})\s?[:：]\s*(?=\S)"
    r"|(?:abstract|summary)\s?(?:：|[.:]\s?[—–-])\s*(?=\S)|(?-i:ABSTRACT|Abstract|SUMMARY|Summary)\.(?=(?-i:[A-Z]))",
    re.IGNORECASE,
)

_HEADS = frozenset("abstr summa somma samen samma samme abszt zusam kurzf kurzz resum riass stres souhr".split()) | {
    "a b s",
    "s u m",
}
_DRESSES = frozenset("[(*_#")


def without_ends(abstract: str) -> str:
    """The abstract without one label or notice before it and one notice after it, unless nothing would remain."""
    head = abstract[:5].lower()
    if head in _HEADS or head[:1] in _DRESSES or not head.isascii():
        label = _BEFORE.match(abstract) or _DRESSED.match(abstract)
        abstract = abstract[label.end() :] if label else abstract
    return without_notice_after(without_notice_before(abstract))
