"""LaTeX made readable: accents, fonts, formulas and debris; and what only looks like LaTeX."""

from __future__ import annotations

import pytest

from ingest.normalize import clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"\'{e} \'e {\'e} {\'{e}}", "é é é é"),
        (r"{\"o} \"{o} \c{c} \v{s} \u{g} \~n \^{\i}", "ö ö ç š ğ ñ î"),
        (r"{\aa} {\O} {\ss} \L\'od\'z \o{}re", "å Ø ß Łódź øre"),
        (r"Karhunen-Lo\`eve and Erd\H{o}s", "Karhunen-Loève and Erdős"),
        (r"Cin\acute{e}aste", "Cinéaste"),
        (r"it\'s", "it's"),
        (r"a \"quoted word\" here", 'a "quoted word" here'),
    ],
)
def test_accents(raw: str, clean: str) -> None:
    """A letter and its accent become one character."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"\emph{pond}", "pond"),
        (r"\textbf{a \textit{b \underline{c}}} d", "a b c d"),
        (r"{\bf bold} and {\em slanted}", "bold and slanted"),
        (r"{\color{red} red} and \textcolor{blue}{blue}", "red and blue"),
        (r"\href{https://example.org/a_b}{our page}", "our page (https://example.org/a_b)"),
        (r"\href{https://example.org}{https://example.org}.", "https://example.org."),
        (r"\href{mailto:a@example.org}{Ada}", "Ada"),
        (r"\url{https://example.org/a_b~c}", "https://example.org/a_b~c"),
        (r"newts\footnote{See \url{https://example.org}.} swim", "newts (See https://example.org.) swim"),
        (r"as shown \cite{newt1999,olm2001}, and~\citep[see][p.~3]{eft}.", "as shown, and."),
        (r"Newts swim (\cite{newt1999}).", "Newts swim."),
        (r"\texorpdfstring{$H_{a}$}{Ha} lines", "Ha lines"),
        (r"\ac{LLM} and \gls{newt}", "LLM and newt"),
        (r"\begin{itemize} \item One \item Two \end{itemize}", "One Two"),
        (r"one \\ two", "one two"),
        (r"\ie{} two, \eg ponds, newts \ldots", "i.e. two, e.g. ponds, newts ..."),
        (r"hy\-phen\-ated", "hyphenated"),
        (r"\name{} and \ourmethod stay", r"\name{} and \ourmethod stay"),
    ],
)
def test_commands(raw: str, clean: str) -> None:
    """What a command dresses stays, what it points to goes, and a command that is not known stays as it is."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"$\alpha$-decay", "α-decay"),
        ("$10^{-3}$", "10^-3"),
        ("H$_2$O and $x_{i}^{2}$", "H_2O and x_i^2"),
        (r"$10^{13}\,M_\odot$", "10^13 M_⊙"),
        (r"$T_{\rm eff}<6000\,\mathrm{K}$", "T_eff<6000 K"),
        (r"$\sim$5 and $z\sim\mathcal{O}(1)$", "~5 and z ~O(1)"),
        (r"$\sim$$60$\%", "~60%"),
        (r"$\frac{1}{n+1}$ and $\frac{\alpha}{2}$", "1/(n+1) and α/2"),
        (r"$\sqrt{n}$, $\sqrt{\frac{a}{b}}$", "√n, √(a/b)"),
        (r"$\mathbb{R}^{n \times k}$ and $\mathcal H$", "R^{n × k} and H"),
        (r"$p \equiv 3 \pmod{4}$", "p ≡ 3 (mod 4)"),
        (r"$O(n\log n)$", "O(n log n)"),
        (r"$\hat{x}$, $\hat\beta$, $\tilde{O}(n)$", "x̂, β̂, Õ(n)"),
        (r"$r^{\left\lfloor n/r\right\rfloor}$", "r^{⌊ n/r⌋}"),
        (r"\(W_2\)-near and \[x=1\]", "W_2-near and x=1"),
        (r"$$E = mc^2$$", "E = mc^2"),
        (r"$J{=}16{-}15$", "J=16-15"),
        (r"{\sigma} = 3, 360{\deg}, 2.4\times10^{-8}", "σ = 3, 360°, 2.4×10^-8"),
        (r"H\b{eta} and \k{appa}", "Hβ and κ"),
        (r"$(139{\deg}30', 45\deg)$ and $\deg(f)$", "(139°30', 45°) and deg(f)"),
        (r"$1{,}000$ or 1{,}000", "1,000 or 1,000"),
        (r"99.7$\%$ of $n$", "99.7% of n"),
        (r"$\nosuchsign{x}$", r"\nosuchsign{x}"),
    ],
)
def test_formulas(raw: str, clean: str) -> None:
    """A formula loses its dollars and braces and keeps its meaning."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $6",
        "from $5-$10 to $20",
        "US$5 million, then US$10 million",
        "$5, which is <$10",
        "a cost of $1.5M vs $2M (= $0.5M less)",
        "only $0.04/1K tokens against $0.06",
        "one lone $ sign",
    ],
)
def test_money(text: str) -> None:
    """Dollars of money stay."""
    assert clean_text(text) == text


def test_money_and_formulas() -> None:
    """A formula behind a price is still one."""
    assert clean_text("It costs $5 while $n$ is small and $x_1=2$.") == "It costs $5 while n is small and x_1=2."


@pytest.mark.parametrize(
    "text",
    [
        r"C:\new and C:\alpha and D:\times\beta",
        r"\n, \t and \d+ in a regular expression",
        "x_1, snake_case_name and __init__",
        "f(x) = {x: 1}",
        "name@example.org and first_last@example.org",
        "https://example.org/~newt/a_b--c?x=1&y=2",
        "www.example.org/~newt",
        "a -- b and --flag and C--",
        "z~6, radius~1.26, N(H2)~2 and 5~10",
        "about ~5 of 10",
        "10^3 and a^b",
        "a `quoted' word",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    """Paths, patterns, names, addresses, options and "about" stay as they are."""
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"{\textless}i{\textgreater}E. coli{\textless}/i{\textgreater}", "E. coli"),
        (r"p {\textless} 0.05, q{\textgreater}1, \textless{}3", "p < 0.05, q>1, <3"),
        (
            r"{\textasciitilde}5 of ({\textasciitilde}6), of{\textasciitilde}7, z\textasciitilde{}6",
            "~5 of (~6), of ~7, z~6",
        ),
        (r"https://example.org/{\textasciitilde}newt/a\textasciitilde{}b", "https://example.org/~newt/a~b"),
        (r"{\~{}}5, \~{}6 and 2\^{}3, 2{\^{}}4", "~5, ~6 and 2^3, 2^4"),
        (r"R{\&}D at 5{\%} of {\$}6 for a{\_}b", "R&D at 5% of $6 for a_b"),
        (r"{\textcopyright} 2020, {\pounds}5, \texteuro{}6, {\textquotesingle}x'", "© 2020, £5, €6, 'x'"),
        (r"{\textalpha} {\textbullet} {\texttimes} {\textdegree} {\textperiodcentered}", "α • × ° ·"),
        (r"\S+ and \P{L} and C:\yen and \textnosuch{} stay", r"\S+ and \P{L} and C:\yen and \textnosuch{} stay"),
        (r"7.5\textcent~per newt, 5\texteuro{}~6", "7.5¢ per newt, 5€~6"),
        ("{<} and {~} stay", "{<} and {~} stay"),
    ],
)
def test_signs_of_text(raw: str, clean: str) -> None:
    """The commands for signs, in braces or not, become the signs; tags made so are tags."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("``quotes'' and ``more''", '"quotes" and "more"'),
        ("pages 5--10, a size--mass relation", "pages 5–10, a size–mass relation"),
        ("newts---the small ones---swim", "newts—the small ones—swim"),
        ("Table~3, Task~2, Newt~2.0, al.~(2025), of~10", "Table 3, Task 2, Newt 2.0, al. (2025), of 10"),
        ("LLMs~(PLMs)", "LLMs (PLMs)"),
    ],
)
def test_print_marks(raw: str, clean: str) -> None:
    """Quotes, dashes and ties read as they are printed."""
    assert clean_text(raw) == clean
