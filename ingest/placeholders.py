"""What stands in the place of an abstract and is none: "[No abstract available]", "N/A", "null"."""

from __future__ import annotations

import re

_LONGEST = 240
_WORDS = re.compile(r"[^\W_]+")

_WORK = (
    r"(?:article|paper|publication|work|item|record|entry|document|content|citation|reference|chapter|book|book chapter"
    r"|manuscript|study|editorial|letter|title|text|journal article|conference paper)"
)
_ABSTRACT = r"(?:abstracts?|summary|description|abstract text|abstract or summary|abstract summary)"
_GIVEN = (
    r"(?:available|provided|given|supplied|found|included|present|presented|exists?|entered|submitted|specified|recorded"
    r"|listed|received|on file|applicable|existing|accessible|there)"
)
_THERE = (
    r"(?:is|are|was|were|has been|have been|has|have|text|currently|presently|yet|at present|available|in english|english|author"
    r"|publisher)"
)
_FOR = (
    rf"(?: (?:for|in|with|by|on|from|to|of)(?: the| this| these| that| an?)?(?: \w+)? ?(?:{_WORK}|authors?|publishers?|journal"
    r"|sources?|database|english|language|pubmed|medline|scopus|file|time|moment|present|this)| here| online| yet| currently"
    r"| now| so far| (?:at|for) (?:the|this) (?:time|moment)| at present)"
)
_OTHER_TONGUES = (
    r"kein(?:e|en)? (?:abstract|zusammenfassung|kurzfassung)(?: (?:verfügbar|vorhanden|angegeben))?"
    r"|(?:abstract|zusammenfassung|kurzfassung) (?:ist )?nicht (?:verfügbar|vorhanden)|nicht (?:verfügbar|vorhanden)"
    r"|(?:pas de|aucun|sans) résumé(?: (?:n est )?(?:disponible|fourni))?|résumé (?:non|in)(?: )?disponible|non disponible"
    r"|(?:sin|no hay|ningún) (?:resumen|abstract)(?: disponible)?|(?:resumen )?no disponible"
    r"|(?:sem|não há) resumo(?: disponível)?|(?:resumo )?(?:não disponível|indisponível)"
    r"|(?:nessun|senza) (?:abstract|riassunto|sommario)(?: disponibile)?|(?:abstract|riassunto) non disponibile"
    r"|geen (?:abstract|samenvatting)(?: beschikbaar)?|(?:нет аннотации|аннотация отсутствует|без аннотации)"
    r"|(?:暂)?(?:无|没有)(?:中文|英文)?摘要|摘要(?:なし|はありません|無し)|(?:抄録|要旨|概要)(?:なし|はありません|無し)|초록 ?없음"
)
_NONE = re.compile(
    r"n a|na|nan|null|none|nil|nul|undefined|unavailable|unknown|empty|missing|blank|tba|tbd|to be (?:announced|added)|not applicable"
    rf"|(?:sorry )?(?:(?:there (?:is|was|are)|has|have) )?no {_ABSTRACT}(?: {_THERE})*(?: {_GIVEN})?{_FOR}*"
    rf"|(?:sorry )?(?:the |an? |this |author )?{_ABSTRACT}(?: {_THERE})* (?:not|un|isn t|wasn t)(?: (?:been|yet|currently))* ?{_GIVEN}{_FOR}*"
    rf"|(?:currently |information )?not (?:yet )?(?:available|provided|given|supplied|specified){_FOR}*"
    rf"|(?:the |an? )?(?:missing|empty|without|unavailable|absent) {_ABSTRACT}|{_ABSTRACT} (?:is )?(?:missing|empty|absent|null|none|n a|nan|to follow|forthcoming)"
    rf"|(?:this|the)(?: \w+)? ?{_WORK} (?:has|had|contains|comes with|includes|(?:does|did) not (?:have|contain|include|provide|come with)"
    rf"|is (?:published )?without|was published without)(?: (?:no|an|any))? {_ABSTRACT}(?: {_GIVEN})?{_FOR}*"
    r"|click (?:on )?(?:here|the article title) (?:to read more|for the abstract)|(?:see|read) (?:the )?(?:full text|pdf|article)(?: for (?:the )?abstract)?"
    r"|an abstract is not available for this content(?: so a preview has been provided.*)?"
    rf"|{_OTHER_TONGUES}"
)


def is_placeholder(abstract: str) -> bool:
    """Whether a cleaned abstract only says that there is none. One that merely begins so is an abstract."""
    if len(abstract) > _LONGEST:
        return False
    words = " ".join(_WORDS.findall(abstract.lower()))
    half = words[: len(words) // 2]
    if words == f"{half} {half}":
        words = half
    return not words or _NONE.fullmatch(words) is not None
