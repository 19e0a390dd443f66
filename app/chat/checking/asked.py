"""What a whole-library question asks of each paper: "Which papers release code?" asks whether it releases code.

The question is reduced to parts that are joined by "and" or "or"; each is of a kind that says how a sentence shows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.chat.checking.amounts import amount_of, spelled
from app.chat.checking.clause import clause_of
from app.chat.checking.part_kinds import RELEASE, TRAINING, TYPE_OF, kind_of
from app.chat.checking.parts import Part, PartKind, Property
from app.chat.checking.turned import turned

_JOINTS = re.compile(r"^(?:(?:that|which|who|where|with|in which|in whose abstracts?|whose (?:authors?|abstracts?)|(?:where|in which) (?:the|its|their) abstracts?)\s+|(?:try|tries|trying|attempt|attempts|aim|aims|seek|seeks|manage|manages) to\s+|(?:the\s+)?(?:authors?|writers?|researchers?|they)(?:\s+(?:themselves|explicitly|openly|clearly))?\s+(?=[a-z]+\s)|(?:do|does|did|are|is|was|were|have|has|can|could|will|there|you|we|i|know)\s+(?!(?:no|not)\b)|(?:papers?)\s+|(?:openly|clearly|explicitly|honestly|frankly|plainly|directly)\s+(?=[a-z]+\s))+", re.IGNORECASE)  # fmt: skip
_NOT = re.compile(
    r"^(?:(?:that|which|who)\s+)?(?:(?:do|does|did|are|is|was|were|have|has|can|could|will)\s*(?:not|n['’]t)\b|don['’]?t\b|doesn['’]?t\b|"
    r"aren['’]?t\b|isn['’]?t\b|haven['’]?t\b|hasn['’]?t\b|can(?:not|['’]t)\b|never\b|not\b|lack(?:s|ing)?\b|omit(?:s)?\b|fail(?:s)?\ to\b|"
    r"(?:have|has|with|come\ with|provide|give|report|mention|use|contain|include|propose|introduce|present|offer)?\s*\bno\b|without\b)\s*(?:even\s+|any\s+|yet\s+|also\s+)*",
    re.IGNORECASE,
)
_VERB_WORDS = (
    "releas|publish|open-?sourc|shar|provid|introduc|propos|present|creat|collect|us(?:e|es|ing)\\b|appl(?:y|ies)|report|claim|achiev|reach|"
    "evaluat|test|train|work|deal|treat|address|tackl|stud(?:y|ies)\\b|investigat|explor|examin|consider|are\\b|is\\b|do\\b|does\\b|don|have\\b|has\\b|need|"
    "requir|run\\b|ran\\b|make|made|mention|compar|combin|learn\\b|improv|reduc|give\\b|show\\b|not\\b|never\\b|without\\b|come|offer|build|develop"
)
_AND_VERB = re.compile(
    rf",?\s+(?:(?:and|but)\s+also\s+(?=[a-z])|(?:and|but)\s+(?:yet\s+|actually\s+|really\s+|even\s+|explicitly\s+)?(?=(?:{_VERB_WORDS}))|also\s+(?=(?:{_VERB_WORDS})))",
    re.IGNORECASE,
)
# What points at the rest of the question asks for nothing by itself: "... or train models for it".
_POINTS = re.compile(r"\b(?:it|them|that|this|those|these)$|^(?:how|what|where|why|when) (?:it|they)\b", re.IGNORECASE)
_ONE_OBJECT = re.compile(rf"\b(?P<one>(?:{_VERB_WORDS})[a-z]*)\s+(?:or|and|and/or)\s+(?P<other>(?:{_VERB_WORDS})[a-z]*)\b(?=\s+\w)", re.IGNORECASE)  # fmt: skip
_OR_VERB = re.compile(rf",?\s+or\s+(?=(?:{_VERB_WORDS}))", re.IGNORECASE)
_BOTH = re.compile(r"\bboth\s+(.+?)\s+(?:and|as well as)\s+(.+)$", re.IGNORECASE)
# What lies between two things is one thing.
_LIST = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|and/or|as well as|together with)\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(between (?:[\w-]+ ){1,4}?)and (?=\w)", re.IGNORECASE)
# "Language models or transformers in simplified or synthetic settings": the settings are one thing.
_INSIDE = re.compile(r"(?<= or )((?:[\w-]+ ){1,3}(?:in|for|on|with|under|from|of) (?:[\w-]+ )?[\w-]+) or ((?:[\w-]+ )?[\w-]+ \w+)$", re.IGNORECASE)  # fmt: skip
# Verbs and prepositions before what a question is about. What else is a verb stays: "merge fine-tuned models".
_ABOUT = re.compile(
    r"""^(?:(?:(?:(?:end|ends|begin|begins|start|starts)\ (?:by|with)\ )?(?:say|says|saying|state|states|stating|argue|argues|arguing|claim|claims|find|finds|show|shows|report|reports|conclude|concludes|admit|admits|admitting|concede|concedes|note|notes|observe|observes|stress|stresses|warn|warns|worry|worries|fear|fears|complain|complains|criticise|criticises|criticize|criticizes|
    believe|believes|think|thinks|demonstrate|demonstrates|prove|proves|suggest|suggests|point\ out|points\ out|hint|mention|mentions|claiming|showing|reporting|finding)\ (?:that|how)
    |(?:(?:are|is|be|being|mainly|mostly|primarily|really|actually|also|explicitly|directly|specifically)\s+)*
    (?:about|on|around|concerned\ with|related\ to|relevant\ (?:to|for)|dedicated\ to|focus(?:ed|es|ing)?\ on|dealing\ with|based\ on|concerning|involving|using|regarding|of|from|in\ the\ (?:field|area|domain)\ of|something\ to\ do\ with|to\ do\ with)
    |(?:deal|deals|work|works|worked|concern|concerns|concerned|experiment|experiments|help|helps|do|does|talk|talks|speak|speaks)\ (?:with|on|about|in|of)
    |(?:look|looks|looked)\ (?:at|into)|(?:aim|aims|aimed|aiming)\ (?:at|for)|(?:target|targets|targeted|targeting)|(?:appl(?:y|ies|ied)|rely|relies|build|builds|focus|focuses|centre|center|report\ (?:results|experiments))\ (?:to|on)
    |(?:evaluat|test|experiment|validat|benchmark|train)ing\ (?:on|with|in|using|against)
    |(?:study|address|tackl|treat|consider|investigat|explor|examin|analy[sz]|cover|discuss|handl|solv|report|apply|employ|propos|introduc|present|develop|describ|build)ing
    |(?:run|ran|conduct|perform|do|carry\ out|report)\s+(?:their\ )?(?:experiments?|evaluations?|tests?)\ (?:on|with|in|for)
    |(?:build|collect|create|make|provide|release|annotate)\s+(?:(?:their|new|own)\ )?(?:data|resources?|data\ ?sets?)\ for
    |(?:evaluat|test|experiment|validat|benchmark|tr(?=y\b|ies\b|ied\b))(?:e|es|ed|s|y|ies|ied)?(?:\ (?:their\ \w+|it|themselves|models?|methods?))?\ (?:on|with|in|using|against)
    |(?:are|is|was|were)\s+(?:evaluated|tested|trained|validated)\ (?:on|with|in)
    |(?:train|fine-?tune)(?:s|ed)?(?:\ (?:their\ )?(?:models?|systems?|networks?|it))?\ (?:on|with)
    |(?:us(?:e|es|ed|ing)|appl(?:y|ies|ied)|employ|employs|adopt|adopts|leverage|leverages|exploit|exploits|utilize|utilise|utilizes|involve|involves|include|includes|contain|contains|mention|mentions|mentioning|nam(?:e|es|ing)|cite|cites|citing|stat(?:e|es|ing)(?=\ (?:the|a|an|their|its|how|some|any|\w+\ (?:size|number|count))\b)|claim(?:s|ing)?(?!\ that)|discuss|discusses)
    |(?:stud(?:y|ies|ied)|address|addresses|tackle|tackles|treat|treats|consider|considers|investigate|investigates|explore|explores|examine|examines|analy[sz]e|analy[sz]es|cover|covers|discuss|handle|handles|solve|solves|report|reports|reported|achieve|achieves|reach|reaches|obtain|obtains|do|does|ran|run|conduct|perform)
    |(?:propos(?:e|es|ed)|introduc(?:e|es|ed)|present|presents|presented|develop|develops|developed|describe|describes|design|designs|offer|offers|suggest|suggests|build|builds|create|creates)
    )\b\s*)+""",
    re.IGNORECASE | re.VERBOSE,
)
# What is not needed or kept is said to be done without, not left unsaid.
_NEEDS_NOT = re.compile(r"^(?:(?:that|which|who)\s+)?(?:do|does|did)(?:\s+not|n['’]?t)\s+(?P<what>(?:need|require|keep|store|replay|rely)\b.+)$", re.I)  # fmt: skip
_PROPOSE = re.compile(r"^(?:propos|introduc|present|develop|design|suggest|build|creat)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:(?:a|an|the|some|any|their|its|new|novel|own|(?:kind|sort|type|form|version|variant|variety|flavou?r)s? of|topic of|field of|area of|domain of|subject of|use of|problem of)\s+)+", re.IGNORECASE)  # fmt: skip

# What stands between dashes or in brackets says the same in other words: "judged by people (raters, participants)".
_ASIDE = re.compile(
    r"\s*\((?P<a>[^()]{2,120})\)|\s+[-–—]+\s+(?P<b>[^–—]{2,120}?)\s+[-–—]+(?=\s)|(?<=\w):\s+(?P<c>[^:]{2,150})$|"
    r"[,;?]\s+(?P<d>[^;?]{2,120}),?\s+(?:(?:and|or) )?(?:that (?:kind|sort) of (?:thing|stuff)|(?:things|stuff) like (?:that|this|these)|and the like|and so on|etc\b\.?|you know)\s*$|,\s+(?:i\.?e\.?|that is|meaning|in other words|e\.?g\.?|for example|for instance|such as)[,:]?\s+(?P<e>[^;?]{2,150})$|\s+such as\s+(?P<f>[^;?]{2,100})$",
    re.IGNORECASE,
)
# What says no other word for it: "(the generative kind)", "(some new ones)".
_NO_NAME = re.compile(r"\b(?:ones?|kinds?|sorts?|types?|sense)$", re.IGNORECASE)
_SOMETHING = re.compile(r"-(?:something|whatever|anything|like|style|x)$", re.IGNORECASE)
_AND_THE_LIKE = re.compile(r"\b(?:e\.g\.|such as|like|for example|for instance|i\.e\.)|,?\s*(?:and|or) (?:the like|so on|similar|others?)\b|\betc\b\.?", re.IGNORECASE)  # fmt: skip
_ANY_FIELD = re.compile(r"^(?:an?|the|whole|entire|their|some|any|field|fields|area|areas|research|topic|literature|whole|their own|state of the art|\s)+$", re.IGNORECASE)  # fmt: skip
_VERB_AND_OBJECT = re.compile(
    r"^(?P<verb>(?!(?:an?|the|some|any|its|their|no|non|new|other)\b)[a-z-]+(?: (?:up|out|together|down|in|off))?) (?P<object>\w.+)$",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"(?:[a-z]{3}er|ous|al|ic|ive|able|ible|less|ful|ed|ary|ar|ish|ese|lingual|modal|toy|low|high|small|large|fast|cheap|long|short|new|old|rare|few|open|free)$",
    re.IGNORECASE,
)
# "Propose no new method" is said of surveys and the like, whose abstracts may well speak of methods.
_NEW_THING = re.compile(
    r"(?:new |novel |own )*(?:models?|methods?|approach(?:es)?|systems?|algorithms?|techniques?|things?|anything)",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(r"\s+(?:of|in)\s+(?!(?:one|all|any|each)\b)\w.+$", re.IGNORECASE)
_VERB_ALONE = re.compile(r"(?:train|test|tune|evaluate|run|learn|use|build|work|them|(?:built |based |trained |tested |evaluated )?(?:up)?on (?:it|them)|it|this|that|those|these|so|like|what|where|how|which|where\?)", re.IGNORECASE)  # fmt: skip
# "Generating or completing program code"
_ALL_DOING = re.compile(r"^(?:[a-z]{3,}ing,? )+(?:or|and) [a-z]{3,}ing (?!(?:on|of|for|with|in)\b)[a-z]", re.IGNORECASE)
_FIELD = re.compile(r"(?<=\w )(?:for|on|about)\s+\w.+$", re.IGNORECASE)
# "Take several tuned models and put their abilities together" is one thing that is done.
_OF_THEIRS = re.compile(r"\b(?:their|them)\b", re.IGNORECASE)
_LONG, _FEW, _MANY = 10, 3, 5
_COUNTS = re.compile(r"\bhow many\b|\bcount\b|\bnumber of\b", re.IGNORECASE)
_YES_NO = re.compile(r"^\W*(?:is|are|does|do|did|has|have)\b", re.IGNORECASE)


def property_of(question: str) -> Property:
    """What the question asks of each paper."""
    clause = spelled(clause_of(turned(question) or question))
    parts, every = _split(clause)
    parts = (
        tuple(part for part in parts if part.kind != "topic" or part.amount or not _VERB_ALONE.fullmatch(part.subject))
        or parts
    )
    parts = (
        tuple(part for part in parts if not (part.negated and part.propose and _NEW_THING.fullmatch(part.subject)))
        or parts
    )
    apart = every and len(parts) > 1 and (len(_AND_VERB.split(clause)) > 1 or bool(_BOTH.search(clause)))
    return Property(clause, parts, every, bool(_COUNTS.search(question)), bool(_YES_NO.search(question)), apart)


def _split(clause: str) -> tuple[tuple[Part, ...], bool]:
    """The parts of a clause, and whether all of them are asked for or one is enough."""
    asides = [next(filter(None, match.groups())) for match in _ASIDE.finditer(clause)]
    if asides:
        parts, every = _split(" ".join(_ASIDE.sub(" ", clause).split()))
        sides = [
            _SOMETHING.sub("", side.strip()) for words in asides for side in _LIST.split(_AND_THE_LIKE.sub("", words))
        ]
        others = tuple(
            side
            for side in sides
            if any(c.isalnum() for c in side) and not (_POINTS.search(side) or _NO_NAME.search(side))
        )
        first = replace(parts[0], others=(*parts[0].others, *others)) if parts[0].kind == "topic" else parts[0]
        return (first, *parts[1:]), every
    clause = _ONE_OBJECT.sub(_shared, clause)
    if not _whole(clause):
        if len(pieces := _AND_VERB.split(clause)) > 1:
            parts = tuple(part for piece in pieces for part in _parts(piece))
            together = any(_OF_THEIRS.search(piece) for piece in pieces[1:]) and all(
                part.kind == "topic" for part in parts
            )
            return ((_part(clause),) if together else parts), True
        if len(pieces := _with_their_field(_OR_VERB.split(clause))) > 1:
            return tuple(_part(piece) for piece in pieces if not _POINTS.search(piece)) or (_part(pieces[0]),), False
    return _parts(clause), True


def _with_their_field(pieces: Sequence[str]) -> list[str]:
    """ "Do experiments or build data for question answering" is both of question answering."""
    field = _FIELD.search(pieces[-1])
    alone = [
        len(piece.split()) <= _FEW and not _FIELD.search(piece) and not _POINTS.search(pieces[-1])
        for piece in pieces[:-1]
    ]
    return [
        *(f"{piece} {field.group()}" if field and few else piece for piece, few in zip(pieces, alone, strict=False)),
        pieces[-1],
    ]


def _shared(match: re.Match[str]) -> str:
    """Of two verbs with one object the one that says more of it: "trained or tested on toads" is "tested on toads"."""
    one, other = match["one"], match["other"]
    return one if _ABOUT.match(f"{other} a") and not _ABOUT.match(f"{one} a") else other


def _whole(clause: str) -> bool:
    """Whether this is one thing whatever "or" and "and" stand in it: "need no retraining or fine-tuning"."""
    return bool(TRAINING.search(clause)) and not RELEASE.search(clause)


def _parts(piece: str) -> tuple[Part, ...]:
    """What a piece of the question asks, all of it; alternatives are other words of one part."""
    whole = _part(piece)
    if whole.kind == "training" and len(piece.split()) > _LONG:
        return (whole, Part("topic", piece, piece))
    if whole.kind == "type" and (narrower := TYPE_OF.match(whole.subject)) and not _ANY_FIELD.match(narrower["rest"]):
        return (whole, replace(_topic(narrower["rest"], whole), propose=False))
    if whole.kind != "topic":
        return (whole,)
    if both := _BOTH.search(whole.subject):
        lead = whole.text[: match.start()] if (match := re.search(r"\bboth\b", whole.text, re.IGNORECASE)) else ""
        return tuple(
            typed if (typed := _part(f"{lead}{side}")).kind in {"type", "release"} else _topic(side, whole)
            for side in both.groups()
        )
    joined = _INSIDE.sub(r"\1 & \2", _BETWEEN.sub(r"\1& ", whole.subject))
    sides = [
        side.strip().replace(" & ", " or " if _INSIDE.search(whole.subject) else " and ")
        for side in _LIST.split(joined)
        if side.strip()
    ]
    if len(sides) < 2 or not all(any(c.isalnum() for c in side) for side in sides):
        return (whole,)
    if any(_OF_THEIRS.search(side) for side in sides[1:]):
        return (whole,)
    if len(sides[0].split()) == 1 and (whole.text == whole.subject or _ALL_DOING.match(whole.subject)):
        return (_with_one_object(whole, sides),)
    sides = _with_one_head(_with_one_tail(sides))
    topics = tuple(_topic(side, whole) for side in sides)
    if re.search(r"\bor\b", whole.subject, re.IGNORECASE):
        others = tuple(
            _in_its_place(topics[0].subject, topic.subject) for topic in topics[1:] if not _POINTS.search(topic.subject)
        )
        return (replace(topics[0], text=whole.text, others=others),)
    return topics


def _in_its_place(first: str, other: str) -> str:
    """ "Tasks that are phrased as instructions or prompts": the last words of a long first one are what may be otherwise."""
    words, few = first.split(), len(other.split())
    return " ".join([*words[:-few], other]) if len(words) > _MANY and few <= 2 else other


def _with_one_object(whole: Part, verbs: Sequence[str]) -> Part:
    """Verbs that share an object: "merge, combine or add up fine-tuned models" is any of these with them."""
    object_ = _VERB_AND_OBJECT.match(verbs[-1])
    if not object_ or not re.search(r"\bor\b", whole.subject) or any(len(verb.split()) > 1 for verb in verbs[:-1]):
        return whole
    others = tuple(f"{verb} {object_['object']}" for verb in (*verbs[1:-1], object_["verb"]))
    return replace(whole, subject=f"{verbs[0]} {object_['object']}", others=(*whole.others, *others))


def _with_one_tail(sides: Sequence[str]) -> list[str]:
    """ "Risks or limits of language models" are both of these models."""
    tail = _OF_WHAT.search(sides[-1])
    if not tail or len(sides[-1][: tail.start()].split()) > 2:
        return list(sides)
    if any(_OF_WHAT.search(side) or len(side.split()) > 3 for side in sides[:-1]):
        return list(sides)
    return [*(f"{side} {tail.group().strip()}" for side in sides[:-1]), sides[-1]]


def _with_one_head(sides: Sequence[str]) -> list[str]:
    """ "Faster or cheaper inference" is both of inference."""
    last = sides[-1].split()
    if len(last) < 2 or not _ADJECTIVE.search(last[0]):
        return list(sides)
    rest = " ".join(last[1:])
    return [
        *(f"{side} {rest}" if _ADJECTIVE.search(side) and len(side.split()) <= 2 else side for side in sides[:-1]),
        sides[-1],
    ]


def _topic(subject: str, whole: Part) -> Part:
    subject = _ARTICLE.sub("", _ABOUT.sub("", subject))
    return Part("topic", subject, subject, frozenset(), whole.negated, whole.propose, whole.amount)


def _part(piece: str) -> Part:
    piece = piece.strip(" ,;:?.")
    kind, what = _kind(piece)
    if kind == "training":
        return Part(kind, piece, piece)
    if keeps := _NEEDS_NOT.match(piece):
        return Part("topic", piece, f"without {keeps['what']}")
    negated, text = False, piece
    if no := _NOT.match(piece):
        negated, text = True, piece[no.end() :].strip()
    if negated:
        kind, what = _kind(text)
    text = _JOINTS.sub("", text).strip() or text
    verb = _ABOUT.match(text)
    subject = text[verb.end() :] if verb else text
    subject = _ARTICLE.sub("", subject).strip(" ,;:?.") or text
    amount = amount_of(subject) if kind == "topic" else None
    if amount:
        subject = f"{subject[: amount[1]]} {subject[amount[2] :]}".strip()
    return Part(kind, text, subject, what, negated, bool(_PROPOSE.match(text)), amount[0] if amount else None)


def _kind(text: str) -> tuple[PartKind, frozenset[str]]:
    bare = _JOINTS.sub("", text)
    return kind_of(text, bare, _ARTICLE.sub("", _ABOUT.sub("", bare)))
