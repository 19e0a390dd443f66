"""Reading filters out of a question, by rule: "papers since 2023 by Raffel in cs.CL on prompts" asks for papers on
prompts, and for some of them only.

What is read is shown to the person, who can have it left out; so nothing is read that is not clearly about papers, and
nothing that was read is dropped, even where no paper fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from app.chat.library_view import LibraryView
from app.chat.read_context import about_papers, dates_papers, words_left
from app.chat.read_people import PAPERS, people
from app.chat.read_places import categories, flagged, venues
from app.chat.read_times import Time, times, years_before
from app.chat.resolve import COMPARES, Named
from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters, fits_venue
from app.core.reading import Reading, combined, given_readings

Span = tuple[int, int]
NOTHING_NAMED = Named((), (), (), ())
_QUOTED = re.compile(r"[\"“”«»„][^\"“”«»„]*[\"“”«»„]")
# "Lee 2023", "Vaswani et al. (2017)", "SemEval 2023": the year is part of a name.
_NAMED_YEAR = re.compile(
    r"\b(?P<name>[A-Z][\w'’-]+)(?:\s+(?:et\s+al\.?|(?:and|&)\s+[A-Z][\w'’-]+))?(?:['’]s)?,?\s+\(?(?P<year>(?:19|20)\d\d)\b\)?"
)
_NOT = re.compile(
    r"\b(?:not|n['’]t|never|except(?:\s+for)?|excluding|other\s+than|besides|apart\s+from|without|neither|nor|outside(?:\s+of)?)"
    rf"(?:\s+(?:the|those|any|ones|only|{PAPERS}|published|written))*\s*$",
    re.IGNORECASE,
)
# Words that end where a filter begins, and ask for nothing by themselves.
_PUBLISHED = re.compile(r"(?:\b(?:that|which)\s+(?:were|are|was|have\s+been)\s+)?\b(?:published|written|dated|posted|submitted|uploaded|appear(?:ed|ing))\s+$", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a question. `readings` are its filters; `unread` those that it also has but the person did not
    want. `filters` are all that holds, what was given included; `query` is the question without the words read;
    `shell` also without those not wanted; `kept` with those read only, as later questions should know it."""

    text: str
    readings: tuple[Reading, ...] = ()
    unread: tuple[Reading, ...] = ()
    given: Filters = EVERY_PAPER
    named: Named = NOTHING_NAMED

    @property
    def all(self) -> tuple[Reading, ...]:
        """Every condition on papers, those given first."""
        return (*given_readings(self.given), *self.readings)

    @property
    def filters(self) -> Filters:
        return combined(self.all)

    @property
    def query(self) -> str:
        """ "papers" where nothing else would remain."""
        left = without(self.text, self.readings) if self.readings else self.text
        return left if not self.readings or re.search(r"\w", left) else "papers"

    @property
    def topic(self) -> str:
        """As `query`, but nothing where it asks for nothing beside its filters."""
        read = [(reading.start, reading.end) for reading in (*self.readings, *self.unread)]
        return self.query if words_left(self.text, read) or not read else ""

    @property
    def shell(self) -> str:
        return without(self.text, (*self.readings, *self.unread))

    @property
    def kept(self) -> str:
        return without(self.text, self.unread)


def without(text: str, readings: Sequence[Reading]) -> str:
    """The text without the words of these readings, and without what they leave hanging."""
    for reading in sorted(readings, key=lambda reading: reading.start, reverse=True):
        left, right = text[: reading.start].rstrip(), text[reading.end :].lstrip()
        left = (
            re.sub(r"(?:\s+(?:and|or|but|only|just|published|written))?\s*,?$", "", left)
            if not right or right[0] in "?.!,;)"
            else left
        )
        text = f"{left} {right}"
    text = re.sub(r"\(\s*\)", " ", text)
    text = re.sub(r"\s+([?.!,;])", r"\1", " ".join(text.split()))
    return re.sub(r"^[\s,;]+|,\s*(?=[?.!]?$)", "", text)


def read_filters(
    text: str,
    library: LibraryView,
    today: date,
    named: Sequence[tuple[int, int, tuple[str, ...]]] = (),
    given: Filters = EVERY_PAPER,
    unread: Collection[str] = (),
) -> Read:
    """The filters in a stand-alone question. `named` are the stretches that name something (see `resolve`): one that
    names a paper is no filter. `given` are filters given beside the question; where it says another list of categories
    or venues, that is left in it. `unread` are names of conditions that are not to be read."""
    taken: list[Span] = [(start, end) for start, end, ids in named if ids] + [
        match.span() for match in _QUOTED.finditer(text)
    ]

    def free(start: int, end: int) -> bool:
        return all(end <= s or start >= e for s, e in taken) and not _NOT.search(text[:start])

    found: list[Reading] = []

    def add(start: int, end: int, filters: Filters) -> None:
        if free(start, end) and all(end <= r.start or start >= r.end for r in found):
            lead = _PUBLISHED.search(text, 0, start)
            start = lead.start() if lead and free(lead.start(), end) else start
            found.append(Reading(filters, in_words(filters), text[start:end], start, end))

    _add_places(text, library, free, add)
    for who in people(text, library, free):
        add(who.start, who.end, Filters(all_authors=who.names) if who.every else Filters(authors=who.names))
    _add_times(text, library, today, free, add, found)
    found = sorted(found, key=lambda reading: reading.start)
    found = [reading for reading in found if _can_join(reading.filters, given) and not _is_a_side(reading, found, text)]
    unwanted = [reading for reading in found if set(reading.names) & set(unread)]
    return Read(text, tuple(r for r in found if r not in unwanted), tuple(unwanted), given)


def _is_a_side(reading: Reading, found: Sequence[Reading], text: str) -> bool:
    """Whether it is one side of a comparison: "compare papers by Lee with papers by Wang" asks for both."""
    return COMPARES.search(text) is not None and any(
        set(r.names) & set(reading.names) for r in found if r is not reading
    )


def _can_join(part: Filters, given: Filters) -> bool:
    """Whether one `Filters` can ask for both. It cannot for two lists of which any may hold; then what was given does."""
    if part.authors and given.authors:
        return len(part.authors) == 1
    return not any(getattr(part, name) and getattr(given, name) for name in ("categories", "venues")) and not (
        part.flagged is not None and given.flagged is not None
    )


Add = Callable[[int, int, Filters], None]
Free = Callable[[int, int], bool]


def _add_places(text: str, library: LibraryView, free: Free, add: Add) -> None:
    for start, end, codes in categories(text, library, free):
        add(start, end, Filters(categories=codes))
    for start, end, names in venues(text, library, free):
        add(start, end, _at(names[0], library))
    for start, end, wanted in flagged(text):
        add(start, end, Filters(flagged=wanted))


def _at(name: str, library: LibraryView) -> Filters:
    """ "EMNLP 2023" as the library writes its venues: with the year in the name, or in the year alone."""
    match = re.fullmatch(r"(?P<bare>.+?)[ -]?(?:['’](?P<short>\d\d)|(?P<year>(?:19|20)\d\d))", name)
    if not match:
        return Filters(venues=(name,))
    year = match["year"] or f"20{match['short']}"
    whole = f"{match['bare']} {year}"
    there = library.venues()
    if not any(fits_venue(whole, venue) for venue in there) and any(
        fits_venue(match["bare"], venue) for venue in there
    ):
        return Filters(since=year, until=year, venues=(match["bare"],))
    return Filters(venues=(whole,))


def _add_times(text: str, library: LibraryView, today: date, free: Free, add: Add, found: list[Reading]) -> None:
    """Times that stand by papers first, then those that stand by what was read before."""
    years = library.years()
    before = list(years_before(text, f"{PAPERS}|ones"))
    for match in before if len(before) == 1 else ():  # "do the 2023 papers agree with the 2021 ones?" asks of both
        word = match["a"].lower()
        when = str(today.year - 1) if word.startswith("last") else str(today.year) if word.startswith("this") else word
        if dates_papers(text, match, years):
            own = re.compile(r"['’]s").match(text, match.end("a"))
            add(match.start("a"), own.end() if own else match.end("a"), Filters(since=when, until=when))
    waiting = [time for time in times(text, today) if not _in_a_name(text, time, found)]
    progress = True
    while progress:
        progress = False
        for time in list(waiting):
            if about_papers(text, time, [(r.start, r.end) for r in found], years):
                add(time.start, time.end, Filters(since=time.since, until=time.until))
                waiting.remove(time)
                progress = True


def _in_a_name(text: str, time: Time, found: Sequence[Reading]) -> bool:
    """Whether the year belongs to a name before it. A word that begins a question, or a month, is none, and neither is
    one whose papers are asked for: "papers by Lee 2023"."""
    for match in _NAMED_YEAR.finditer(text):
        start, end = match.span("year")
        if not (start >= time.start and end <= time.end) or match.start() >= time.start:
            continue
        asked = any(r.start <= match.start() < r.end for r in found)
        if not asked and match["name"].lower() not in _NO_NAMES:
            return True
    return False


_NO_NAMES = frozenset(
    """in from of since after before until during between the year january february march april may june july august september
    october november december jan feb mar apr jun jul aug sep sept oct nov dec published papers by and up to till through
    starting newer older later earlier""".split()
)
