"""Greetings, thanks, goodbyes and questions about the chat itself: they ask nothing of the papers, so nothing is searched.

A turn is small talk when its clauses are all small talk: "thanks, and what about its data?" is a question.
"""

from __future__ import annotations

import re
from typing import Literal

Said = Literal["greeting", "thanks", "bye", "about", ""]

_NAME = r"(?:\s+(?:there|all|everyone|everybody|folks|team|again|you|bot|assistant|askpapers|friend|world))*"
_GREETS = (
    rf"(?:hi+|hiya|hey+|hello+|hallo|helo|yo|howdy|greetings|hola|bonjour|salut|ciao|servus|moin|namaste|ol[aá]|"
    rf"salaam|salam|good\s+(?:morning|afternoon|evening|day)|guten\s+(?:morgen|tag|abend)|buenos\s+d[ií]as|"
    rf"bom\s+dia|gr[uü](?:ß|ss)\s+(?:gott|dich)|privet|merhaba|konnichiwa|ni\s*hao|你好|こんにちは|привет|مرحبا){_NAME}"
)
_HOW_ARE_YOU = (
    r"(?:how\s+are\s+(?:you|things)(?:\s+doing)?(?:\s+today)?|how(?:['’]s|\s+is)\s+(?:it\s+going|everything|life)|"
    r"what(?:['’]s|\s+is)\s+up|wassup|sup|nice\s+to\s+meet\s+you|how\s+do\s+you\s+do|wie\s+geht(?:['’]s|\s+es(?:\s+dir)?)|are\s+you\s+there)"
)
_MUCH = (
    r"(?:\s+(?:so\s+(?:very\s+)?much|a\s+(?:lot|million|bunch|ton)|very\s+much|again|anyway|you|u|man|mate|everyone|all|sch[oö]n|vielmals|"
    r"beaucoup|mille|indeed|guys|for\s+(?:that|this|it|now|everything|all(?:\s+(?:that|this))?|"
    r"(?:the|your|all\s+the|all\s+your)\s+(?:help|answers?|info(?:rmation)?|explanation|clarification|details?|summary|time|support|quick\s+(?:reply|answer))|"
    r"(?:helping|explaining|clarifying|answering|checking|looking)(?:\s+(?:me|that|this|it|out|up|everything))*)))*"
)
_THANKS = (
    rf"(?:(?:many|much|big|ok|great|no)\s+)?(?:thanks+|thank\s+(?:you|u|god)|thank['’]?s|thankyou|tnx|thx|thanx|ty|tysm|cheers|kudos|"
    rf"much\s+appreciated|(?:i\s+)?appreciate\s+(?:it|that)|danke(?:\s+dir)?|vielen\s+dank|merci|gracias|muchas\s+gracias|grazie(?:\s+mille)?|obrigad[oa]|"
    rf"arigat[oō]|dank\s+je(?:\s+wel)?|bedankt|tack|takk|spasibo|спасибо|谢谢|ありがとう|te[sş]ekk[uü]rler|dzi[eę]kuj[eę]|kiitos){_MUCH}"
)
# What people say of an answer: it asks nothing.
_PLEASED = (
    r"(?:(?:that|this|it)(?:['’]s|\s+(?:is|was))?\s+(?:(?:very|really|super|so|quite|all|just|exactly|a)\s+)*(?:helps?|helped|helpful|useful|great|good|perfect|"
    r"clear|fine|nice|cool|awesome|interesting|enough|all|it|what\s+i\s+(?:needed|wanted|was\s+looking\s+for)|makes?\s+sense|(?:a\s+)?(?:big|great|good)\s+(?:help|answer))"
    r"(?:\s+(?:a\s+lot|to\s+(?:me|know|hear)|now|for\s+now|i\s+needed|already))*|makes\s+sense|good\s+to\s+know|got\s+it|gotcha|i\s+(?:see|understand|got\s+it)|understood|noted|"
    r"good\s+(?:job|work|bot|answer|one)|nice\s+(?:job|work|one)|ok+(?:ay|ey)?|k|okey|alright|all\s+right|right|sure|fine|great|cool|nice|good|perfect|excellent|awesome|wonderful|brilliant|amazing|super|superb|"
    r"wow|well\s+done|very\s+(?:good|nice|helpful|useful|interesting)|interesting|"
    r"lol|haha+|yay|yes|yep|yeah|no|nope|nah|never\s?mind|nvm|forget\s+(?:it|that)|no\s+worries|no\s+problem|"
    r"(?:i['’]?m|we['’]?re|i\s+am|we\s+are)\s+(?:good|done|fine|all\s+set)|that['’]?s\s+it(?:\s+for\s+(?:now|today))?|nothing(?:\s+(?:else|more))?|you['’]?re\s+welcome|"
    r"you['’]?re\s+(?:great|awesome|the\s+best|amazing|a\s+star|very\s+helpful)|sorry|please|super|prima|genial|vale|d['’]accord|alles\s+klar)"
)
_BYE = (
    r"(?:(?:good\s*)?bye+(?:\s+bye+)?|goodbye|see\s+(?:you|ya|u)|cya|so\s+long|farewell|take\s+care|have\s+a\s+(?:good|great|nice)\s+(?:day|evening|night|one|weekend)|"
    r"good\s+night|talk\s+to\s+you\s+(?:later|soon)|later|tsch[uü](?:ss|ß)|auf\s+wiedersehen|adi[oó]s|hasta\s+luego|au\s+revoir|arrivederci|ciao|tot\s+ziens|"
    r"until\s+next\s+time|cheerio)(?:\s+(?:later|soon|then|tomorrow|for\s+now|again|around|and\s+thanks|everyone|all|next\s+time))*"
)
_SELF = (
    r"(?:who|what)(?:['’]?s|\s+(?:are|r|is)|\s+exactly\s+are)\s+(?:you|u|this(?:\s+(?:tool|app|bot|chat(?:bot)?|thing|program|site))?|askpapers|your\s+name)(?:\s+(?:exactly|really|called|for))*|"
    r"are\s+you\s+(?:a|an)\s+(?:bot|chatbot|ai|robot|human|person|machine|language\s+model|llm)(?:\s+or\s+(?:a|an)\s+\w+)?|(?:are\s+you\s+)?chatgpt|"
    r"(?:so\s+)?what\s+(?:can|do|could|should)\s+(?:you|u|i|we|this(?:\s+(?:tool|app|bot|chatbot))?)\s+(?:do|ask|help(?:\s+(?:me|us))?(?:\s+with)?|know|type|offer|answer)"
    r"(?:\s+(?:you|here|about|for\s+me|for\s+us|with\s+(?:this|you)|in\s+here))*|"
    r"how\s+(?:do|can|should|does|to)\s+(?:i\s+|we\s+|you\s+|this\s+(?:tool|app|bot|chatbot)?\s*)?(?:use|work|start|begin|get\s+started|help(?:\s+me)?|talk\s+to)"
    r"(?:\s+(?:this|you|it(?=\s+here)|here|askpapers|with\s+(?:this|you)|this\s+(?:tool|app|bot|chatbot)))*|"
    r"(?:please\s+|can\s+you\s+|could\s+you\s+)?help(?:\s+me)?(?:\s+please)?|introduce\s+yourself|tell\s+me\s+(?:something\s+)?about\s+yourself|"
    r"can\s+you\s+help(?:\s+me)?|i\s+need\s+help|i\s+have\s+a\s+question|can\s+i\s+ask\s+(?:you\s+)?(?:something|a\s+question)|test(?:ing)?|is\s+(?:anyone|anybody)\s+there|"
    r"which\s+(?:model|llm)\s+are\s+you|what\s+(?:model|llm)\s+(?:are\s+you|do\s+you\s+use)"
)
_PATTERNS: tuple[tuple[Said, str], ...] = (
    ("about", _SELF),
    ("bye", _BYE),
    ("thanks", _THANKS),
    ("greeting", rf"{_GREETS}|{_HOW_ARE_YOU}"),
    ("thanks", rf"{_PLEASED}{_MUCH}"),
)
_KINDS = [(kind, re.compile(rf"\s*(?:{pattern})(?!\w)\s*", re.IGNORECASE)) for kind, pattern in _PATTERNS]
_CLAUSES = re.compile(
    r"[\s]*(?:[,;.!?:)(*~…–—\"“”]+|[^\w\s,'’]|\s(?:and|but|then|for\s+now|please|really)(?=\s|$))[\s]*",
    re.IGNORECASE,
)
# Longer texts are no small talk, and a long one must not be searched in vain.
_LONGEST = 160

GREETING = "Hello."
REPLIES: dict[Said, str] = {
    "greeting": GREETING,
    "thanks": "You're welcome. Ask on, about these papers or others.",
    "bye": "Goodbye.",
    "about": "",
}


def small_talk(text: str) -> Said:
    """What kind of small talk the text is; "" if it is none, or asks anything beside it. Of several ("hi, who are you?")
    the one that wants an answer most."""
    if len(text) > _LONGEST:
        return ""
    said: list[Said] = []
    for clause in filter(None, (part.strip(" '’") for part in _CLAUSES.split(text))):
        kind = _kind_of(clause)
        if not kind:
            return _kind_of(" ".join(text.split()).strip(" ?!.,"))
        said.append(kind)
    return _most_wanted(said)


def _kind_of(clause: str) -> Said:
    """Small talk may run on without commas: "ok thanks a lot bye"."""
    kinds: list[Said] = []
    at = 0
    while at < len(clause):
        found = [
            (m.end(), kind)
            for kind, pattern in _KINDS
            if (m := pattern.match(clause, at)) and _ends_a_word(clause, m.end())
        ]
        end, kind = max(found, default=(at, ""), key=lambda pair: pair[0])
        if end == at:
            return ""
        kinds.append(kind)
        at = end
    return _most_wanted(kinds)


def _most_wanted(said: list[Said]) -> Said:
    order: tuple[Said, ...] = ("about", "bye", "thanks", "greeting")
    return next((kind for kind in order if kind in said), "")


def _ends_a_word(text: str, at: int) -> bool:
    return at >= len(text) or not (text[at].isalnum() and text[at - 1].isalnum())


def is_small_talk(text: str) -> bool:
    """Whether it is a greeting, thanks or the like, which asks nothing of the papers."""
    return small_talk(text) != ""


def reply(text: str, about: str) -> str:
    """What is said to small talk; `about` says what this is and what can be asked."""
    kind = small_talk(text)
    said = REPLIES.get(kind, "")
    return f"{said} {about}".strip() if kind in {"greeting", "about", ""} else said
