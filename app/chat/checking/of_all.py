"""Is a question asked of all papers: "which papers release code?", "who uses gzip?", "everything on long inputs"?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.chat.checking.asked import property_of
from app.chat.checking.clause import NOUN
from app.chat.checking.turned import turned
from app.chat.compare.wording import asks_one_of_two

# Papers by their plural, and what between "which" and them is no property: "which datasets do the papers use?".
_PLURALS = "papers|works|studies|articles|publications|abstracts|preprints|surveys|reviews"
_NO_ADJECTIVE = (
    "the|a|an|of|is|are|was|were|do|does|did|has|have|had|can|could|will|would|and|or|in|on|for|with|by|from|to|that|this|these|those|it|they|"
    "kinds?|sorts?|types?|datasets?|metrics?|years?|authors?|topics?|between|than|both|two|three|four|five|six|other"
)


_ASKS_ALL = re.compile(
    rf"""^\W*(?:(?:please|can\ you|could\ you|and|so|ok|now|but|i(?:['’]d|\ would)\ (?:like|love)\ to\ (?:see|know|have|get|read)|i\ (?:want|need)(?:\ to\ (?:see|know|have|read))?|i(?:['’]m|\ am)\ (?:looking\ for|interested\ in)|looking\ for)[\s,]+)*(?:
      (?:all\ )?the\ (?:papers|works|studies|articles)\ (?:that|which|whose|on|about|with|using|where)\b|
      (?:in\ )?(?:which|what)\ (?:of\ (?:the|these|those|them|all)\ ?)?(?:other\ )?(?:{NOUN}|(?:of\ (?:these|those|them))\b)
     |(?:in\ )?(?:which|what)\ of\ (?:the|these|those|them)\b
     |(?:in\ )?how\ many\ (?:of\ (?:the|these|those|them)\b\ ?)?(?:other\ )?(?:{NOUN}|(?:use|release|report|do|are|have|claim)\b)
     |(?:list|show|name|find|give|count)\ (?:me\ |us\ )?(?:(?:two|three|four|five|some|several|a\ few|all|any|every|the|those|these|other)\ )*(?:of\ the\ )?(?:{NOUN}|everything|all\ there\ is)
     |(?:is|are)\ there\ (?!the\b)(?:any|a|an|some|other|anything|another)?\ ?(?:\w+\ ){{0,3}}?(?:{NOUN}|anything)
     |(?:does|do|did|has|have|is|are)\ (?:any|anyone|anybody|some)\b(?:\ (?:one|of\ (?:the|these|those|them)))?(?:\ {NOUN})?
     |any\ (?:{NOUN}|of\ (?:the|these|those|them))
     |(?:all\ )?(?:papers|works|abstracts|studies|articles)\ (?:(?:mainly|mostly|only|just|really|explicitly)\ )?(?:that|which|whose|on|about|with|where|using|from|[a-z]{{3,}}ing)\b
     |(?:what|which|how\ (?:large|big)\ (?:is\ )?an?)\ (?:share|fraction|proportion|percentage|portion|number)\ of\ (?:(?:the|these|all|those|our|my|your)\ )*{NOUN}
     |(?:everything|all\ there\ is|all\ (?:that\ )?(?:we|you|i)\ have)(?:\ (?:we|you|i)\ have)?(?:\ (?:here|there))?\ (?:that|on|about|with|where|concerning|regarding|related|(?:having\ )?to\ do\ with)\b
     |(?:any|(?:is|are)\ there(?:\ an?|\ any)?)\ (?:[\w-]+\ )?(?:surveys?|reviews?|overviews?|position\ papers?)\b
     |(?:any|are\ there(?:\ any)?|(?:show|list|find|give|name|count)(?:\ (?:me|us))?(?:\ (?:all|any|every|the|of|those))*|which|what|how\ many|all(?:\ (?:the|of))*)
        \ (?:(?!(?:{_NO_ADJECTIVE})\b)[\w-]+\ ){{1,3}}(?:{_PLURALS})\b
     |(?:(?:show|list|find|give|name)\ (?:me\ |us\ )?)?(?:any|all(?:\ the)?|every)\ (?:[\w-]+\ )?work\b(?:\ (?:on|in|about|with|that|here)\b|\W*$)
     |who(?:\ else)?(?:\ (?:here|also))?\ (?:ran|runs|used|tested|trained|evaluated|reported|released|compared|measured|collected|conducted|carried|performed|tried|studied|looked|applied|combined|built|
        needs?|needed|claims?|shows?|showed|found|merges?|merged|asks?|asked|lets?|learns?|trains|tests|measures|collects|applies|combines|builds|runs)\b
     |(?:who|what)\ else\ [a-z]+s\b
     |who(?:\ else)?\ (?:uses|releases|reports|claims|proposes|introduces|evaluates|works|deals|studies|compares|has|does|publishes|makes|provides)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


# "A paper on models that miss what stands in the middle. How many documents were tried?" asks one paper a fact.
_THEN_A_FACT = re.compile(
    r"[\w)](?:[.?!:;]|\s[–—-])\s+(?:and\s+|so\s+)?(?:what(?!\s+(?:papers?|works?|studies|do\s+(?:we|you|i)|is\s+(?:there|here|in)|are\s+they|all)\b)|how(?!\s+many\s+(?:of|papers|works|are|do|there)\b)|which(?!\s+(?:papers?|works?|ones?|of|are|studies|abstracts|do|is|use|methods|systems|approaches)\b)|when|where|did|does|was|were)\s[^.?!]+\?\W*$",
    re.IGNORECASE,
)


def nothing_else(question: str, missing: Sequence[str]) -> bool:
    """Whether all that is asked for has a name that is `missing`: not where "Qwen, OPT or LLaMA" leaves others."""
    parts = property_of(question).parts
    asked = [words for part in parts for words in (part.subject, *part.others)]
    return bool(missing) and all(any(name in words for name in missing) for words in asked)


def asks_of_all(question: str) -> bool:
    """Whether it is a question about all papers, or all of some: "which papers ...", "does any paper ...", "who uses ..."."""
    if asks_one_of_two(question) or _THEN_A_FACT.search(question):
        return False
    return _ASKS_ALL.match(question) is not None or bool(turned(question))
