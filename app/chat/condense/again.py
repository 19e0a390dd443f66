"""Turns that ask the last question once more: "why?", "more details", "shorter, please", and corrections of it: "no, I
meant MULTI-LANE"."""

from __future__ import annotations

import re

_PLEASE = r"(?:[\s,]*(?:please|pls|for\s+me|to\s+me|me|again|now|though|then|a\s+bit|a\s+little(?:\s+bit)?))*"
_LEAD = r"(?:(?:and|but|so|ok(?:ay)?|well|sorry|please|hmm+|can\s+you|could\s+you|would\s+you|i\s+(?:want|need)|i['’]d\s+like|give\s+me|tell\s+me|let\s+me\s+have|may\s+i\s+have)[\s,]+)*"
_THAT = r"(?:that|this|it|your(?:self|\s+answer)|the\s+(?:answer|last\s+(?:answer|one|part)|above))"
_MANNERS: tuple[tuple[str, str], ...] = (
    (
        "in more detail",
        rf"(?:(?:some\s+|a\s+(?:bit|little)\s+|any\s+)?more(?:\s+(?:details?|info(?:rmation)?|depth|on\s+(?:that|this)|about\s+(?:that|this)))?|tell\s+me\s+more(?:\s+about\s+(?:that|this))?|(?:further|additional)\s+(?:details?|information)|details|"
        rf"in\s+(?:more|greater)\s+(?:details?|depth)|in\s+detail|elaborate(?:\s+(?:on\s+)?{_THAT})?|expand(?:\s+on)?(?:\s+{_THAT})?|go\s+on|continue|keep\s+going|go\s+deeper|longer|"
        rf"(?:anything|something|what)\s+(?:else|more)|say\s+more|be\s+more\s+(?:specific|precise|detailed)|(?:can|could)\s+you\s+elaborate|and\s+then)",
    ),
    (
        "in fewer words",
        rf"(?:(?:make\s+{_THAT}\s+)?(?:shorter|briefer|more\s+(?:concise|briefly))|(?:be\s+)?(?:brief(?:er|ly)?|concise(?:ly)?)|in\s+(?:short|brief|one\s+(?:sentence|line|word)|a\s+(?:nutshell|sentence|few\s+words)|fewer\s+words)|"
        rf"(?:sum(?:mari[sz]e)?|summari[sz]e|shorten|condense)(?:\s+{_THAT})?(?:\s+up)?(?:\s+in\s+(?:one|a|two)\s+(?:sentences?|lines?))?|tl;?\s?dr|(?:a\s+)?(?:shorter|short)\s+(?:version|answer|summary)(?:\s+of\s+{_THAT})?|too\s+long|(?:a\s+)?summary)",
    ),
    (
        "in other, simpler words",
        rf"(?:in\s+(?:other|simple[r]?|plain|different|layman['’]?s|your\s+own)\s+(?:words|terms|english|language)|(?:re)?phrase\s+{_THAT}(?:\s+(?:differently|in\s+other\s+words))?|(?:say|put|explain)\s+{_THAT}\s+(?:in\s+(?:other|simpler?|plain)\s+(?:words|terms|english)|differently|(?:more\s+)?simply)|"
        rf"simpl(?:er|y|ify)(?:\s+{_THAT})?|(?:explain\s+{_THAT}\s+)?(?:like\s+i['’]?m\s+(?:five|5)|eli5)|i\s+(?:do\s+not|don['’]?t|did\s+not|didn['’]?t)\s+(?:understand|get)(?:\s+{_THAT})?|what\s+do(?:es)?\s+(?:you|that|this)\s+mean|meaning|come\s+again|pardon|huh|what)",
    ),
    (
        "with an explanation",
        rf"(?:explain(?:\s+{_THAT})?|explain\s+(?:why|how|more|further)|how\s+come|clarify(?:\s+{_THAT})?|explanation)",
    ),
    (
        "with an example",
        rf"(?:(?:give|show|name|got|have|with)?\s*(?:me\s+)?(?:an|one|some|any|another|a\s+concrete)?\s*examples?(?:\s+of\s+{_THAT})?|for\s+(?:example|instance)|such\s+as|like\s+what|e\.?g\.?)",
    ),
    (
        "with the words of the abstract",
        rf"(?:are\s+you\s+(?:sure|certain)(?:\s+(?:about|of)\s+{_THAT})?|really|is\s+(?:that|this|it)\s+(?:true|right|correct|so)|where\s+(?:does|do|did|is)\s+(?:it|they|that|you|the\s+(?:paper|abstract))\s+(?:say|get|find|take|said|written|from|stated?)(?:\s+(?:so|that|this|it))?(?:\s+from)?|"
        rf"(?:your\s+|the\s+|a\s+)?(?:sources?|proof|evidence|citations?|references?|quotes?)|says?\s+who|who\s+says(?:\s+(?:so|that))?|which\s+(?:paper|abstract|one)\s+(?:says|said|states|claims)\s+(?:so|that|this|it)|(?:quote|prove|cite|show)\s+{_THAT}|"
        rf"how\s+do\s+you\s+know(?:\s+{_THAT})?)",
    ),
    (
        "",
        r"(?:(?:repeat|say|show|answer|ask)(?:\s+(?:that|this|it|the\s+(?:answer|question)))?\s+(?:again|once\s+more)|repeat(?:\s+(?:that|this|it|the\s+(?:answer|question)|yourself))?|again|try\s+again|once\s+more|retry|redo(?:\s+(?:that|it))?)",
    ),
)
_AGAIN = tuple(
    (manner, re.compile(rf"^\W*{_LEAD}{pattern}{_PLEASE}\W*$", re.IGNORECASE)) for manner, pattern in _MANNERS
)
_WHY = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|well)[\s,]+)*(?P<word>why(?:\s+(?:so|not|is\s+that(?:\s+so)?|that|though|is\s+this|is\s+it\s+so))?|how\s+so|how(?:\s+(?:exactly|come))?|"
    r"(?:in\s+)?what\s+(?:way|sense)|how\s+does\s+that\s+work|since\s+when|by\s+how\s+much|how\s+much(?:\s+exactly)?|compared\s+to\s+what|than\s+what)\W*$",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^\W*(?:(?:no|nope|nah|sorry|wrong|oops|hm+|wait|actually|not\s+(?:that|this)(?:\s+(?:one|paper))?|that['’]?s\s+(?:not\s+(?:it|the\s+one|what\s+i\s+(?:meant|asked))|wrong|the\s+wrong\s+(?:one|paper))|wrong\s+(?:one|paper)|"
    r"i\s+(?:was\s+)?(?:mean|meant|meaning|asking|asked|talking)(?:\s+about)?|i\s+said|rather|instead|(?:but\s+)?the\s+question\s+was\s+(?:about|on))\b[\s,.:;!–—-]*)+",
    re.IGNORECASE,
)
_NOT = re.compile(r"[\s,(]*\b(?:and\s+)?(?:not|rather\s+than|instead\s+of)\s+(?P<wrong>.+?)[\s)?.!]*$", re.IGNORECASE)
_NOT_FIRST = re.compile(r"^\W*not\s+(?P<wrong>[^,;]+?)\s*(?:[,;]|\bbut\b)\s*(?:but\s+|rather\s+)?", re.IGNORECASE)


def asked_again(text: str) -> str | None:
    """How the last question is to be answered once more ("" for just so); None if the text does not ask for that."""
    if len(text) > 120:
        return None
    return next((manner for manner, pattern in _AGAIN if pattern.match(text)), None)


def goes_on(text: str) -> str:
    """ "Why?", "How so?": what is asked on, as a question; "" if the text is none such."""
    match = _WHY.match(text) if len(text) <= 120 else None
    return f"{match['word'][:1].upper()}{match['word'][1:].lower()}?" if match else ""


def corrected(text: str) -> str:
    """What the person means instead: "MULTI-LANE" of "no, I meant MULTI-LANE, not OVOR"; "" if nothing is corrected."""
    first = _NOT_FIRST.match(text)
    if first and not re.match(r"(?:that|this)\b", first["wrong"], re.IGNORECASE):
        return _NOT.sub("", text[first.end() :]).strip(" ?.!,")
    lead = _CORRECTS.match(text)
    if not lead:
        return ""
    return _NOT.sub("", text[lead.end() :]).strip(" ,.!")
