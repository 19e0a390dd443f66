"""What a whole-library question asks, without who is asked of and what is to be done with the list: "release code" of "Which of
these papers release code? Name them."."""

from __future__ import annotations

import re

from app.chat.checking.listing import without_orders

# How papers are called where all are asked of.
NOUN = (
    r"(?:papers?|works?|abstracts?|stud(?:y|ies)|articles?|publications?|methods?|approach(?:es)?|systems?|authors?|"
    r"(?:models|models?(?= (?:that|which|do|does|are|is|use|have)))|ones?|things?)"
)
_LEAD = re.compile(
    rf"""^\W*(?:(?:please|can\ you|could\ you|i(?:['’]d|\ would)\ (?:like|love)\ to\ (?:see|know|have|get|read)|i\ (?:want|need)(?:\ to\ (?:see|know|have|read))?|i(?:['’]m|\ am)\ (?:looking\ for|interested\ in)|looking\ for|tell\ me|show\ me|give\ me|and|so|ok|now)[\s,]+)*
    (?:(?:in\ )?(?:(?:what|which|how\ (?:large|big)\ (?:is\ )?an?)\ (?:share|fraction|proportion|percentage|portion|part|number)|which|what|whose|list|show|name|find|give|count|tell|how\ many|is\ there|are\ there|(?:does|do|did|is|are|has|have)(?=\ (?:any|some|one|all)\b)|any)
        (?:\s+(?:me|us\ all|us|up)\b)?
        (?:\s+(?:all|any|some|several|(?:more|fewer)\ than\ (?:one|two|three)|at\ least\ (?:one|two|three)|even\ one|two|three|four|five|few|one|every|each|of|the|these|those|them|other|me|a|an|different|paper(?=\ of))\b)*
        (?:\s+(?:(?:survey|review|overview|position|benchmark|dataset)\b(?=\ {NOUN}))?\s*)?
        (?:\s*\b{NOUN}\b|(?<=them)|(?<=those)|(?<=these)|(?<=anything)|(?<=any)(?!thing)|\s*\b(?:everything|anything|all\ there\ is|something)\b)?
      |(?:all\ )?(?:the\ )?(?:papers|works|abstracts|studies|articles|methods|anything|everything)(?=\ (?:that|which|who|whose|on|about|with|where|using|from|for|of|[a-z]{{3,}}ing)\b)
      |(?:all|everything|anything|something)(?:\ (?:we|you|i)\ have)?(?:\ (?:here|there))?(?=\ (?:that|on|about|with|from|of|where|concerning|regarding|related|(?:having\ )?to\ do\ with)\b)
      |who|whoever|anything|does\ anything|does\ anyone|does\ anybody|is\ anything|anyone)
    (?:\s+(?:in|of|from|among)\ (?:the|this|my|your|our|these)\ (?:library|collection|corpus|list|papers|set))?(?:\s+(?:here|there))?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_TAIL = re.compile(
    r"""(?:[\s,;.?!:–-]+(?:(?:and|then|please)\s+)*
    (?:(?:please\ )?how\ many(?:\ (?:and|or)\ (?:which|what|names)(?:\ ones)?|\ are\ (?:there|they))?|(?:name|list|show|give|cite|quote|tell)(?:\ (?:me|us))?\ (?:them|those|these|all(?:\ of\ them)?|each|their\ (?:names|titles))(?:\ all)?
      |which(?:\ (?:ones?|are\ they|papers(?:\ are\ they)?))?|what\ are\ they|please
      |(?:here|there|in\ here|are\ there|is\ there|do\ (?:you|we|i)\ have)
      |(?:in|of|from)\ (?:the|this|my|your|our)\ (?:whole\ |entire\ )?(?:library|collection|corpus|list|set|page)))+[\s?!.]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_WHATEVER = re.compile(r"(?:^|,?\s+)(?:in|of|for|on|by|at|with) (?:whatever|whichever|any|some) (?!(?:\w+ )?(?:forms?|kinds?|sorts?|types?|variants?|versions?|flavou?rs?|variet(?:y|ies)|parts?|aspects?) of\b)(?:\w+\s*){1,3}$|,? if any$|,? at all$", re.IGNORECASE)  # fmt: skip
# What adds nothing to a subject: "planning in some way", "sparsity as an idea", "T5 or its variants".
_AS_SUCH = re.compile(
    r",?\s+(?:in (?:some|any|one|whatever|which)(?: \w+)? (?:way|form|sense|shape|manner)|as (?:(?:an?|the|its|their) )?(?:\w+ )?(?:idea|ingredient|topic|theme|subject|concept|tool|means|goal|selling point|focus|strong point|main thing|contribution)|of (?:some|any) (?:kind|sort)|"
    r"or (?:an?|its|their|some|any) (?:\w+ )?(?:variants?|versions?|relatives?|kin|family)(?: of (?:it|them))?|or something (?:similar|like (?:it|that|this)|derived from it|of the (?:kind|sort))|or (?:so|similar|the like|alike|suchlike)|and the like|and such|"
    r"(?:that|which|so that) (?:other )?(?:people|others|researchers|one|we|i|you) (?:could|can|may|might)\b[^,;.]*|(?:and |but )?not (?:only|just|merely) (?:as |in |on |for |used |mentioned )[^,;.]*|,? ?(?:and |but )?not (?:only|just|merely) (?:the |their )?[\w-]+(?: or [\w-]+)?|(?:in place of|instead of|rather than|as opposed to) [^,;.]+|(?:(?:named|mentioned|stated|given|said|reported) )?in (?:the|their|its|an) (?:abstracts?|experiments?|evaluations?)|if given|(?:with|and) (?:the |their )?(?:sizes?|numbers?|figures?)(?: (?:written|given|stated|named|mentioned)(?: out)?)?|of (?:its|their|his|her|our) own|"
    r"for others to (?:use|test(?: against| on)?|train on|build on)|so to speak|pls|plz)(?=\s*[,;.?!)]|\s*$)",
    re.IGNORECASE,
)
# "In which abstracts is GPT-4 mentioned?"
_DONE = "mentioned|used|studied|discussed|treated|addressed|described|applied|considered|covered|employed|investigated|named|cited|examined"
_THE_TOPIC = (
    r"(?:(?:the|a|an|their|its)\s+)?(?:(?:main|principal|central|key|primary|core|chief|real|actual|only|very)\s+)*(?:object|topic|subject|focus|theme|aim|goal|concern|question|point|issue|core|heart|problem)"
    r"(?:\s+of\s+(?:investigation|study|research|interest|the (?:paper|work|study)|it all|attention))?"
)
_PASSIVE = re.compile(
    rf"^(?:is|are|was|were)\s+(?P<what>(?!not\b|no\b).+?)(?<!about)(?<! of)(?<! on)(?<! for)(?<! with)\s+(?:{_DONE}|(?:the|their) (?:(?:main|central|key|primary|core|only)\s+)+(?:topic|subject|focus|theme|object|aim|goal))$|"
    rf"^(?:in which|in whose abstracts?|where|for which|with which|whose)\s+(?P<that>(?!(?:there|it|they|we|you|i|one|no|the authors?|authors)\b).+?)\s+(?:is|are|was|were)\s+(?:{_DONE}|involved|at work|{_THE_TOPIC})$",
    re.IGNORECASE,
)
# "Multilingual papers from 2023", of which the first words are what is asked of a paper.
_KIND_OF_PAPER = re.compile(
    r"^(?P<what>(?:(?!(?:that|which|who|about|on|with|from|in|of|for|by|and|or|survey|review|overview|position|benchmark|dataset)\b)[\w-]+\s+){0,3}(?!(?:survey|review|overview|position|opinion|benchmark|dataset)\b)[\w-]+)\s+(?:papers|works?|studies|articles|publications|preprints)(?P<more>$|\s+(?:on|about|in|for|with)\b.*$)",
    re.IGNORECASE,
)
_SLASH = re.compile(r"(?<=[a-z]) ?/ (?=[a-z])|(?<=[a-z]) /(?=[a-z])", re.IGNORECASE)
# "infilling, any kind (music, proteins, motion ...)": the kinds are of it, none of them is asked for by itself.
_ANY_KIND = re.compile(r"[\s,]*\b(?:of |in )?(?:any|whatever|all) (?:kinds?|sorts?|types?|forms?)(?: of it)?(?:,? (?:be it|like|such as)[^,;]*|\s*\([^()]*\))?(?=[\s,.:;?!]*$)", re.IGNORECASE)  # fmt: skip
# "offer, besides experiments, some formal result"
_BESIDES = re.compile(r",\s+(?:(?:and |but )?not (?:only|just|merely)|besides|apart from|aside from|in addition to|next to|other than|as well as|beyond)\s+[^,;.?!]{2,60},\s+", re.IGNORECASE)  # fmt: skip
_CONTRIBUTIONS = re.compile(
    r"^(?:whose|where the|with) (?:\w+ )?contributions? (?:includes?|are|is|consists? of|contains?)\b", re.IGNORECASE
)
_NOT_ENGLISH = re.compile(
    r"\b(?:are (?:about|in) )?not (?:(?:only|just) (?:in )?english|(?:in )?english[ -]only|english)\b", re.IGNORECASE
)
_END = 120


def clause_of(question: str) -> str:
    """The question without who is asked of and what is to be done with the list: "release code"."""
    question = _SLASH.sub(" or ", without_orders(" ".join(question.split())))
    # Only the end is looked at for it: the pattern takes long for long rows of commas.
    head, end = question[:-_END], question[-_END:]
    body = f"{head}{_TAIL.sub('', end)}".rstrip(" ?.!,;:")
    lead = _LEAD.match(body)
    clause = body[lead.end() :] if lead else body
    kind = re.search(r"\b(survey|review|overview|position|benchmark|dataset)\s+(?:papers?|articles?|works?)\s*$", body[: lead.end()], re.I) if lead else None  # fmt: skip
    if kind and not any(c.isalnum() for c in clause):
        clause = f"are {kind.group(1)} papers"
    clause = _AS_SUCH.sub("", _WHATEVER.sub("", _BESIDES.sub(" ", clause))).strip(" ?.!,;:") or clause
    clause = _CONTRIBUTIONS.sub("introduce", clause)
    clause = _NOT_ENGLISH.sub("languages other than English", clause)
    clause = _ANY_KIND.sub("", clause) or clause
    clause = _PASSIVE.sub(lambda match: match["what"] or match["that"], clause)
    clause = _KIND_OF_PAPER.sub(r"\g<what>\g<more>", clause) if not kind else clause
    return clause if any(c.isalnum() for c in clause) else body
