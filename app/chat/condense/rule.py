"""The rule that makes a follow-up stand alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.checking.turned import turned
from app.chat.condense.again import asked_again, corrected, goes_on
from app.chat.condense.places import Place, places, tells_place
from app.chat.condense.pointing import (
    ALL_OF_THEM,
    ELLIPSIS,
    LISTS,
    PLURAL,
    RETURNS,
    SINGULAR,
    WHICH,
    WHICH_OF,
    changes_subject,
    content,
    content_words,
    points_back,
)
from app.chat.condense.records import Condensed
from app.chat.condense.talk import Talk
from app.chat.condense.vague import means_nothing, points_first, says_nothing
from app.chat.condense.wording import asked_of, of_list, substituted, thing_of_last
from app.chat.resolve import Named
from app.chat.several import asked_which
from app.core.domain import Turn

Told = Callable[[str, Sequence[str], bool], Sequence[str]]
# "the biomedical one", "the one by Lee", "the ones from 2024".
_ONE = re.compile(
    r"\bthe\s+(?:(?:(?!(?:and|or|of|is|are|does|do|second|first|last|other|next)\b)[\w-]+\s+){1,4}one\b(?!\s+(?:of|to)\b)|"
    r"(?:one|paper)\s+(?:by|from|about|on|with|that|which|for|using|in)\s+(?:(?!(?:propose|report|use|say|do|does|is|are|compare|work)s?\b)[\w'’.-]+\s*){1,6})",
    re.IGNORECASE,
)
# "How about music?" after a list of papers on something else.
_TOPIC = re.compile(r"^\W*(?:and\s+)?(?:what|how)\s+about\s+(?!(?:the|its|their|this|that)\b)", re.IGNORECASE)
# "In which paper do people grade agents?" asks for one.
_ONE_PAPER = re.compile(r"\b(?:which|what|the) (?:[\w-]+ )?(?:paper|article|study|work)\b", re.IGNORECASE)
_MOST_SIDES, _SHORT = 4, 7
# "no, I mean the other paper", "no, papers on music"
_OTHER_PAPER = re.compile(
    r"\b(?:papers?|ones?|stud(?:y|ies)|works?|surveys?|books?|articles?|which|who|list|all)\b", re.IGNORECASE
)
_AFTER_IT = re.compile(r"(?:['’]s)?\s*[.,;:!–—-]+\s*(?P<asked>\S.+)")
_IN_TERMS_OF = re.compile(
    r"^(?:in terms of|on|regarding|concerning|by|with (?:regard|respect) to|when it comes to)\s", re.IGNORECASE
)


def condense_by_rule(
    text: str,
    history: Sequence[Turn],
    named: Named,
    handle_of: Callable[[str], str],
    resolve_text: Callable[[str], Named],
    told: Told | None = None,
    known: Callable[[str], bool] | None = None,
) -> Condensed:
    """Put names in place of words that point back. `named` is what `text` names itself; `handle_of` gives what
    people call a paper; `resolve_text` finds the names in an earlier question, which "what about X?" takes over; `told`
    tells one paper of the conversation by words ("the biomedical one"), see `app.chat.told`; `known` says whether any paper
    of the library uses a word."""
    talk = Talk.of(history, resolve_text, handle_of, history[-1].excluded if history else (), known)
    last = talk.last
    if last is None:
        return _pointed(text, talk, named)
    if len(named.papers) == 1 and not content(text, named) and asked_which(history[-1], named, resolve_text):
        return Condensed(asked_of(text.strip(" ?.!"), history[-1], talk), named.papers, changed=True)
    if of_them := of_list(text, talk):
        text, named = of_them, resolve_text(of_them)
    found = (
        _again(text, last, talk)
        or _corrected(text, last, talk)
        or (_by_words(text, talk, last, told) if told and not named.papers else None)
        or _pointed(text, talk, named)
    )
    return _by_names(found, talk)


def _by_words(text: str, talk: Talk, last: Turn, told: Told) -> Condensed | None:
    """A name in place of "the biomedical one", "the one by Lee", if these words tell one paper of the conversation."""
    match = _ONE.search(text)
    if match is None or tells_place(match.group()):
        return None
    papers = tuple(told(match.group(), talk.seen(), True))
    if not papers:
        return None
    name = talk.names(papers)
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    if not content_words(RETURNS.sub(" ", rest)):
        asked = f"What is {name}?" if RETURNS.search(text) else asked_of(name, last, talk, papers)
        return Condensed(asked, papers, changed=True)
    lead = RETURNS.search(text[: match.start()])
    if lead and (after := _AFTER_IT.match(text[match.end() :])):
        # "Back to the biomedical one. How large is it?"
        text = after["asked"]
        return _pronoun_of(text, papers, name)
    text = f"{text[: match.start()]}{name}{text[match.end() :]}"
    return Condensed(ELLIPSIS.sub("", text) or text, papers, changed=True)


def _pronoun_of(text: str, papers: tuple[str, ...], name: str) -> Condensed:
    for pattern in (SINGULAR, PLURAL):
        if pattern.search(text):
            return substituted(text, pattern, name, papers)
    return Condensed(f"{text.rstrip(' ?.')} — {name}?", papers, changed=True)


def _again(text: str, last: Turn, talk: Talk) -> Condensed | None:
    """The last question once more, where the text asks for nothing but another answer to it."""
    wording, papers = last.standalone or last.question, talk.typed(last)
    if (more := goes_on(text)) and (papers or last.papers):
        return Condensed(f"{wording.rstrip(' ?.!')}? {more}", papers, changed=True)
    manner = asked_again(text)
    return None if manner is None else Condensed(wording, papers, changed=True, manner=manner)


def _corrected(text: str, last: Turn, talk: Talk) -> Condensed | None:
    """The last question of what the person says is meant instead."""
    meant = corrected(text)
    if not meant:
        return None
    named = talk.resolve_text(meant)
    if (named.papers or named.missing) and not content(meant, named):
        wrong = talk.resolve_text(text).papers
        typed = talk.typed(last)
        replaced = [paper for paper in typed if paper in wrong and paper not in named.papers]
        if len(typed) > 1 and len(named.papers) == 1 and named.papers[0] not in typed:
            # "no, TAME, not OVOR" after a comparison; which was wrong is not always said
            gone = replaced or typed[-1:]
            papers = tuple(dict.fromkeys(named.papers[0] if paper in gone else paper for paper in typed))
            return Condensed(asked_of(talk.names(papers), last, talk, papers, instead=True), papers, changed=True)
        return Condensed(asked_of(meant.strip(" ?.!"), last, talk, named.papers), named.papers, changed=True)
    found = _pointed(meant, talk, named)
    if found.changed or found.unclear:
        return found
    one = talk.typed(last)
    if len(one) == 1 and not named.papers and len(meant.split()) <= _SHORT and not _OTHER_PAPER.search(meant):
        return Condensed(f"{meant.strip(' ?.!')} — {talk.names(one)}?", one, changed=True)  # "no, I mean numbers"
    return Condensed(meant, changed=True)


def _pointed(text: str, talk: Talk, named: Named) -> Condensed:
    pointing = points_back(text, named)
    if not pointing:
        if talk.last and named.papers and not content(text, named) and _by_markers(named):  # "number 4"
            return Condensed(
                asked_of(talk.names(named.papers), talk.last, talk, named.papers), named.papers, changed=True
            )
        if not named.papers and not named.missing and (same := thing_of_last(text, talk)):
            return Condensed(f"{text.rstrip(' ?.!')} — {talk.names(same)}?", same, changed=True)
        return Condensed(text, unclear=talk.last is None and says_nothing(text, named))
    last, focus = talk.last, talk.focus()
    if pointing == "plural" and ALL_OF_THEM.search(text) and last and (len(focus) < 2 or len(talk.typed(last)) == 1):
        focus = talk.last_two() or focus
    if last is None or (not focus and not named.papers):
        return Condensed(text, unclear=means_nothing(text, pointing, named, talk.known), points=points_first(text))
    if pointing == "position":
        return _by_place(text, talk, last)
    if pointing == "ellipsis" and (named.papers or named.missing):
        return _of_another(text, named, talk, last)
    if pointing == "plural" and len(focus) > 1 and WHICH_OF.match(text):
        named_which = WHICH_OF.sub(rf"\g<lead> of {_safe(talk.names(focus))}", text, count=1)
        return Condensed(named_which, tuple(focus), changed=True)
    if _asks_of_list(text, talk, focus):
        return _within(text, focus, talk)
    if WHICH.search(text) and len(focus) > 1:
        return Condensed(
            WHICH.sub(rf"\g<lead> of {_safe(talk.names(focus))}", text, count=1), tuple(focus), changed=True
        )
    if pointing == "plural" and len(focus) > 1 and not _means_authors(text, talk, last):
        if not content_words(PLURAL.sub(" ", ELLIPSIS.sub("", text))):  # "both", "what about all of them?"
            return Condensed(asked_of(talk.names(focus), last, talk, focus), tuple(focus), changed=True)
        return substituted(text, PLURAL, talk.names(focus), focus)
    if (
        pointing != "plural"
        and not _TOPIC.match(text)
        and _one_of_a_list(talk)
        and (pointing == "singular" or means_nothing(text, pointing, named, talk.known))
    ):
        return Condensed(text, unclear=True)
    if pointing in {"singular", "plural"}:
        found = substituted(text, SINGULAR if pointing == "singular" else PLURAL, talk.names(focus[:1]), focus[:1])
        return replace(found, others=_other_sides(talk, focus) if pointing == "singular" else ())
    wording = ELLIPSIS.sub("", text).strip(" ?")
    if len(compared := talk.typed(last)) > 1 and _IN_TERMS_OF.match(wording):  # of a comparison, on another point
        return Condensed(f"Compare {talk.names(compared)} {wording}", compared, changed=True)
    if not talk.typed(last) and _TOPIC.match(text) and LISTS.search(last.standalone or last.question):
        return Condensed(f"Which papers are about {wording}?", changed=True)
    one = tuple(focus[:1])
    return Condensed(f"{wording} — {talk.names(one)}?", one, changed=True, others=_other_sides(talk, focus))


def _other_sides(talk: Talk, focus: Sequence[str]) -> tuple[str, ...]:
    """After several papers were asked for at once, those that "it" may stand for beside the first."""
    spoken = talk.spoken()
    if spoken is None or len(sides := talk.typed(spoken)) < 2:
        return ()
    return tuple(paper for paper in sides if paper not in focus[:1])[:_MOST_SIDES]


def _one_of_a_list(talk: Talk) -> bool:
    """Whether what was spoken of last is a list that was asked for ("which papers release code?"), of which no single paper
    is more meant than another."""
    spoken = talk.spoken()
    if spoken is None or talk.typed(spoken) or len(spoken.papers) < 2:
        return False
    asked = spoken.standalone or spoken.question
    return (LISTS.search(asked) is not None or bool(turned(asked))) and _ONE_PAPER.search(asked) is None


def _by_markers(named: Named) -> bool:
    return all(reading.how == "marker" for reading in named.readings if reading.papers)


def _safe(names: str) -> str:
    return names.replace("\\", r"\\")


def _of_another(text: str, named: Named, talk: Talk, last: Turn) -> Condensed:
    """ "what about MULTI-LANE?": the last question, asked of another paper."""
    if content(text, named):
        return Condensed(text)
    subject = text[named.spans[0][0] : named.spans[-1][1]]
    if RETURNS.search(text) and named.papers:
        return Condensed(f"What is {subject}?", named.papers, changed=True)
    asked = asked_of(subject, last, talk, named.papers, joins=True)
    papers = named.papers
    if named.papers and not set(papers) & set(talk.typed(last)):
        papers = talk.resolve_text(asked).papers or papers
    return Condensed(asked, papers, changed=True)


def _means_authors(text: str, talk: Talk, last: Turn) -> bool:
    """Unless the last question named several papers, "they" and "their" are authors, not every paper it cited."""
    match = None if ALL_OF_THEM.search(text) else PLURAL.search(text)
    return match is not None and match["word"].lower() in {"they", "their"} and len(talk.typed(last)) <= 1


def _asks_of_list(text: str, talk: Talk, focus: Sequence[str]) -> bool:
    """Whether it asks which papers of a list are something, rather than to set two beside each other."""
    match = WHICH.search(text)
    if match is None or len(focus) < 2:
        return False
    listed = not talk.typed(talk.last) if talk.last else False
    return match["lead"].lower() != "one" and (len(focus) > 2 or listed or match["lead"].lower() != "which")


def _within(text: str, focus: Sequence[str], talk: Talk) -> Condensed:
    """The question of a list of papers, and the same as it is put to the whole library."""
    names = _safe(talk.names(focus))
    alone = WHICH.sub(rf"\g<lead> of {names}", text, count=1)
    lead = (WHICH.search(text) or {"lead": "which"})["lead"].lower()
    papers = "how many papers" if lead == "how many" else "which papers"
    asked = WHICH.sub(papers, ELLIPSIS.sub("", text), count=1)
    asked = re.sub(rf"^{papers} (\w+)", lambda match: f"{papers} {_of_several(match[1])}", asked, flags=re.IGNORECASE)
    asked = re.sub(rf"^\W*(?:do|does|did|are|is|can|has|have)\s+{papers}", papers, asked, flags=re.IGNORECASE)
    return Condensed(alone, tuple(focus), changed=True, within=tuple(focus), asked=asked[:1].upper() + asked[1:])


def _of_several(verb: str) -> str:
    """ "release" of "releases"."""
    irregular = {"is": "are", "was": "were", "has": "have", "does": "do"}
    return irregular.get(verb.lower()) or (verb[:-1] if re.search(r"[^s]s$", verb) else verb)


def _by_place(text: str, talk: Talk, last: Turn) -> Condensed:
    """Names in place of "the second one" and the like."""
    found = [place for place in places(text, talk) if place.papers]
    if not found:
        # "The others" of a conversation that has none may be those of the sentence itself.
        little = means_nothing(text, "position", talk.resolve_text(text), talk.known) or len(talk.order()) > 1
        return Condensed(text, unclear=little and not changes_subject(text))
    papers = tuple(dict.fromkeys(paper for place in found for paper in place.papers))
    rest = _cut(text, found)
    if not content_words(rest):
        return Condensed(asked_of(talk.names(papers), last, talk, papers), papers, changed=True)
    lead = RETURNS.search(text[: found[0].start])
    if lead and (after := _AFTER_IT.match(text[found[-1].end :])):  # "Back to the first: how large is it?"
        return _pronoun_of(after["asked"], papers, talk.names(papers))
    swapped = text
    for place in reversed(found):
        swapped = f"{swapped[: place.start]}{talk.names(place.papers)}{chr(39) + 's' if place.own else ''}{swapped[place.end :]}"
    swapped = ELLIPSIS.sub("", swapped)
    before = SINGULAR.search(text, 0, found[0].start)
    focus = tuple(paper for paper in talk.subject()[:1] if paper not in papers)
    if before and focus:  # "is it better than the second one?"
        with_it = substituted(swapped, SINGULAR, talk.names(focus), focus)
        return replace(with_it, papers=(*focus, *papers))
    return Condensed(swapped, papers, changed=True)


def _cut(text: str, found: Sequence[Place]) -> str:
    for place in reversed(found):
        text = f"{text[: place.start]} {text[place.end :]}"
    return text


def _by_names(condensed: Condensed, talk: Talk) -> Condensed:
    """With names in place of markers, which nobody can look for ("[2]'s data set?")."""
    named = talk.resolve_text(condensed.text)
    spans: dict[tuple[int, int], list[str]] = {}
    for reading in named.readings:
        if reading.how == "marker":
            spans.setdefault((reading.start, reading.end), []).extend(reading.papers)
    if not spans or len({paper for marked in spans.values() for paper in marked}) > 4:
        return condensed
    text = condensed.text
    for (start, end), marked in sorted(spans.items(), reverse=True):
        lead = re.search(r"\b(?:the\s+)?papers?\s+$", text[:start], re.IGNORECASE)
        text = f"{text[: lead.start() if lead else start]}{talk.names(marked)}{text[end:]}"
    papers = tuple(dict.fromkeys([*condensed.papers, *named.papers]))
    return replace(condensed, text=text, papers=papers, changed=True)
