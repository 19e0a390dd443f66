"""Which filters are read out of a question, and which words are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.chat.library_view import LibraryView
from app.chat.narrow import narrowed
from app.chat.read_filters import Read, read_filters
from app.chat.resolve import resolve
from app.core.filters import Filters
from tests.invented_library import view_of

TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryView]:
    """The invented library."""
    view = view_of(tmp_path_factory.mktemp("pond"))
    yield view
    view.store.close()  # type: ignore[attr-defined]


def read(view: LibraryView, text: str, filters: Filters | None = None, unread: tuple[str, ...] = ()) -> Read:
    """The text read as the chain reads it."""
    spans = resolve(text, view.keyword, view.store).spans
    return read_filters(text, view, TODAY, spans, filters or Filters(), unread)


def since(when: str) -> Filters:
    return Filters(since=when)


def until(when: str) -> Filters:
    return Filters(until=when)


def of(first: str, last: str = "") -> Filters:
    return Filters(since=first, until=last or first)


def by(*names: str) -> Filters:
    return Filters(authors=names)


def together(*names: str) -> Filters:
    return Filters(all_authors=names)


TIMES = [
    ("papers since 2023 on prompt tuning", since("2023"), "papers on prompt tuning"),
    ("papers after 2022 about prompts", since("2023"), "papers about prompts"),
    ("papers before 2020", until("2019"), "papers"),
    ("papers until 2021", until("2021"), "papers"),
    ("papers up to 2021", until("2021"), "papers"),
    ("papers from 2019 to 2021 on prompts", of("2019", "2021"), "papers on prompts"),
    ("papers published between 2019 and 2021", of("2019", "2021"), "papers"),
    ("list papers on prompts, 2021-2023", of("2021", "2023"), "list papers on prompts"),
    ("papers (2021–2023) on prompts", of("2021", "2023"), "papers on prompts"),
    ("papers from 2021 or 2022", of("2021", "2022"), "papers"),
    ("papers in 2023", of("2023"), "papers"),
    ("2023 papers", of("2023"), "papers"),
    ("2023 papers on prompt tuning", of("2023"), "papers on prompt tuning"),
    ("2023 vision papers", of("2023"), "vision papers"),
    ("papers from 2023 on", since("2023"), "papers"),
    ("papers from 2023 onwards", since("2023"), "papers"),
    ("papers 2022 or later", since("2022"), "papers"),
    ("papers newer than 2022", since("2023"), "papers"),
    ("papers no older than 2022", since("2022"), "papers"),
    ("papers no later than 2021", until("2021"), "papers"),
    ("papers older than 2022", until("2021"), "papers"),
    ("post-2021 papers on prompts", since("2022"), "papers on prompts"),
    ("pre-2022 papers", until("2021"), "papers"),
    ("papers from the 2010s", of("2010", "2019"), "papers"),
    ("papers published in May 2023", of("2023-05"), "papers"),
    ("papers since January 2023", since("2023-01"), "papers"),
    ("papers after December 2022", since("2023-01"), "papers"),
    ("papers before 1 January 2023", until("2022-12-31"), "papers"),
    ("papers published on 20 May 2023", of("2023-05-20"), "papers"),
    ("papers since May 14, 2023", since("2023-05-14"), "papers"),
    ("papers since 2023-05-14", since("2023-05-14"), "papers"),
    ("papers from May 2021 to June 2022", of("2021-05", "2022-06"), "papers"),
    ("papers from the last two years", since("2024-11-26"), "papers"),
    ("studies from the past 3 months", since("2026-08-26"), "studies"),
    ("papers from last year", of("2025"), "papers"),
    ("this year's papers", of("2026"), "papers"),
    ("papers dated 2021", of("2021"), "papers"),
    ("Which papers were published in 2023?", of("2023"), "Which papers were?"),
    ("which datasets were released in 2023?", of("2023"), "which datasets were released?"),
    ("papers on prompt tuning from 2021", of("2021"), "papers on prompt tuning"),
    ("prompt tuning since 2023", since("2023"), "prompt tuning"),
    ("What is new in prompt tuning since 2022?", since("2022"), "What is new in prompt tuning?"),
    ("which methods since 2022 use prompts?", since("2022"), "which methods use prompts?"),
    ("have any papers since 2022 studied caves?", since("2022"), "have any papers studied caves?"),
    ("how many papers from 2023?", of("2023"), "how many papers?"),
    ("how many papers per category in 2024?", of("2024"), "how many papers per category?"),
    ("who wrote most papers since 2023?", since("2023"), "who wrote most papers?"),
    ("top venues in 2023", of("2023"), "top venues"),
    ("papers about the 2008 crisis since 2022", since("2022"), "papers about the 2008 crisis"),
]
PEOPLE = [
    ("papers by Raffel", by("Raffel"), "papers"),
    ("papers by raffel", by("raffel"), "papers"),
    ("papers by Colin Raffel and Jun Wang", together("Colin Raffel", "Jun Wang"), "papers"),
    ("papers by Raffel, Lee and Wang on limbs", together("Raffel", "Lee", "Wang"), "papers on limbs"),
    ("papers by jun wang and brian olm", together("jun wang", "brian olm"), "papers"),
    ("papers by Raffel or Lee", by("Raffel", "Lee"), "papers"),
    ("papers by either Raffel or Lee", by("Raffel", "Lee"), "papers"),
    ("papers by Raffel et al. on limbs", by("Raffel"), "papers on limbs"),
    ("papers by Hinton's group", by("Hinton"), "papers"),
    ("papers by Prof. Hinton", by("Hinton"), "papers"),
    ("papers by van der Maaten", by("van der Maaten"), "papers"),
    ("papers by C. Raffel", by("C. Raffel"), "papers"),
    ("papers of Hinton", by("Hinton"), "papers"),
    ("papers from Hinton on caves", by("Hinton"), "papers on caves"),
    ("Raffel's papers", by("Raffel"), "papers"),
    ("Wang's work on prompts", by("Wang"), "work on prompts"),
    ("what are Colin Raffel's latest papers?", by("Colin Raffel"), "what are latest papers?"),
    ("papers co-authored by Raffel", by("Raffel"), "papers"),
    ("papers where Olm is an author", by("Olm"), "papers"),
    ("what has Colin Raffel written about limbs?", by("Colin Raffel"), "what about limbs?"),
    ("which papers did Olm write?", by("Olm"), "which papers?"),
    ("prompt tuning by Wang", by("Wang"), "prompt tuning"),
    ("methods proposed by Raffel", by("Raffel"), "methods proposed"),
    # Nobody here is called so, which is said rather than ignored.
    ("papers by Bengio", by("Bengio"), "papers"),
    ("papers on prompt tuning by Bengio", by("Bengio"), "papers on prompt tuning"),
    ("what do papers by Yoshua Bengio say about caves?", by("Yoshua Bengio"), "what do papers say about caves?"),
    ("papers by Yann LeCun", by("Yann LeCun"), "papers"),
]
PLACES = [
    ("papers in cs.CL", Filters(categories=("cs.CL",)), "papers"),
    ("papers in cs.cl or cs.lg", Filters(categories=("cs.CL", "cs.LG")), "papers"),
    ("cs.CV papers", Filters(categories=("cs.CV",)), "papers"),
    ("category stat.ML", Filters(categories=("stat.ML",)), "papers"),
    ("math.CO", Filters(categories=("math.CO",)), "papers"),
    ("papers in cs", Filters(categories=("cs",)), "papers"),
    ("papers in the category Machine Learning on lakes", Filters(categories=("Machine Learning",)), "papers on lakes"),
    ("which papers in cs.CL use prompts?", Filters(categories=("cs.CL",)), "which papers use prompts?"),
    ("papers at ACL", Filters(venues=("ACL",)), "papers"),
    ("papers at ACL 2023", Filters(venues=("ACL 2023",)), "papers"),
    ("papers at ACL'23", Filters(venues=("ACL 2023",)), "papers"),
    ("papers at Nature 2020", Filters(since="2020", until="2020", venues=("Nature",)), "papers"),
    ("EMNLP papers", Filters(venues=("EMNLP",)), "papers"),
    ("published in Nature", Filters(venues=("Nature",)), "papers"),
    ("papers published in nature", Filters(venues=("nature",)), "papers"),
    ("papers in the Journal of Lakes", Filters(venues=("Journal of Lakes",)), "papers"),
    ("papers accepted at NeurIPS", Filters(venues=("NeurIPS",)), "papers"),
    ("flagged papers", Filters(flagged=True), "papers"),
    ("which papers are flagged?", Filters(flagged=True), "which papers are?"),
    ("papers without warnings", Filters(flagged=False), "papers"),
    ("unflagged papers", Filters(flagged=False), "papers"),
]
SEVERAL = [
    ("how many papers in cs.CL since 2022?", Filters(since="2022", categories=("cs.CL",)), "how many papers?"),
    ("papers by Raffel in 2022", Filters(since="2022", until="2022", authors=("Raffel",)), "papers"),
    ("What did Raffel publish in 2022?", Filters(since="2022", until="2022", authors=("Raffel",)), "What?"),
    (
        "What has Priya Lee written about lakes since 2023?",
        Filters(since="2023", authors=("Priya Lee",)),
        "What about lakes?",
    ),
    (
        "Which papers by Raffel since 2021 mention limbs?",
        Filters(since="2021", authors=("Raffel",)),
        "Which papers mention limbs?",
    ),
    ("papers since 2020 and before 2023", of("2020", "2022"), "papers"),
    ("papers with no warnings by Lee", Filters(authors=("Lee",), flagged=False), "papers"),
    ("papers at EMNLP 2023 by Olm", Filters(authors=("Olm",), venues=("EMNLP 2023",)), "papers"),
    (
        "papers by Mei Toad or Ada Newt from 2020 on",
        Filters(since="2020", authors=("Mei Toad", "Ada Newt")),
        "papers",
    ),
]
NOTHING = """
recent papers on prompts
latest papers
was COVID vaccination in 2021 effective?
Lee 2023
What does Lee 2023 say?
What does Vaswani et al. 2017 propose?
What do Raffel and Newt (2020) measure?
papers on SemEval-2023
ImageNet-2012 results
ToadNet 2022
What is OlmBERT?
Is OlmBERT better than Mamba?
How did mortality change after 2021?
Has global temperature risen since 1990?
Which papers study vaccination in 2021?
Which drugs were approved after 2021?
drugs approved since 2021
What changed between 2019 and 2021?
Does vaccination in 2021 help?
How many people died in 2021?
Did prompt tuning improve since 2021?
What happened in 2021?
frogs in 2022
the 2021 vaccination of toads
What does the 2022 survey say?
papers on the 2020 election
In 2021, toads were vaccinated. Was it safe?
do the 2023 papers agree with the 2021 ones?
did it work in 2023?
after 2000 steps the loss falls
the effect of 2000 mg of aspirin
accuracy before 2000 iterations
the top 2021 papers
we screened 2021 papers
papers from 31 February 2023
papers from 2023-13
segmentation by Mamba
images generated by Mamba
networks trained by Google
reduction by neural networks
Activator pairs are provided ventrally by Xrl.
papers by OlmBERT
papers by chance
papers by year
papers by category
papers by topic
papers sorted by author
papers by the same authors
papers by the authors of OlmBERT
who are the authors of OlmBERT?
papers from Google
papers citing Raffel
who is Raffel?
Colin Raffel
compare Raffel and Hinton
compare papers by Raffel with papers by Hinton
papers not by Raffel
papers except those from 2023
papers excluding those by Raffel
papers not in cs.CL
papers other than 2023
"papers by Raffel" in quotes
what is cs.CL?
papers in physics
injury at ACL reconstruction
papers in nature reserves
how nature published its first journal
at scale
NLP papers
red flags in peer review
warnings in papers
papers without prompts
papers by
since
hello
""".strip().splitlines()


@pytest.mark.parametrize(("text", "filters", "query"), [*TIMES, *PEOPLE, *PLACES, *SEVERAL])
def test_what_is_read(view: LibraryView, text: str, filters: Filters, query: str) -> None:
    """The filters are read as a person means them, and what is looked for are the other words."""
    found = read(view, text)
    assert (found.filters, found.query) == (filters, query)
    assert all(text[r.start : r.end] == r.text and r.words and r.origin == "question" for r in found.readings)


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_filter(view: LibraryView, text: str) -> None:
    """Names, claims, counts, negations and the like are left as they are."""
    found = read(view, text)
    assert (found.readings, found.query) == ((), text)


def test_what_is_left_out_stays_in_the_question(view: LibraryView) -> None:
    """A filter that the person does not want is not applied: its words are looked for again, and later questions do not
    know it."""
    found = read(view, "papers since 2023 by Lee on prompts", unread=("since",))
    assert found.filters == by("Lee")
    assert found.query == "papers since 2023 on prompts"
    assert found.kept == "papers by Lee on prompts" and found.shell == "papers on prompts"


def test_beside_given_filters(view: LibraryView) -> None:
    """Times and people read hold beside those given; another category than the one given is not read."""
    found = read(view, "papers since 2022 by Lee in cs.CL", Filters(since="2021", until="2023", authors=("Wang",)))
    assert found.filters == Filters("2022", "2023", ("Wang",), ("Lee",), ("cs.CL",))
    assert [r.origin for r in found.all] == ["given", "given", "question", "question", "question"]
    found = read(view, "papers in cs.CL", Filters(categories=("cs.CV",)))
    assert (found.readings, found.filters) == ((), Filters(categories=("cs.CV",)))


@pytest.mark.parametrize(
    ("last", "text", "alone"),
    [
        ("which papers use prompts?", "and since 2023?", "which papers use prompts from 2023 on?"),
        ("which papers use prompts?", "only those by Wang", "which papers use prompts by Wang?"),
        ("which papers use prompts?", "what about 2023?", "which papers use prompts, papers from 2023?"),
        ("papers on prompts since 2020", "and in 2023?", "papers on prompts from 2023"),
        ("how many papers by Raffel?", "and by Lee?", "how many papers by Lee?"),
        ("how many papers by Raffel?", "in cs.CL?", "how many papers by Raffel in cs.CL?"),
        ("papers by Wang in 2021", "until 2023", "papers by Wang until 2023"),
        ("which papers use prompts?", "papers by Raffel", None),
        ("which papers use prompts?", "and which of 2023 use limbs?", None),
        ("which papers use prompts?", "why?", None),
    ],
)
def test_follow_ups_that_only_narrow(view: LibraryView, last: str, text: str, alone: str | None) -> None:
    """A follow-up of nothing but filters is the last question with them, in place of those of the same kind."""
    found = narrowed(read(view, text), last, lambda question: read(view, question))
    assert found == alone
    if alone:
        wanted = {reading.words for reading in read(view, text).readings}
        assert wanted <= {reading.words for reading in read(view, alone).readings}


_WORDS = st.sampled_from(
    """papers by Raffel Wang Lee and or since 2023 in from to between 2019 until cs.CL at ACL published flagged 's , ? ( )
    not the last two years May 14 who wrote most et al. - " OlmBERT Nature OF""".split()
)


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=12).map(" ".join)))
@example("by by by Raffel and and 2023-2023-2023")
def test_any_text_can_be_read(view: LibraryView, text: str) -> None:
    """Whatever is typed, readings are stretches of it that do not overlap, their filters can be asked, and the other
    words stay."""
    found = read(view, text)
    ends = [0, *(edge for r in found.readings for edge in (r.start, r.end))]
    assert ends == sorted(ends)
    assert 0 <= view.store.count_fitting(found.filters) <= view.store.count()
    assert all(r.names for r in found.readings)
    assert found.readings or found.query == text
