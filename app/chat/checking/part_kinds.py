"""Of what kind a part of a whole-library question is: told by its words."""

from __future__ import annotations

import re

from app.chat.checking.amounts import amount_of
from app.chat.checking.parts import PartKind

RELEASE = re.compile(
    r"\breleas\w*|\bopen[- ]?sourc\w*|\bpublish\w*|\bshar(?:e|es|ing)\b|\bshared?\b(?! (?:\w+ )?(?:models?|networks?|parameters|weights|tasks?|backbone|encoder|memory|space|one|single))|\bavailab\w+|\bpublic(?:ly)?\b|\bdownload\w*|\bgithub\b|\brepositor\w+|"
    r"\bopenly (?:\w+ )?(?:available|accessible|release|shar|publish|host)|\bhosted\b|\bobtain\w*\b.{0,20}\b(?:model|weights|checkpoint|code|data)|\bget hold of\b|\b(?:provid|giv|offer|hav|has|includ|comes?)\w*\b.{0,25}\b(?:code|checkpoints?|implementations?|weights)\b|\blink(?:s|ed)? to\b|^(?:source )?code$",
    re.IGNORECASE,
)
_RELEASED = {
    "code": re.compile(
        r"\bcode\b(?! generation)|\bimplementations?\b|\bsoftware\b|\bgithub\b|\brepositor\w+|\btoolkit", re.I
    ),
    "data": re.compile(r"\bdata\b|\bdata ?sets?\b|\bcorp(?:us|ora)\b|\bbenchmarks?\b|\bannotations?\b", re.I),
    "models": re.compile(r"\bmodels?\b|\bweights\b|\bcheckpoints?\b", re.I),
}
_MAKES = r"(?:introduc|propos|present|creat|collect|construct|build|built|develop|curat|compil|contribut|provid|offer|releas|describ|assembl|annotat|design|are|is|be|mak|com(?:e|es|ing) (?:up )?with|bring|brought|ship|put)\w*"
_TYPES: dict[str, re.Pattern[str]] = {
    "survey": re.compile(
        r"\b(?:surveys?|reviews?|overviews?|literature (?:study|studies)|tutorials?|(?:text)?books?|textbook-like|state[- ]of[- ]the[- ]art reports?)\b",
        re.I,
    ),
    "position": re.compile(
        r"(?<!computer )\b(?:position|opinion|perspective|vision|viewpoint)(?: papers?| statements?| pieces?)\b|\bperspectives\b|^position$|\bor position\b|\bposition or\b|\b(?:argu|tak|defend)(?:e|es|ing|s)?\b.{0,12}\b(?:position|viewpoint|stance)\b",
        re.I,
    ),
    "dataset": re.compile(
        rf"\b{_MAKES}\b.{{0,30}}\b(?:data ?sets?|corpus|corpora|data collections?|collections? of)\b|^(?:new )?data ?sets?$|\bdata ?set papers?\b|\b(?:new )?data ?(?:sets?|collections?)\b.{{0,40}}\b(?:collected|put together|created|built|assembled|introduced|proposed|presented|contributed)\b(?! (?:by|with|from))",
        re.I,
    ),
    "benchmark": re.compile(
        rf"\b{_MAKES}\b.{{0,30}}\b(?:benchmarks?|test suites?|evaluation suites?|leaderboards?)\b|^(?:new )?benchmarks?$|\bnew (?:[\w-]+ or )?benchmarks?\b|\bbenchmark papers?\b",
        re.I,
    ),
    "competition": re.compile(r"\b(?:competitions?|shared tasks?|contests?)\b", re.I),
}
_PERCENT = re.compile(r"\bper ?cent(?:age|ages)?\b|%", re.IGNORECASE)
_FIGURE = re.compile(
    r"\b(?:report|give|state|mention|contain|quote|show|quantif|with|have|include)\w*\b.{0,25}\b(?:numbers?(?! of)|figures?|numeric\w*|quantitative|numerical)\b",
    re.I,
)
_FIGURES_OF = re.compile(r"\s+(?:for|of|on|about)\s+\w.{8,}$", re.I)
_METRIC = re.compile(
    r"\b(?:f-?1|bleu|rouge|accurac\w+|recall|precision|perplexit\w+|auc|ndcg|bertscore|participants?)\b", re.I
)
_BETTER = re.compile(r"\bimprov\w+|\bgains?\b|\bincreas\w+|\bspeed-?ups?\b|\breduc\w+|\bsavings?\b|\bfaster\b", re.IGNORECASE)  # fmt: skip
_BEST = re.compile(
    r"\bstate[- ]of[- ]the[- ]art\b|\bsota\b|\bbest (?:known |published )?results?\b|\bnew records?\b", re.IGNORECASE
)
TRAINING = re.compile(
    r"\b(?:without|no|not(?! (?:\w+ )?(?:seen|present|met|included|encountered|used|part|found|contained) )|n't(?! (?:see|seen|meet|encounter))|avoid\w*|free of|need no|requir\w* no)\b.{0,40}\b(?:re-?)?(?:train(?:ing)?\b(?! (?:\w+ )?(?:data|sets?|images?|examples?|samples?|instances|points?|corp\w+|pairs?)\b)|fine-?tun(?:e|ing)|gradient updates?|weight updates?|parameter updates?|updating)\b|"
    r"\b(?:training|tuning|finetuning|fine-tuning)[- ]free\b",
    re.IGNORECASE,
)
_NEWLY = re.compile(r"\b(?:introduced|proposed|presented)\b", re.IGNORECASE)
TYPE_OF = re.compile(r"^(?:\w+[\s-]+){0,4}?(?:surveys?|reviews?|overviews?|benchmarks?|data ?sets?|corpora|corpus|tutorials?)\s+(?:of|on|about|for|in|covering)\s+(?P<rest>.+)$", re.IGNORECASE)  # fmt: skip


# "have the word newt in the title"
_IN_TITLE = re.compile(
    r"^(?:(?:with|have|has|having|contain\w*|includ\w*|mention\w*|use|uses|using|say|says|show|shows)\s+)?(?:the )?(?:(?:words?|terms?|phrases?|names?)\s+)?(?P<words>.+?)\s+in (?:the|its|their|a) titles?$|"
    r"^whose titles?\s+(?:contains?|mentions?|includes?|have|has|says?|uses?|with)\s+(?:the )?(?:(?:words?|terms?|phrases?|names?)\s+)?(?P<whose>.+)$",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*,\s*(?:or\s+)?|\s+(?:or|and/or|and)\s+", re.IGNORECASE)


def kind_of(text: str, bare: str, subject: str) -> tuple[PartKind, frozenset[str]]:
    """The kind of a part, and what more of it counts ("code" of what is released); `bare` is it without the words that join it to
    the question, `subject` without verb and article too."""
    if match := _IN_TITLE.match(text):
        words = (each.strip("'\"“”‘’ ") for each in _OR.split(match["words"] or match["whose"]))
        return "title", frozenset(each for each in words if any(c.isalnum() for c in each))
    if TRAINING.search(text):
        return "training", frozenset()
    if amount_of(text):
        return "topic", frozenset()
    if _BEST.search(text):
        return "claim", frozenset()
    if _PERCENT.search(text):
        return "figure", frozenset({"percent", *(["better"] if _BETTER.search(text) else [])})
    if (figure := _FIGURE.search(text)) and not _METRIC.search(text) and not _FIGURES_OF.match(text, figure.end()):
        return "figure", frozenset()
    if re.search(r"\blink(?! prediction)|\bgithub\b|\burls?\b", text, re.IGNORECASE) and not re.search(
        r"\breleas|\bcode\b", text, re.IGNORECASE
    ):
        return "release", frozenset({"link"})
    released = frozenset(name for name, sign in _RELEASED.items() if sign.search(text))
    types = frozenset(name for name, sign in _TYPES.items() if sign.search(bare))
    new = types & {"dataset", "benchmark"} and _NEWLY.search(bare)
    if not new and RELEASE.search(bare) and (released or re.search(r"\b(?:everything|anything|something|artefacts?|artifacts?|resources?|materials?)\b", text, re.I)):  # fmt: skip
        return "release", released or frozenset(_RELEASED)
    if types and (len(subject.split()) <= 8 or TYPE_OF.match(subject)):
        return "type", types
    return "topic", frozenset()
