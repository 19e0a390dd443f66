"""Whether a text gives orders to a language model, in one of the wordings that are known for it.

Most abstracts hold none of the words such orders begin with, and are not read further. An order stands where a sentence
or clause begins; "models that ignore previous instructions" is a description. A wording that is only quoted after
words like "such as" is one too.
"""

from __future__ import annotations

import re

# Letters of other scripts that look like Latin ones.
LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοАВЕКМНОРСТУХІЅЈ", "aeopcyxijshdlABEZHIKMNOPTYXoABEKMHOPCTYXISJ"
)

_EARLIER = r"(?:previous|prior|above|preceding|earlier|foregoing|other|existing|your|system|past|former|initial|original|those)"
_TOLD = r"(?:instructions?|prompts?|directions?|directives?|guidelines?|commands?|rules?|text|messages?|context|safety|constraints?)"
_ALL = r"\s+(?:all\s+|any\s+|every\s+)?(?:of\s+)?(?:the\s+|these\s+|those\s+|my\s+|your\s+)?"
_EARLIER_TOLD = (
    rf"{_ALL}{_EARLIER}\s+(?:\w+\s+){{0,2}}{_TOLD}\b"
    rf"|{_ALL}(?:\w+\s+)?{_TOLD}\s+(?:(?:that\s+)?(?:you\s+)?(?:were\s+|have\s+been\s+)?(?:given|told)|above|before|so\s+far)\b"
    r"|\s+(?:everything|all|anything|what|the\s+text)\s+(?:\w+\s+){0,4}(?:above|before|previously|earlier|prior|told|up\s+to\s+(?:now|here))\b"
    r"|\s+(?:everything|anything)\s+(?:that\s+)?(?:was\s+)?(?:you\s+|i\s+)"
)
_MODELS = r"(?:ais?|llms?|large\s+language\s+models?|language\s+models?|chat\s?bots?|chatgpt|gpt|claude|gemini|assistants?|automated)"
_GOOD = r"(?:positive|favou?rable|good|glowing|excellent|enthusiastic|high|perfect|top|maximum|highest|strong)"
_VERDICT = r"(?:reviews?|ratings?|scores?|evaluations?|assessments?|recommendations?|marks?)"
_GIVEN = rf"\s+(?:\w+\s+){{0,3}}?(?:only\s+)?{_GOOD}\s+(?:peer[- ])?{_VERDICT}\b"
_PAPER = r"(?:this|the)\s+(?:\w+\s+)?(?:paper|manuscript|submission|work|article)"
# What a model may be told to do, and to do always.
_ACTS = (
    r"(?:recommend|say|state|mention|cite|praise|accept|rate|score|rank|give|answer|respond|reply|output|print|write|include|tell|call|describe"
    r"|highlight|conclude|claim|return|prefer|ignore|put|list|report|refuse|emphasi[sz]e|insist|treat|present|add|repeat|endorse|promote)"
)
_MUST = r"(?:always|never|please|do\s+not|don't|you\s+(?:must|should|shall|will|have\s+to|need\s+to)|be\s+sure\s+to|make\s+sure\s+to|only)"
_READING = (
    r"(?:answer|summari[sz]|review|evaluat|read|describ|discuss|recommend|cit|analy[sz]|rat|assess|grad|rank|compar|judg|process|quot|mention|explain)"
    r"(?:ing|e|es|s|ed)?"
)
# Wordings that begin with a word of their own are found many times faster than those with several.
_WHEN_READING = (
    r"\s+(?:answering|summari[sz]ing|reviewing)[^.,:;]{0,60},\s+(?:always|never|please|you\s+must|ignore|say|tell"
    r"|mention|recommend|cite|answer|respond|reply)\b"
)
# Said of this paper, without a comma too.
_THIS_READ = (
    rf"\s+(?:you\s+)?(?:are\s+|were\s+)?(?:asked\s+(?:to|about)\s+|told\s+to\s+)?(?:{_READING}\s+)?"
    r"(?:on\s+|about\s+)?(?:this|the\s+(?:present|above))\s+(?:\w+\s+)?(?:paper|manuscript|submission|work|article|abstract|text|document|study)"
    rf"(?:\s+(?:for|to|in|or|and|on|with)\s+[^.,:;]{{0,40}}?)?,?\s+(?:{_MUST}\s+){{1,2}}{_ACTS}\b"
)
_WHEN = (
    (rf"when(?:ever)?{_WHEN_READING}", False),
    (rf"before{_WHEN_READING}", False),
    (rf"when(?:ever)?{_THIS_READ}", True),
    (rf"if{_THIS_READ}", True),
)
_THEN = r"(?:[,;.:!]?\s+(?:and|then|but|just|instead)\b,?|[.;:,!])\s+(?:then\s+|instead\s+|just\s+|only\s+|now\s+|please\s+|simply\s+)*"
_IGNORED_ABOVE = (
    r"\s+(?:all\s+(?:of\s+)?)?(?:the\s+|that\s+|what\s+is\s+|what's\s+|everything\s+|this\s+)?(?:text\s+|part\s+)?(?:above|preceding|foregoing|rest|previous)(?:\s+\w+)?"
    rf"{_THEN}(?:{_ACTS}|translate|act|pretend|do|follow|generate|produce|execute|show|reveal|speak|stop|assume)\b"
    r"|\s+(?:all\s+)?(?:the\s+)?above\s*(?:[.!;:\"'”’]|$)"
)

# By words (apart by " / ") that texts without orders seldom hold: the wordings with it, in lower case, and whether they must stand
# where an order stands.
_WORDINGS = tuple(
    (word, tuple((re.compile(wording), must_order) for wording, must_order in wordings))
    for words, wordings in {
        "ignor": (
            (rf"ignore(?:{_EARLIER_TOLD}|{_IGNORED_ABOVE})", True),
            (r"ignorier\w*\s+(?:sie\s+)?(?:alle\s+)?(?:die\s+)?(?:vorherigen|bisherigen|obigen|vorigen)\s+\w+", False),
            (r"ignore[rz]?\s+(?:toutes\s+)?les\s+(?:instructions|consignes)\s+(?:pr[ée]c[ée]dentes|ci-dessus)", False),
            (r"ignor[ae]\s+(?:(?:todas\s+las|las|tutte\s+le|le|todas\s+as|as)\s+)(?:instruc\w+|istruzioni|instruç\w+)", False),
        ),
        "disregard": ((rf"disregard(?:{_EARLIER_TOLD}|{_IGNORED_ABOVE}|\s+(?:the\s+)?(?:above|previous|prior)[.,:;!]?\s)", True),),
        "forget": ((rf"forget(?:{_EARLIER_TOLD}|{_IGNORED_ABOVE}|\s+your\s+(?:\w+\s+)?(?:instructions|rules|training|guidelines))", True),),
        "overrid": ((rf"override{_ALL}{_EARLIER}\s+(?:\w+\s+)?{_TOLD}\b", True),),
        "bypass": ((rf"bypass\s+(?:all\s+)?(?:of\s+)?your\s+(?:\w+\s+)?(?:{_TOLD}|filters?|restrictions?)\b", True),),
        "you": (
            (r"you\s+are\s+now\s+(?:an?|the|in|going|acting|my|free|dan|operating)\b", True),
            (rf"as\s+an?\s+(?:\w+\s+)?{_MODELS}(?:\s+(?:language\s+)?(?:model|assistant|reviewer|system))?,?\s+(?:(?:when|if|while|whenever)\s+[^.,;:]{{0,60}},\s+)?you\b", False),
            (rf"when(?:ever)?{_THIS_READ}", True),
            (rf"you\s+are\s+(?:an?\s+)?(?:\w+\s+){{0,2}}?{_MODELS}\b", True),
            (rf"(?:if|since|because)\s+you\s+are\s+(?:an?\s+)?(?:\w+\s+)?{_MODELS}\b", False),
            (r"you\s+(?:must|shall|will|should|have\s+to|need\s+to|are\s+required\s+to|are\s+instructed\s+to)\s+(?:now\s+)?(?:always|never|only"
             r"|ignore|disregard|forget|obey|comply|recommend|accept|answer|respond|reply|give|rate|praise|output|say)\b", True),
            (r"from\s+now\s+on,?\s+you\b", False),
            (r"(?:pretend|act\s+as\s+if|imagine)\s+(?:that\s+)?you\s+(?:are|were|have)\s+(?:an?\s+)?(?:\w+\s+){0,2}(?:ai|model|assistant|no|not|free|unrestricted|dan)\b", True),
            (r"(?:reveal|print|output|repeat|show|leak|display|disclose|tell\s+(?:me|us))\s+(?:me\s+)?(?:all\s+(?:of\s+)?)?your\s+(?:\w+\s+){0,2}?"
             r"(?:prompts?|instructions|rules|guidelines)\b", True),
            (r"your\s+(?:new|real|actual|true|only)\s+(?:instructions?|task|goal|objective|role)\s+(?:is|are)\b", True),
        ),
        "from now on": ((r"from\s+now\s+on,?\s+(?:always|never|only|respond|answer|reply|ignore|act|say)\b", False),),
        "act as": ((rf"act\s+as\s+an?\s+(?:\w+\s+){{0,2}}?(?:{_MODELS}|reviewer|unrestricted|jailbroken|dan)\b", True),),
        "instruc": (
            (r"(?:olvida|omite)\s+(?:todas\s+)?las\s+instrucciones\s+(?:anteriores|previas)", False),
            (r"follow\s+(?:only\s+)?(?:these|my|the\s+new)\s+(?:new\s+)?instructions\b", True),
            (r"(?:new|updated|real|actual|important|hidden|secret)\s+(?:system\s+)?instructions?\s*:", True),
            (rf"(?:instructions?|note|message|attention|notice)\s+(?:to|for)\s+(?:all\s+|any\s+|the\s+)?{_MODELS}\s?[\w ]{{0,20}}:", True),
            (r"(?:these|my|the\s+following)\s+instructions\s+(?:override|supersede|replace|take\s+precedence)\b", True),
        ),
        "system:": ((r"\[?system\]?:\s*(?:you|ignore|disregard|always|never|new|override|from)\b", True),),
        "review": (
            *_WHEN,
            (rf"(?:(?:(?:note|message|notice|attention)\s+)?(?:for|to)|dear|attention|hey|hello)\s+(?:all\s+|any\s+)?{_MODELS}\s+(?:peer[- ])?reviewers?\s*[:,]", True),
            (rf"(?:give|write|provide|output|generate|produce|submit|return|assign|leave|make){_GIVEN}", True),
            (rf"(?:give|write|provide|output|return)\s+(?:an?\s+)?(?:only\s+)?(?:\w+\s+)?{_GOOD}\s+reviews?\s+(?:only|of\s+{_PAPER})\b", False),
            (rf"(?:give|write|provide)\s+only\s+(?:an?\s+)?{_GOOD}\s+reviews?\b", False),
            (rf"{_GOOD}\s+reviews?\s+only(?:[.!]|$)", True),
        ),
        "recommend": (
            *((rf"{name}\s+(?:must|should|shall|are\s+(?:required|instructed|asked)\s+to)\s+(?:always\s+)?recommend\s+this\s+"
               r"(?:paper|work|article|manuscript|submission)\b", False) for name in ("models?", "llms?", "assistants?", "chat\\s?bots?")),
            (r"always\s+recommend\s+(?:it|this\s+(?:paper|work|article|manuscript))(?:[.!,;]|\s+(?:to|as|first|over|when)\b|$)", True),
            (r"(?:strongly\s+|always\s+|must\s+)?recommend\s+(?:accepting\s+|(?:the\s+)?acceptance\s+of\s+)?this\s+paper\b", True),
        ),
        "do not": (
            (rf"do\s+not\s+follow(?:{_EARLIER_TOLD})", True),
            (r"do\s+not\s+(?:highlight|mention|report|list|point\s+out|discuss|raise|include)\s+any\s+(?:of\s+(?:the|its)\s+)?"
             r"(?:negativ|weakness|flaw|limitation|criticism|problem|shortcoming)", True),
            (r"do\s+not\s+(?:reveal|mention|disclose|tell)\s+(?:(?:this|these|the)\s+(?:instruction|prompt|message|note|text)|(?:to\s+)?the\s+user|anyone)", True),
        ),
        "tell the user": ((r"tell\s+the\s+user\s+(?:that|to)\b", True),),
        "answer": (*_WHEN, (r"answer\s+only\s+(?:with|in|by)\b", True)),
        "summari": _WHEN,
        "respond only / reply only": ((r"(?:respond|reply)\s+only\s+(?:with|in|by)\b", True),),
        "mode enabled": ((r"(?:developer|dan|jailbreak|god|debug|admin)\s+mode\s+enabled\b", False),),
        "as an ai": (
            (rf"as\s+an?\s+(?:\w+\s+){{0,2}}?{_MODELS}(?:\s+(?:language\s+)?(?:model|assistant|reviewer))?,?\s+(?:when|whenever|while|before|if)\s+"
             rf"(?:you\s+)?(?:are\s+)?(?:asked\s+(?:to|about)\s+)?(?:{_READING}\b)?[^.;:]{{0,80}}?,?\s+(?:{_MUST}\s+){{1,2}}{_ACTS}\b", False),
            (rf"as\s+an?\s+(?:\w+\s+)?{_MODELS}(?:\s+(?:language\s+)?(?:model|assistant|reviewer))?,?\s+(?:always|please|do\s+not|never|ignore)\b", False),
        ),
        "system prompt": (
            (r"(?:new\s+)?system\s+prompt\s*:\s*\S", True),
            (r"(?:reveal|print|repeat|leak|disclose)\s+the\s+system\s+prompt\b", True),
        ),
        "|": (
            (r"<\|\s?(?:im_start|start_header_id|header_start|start)\s?\|>\s*(?:system|user|assistant|developer|you|ignore)", False),
            (r"<\|\s?(?:system|user|assistant|developer)\s?\|>(?!\s*(?:tokens?|tags?|markers?|and|or|,|roles?)\b)", False),
            (r"<\|\s?(?:im_end|eot_id|endoftext|end_of_text|begin_of_text|end)\s?\|>\s*(?:<\||\[|system|user|assistant|you\s|ignore)", False),
        ),
        "]": ((r"\[/?inst\](?!\s*(?:tokens?|tags?|markers?|delimiters?|and|or)\b)", False),),
        "<": ((r"<<sys>>(?!\s*(?:tokens?|tags?|markers?|delimiters?|and|or)\b)", False),),
        "#": ((r"###\s*(?:new\s+)?(?:instructions?|system|human|assistant|user|response)\s?(?:prompt|message)?\s*:", False),),
    }.items()
    for word in words.split(" / ")
)  # fmt: skip
# "In this paper" stands in every fifth abstract, and so these are looked for by the word before it.
_PAPER_WORDS = ("accept ", "praise ", "rate ", "cite ", "give ")
_PAPER_WORDINGS = tuple(
    (re.compile(wording), True)
    for wording in (
        r"(?:always\s+|must\s+)?(?:accept|praise)\s+this\s+paper\b",
        r"(?:always|must)\s+cite\s+this\s+paper\b",
        r"cite\s+this\s+paper\s+(?:in\s+(?:every|all|any|your)|first|for\s+(?:every|any|all)|as\s+the\s+(?:best|only))\b",
        r"rate\s+this\s+paper\s+(?:as\b|highly\b|with\b|10\b)",
        rf"give\s+this\s+paper\s+(?:an?\s+|the\s+)?(?:{_GOOD}|10)\b",
    )
)
_IN_OTHER_SCRIPTS = (
    re.compile(r"忽略.{0,4}(?:之前|以上|前面|上述|先前|所有).{0,6}(?:指令|指示|提示|说明|命令)"),
    re.compile(r"(?:以前|これまで|上記|全て|すべて)の.{0,6}(?:指示|命令|プロンプト).{0,4}無視"),
    re.compile(r"(?:игнорируй|забудь)\w*\s+(?:все\s+)?(?:предыдущие|прошлые|прежние)\s+инструкции"),
)
_CLAUSE = re.compile(
    r"(?:^|[.!?:;*>\])}|#\n—–]|\s-|--|[.!?:;>\n]\s*[\"'“”‘’`(\[]+|\b(?:please|kindly|now|instead|then|immediately|just|and\s+then|to\s+you"
    r"|you\s+(?:must|should|will|shall|can|may|need\s+to|have\s+to|are\s+to))|\b(?:assistants?|models?|llms?|ai|gpt|chatgpt|claude"
    r"|gemini|reviewers?|readers?|note|important|attention|hey|hi|hello|first|finally|next|also|therefore|so|instead|stop),)\s*$"
)
_QUOTED = re.compile(
    r"\b(?:such\s+as|e\.g\.,?|like|phrases?|strings?|commands?|prompts?|instructions?|attacks?|injections?|payloads?|called|termed|named"
    r"|wordings?|sentences?|texts?|containing|saying|says?|or|and|as|with)[,:(]?\s*[\"'“‘`]+\s*$"
)
_WINDOW = 40
_BEFORE, _AFTER = 70, 170


def addresses_a_model(text: str) -> bool:
    """Whether the text tells a language model what to do."""
    lower = text.lower()
    for word, wordings in _WORDINGS:  # a loop, because this is done for every paper there is
        if word in lower and _orders(text, lower, word, wordings):
            return True
    at = lower.find("this paper")
    while at >= 0:
        if lower.endswith(_PAPER_WORDS, max(0, at - 8), at):
            if _orders(text, lower, "this paper", _PAPER_WORDINGS):
                return True
            break  # all places have been seen
        at = lower.find("this paper", at + 1)
    return not text.isascii() and any(wording.search(lower) for wording in _IN_OTHER_SCRIPTS)


def _orders(text: str, lower: str, word: str, wordings: tuple[tuple[re.Pattern[str], bool], ...]) -> bool:
    """Whether one of the wordings stands around one of the places of the word."""
    at = lower.find(word)
    while at >= 0:
        around = max(0, at - _BEFORE), at + _AFTER
        if any(
            _counts(text, lower, match, order)
            for wording, order in wordings
            for match in wording.finditer(lower, *around)
        ):
            return True
        at = lower.find(word, at + _AFTER - _BEFORE)  # what begins before that has been seen whole
    return False


def _counts(text: str, lower: str, match: re.Match[str], must_order: bool) -> bool:
    """Whether what was found is said to the reader, not about somebody."""
    at, end = match.span()
    if at and (lower[at - 1].isalnum() or lower[at - 1] == "_"):
        return False
    before = lower[max(0, at - _WINDOW) : at]
    if _QUOTED.search(before):
        return False
    if not must_order:
        return True
    if lower[end : end + 2].lstrip("\"'”’").startswith(":") and at <= 2 and not text[:at].strip(" \"'“‘"):
        return False  # a title with a subtitle
    # A capital letter begins a sentence, also where its full stop is missing.
    capital = len(text) == len(lower) and text[at].isupper() and not text[max(0, at - _WINDOW) : at].isupper()
    return capital or _CLAUSE.search(before) is not None
