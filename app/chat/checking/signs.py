"""By what words a sentence shows the plain kinds of property: something is released, the paper is a survey or brings a
data set, a figure is given, a state of the art is claimed, no training is needed."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.chat.checking.parts import Part

_HOST = r"\b(?:github\.com|github\.io|gitlab\.\w+|bitbucket\.org|huggingface\.co|zenodo\.org|codeocean\.com|anonymous\.4open\.science|github)\b"
_OPEN = (
    r"(?:(?:publicly |freely |openly |made |now |be )*(?:available|released|open-?sourced?|public|hosted|downloadable)\b|(?:publicly|freely|openly) accessible"
    r"|can be (?:found|accessed|downloaded|obtained)|https?://\S+)"
)
_GIVES = (
    r"(?:(?:we|will|and|to|also|this \w+|authors?)\s+(?:also\s+|publicly\s+|freely\s+|fully\s+|further\s+|will\s+)*"
    r"(?:releas|open-?sourc|publish|shar)\w*|\breleases\b|\blinks? (?:are |is )?(?:provided )?to\b)"
)
_CODE = r"(?:\b(?:source |program |training |our |the )?code(?:base)?s?\b(?! (?:generation|language|completion|infilling|reasoning|model|LLM))|\bimplementations?\b|\bsoftware\b|\btoolkit\b|\b(?:training |evaluation )?framework\b)"
_DATA = r"(?:\b(?:data ?sets?|corpus|corpora|benchmarks?|bench|annotations|data|resources|prompts|instructions|artifacts)\b)"
_MODELS = r"(?:\b(?:models?|weights|checkpoints?|variants|scales|versions)\b)"
_OBJECTS = {"code": _CODE, "data": _DATA, "models": _MODELS}
_LINKS = re.compile(rf"{_HOST}", re.IGNORECASE)

_BRINGS = (
    r"\b(?:introduc|present|propos|creat|collect|construct|build|built|develop|curat|compil|contribut|provid|releas|assembl|annotat|design|"
    r"gather|establish|prepar|open-?sourc|formulat|offer|generat)\w*"
)
_UP_TO = r"(?:(?!\b(?:within|on|using|from|in|with|for|to|that|which|by|via|through|over|evaluat\w+)\b)[^.;]){0,70}?"


def _released(what: str) -> re.Pattern[str]:
    thing = _OBJECTS[what]
    own_host = rf"|{_HOST}" if what == "code" else ""
    return re.compile(
        rf"{thing}[^.;]{{0,80}}?\b{_OPEN}|{_GIVES}\b[^.;]{{0,90}}?{thing}|{_BRINGS}{_UP_TO}\bopen-?source\b[^.;]{{0,40}}?{thing}{own_host}",
        re.IGNORECASE,
    )


_RELEASED = {"link": _LINKS, **{what: _released(what) for what in _OBJECTS}}
# What others have released, or what is about to be used, is not released by this paper.
_USED = re.compile(
    r"\b(?:applied to|using|based on|rely on|existing|evaluat\w+ on|trained on|train\w* (?:data|models?) (?:on|from))\b[^.;]{0,60}\b(?:open-?sourced?|publicly available|available|public)\b",
    re.I,
)

_DATASET = r"\b(?:data ?sets?|meta-dataset|corpus|corpora|collection|suite of|task instances|instances|composite of|bench(?:mark)?)\b"
_BENCHMARK = r"\b(?:benchmarks?|\w*bench|test ?suite|suite of|evaluation (?:suite|framework)|leaderboard|competition)\b"
_OWN = r"\b(?:we|our|this (?:paper|work|study|article)|in this|have been|has been|is|are|authors)\b"


def _brought(thing: str) -> re.Pattern[str]:
    return re.compile(rf"{_OWN}[^.;]{{0,90}}?{_BRINGS}{_UP_TO}{thing}|{thing} has been (?:developed|released|created|collected|built)", re.IGNORECASE)  # fmt: skip


_TYPE = {
    "survey": re.compile(
        r"\b(?:systematic|comprehensive|literature|extensive|thorough|critical|brief|broad|this|an?)\s+(?:\w+\s+){0,2}(?:survey|review|overview|tutorial)\b|"
        r"\b(?:we|this (?:paper|article|work|book|chapter))\s+(?:\w+\s+){0,2}(?:survey|review|overview)s?\b|\bthis (?:\w+ ){0,2}book\b",
        re.IGNORECASE,
    ),
    "position": re.compile(
        r"\b(?:position|perspective|opinion|vision|viewpoint) paper\b|\bwe (?:argue|call for|advocate)\b", re.IGNORECASE
    ),
    "dataset": _brought(_DATASET),
    "benchmark": _brought(_BENCHMARK),
    "competition": re.compile(
        r"\b(?:this|our|the|a|an) (?:[\w-]+ ){0,4}(?:competition|shared task|contest)\b(?! (?:between|among))",
        re.IGNORECASE,
    ),
}
_TITLE = {
    "survey": re.compile(r"\b(?:survey|review|overview|tutorial)\b", re.IGNORECASE),
    "position": re.compile(r"\bposition\b", re.IGNORECASE),
    "dataset": re.compile(r"\b(?:data ?set|corpus)\b(?! (?:analyst|analysis|selection|distillation))", re.IGNORECASE),
    "benchmark": re.compile(r"\b(?:benchmark(?:ing)?|\w+bench)\b", re.IGNORECASE),
    "competition": re.compile(r"\b(?:competition|challenge|shared task)\b", re.IGNORECASE),
}

_PERCENT = re.compile(r"\d(?:[\d.,]*\d)?\s*\\?%|\d\s*per ?cent\b|\bpercentage points?\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w.-])\d[\d.,]*\d?\s*(?:\\?%|[BMK]\b|million|billion|thousand|x\b|times|points?)?|\b(?:two|three|four|five|ten|hundred|thousand|million|billion)-?fold\b"
)
_BETTER = re.compile(
    r"\b(?:improv|increas|better|outperform|higher|faster|gain|reduc|boost|surpass|lower|less|more|clos|exceed|drop|decreas|beat|rais|saving|only)\w*",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"\bstate[- ]of[- ]the[- ]arts?\b|\bSOTA\b|\b(?:leading|best|record) (?:known |published |reported )?results?\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"\b(?:achiev|reach|obtain|attain|set|establish|lead|deliver|surpass|outperform|exceed|beat|improv|advanc|new|boost|better|yield|result)\w*\b",
    re.IGNORECASE,
)
_ONLY_NEAR = re.compile(r"\bcomparable (?:to|with)\b|\bcompetitive\b|\bon par\b|\bclose to\b|\boverview of\b|\bthe state of the art in\b", re.IGNORECASE)  # fmt: skip
_NO_TRAINING = re.compile(
    r"\bwithout\s+(?:(?:any|additional|further|extra|the|need|for|updating|heavy|requiring|need of|a)\s+)*(?:re-?)?(?:train\w*|fine-?tun\w*|gradient updates?|updating (?:any )?(?:weights|parameters))|"
    r"\b(?:training|tuning|finetuning)-free\b|\bno (?:further |additional |extra )?(?:re-?)?(?:training|fine-?tuning)\b|"
    r"\b(?:does|do|did) not (?:require|need)\b[^.;]{0,30}\b(?:re-?)?(?:train|fine-?tun)\w*|"
    r"\beliminat\w+ the need for\b[^.;]{0,40}\b(?:re-?)?(?:train|fine-?tun)\w*|\bwithout (?:the need for )?(?:additional|further) (?:training|fine-tuning)\b",
    re.IGNORECASE,
)

Sign = Callable[[str], float]


def sign_of(part: Part) -> Sign | None:
    """How surely (0 to 1) a sentence shows a part of one of the plain kinds; None for a topic."""
    if part.kind == "release":
        patterns = [_RELEASED[what] for what in part.what]
        return lambda text: float(any(p.search(text) for p in patterns) and not _USED.search(text))
    if part.kind == "type":
        shows = [_TYPE[what] for what in part.what]
        return lambda text: float(any(p.search(text) for p in shows))
    if part.kind == "figure":
        figure = _PERCENT if "percent" in part.what else _NUMBER
        better = "better" in part.what
        return lambda text: float(bool(figure.search(text)) and (not better or bool(_BETTER.search(text))))
    if part.kind == "claim":
        return _claims_best
    if part.kind == "title":
        return lambda text: 0.0  # see `title_shows`
    if part.kind == "training":
        return lambda text: float(bool(_NO_TRAINING.search(text)))
    return None


def _claims_best(text: str) -> float:
    if not _BEST.search(text) or not _CLAIMS.search(text):
        return 0.0
    return 0.5 if _ONLY_NEAR.search(text) else 1.0


def title_shows(part: Part, title: str) -> bool:
    """Whether the title itself says that the paper is of the type asked for, or has a word that is asked for in titles, be it
    written with a hyphen, a space or in one."""
    if part.kind == "title":
        spelled = (r"[\s-]*".join(map(re.escape, re.findall(r"\w+", word))) for word in part.what)
        return any(re.search(rf"(?<!\w){each}(?:e?s|ing|ed)?(?!\w)", title, re.IGNORECASE) for each in spelled)
    return part.kind == "type" and any(_TITLE[what].search(title) for what in part.what)
