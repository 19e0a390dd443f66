"""Reading BibTeX: how people and programs write it, what a broken entry costs, and what our own export writes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper, record_of
from app.export import write_papers
from ingest.record import make_paper
from ingest.sources import bibtex, bibtex_entries

NEWTS = "@article{newt,\n  title = {On Newts},\n  abstract = {Newts swim.}\n}\n"
TOADS = "@article{toad,\n  title = {On Toads},\n  abstract = {Toads walk.}\n}\n"
OLMS = "@article{olm,\n  title = {On Olms},\n  abstract = {Olms hide.}\n}\n"


def read(text: str) -> list[Paper | BadRecord]:
    return list(bibtex.papers(io.StringIO(text, newline=""), "pond.bib"))


def titles(text: str) -> list[str]:
    """The title of each paper, and for a bad record the line it is said to begin on."""
    return [r.title if isinstance(r, Paper) else f"line {r.line}" for r in read(text)]


def paper(fields: str) -> Paper:
    """The paper of an entry with these fields; title and abstract are given if they are not among them."""
    rest = "".join(f", {name} = {{{name.title()}}}" for name in ("title", "abstract") if f"{name} =" not in fields)
    [found] = read(f"@article{{newt, {fields}{rest}}}\n")
    assert isinstance(found, Paper), found
    return found


def bad(text: str) -> BadRecord:
    [found] = read(text)
    assert isinstance(found, BadRecord), found
    return found


def test_every_field() -> None:
    """All fields of an entry as arXiv and reference managers write them arrive in the paper."""
    text = (
        "@misc{newt2023pond,\n  title={On {N}ewts},\n  author={Newt, Ada and Olm, Bo},\n  year={2023},\n"
        "  date = {2023-05-01},\n  updated = {2024-02-03},\n  eprint={2301.00001v3},\n  archivePrefix={arXiv},\n"
        "  primaryClass={cs.CL},\n  keywords = {ponds; night, swimming},\n  journaltitle = {Pond \\& Lake},\n"
        "  doi = {10.1234/a\\_b},\n  url={https://example.org/~newt},\n  abstract={Newts swim\n    at night.}\n}\n"
    )
    assert read(text) == [
        Paper(
            id="2301.00001",
            title="On Newts",
            abstract="Newts swim at night.",
            authors=("Ada Newt", "Bo Olm"),
            year=2023,
            url="https://example.org/~newt",
            doi="10.1234/a_b",
            categories=("cs.CL", "ponds", "night", "swimming"),
            venue="Pond & Lake",
            published="2023-05-01",
            source="bibtex",
            version=3,
            updated="2024-02-03",
        )
    ]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"{{\"o}lm and {\'E}ft}", "ölm and Éft"),
        (r"{\"Olm} # {}", "Ölm"),
        (r"{\'e \c{c} {\ss} {\aa} \v{s} {\o}}", "é ç ß å š ø"),
        (r'"G{\"o}del {"}quoted{"} newts"', 'Gödel "quoted" newts'),
        ("{{BERT} for {N}ewts}", "BERT for Newts"),
        (
            r"{\'{\i}ndex \'\i x G\u{g}\c{c}e {\v s}a {\L}od\'z stra{\ss}e stra\ss{}e}",
            "índex íx Gğçe ša Łodź straße straße",
        ),
        (r"{a \\b {\`e}}", "a b è"),
        (r"{79\% of newts \& 5\_6}", "79% of newts & 5_6"),
        ("{79% of newts}", "79% of newts"),
        (r"{79% of {\"o}lms & toads}", "79% of ölms & toads"),
        (r"{\emph{Newts} in \textbf{ponds} {\em now}}", "Newts in ponds now"),
        (r"{\NewtNet reads}", "NewtNet reads"),
        (r"{\pondstyle{Newts} read}", "Newts read"),
        ("{Newts~swim ``at night''}", "Newts swim “at night”"),
        (r"{costs \$5, {\"o}lms \$6}", "costs $5, ölms $6"),
        ('"On " # "Newts"', "On Newts"),
        ("1984", "1984"),
        ("{On\n   Newts}", "On Newts"),
    ],
)
def test_what_a_value_says(written: str, title: str) -> None:
    """Accents, protecting braces, escapes, joined strings and numbers come out as what they mean."""
    assert paper(f"title = {written}").title == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"p {\textless} 0.05 and q \textgreater{} 1 {\textbar} r", "p < 0.05 and q > 1 | r"),
        (r"{\textless}i{\textgreater}E. coli{\textless}/i{\textgreater} in ponds", "E. coli in ponds"),
        (r"\textless i\textgreater E. coli\textless/i\textgreater", "E. coli"),
        (r"H{\textless}sub{\textgreater}2{\textless}/sub{\textgreater}O", "H2O"),
        (r"$<$i$>$E. coli$<$/i$>$", "E. coli"),
        (r"\pounds5, {\pounds}5, {\texteuro}6, {\textyen}7, \textsterling{}8, {\textcent}9", "£5, £5, €6, ¥7, £8, ¢9"),
        (
            r"{\textcopyright} {\copyright} {\textregistered} {\texttrademark} {\S}3 {\textsection}4 {\P}",
            "© © ® ™ §3 §4 ¶",
        ),
        (r"5{\textdegree}C, 5\textmu m, 3{\textperthousand}, 50{\textpercent}", "5°C, 5µm, 3‰, 50%"),
        (r"2{\texttimes}3 {\textpm} 1 {\textperiodcentered} {\textbullet} {\textdagger}", "2×3 ± 1 · • †"),
        (
            r"{\guillemotleft}Newts{\guillemotright} {\quotedblbase}x{\textquotedblleft} {\textquotesingle}y'",
            "«Newts» „x“ 'y'",
        ),
        (r"about {\textasciitilde}5, {\~{}}6 and of{\textasciitilde}7", "about ~5, ~6 and of ~7"),
        (r"2{\^{}}3 = 2{\textasciicircum}3, a{\_}b, c\textunderscore{}d", "2^3 = 2^3, a_b, c_d"),
        (r"{\textalpha}-decay, \beta decay, {\leq} 5 and 45{\deg}", "α-decay, β decay, ≤ 5 and 45°"),
        (r"\ie{} two, \eg one {\ldots}", "i.e. two, e.g. one ..."),
        (r"\log n", "log n"),
    ],
)
def test_signs(written: str, title: str) -> None:
    """The commands for signs that reference managers write say what they say elsewhere; tags made so are tags."""
    assert paper(f"title = {{{written}}}").title == title


def test_math_stays_as_it_stands() -> None:
    """Math between dollar signs is not decoded, with or without other LaTeX beside it."""
    decoded = bibtex.plain(r"{\"O}lms of size $x_{1} \leq \alpha$ and {N}ewts")
    assert decoded == r"Ölms of size $x_{1} \leq \alpha$ and Newts"
    assert bibtex.plain(r"{N}ewts of size $x_{1}$") == r"Newts of size $x_{1}$"


def test_no_command_reads_a_file(tmp_path: Any) -> None:
    """A record cannot bring in what lies on the disk."""
    secret = tmp_path / "secret.tex"
    secret.write_text("SECRET", encoding="utf-8")
    found = paper(rf"title = {{Newts \input{{{secret}}} \include{{{secret}}} swim}}")
    assert "SECRET" not in found.title and found.title.startswith("Newts")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Newt, Ada and Olm, Bo", ("Ada Newt", "Bo Olm")),
        ("Ada Newt and Bo Olm", ("Ada Newt", "Bo Olm")),
        ("Ada Newt AND\n  Bo Olm", ("Ada Newt", "Bo Olm")),
        ("van der Olm, Bo and Ludwig van Toad", ("Bo van der Olm", "Ludwig van Toad")),
        ("Toad, Jr., Al", ("Al Toad Jr.",)),
        ("{Newt and Toad Society} and Olm, Bo", ("Newt and Toad Society", "Bo Olm")),
        ("{Ponds, Lakes and Rivers, Inc.}", ("Ponds, Lakes and Rivers, Inc.",)),
        ("Newt, Ada and others", ("Ada Newt",)),
        (r"G{\"o}del, {\'E}ric and M\"uller, J.", ("Éric Gödel", "J. Müller")),
        ("Ada Newt, Bo Olm, Cy Eft, Di Toad", ("Ada Newt", "Bo Olm", "Cy Eft", "Di Toad")),
        ("Anderson, Andy and Sandy Land", ("Andy Anderson", "Sandy Land")),
        ("Plato", ("Plato",)),
    ],
)
def test_authors(author: str, names: tuple[str, ...]) -> None:
    """Every way to write names gives "Given Family"."""
    assert paper(f"author = {{{author}}}").authors == names


@pytest.mark.parametrize(
    ("fields", "identifier", "version"),
    [
        ("eprint = {2301.00001v3}, archiveprefix = {arXiv}", "2301.00001", 3),
        ("eprint = {2301.00001}, eprinttype = {arxiv}", "2301.00001", None),
        ("eprint = {2301.00001}", "2301.00001", None),
        ("eprint = {hep-th/9901001}", "hep-th/9901001", None),
        ("eprint = {9901001}, archiveprefix = {hep-th}", "hep-th/9901001", None),
        ("journal = {arXiv preprint arXiv:2301.00001}", "2301.00001", None),
        ("journal = {CoRR}, volume = {abs/2301.00001}", "2301.00001", None),
        ("eprint = {12345}, eprinttype = {jstor}, doi = {10.1234/NEWT}", "10.1234/newt", None),
        ("url = {https://arxiv.org/abs/2301.00001v2}", "2301.00001", 2),
    ],
)
def test_identifiers(fields: str, identifier: str, version: int | None) -> None:
    """The arXiv id is found where reference managers, arXiv, Google Scholar and DBLP put it."""
    found = paper(fields)
    assert (found.id, found.version) == (identifier, version)


@pytest.mark.parametrize(
    ("fields", "year", "published"),
    [
        ("year = 2023", 2023, None),
        ("year = {{2023}}", 2023, None),
        ("date = {2023-05}", 2023, "2023-05"),
        ("date = {2019-05-01/2021-01-01}", 2019, "2019-05-01"),
        ("year = {in press}", None, None),
        ("year = {in press}, date = {2023}", 2023, "2023"),
    ],
)
def test_dates(fields: str, year: int | None, published: str | None) -> None:
    """BibTeX's year and BibLaTeX's date, spans of dates too."""
    found = paper(fields)
    assert (found.year, found.published) == (year, published)


@pytest.mark.parametrize(
    "text",
    [
        "Papers of the pond, see a@b.org {not} an entry\n\n" + NEWTS,
        "% a comment\n" + NEWTS,
        "\ufeff" + NEWTS,
        "@comment{jabref-meta: {x}}\n@preamble{ {\\newcommand{\\newt}{n}} }\n" + NEWTS,
        "@Comment no braces\n" + NEWTS,
        "@ARTICLE {newt,\n  TITLE = {On Newts},\n  Abstract = {Newts swim.},\n}\n",
        '@article(newt, title = "On Newts", abstract = {Newts swim.})\n',
        "@article{newt 2020: [x], title = {On Newts}, abstract = {Newts swim.}}",
        "@article{,\n title = {On Newts}, abstract = {Newts swim.}}",
        "@article{title = {On Newts}, abstract = {Newts swim.}}",
        "  @article{ newt , title={On Newts} , abstract={Newts swim.} , month=jan}  % end",
        NEWTS.replace("\n", "\r\n"),
        "@article{newt, title = {}, title = {On Newts}, abstract = {Newts swim.}}",
        "@article{newt, title = {On Newts}, abstractnote = {Newts swim.}, annote = {Not this.}}",
    ],
)
def test_ways_to_write_an_entry(text: str) -> None:
    """What stands around entries, brackets, cases, keys and line ends do not matter."""
    [found] = read(text)
    assert isinstance(found, Paper), found
    assert (found.title, found.abstract) == ("On Newts", "Newts swim.")


def test_a_bracket_in_quotes_does_not_end_a_round_entry() -> None:
    """In an entry between parentheses, one in quotes or braces is text."""
    assert titles('@article(n, title = "On :) Newts", abstract = {Newts (all) swim})\n' + TOADS) == [
        "On :) Newts",
        "On Toads",
    ]


def test_entries_on_one_line() -> None:
    """Entries need no line of their own."""
    text = (NEWTS + TOADS + OLMS).replace("\n", " ")
    assert titles(text) == ["On Newts", "On Toads", "On Olms"]
    assert titles(text.replace("} @", "}, @")) == ["On Newts", "On Toads", "On Olms"]


def test_abbreviations() -> None:
    """`@string` gives later entries its text whatever the case; an abbreviation nobody defined stands for itself."""
    text = '@string{POND = "Letters of the Pond"}\n@string(deep = pond # " (deep)")\n'
    fields = "title = {On Newts}, abstract = {Newts swim.}, journal"
    found = read(text + "".join(f"@article{{k, {fields} = {venue}}}\n" for venue in ("pond", "DEEP", "lake", "jan")))
    assert [r.venue for r in found if isinstance(r, Paper)] == [
        "Letters of the Pond",
        "Letters of the Pond (deep)",
        "lake",
        "January",
    ]


def test_abbreviations_cannot_fill_the_memory() -> None:
    """Abbreviations that double each other, or are repeated, are refused; the entries beside them are not."""
    doubling = "@string{a0 = {newt}}\n" + "".join(f"@string{{a{n + 1} = a{n} # a{n}}}\n" for n in range(60))
    repeated = "@article{x, title = " + " # ".join(["a14"] * 1000) + "}\n"
    found = read(doubling + repeated + NEWTS)
    assert [r.title for r in found if isinstance(r, Paper)] == ["On Newts"]
    reasons = {r.reason for r in found if isinstance(r, BadRecord)}
    assert len(reasons) == 2 and all("abbreviations" in reason for reason in reasons)


UNCLOSED = "@article{frog,\n  title = {On Frogs,\n  abstract = {Frogs sing.}\n}\n\n"


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_an_entry_never_closed_costs_no_other(place: int) -> None:
    """It ends before the next entry, and is reported with its first line and all its text."""
    parts = [NEWTS, TOADS, OLMS]
    text = "".join([*parts[:place], UNCLOSED, *parts[place:]])
    found = read(text)
    assert [r.title for r in found if isinstance(r, Paper)] == ["On Newts", "On Toads", "On Olms"]
    [broken] = [r for r in found if isinstance(r, BadRecord)]
    assert broken == BadRecord(
        "pond.bib", 4 * place + 1, "the entry's braces are not closed", UNCLOSED.strip(), UNCLOSED
    )


@pytest.mark.parametrize(
    ("text", "reason", "raw"),
    [
        ("@misc{a, title = {On Newts}}\n", "no abstract", "@misc{a, title = {On Newts}}"),
        ("@misc{a, abstract = {On Newts}}\n", "no title", "@misc{a, abstract = {On Newts}}"),
        ("@misc{a, title = {On Newts} abstract = {x}}", "near line 1", None),
        ("\n@misc{a,\n title = {On Newts}\n abstract = {x}\n}", "near line 4", None),
        ("@misc{a, title = , abstract = {x}}", "near line 1", None),
        ("@misc{a, title}", "near line 1", None),
        ("@misc{a}", "near line 1", None),
        ("@misc{}", "no title", "@misc{}"),
        ("@string{a b}", "near line 1", None),
        ("@misc{a, title = {On Newts}},\n abstract = {x}\n}\n", "no abstract", None),
        ("@misc{a, title = " + "{" * 200 + "}" * 200 + "}", "near line 1", None),
        ('@misc{a, title = "On Newts, abstract = {x}}', "near line 1", None),
    ],
)
def test_a_bad_entry_says_why(text: str, reason: str, raw: str | None) -> None:
    """What is wrong, near which line of the file, and the whole text for its repair."""
    found = bad(text)
    assert reason in found.reason
    assert found.raw == (text.lstrip() if raw is None else raw)
    assert found.excerpt == str(found.raw).strip()[:200]


def test_an_at_sign_in_an_abstract_begins_no_entry() -> None:
    """A line of an abstract that begins like an e-mail name or a decorator is text."""
    text = NEWTS.replace("Newts swim.", "Write to\n@newt{pond} or\n@olm (in the cave).")
    assert titles(text + TOADS) == ["On Newts", "On Toads"]


def test_an_escaped_brace_may_be_a_letter() -> None:
    """Other programs let an escaped brace stand alone; such an entry is read though BibTeX would not."""
    text = NEWTS.replace("On Newts", r"On \{ Newts")
    assert titles(text + TOADS) == ["On { Newts", "On Toads"]
    assert titles(text) == ["On { Newts"]


def test_a_repaired_set_aside_file_gives_the_paper() -> None:
    """Opening, raw texts and closing, once repaired, hold the papers with their abbreviations."""
    one = '@article{frog, journal = pond, title = "On Frogs", abstract = {Frogs sing.}\n'
    two = "@article{eft,\n title = {On Efts},\n journal = POND}\n"
    found = read('@string{pond = "Letters of the Pond"}\n' + one + NEWTS + two)
    broken = [r for r in found if isinstance(r, BadRecord)]
    aside = broken[0].opening + "".join(str(r.raw) + "\n" for r in broken) + broken[0].closing
    assert {r.opening for r in broken} == {broken[0].opening}
    repaired = aside.replace("sing.}", "sing.}}").replace("{On Efts},", "{On Efts}, abstract = {Efts walk.},")
    assert [(r.title, r.venue) for r in read(repaired) if isinstance(r, Paper)] == [
        ("On Frogs", "Letters of the Pond"),
        ("On Efts", "Letters of the Pond"),
    ]


def test_a_giant_entry_is_refused_and_let_go() -> None:
    """More than the longest entry is never held; what follows is read."""
    line = "x" * 1_000_000
    pieces = ["@misc{a, title = {Giant}, abstract = {", *[line] * 5, "}}\n", *NEWTS.splitlines(keepends=True)]
    giant, newts = bibtex.papers(pieces, "pond.bib")
    assert isinstance(giant, BadRecord) and giant.raw is None and "4,000,000" in giant.reason and giant.line == 1
    assert isinstance(newts, Paper) and newts.title == "On Newts"


def test_entries_in_pieces_of_one_line() -> None:
    """A line cut anywhere between two entries, their heads too, gives the same entries."""
    line = (NEWTS + TOADS).replace("\n", " ")
    middle = line.index("@article{toad") + 5
    for cut in (middle - 8, middle, middle + 4, middle + 6, middle + 40):
        found = list(bibtex_entries.entries([line[:cut], line[cut:] + "\n"]))
        assert [entry.text for entry in found] == [NEWTS.strip().replace("\n", " "), TOADS.strip().replace("\n", " ")]


def test_a_million_lines_are_read_one_entry_at_a_time() -> None:
    """Each paper is there before the next entry is read, so nothing is held of a million lines."""
    given_out = 0

    def lines() -> Iterator[str]:
        nonlocal given_out
        for _ in range(250_000):
            for line in NEWTS.splitlines(keepends=True):
                given_out += 1
                yield line

    records = bibtex.papers(lines(), "pond.bib")
    for count in range(1, 500):
        assert isinstance(next(records), Paper)
        assert given_out == 4 * count


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (NEWTS, True),
        ("% made by hand\n\n@comment{x}\n@preamble{y}\n" + NEWTS, True),
        ("Notes on newts.\n" + NEWTS, True),
        (UNCLOSED + NEWTS, True),
        ("\ufeff" + NEWTS.replace("\n", "\r\n"), True),
        ('@string{pond = "Letters"}\n', True),
        ('{"title": "x", "abstract": "@article{newt, title = {x}}"}\n', False),
        ("title,abstract\nOn Newts,Newts swim.\n", False),
        ("<?xml version='1.0'?>\n<a>\n@article{newt, title = {x}}</a>", False),
        ("TY  - JOUR\nTI  - On Newts\nER  - \n", False),
        ("PMID- 123\nTI  - On Newts\n", False),
        ("On Newts\n\nWe write to ada@pond.org (a newt). Newts swim at night. They sleep.\n", False),
        ("@decorator\ndef newt(a=1): pass\n", False),
        ("", False),
    ],
)
def test_recognise(head: str, sure: bool) -> None:
    """Sure of BibTeX whatever precedes it, and silent on all else."""
    assert bibtex.recognise(head) == (0.95 if sure else 0.0)


def exported(original: Paper) -> Paper:
    """The paper after it was written as BibTeX and read again."""
    stream = io.StringIO(newline="")
    write_papers("bibtex", [original], stream)
    [found] = read(stream.getvalue())
    assert isinstance(found, Paper), (found, stream.getvalue())
    return found


TRICKY = (
    "79% of newts & $x_1$ {or} ~5 ^ C:\\ponds \"quoted\" ''q'' ``p`` 'single' #1 a_b ölm 蠑螈 – -- } and { @misc{x, = @",
    "Newts \\{ swim } } alone",
    "{ { {",
    "100% \\",
)


@pytest.mark.parametrize("text", TRICKY)
def test_what_export_writes_comes_back(text: str) -> None:
    """Every field comes back from our own export, whatever characters it holds."""
    original = make_paper(
        source="bibtex",
        identifier="2301.00001v3",
        title=f"On Newts {text}",
        abstract=f"Newts swim {text} at night.",
        authors=["Ada Newt", f"Olm, Bo {text}", "Newt and Toad Society", "others", "van der Éft"],
        year=2023,
        published="2023-05-01",
        updated="2024-02-03",
        url="https://example.org/~newt_1?a=b%20c&d#e",
        doi="10.1234/A_b(c)%d<e>;2-#",
        categories=["cs.CL", "Newts, aquatic", text],
        venue=f"Pond {text}",
    )
    assert exported(original) == original


@given(st.text(st.sampled_from("aB {}\\%&#$_~^'`\",;=@-()[]é\n"), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_export(text: str) -> None:
    """Whatever text a paper holds, export and reading give the same paper."""
    original = make_paper(source="bibtex", title=f"T {text}", abstract=f"A {text} z", authors=[text], venue=text)
    assert record_of(exported(original)) == record_of(original)


SNIPPETS = st.sampled_from(
    [
        NEWTS,
        TOADS,
        UNCLOSED,
        "@article{",
        "@misc(",
        "@string{a = {b}}",
        "@comment{",
        "@",
        "title = {",
        "abstract = ",
        "}",
    ]
    + [
        "{",
        '"',
        ")",
        ",",
        " = ",
        "\n",
        "\r\n",
        "author = {a and b}",
        "\\",
        "\\'",
        "$",
        "\\begin{",
        "\\frac",
        " # ",
        "a",
        "\ufeff",
    ]
)


@given(st.lists(SNIPPETS | st.text(max_size=8), max_size=14).map("".join))
@settings(max_examples=200, deadline=None)
def test_no_text_stops_the_reading(text: str) -> None:
    """Whatever the text, there are papers and bad records, a bad one stands where it says, and nothing is raised."""
    lines = text.removeprefix("\ufeff").split("\n")
    for record in read(text):
        assert isinstance(record, Paper | BadRecord)
        if isinstance(record, BadRecord):
            assert str(record.raw).split("\n")[0].rstrip("\r") in lines[record.line - 1]
