"""How a question needs the conversation: by a pronoun, by saying too little to stand alone, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.adapters.keyword import STOP_WORDS
from app.chat.condense.places import ACTS, THING, tells_place
from app.chat.resolve import Named

# "is it possible to ...", "does it make sense to ...": such an "it" stands for nothing.
_EMPTY_IT = (
    r"(?!\s+(?:possible|impossible|true|safe|okay|ok|easy|hard|difficult|necessary|worth|better|best|good|bad|common|known|"
    r"useful|helpful|important|enough|make sense)\s+(?:to|that|if|when|for)\b)(?!\s+takes?\s+to\b)"
)
_OF_PAPER = r"(?!\s+(?:to|that|which|who|where|whose|in which|on|for|of|in|about|with|from|by|using|titled|called|named|ever)\b)"
SINGULAR = re.compile(
    rf"\b(?P<word>its|it{_EMPTY_IT}|that one|this one|the one(?=\W*$)|(?:that|this|the same)\s+(?:{THING}|study)\b{_OF_PAPER}|"
    rf"(?:the|that|this)\s+(?:paper|study|article|abstract|authors?)\b{_OF_PAPER}(?!\s+\w+ed\b)|"
    rf"(?<=does )(?:this|that)(?=\s+(?!(?:library|collection|corpus|list|page|year|field|idea|claim|kind|sort|type)\b)[a-z]+\b)|(?<=\bis )(?:this|that)(?=\s*(?:[?!,]|$)|\s+an?\s)|"
    rf"(?<=how )(?:this|that)(?=\s+(?:works|compares|differs|performs|is)\b)|(?:(?<=compare )|(?<=than )|(?<=about )|(?<=of ))(?:this|that)(?=\s*(?:[?.!,]|$)|\s+(?:with|to|and|or)\b)|"
    rf"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?:in\s+)?there(?=\s*[?.!]*$)|(?<=is )(?:this|that)(?=\s+(?:better|worse|faster|slower|larger|smaller|more|less|different|similar|good)\b)|"
    rf"(?:the|this|that)\s+(?:proposed|presented|suggested|described|introduced|new)\s+(?:{THING})(?!\s+(?:to|that|which|who|for|of|in|by|called|named)\b)|"
    rf"(?<=does )the\s+(?:method|model|system|approach|framework|algorithm)(?=\s+[a-z]+\b(?<!\wing))|"
    rf"the\s+(?:method|model|system|approach|framework|algorithm)(?=\s*(?:[?.,;!]|$)|['’]s|\s+{ACTS}\b))(?!\w)(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
PLURAL = re.compile(
    r"\b(?P<word>their|they|them(?:\s+all)?|both(?:\s+of\s+(?:them|these|those)|\s+papers|\s+methods)?|each\s+of\s+(?:them|these|those)|"
    r"(?:all\s+(?:of\s+)?)?(?:these|those|the\s+(?:listed|above))\s+(?:papers?|works|methods|models|studies|approaches|systems|ones)|all\s+of\s+(?:them|these|those)|"
    r"each(?:\s+one)?(?=\s*(?:[?.,;!]|$)|\s+(?:have|has|uses?|do|does|reports?|needs?|gets?|reach(?:es)?|achieves?|covers?|propos(?:e|es|ing)|handles?|requires?|says?|claims?|trains?|works?|is|was)\b)|these|those|the\s+two(?:\s+(?:papers|methods|models|approaches|of\s+them))?)(?!\w)(?P<possessive>['’]s)?",
    re.IGNORECASE,
)
# "which one gives guarantees?", "which of the two": one of the papers spoken of last.
WHICH = re.compile(
    r"\b(?P<lead>which|any|some|how many|none|one|most)(?P<word> one(?! of)| (?:one )?of (?:them|these|those|the two|both|the (?:listed |above |three |four |five )?papers|these (?:papers|methods|models|works|\w+)|"
    r"those (?:papers|methods|models|works)))\b(?P<possessive>)",
    re.IGNORECASE,
)
ALL_OF_THEM = re.compile(
    r"\b(?:compar\w*|contrast|differ\w*|between|both|the two|in common|which one|which of)\b", re.IGNORECASE
)
# "Which is newer?": of those that were compared.
WHICH_OF = re.compile(
    r"^\W*(?:(?:and|so|but|ok(?:ay)?)[\s,]+)*(?P<lead>which)(?P<word>)(?=\s+(?:is|are|was|were|has|had|have|does|do|did|needs?|uses?|performs?|achieves?|reach(?:es)?|gets?|gives?|works?|scores?|came|trains?|runs?|takes?|requires?|handles?|shows?)\b)(?=(?:\s+\w+){0,4}?\s+(?:better|worse|best|worst|more|most|less|least|fewer|fewest|newer|newest|older|oldest|faster|fastest|"
    r"larger|largest|smaller|smallest|bigger|biggest|higher|highest|lower|lowest|cheaper|simpler|stronger|easier|earlier|later|first)\b)(?!\s+(?:papers?|methods?|models?|works|one)\b)(?P<possessive>)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"^\W*(?:and\s+)?how\s+(?:many|much|big|large|long|often|fast|accurate|good|deep)(?:\s+(?!(?:are|is|do|does|did|can|were|was|have|has|papers?|abstracts?|articles?)\b)[\w-]+){0,3}\W*$",
    re.IGNORECASE,
)
# A question made of these alone asks for a property that every paper has, so it is about the paper spoken of last.
PROPERTIES = frozenset(
    """code dataset datasets data result results number numbers figures author authors wrote written published year date venue
    limitation limitations limits limit shortcoming shortcomings weakness metric metrics benchmark benchmarks baseline baselines
    method methods approach accuracy available
    released public main key finding findings contribution contributions evaluated evaluation evaluate trained train training
    got reported report experiments experiment conclusion conclusions summary summarize github repo open source size sizes
    parameters score scores performance improvement gains gain link url doi abstract title model models work works
    problem solve solves addressed compared weaknesses strengths advantages novelty novel idea summarise exactly publicly
    proposed proposes propose claim claims claimed task tasks input output architecture motivation goal aim purpose
    big large small fast slow cost costs expensive cheap better best worse well good drawbacks disadvantages drawback
    caveats setup settings setting details tested compare reach achieve achieved test outcome takeaway
    benefit benefits step steps license licence ablation ablations hardware gpu gpus
    outperform outperforms improve improves increase overall specific particular detail work release releases releasing performance
    perform performs scale scales scaling objective objectives loss compute computational set proposing state art sota prior previous earlier existing related alternatives ideas points
    insight insights takeaways message gist figure figures fig table tables equation equations section sections appendix introduction
    percentage percent""".split()
)
_HOW_MANY_THERE = re.compile(
    r"^\W*(?:and )?(?:how many|which|what) (?:\w+ ){0,2}(?P<thing>\w+) (?:are|were|is|was) (?:there|(?:used|included|covered|tested|evaluated|considered|"
    r"studied|collected|annotated|compared|reported|recruited|supported|released|involved|trained)(?: (?:on|for|with|in (?:the )?(?:paper|experiments|study|evaluation)))?)\W*$",
    re.IGNORECASE,
)
# What is asked of the library as a whole: "which year has the most papers?".
OF_LIBRARY = re.compile(
    r"(?<!these )(?<!those )\b(?:papers|abstracts|articles|library|collection|corpus|database)\b(?!['’])", re.IGNORECASE
)
WHICH_AUTHOR = re.compile(r"\b(?:first|last|senior|corresponding|lead)\s+(?=authors?\b)", re.IGNORECASE)
_PAPERS = frozenset("paper papers abstract abstracts articles works studies".split())
ELLIPSIS = re.compile(
    r"^\W*(?:(?:and|but|so|also|ok(?:ay)?|well|hmm+|then|now)[\s,]+)*(?:what about|how about|what of|(?:the )?same (?:question |thing )?(?:for|of|with|about)|and for|"
    r"(?:let['’]?s )?(?:go(?:ing)? )?(?:back|return(?:ing)?) to|and|but|so|also|or|now|then)\b[\s,:]*",
    re.IGNORECASE,
)
RETURNS = re.compile(r"\b(?:back|return(?:ing)?) to\b", re.IGNORECASE)
_EMPTY_WORDS = frozenset(
    "and what about how the one ones a an of for is are there does do same question please also then or but so in that it "
    "why who when where which more else details yes no not back to ok okay well now as too".split()
)
_ASKING = re.compile(
    r"^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|has|have|should|list|show|find|name|tell|give|explain|describe)\b",
    re.IGNORECASE,
)
LISTS = re.compile(
    r"\b(?:is|are) there (?:something|anything|another|any other|others|more)\b|\b(?:which|what|list|show|find|name|give|any|all|are there|how many|other|more)\b.{0,30}\b(?:papers|works(?! (?:best|better|well)\b)|methods|approaches|models|studies|articles|systems)\b(?!['’])|"
    r"^\W*(?:papers|works|methods|approaches|models|studies|articles)\s+(?:on|about|that|which|using|for|with|from|by)\b",
    re.IGNORECASE,
)
_OWN_SUBJECT = re.compile(
    r"\b(?:papers|methods|models|works|studies|approaches|systems|articles|people|researchers|humans|users)\b",
    re.IGNORECASE,
)
# Whether something definite is meant, or one thing of a kind; and whether it is any of a kind, or several.
DEFINITE = re.compile(r"\b(?:the|they|their|them|it|its|this|that|these|those)\b", re.IGNORECASE)
_ANY_OF_KIND = re.compile(
    r"\b(?:an?|models|methods|systems|approaches|works(?! (?:best|better|well)\b)|people|researchers|data\s?sets|benchmarks|tasks)\b",
    re.IGNORECASE,
)
# "What's it like?", "can you explain ...?": words that add nothing to a property.
FILLERS = frozenset("like s can you please explain describe any many much".split())
# So many words before a pronoun, in one clause, and what it stands for is most likely among them.
_LONG_CLAUSE = 8
# "Which models did they release?": they are the authors.
_WHAT_DID_THEY = re.compile(r"^\W*(?:and |so )?(?:which|what|how many) (?:[\w-]+ ){1,4}?(?:do|did|does|have|had|are|were) they\b", re.IGNORECASE)  # fmt: skip
_CLAUSES = re.compile(r",|[.;:?!–—]\s|\s-\s")
_SHORT = 7


def points_back(text: str, named: Named) -> str:
    """How the question needs the conversation: "position", "singular", "plural", "ellipsis", or "" if it does not."""
    if tells_place(text) and len(named.papers) < 2:
        return "position"
    lead = ELLIPSIS.match(text)
    if lead and (named.spans or len(text.split()) <= _SHORT):
        pointing = pronoun(text, named)
        rest = text[lead.end() :]
        if not pointing and not named.papers and changes_subject(rest) and not asks_property(rest):
            return ""
        return pointing or "ellipsis"
    if (WHICH.search(text) or (WHICH_OF.match(text) and not OF_LIBRARY.search(text))) and not named.papers:
        return "plural"
    pointing = pronoun(text, named, inside=_stands_inside)
    if pointing or named.papers:
        return pointing
    if not named.missing and (
        asks_property(text) or _HOW_MANY.match(text) or (lead and not changes_subject(text[lead.end() :], most=0))
    ):
        return "ellipsis"
    return (
        "ellipsis"
        if len(text.split()) <= 3 and not named.spans and _is_fragment(text) and not OF_LIBRARY.search(text)
        else ""
    )


def _is_fragment(text: str) -> bool:
    """Whether so few words go on with a question ("by how much?", "limitations?") rather than name another subject
    ("continual learning")."""
    words = content_words(text)
    return not words or words[0] in PROPERTIES or _ASKING.match(text) is not None or len(words) < len(text.split())


def changes_subject(rest: str, most: int = 1) -> bool:
    """Whether what follows "and" is a whole question with a subject of its own: "how do transformers generalise?"."""
    if LISTS.search(rest):
        return True
    if not _ASKING.match(rest):
        return False
    return len([word for word in content_words(rest) if word not in PROPERTIES and word not in STOP_WORDS]) > most


def asks_property(text: str) -> bool:
    """Whether the question asks for nothing but a property of some paper: "is the code available?"."""
    told = WHICH_AUTHOR.sub("", text)
    words = [word for word in content_words(told) if word in PROPERTIES or word not in STOP_WORDS]
    words = [word for word in words if word not in FILLERS]
    counted = _HOW_MANY_THERE.search(text)
    if counted:
        return counted["thing"].lower() not in _PAPERS
    return not OF_LIBRARY.search(text) and bool(words) and all(word in PROPERTIES for word in words)


def asks_of_any(text: str) -> bool:
    """Whether a question for properties is one on a subject ("how are models evaluated?"), not on some paper left unsaid
    ("any drawbacks?", "which model is best?")."""
    return not DEFINITE.search(text) and _ANY_OF_KIND.search(text) is not None


def pronoun(text: str, named: Named, inside: Callable[[str, re.Match[str]], bool] = lambda text, pronoun: False) -> str:
    """ "singular" or "plural" if a pronoun points back. One after a name stands for that name ("OVOR and its code"),
    one before it does not ("how does it differ from OVOR?")."""
    first = min((s for s, e, ids in named.spans if ids or text[s:e] in named.certain), default=len(text))
    for pattern, pointing in ((SINGULAR, "singular"), (PLURAL, "plural")):
        match = pattern.search(text, 0, first)
        if match and match["word"].lower().endswith("there") and OF_LIBRARY.search(text):
            continue
        if match and not inside(text, match):
            return pointing
    return ""


def _stands_inside(text: str, pronoun: re.Match[str]) -> bool:
    """Whether a pronoun most likely stands for something in its own sentence: "sequences longer than those they
    trained on", "papers that release their code". At the end of a question ("... was used to evaluate it?") it points
    back."""
    if _WHAT_DID_THEY.match(text):
        return False
    clause = _CLAUSES.split(text[: pronoun.start()])[-1]
    if pronoun["word"].lower() in {"they", "their", "its", "those"} and _OWN_SUBJECT.search(clause):
        return True
    return len(clause.split()) >= _LONG_CLAUSE and bool(re.search(r"\w", text[pronoun.end() :]))


def content_words(text: str) -> list[str]:
    """The words that ask something."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in _EMPTY_WORDS]


def content(text: str, named: Named) -> list[str]:
    """The words that ask something beyond the names and the connecting phrase."""
    for start, end, _ in reversed(named.spans):
        text = text[:start] + text[end:]
    return content_words(ELLIPSIS.sub("", text))
