"""Notices of copyright before and after an abstract. Each is taken off whole or not at all; sentences about copyright
and lists "(a) ... (b) ... (c) ..." are text."""

from __future__ import annotations

import re

_SIGN = r"(?:copyright|©|\(c\)|℗)"
_YEAR = r"(?:1[89]|20)\d\d(?:\s?[-–/,]\s?(?:(?:1[89]|20)?\d\d))?"
_AUTHORS = r"(?:the\s+)?authors?(?:\(s\)|s)?(?:\s+or\s+their\s+institutions?)?"
_OWNERS = r"(?:the\s+)?(?:owner/)?(?:authors?|owners?|editors?|publishers?)(?:\(s\)|/owners?(?:\(s\))?)?"
_HOUSE = (
    r"(?:the\s+)?(?:(?-i:[A-Z])\w*\s+(?:&\s+)?){0,3}?(?:elsevier|springer|wiley|ieee|acm|aip|aps|iop|aaai|acl|isca|siam|asme|asce|spie|osa|optica|mdpi|sage"
    r"|emerald|hindawi|frontiers|plos|bmj|biomed\s+central|bmc|taylor|francis|routledge|informa|nature|macmillan|oxford|cambridge"
    r"|karger|thieme|lippincott|wolters|kluwer|academic\s+press|birkh[aä]user|de\s+gruyter|gruyter|brill|ios\s+press|world\s+scientific"
    r"|inderscience|american\s+(?:chemical|physical|institute|mathematical|psychological|medical)\b[\w ]*|royal\s+society[\w ]*"
    r"|association\s+for\s+computing\s+machinery|institute\s+of\s+(?:physics|electrical)[\w ]*|international\s+speech[\w ]*"
    r"|copernicus|peerj|elife|cell\s+press|annual\s+reviews|mit\s+press|usenix|incose)"
)
_FORM = (
    r"(?:ltd|limited|inc|incorporated|b\.?\s?v|n\.?\s?v|gmbh|co|corp|llc|ag|kg|kgaa|plc|s\.?\s?a|s\.?r\.?l|verlag|media|nature|science"
    r"|business|group|publishing|publications?|publishers?|publ|press|periodicals|liss|blackwell|sons|heidelberg|berlin|new\s+york|usa|uk"
    r"|germany|switzerland|netherlands|part\s+of|under\s+exclusive\s+licen[cs]e(?:\s+to)?|and|&|springer|wiley|elsevier|science|masson"
    r"|sas|ireland|espa[nñ]a|inter|company|international|society|association|institute|university|francis|academic|direct|the\s+authors?)"
)
_HOLDER = rf"(?:{_AUTHORS}|{_HOUSE})(?:[\s,-]+{_FORM}\b\.?)*"
_SIGNS = rf"(?:crown\s+)?(?:{_SIGN}[\s,:]*){{1,3}}"
# How what holds a right is called where nothing else names it: not a sentence.
_NAMES = r"(?:[^.!?;]|\.(?=\w)){1,140}?(?:\b(?:b|n|s|u|st|inc|ltd|co|corp|jr|ph|univ|assoc|int|sci|publ)\.\s?[^.!?;]{0,60}?){0,4}"
_RIGHTS = r"all\s+rights\s+(?:are\s+)?reserved\.?(?:\s*except\s+for\b[^.]{0,80}\.?)?"
_LICENSED = r"publication\s+rights\s+licensed\s+to\s+[^.]{1,60}\.?"
_PUBLISHED = r"(?:published|produced|hosting)\s+(?:and\s+hosting\s+)?by\s+[A-Z][^.]{0,80}(?:\.\s?V\.|\.|$)"
# Words that begin with a capital letter, as names do.
_WORD = r"(?:(?-i:[A-Z])[\w&'’./-]*|of|and|the|for|de|by|et|&)"
_TITLED = rf"(?:{_WORD},?\s+){{0,13}}{_WORD}"
_WORLD = r"the\s+international\s+world[^.]{0,80}"
_HELD = (
    r"(?:the\s+)?copyrights?\s+(?:"
    rf"(?:is|are|remains?)\s+(?:held|owned|retained|with)\s?(?:by\s+)?(?:the\s+)?(?:owners?/authors?|authors?/owners?|owner\(s\)|{_HOUSE}|{_WORLD})"
    rf"|(?:held|owned|retained)\s+by\s+(?:{_OWNERS}|{_HOUSE}|{_WORLD}))(?:\(s\))?(?:[\s,]+{_YEAR})?\.?(?:\s*{_LICENSED})?"
)
_TAIL = 350
_STARTS = r"(?:(?<=[.!?)\]\"”’])\s*|^)"
_AFTER = re.compile(
    _STARTS + r"(?:"
    r"(?:crown\s+)?(?:(?:copyright|©|\(c\))[\s,:]*){2,3}.{0,200}"
    r"|©\s*(?:\d{4}|(?:the\s+)?authors?|[A-Z]).{0,200}"
    r"|(?:crown\s+)?copyright\s+(?:\d{4}|(?:the\s+)?authors?\b).{0,200}"
    r"|crown\s+copyright\b.{0,100}"
    rf"|{_HELD}"
    r"|\(c\)\s*(?:\d{4}\s+)(?:(?:by\s+)?the\s+authors?|[^.]{0,80}\b(?:inc|ltd|b\.v|gmbh|press|elsevier|springer|wiley"
    r"|ieee|acm|society|association|institute)\b).{0,200}"
    rf"|\(c\)\s*(?:by\s+)?{_HOLDER}(?:[\s,]+{_YEAR})?\.?(?:\s*{_RIGHTS})?"
    rf"|\(c\)\s*{_NAMES}\.?\s*(?:{_PUBLISHED}\s*)?{_RIGHTS}"
    rf"|{_YEAR},?\s+{_TITLED}\.?\s*(?:{_PUBLISHED}\s*)?{_RIGHTS}"
    rf"|{_YEAR},?\s+(?:by\s+)?{_HOLDER}\.?\s*{_PUBLISHED}"
    rf"|this\s+article\s+is\s+protected\s+by\s+copyright\.?(?:\s*{_RIGHTS})?"
    rf"|(?:{_HOLDER}\.?\s*)?{_RIGHTS}"
    rf"|{_LICENSED}"
    rf"|{_PUBLISHED}(?:\s*{_RIGHTS})?"
    r"|\(psycinfo\s+database\s+record.{0,200}\)\.?"
    r"|\[?arxiv\s+admin\s+note:.{0,300}"
    r")\s*$",
    re.IGNORECASE,
)
_HINTS = (
    "©",
    "(c)",
    "copyright",
    "rights reserved",
    "published by",
    "admin note",
    "database record",
)
# What a notice says in sentences.
_NOTICE = re.compile(
    r"is\s+protected\s+by\s+copyright|(?:is|was)\s+published\s+by|this\s+is\s+an\s+open[\s-]access\s+article|rights\s+are\s+reserved"
    rf"|{_HELD}|arxiv\s+admin\s+note:.*",
    re.IGNORECASE,
)
_PROSE = re.compile(r"\b(?:we|our|is|are|was|were|has|have|had|that|can|must|should|whether)\b", re.IGNORECASE)
_IN_LIST = re.compile(r"\(b\)", re.IGNORECASE)
_DATED = re.compile(r"\d{4}|reserved", re.IGNORECASE)
# The beginning of a notice whose end has been found.
_HALF = re.compile(
    rf"(?:©|\(c\)|℗|(?:(?<=[.!?]\s)|^)(?:(?:crown\s+)?copyright\b|{_YEAR}\s+(?-i:[A-Z])))[^.!?]{{0,100}}(?:\.\s?[A-Z]?){{0,3}}\s*$",
    re.IGNORECASE,
)

_MORE = r"\s*(?:all\s+rights|published\s+by|[;.]?\s*licensee)"
_BEFORE = re.compile(
    rf"(?:{_SIGNS}(?:{_YEAR}[\s,–-]*)?(?:by\s+)?{_HOLDER}(?:[\s,]+{_YEAR})?"
    rf"(?=\.|\s+(?-i:This|We|The|In|An?|Abstract|ABSTRACT|Summary)\b|[\s,;-]{{0,3}}(?:{_MORE}))"
    rf"|(?:crown\s+)?(?:copyright[\s,:]*)?(?:©|\(c\))[\s,:]*{_YEAR},?\s*(?:by\s+)?(?:(?-i:[A-Z])(?:{_NAMES}|[^.]{{1,60}}\bet\s+al\.)(?=\.|{_MORE})"
    r"|for\s+(?:this|the\s+individual)\s+papers?\s+by\s+(?:its|the|their|the\s+papers?['’])\s+authors(?=\.))"
    r"|(?:the\s+)?copyright\s+(?:is\s+)?held\s+by\s+the\s+(?:owner/author|author/owner)s?(?:\(s\))?(?=\.))"
    rf"[\s,;.-]{{0,3}}(?:licensee\s+[^.]{{1,80}}\.\s*)?(?:{_PUBLISHED}\s*)?(?:{_RIGHTS}\s*)?(?:{_LICENSED}\s*)?"
    r"(?:use\s+permitted\s+under\s+.{1,100}?\)\.\s*)?(?=[\"“'(\[]?(?-i:[A-Z0-9])|[^\x00-\x7f])",
    re.IGNORECASE,
)
_HEADS = ("©", "(c)", "copyright", "crown cop", "the copyr", "℗")
_LETTERS = re.compile(r"[^\W_]")


def without_notice_before(abstract: str) -> str:
    """The abstract without a notice before it, unless it is all there is."""
    if not abstract[:9].lower().startswith(_HEADS) or not (notice := _BEFORE.match(abstract[:_TAIL])):
        return abstract
    rest = abstract[notice.end() :].lstrip()
    if _PROSE.search(_NOTICE.sub("", notice.group())) or not _LETTERS.search(rest):
        return abstract
    return rest


def without_notice_after(abstract: str) -> str:
    """The abstract without one notice after it, unless it is all there is."""
    tail = abstract[-_TAIL:]
    lower = tail.lower()
    if not any(hint in lower for hint in _HINTS):
        return abstract
    after = _AFTER.search(tail)
    if after is None or _PROSE.search(_NOTICE.sub("", after.group())):
        return abstract
    notice, before = after.group().lstrip(), abstract[: len(abstract) - len(tail) + after.start()]
    if notice[:3].lower() == "(c)" and not _DATED.search(notice) and _IN_LIST.search(before):
        return abstract
    if notice[:1] not in "©(" and _HALF.search(before[-150:]):
        return abstract
    rest = before.rstrip()
    return rest if _LETTERS.search(rest) else abstract
