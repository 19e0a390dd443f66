"""Every figure of a claim must be in a cited abstract, with its unit, and say there what it says here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.adapters.sentences import own_sentences
from app.chat.claims.figures import Figure, figures, implied
from app.chat.claims.words import read, stem, stems
from app.core.domain import Paper

_METRIC = frozenset(
    map(
        stem,
        "accuracy f1 f1-score score bleu rouge recall precision map mrr auc em wer points percent improvement gain increase "
        "reduction pass percentile match".split(),
    )
)
_SMALL = 12
_ROUNDED = 0.03


def figure_problems(claim: str, papers: Sequence[Paper], fitting: Sequence[str]) -> list[str]:
    """What is wrong with the figures of the claim, in words. `fitting` are the sentences of the cited abstracts that say
    most nearly what the claim says."""
    mine = _without_ratios(claim, figures(claim), papers)
    if not mine:
        return []
    theirs = [figure for paper in papers for figure in _of_paper(paper)]
    near = [figure for text in fitting for figure in figures(text)]
    problems = [p for figure in mine if (p := _problem(figure, claim, theirs, near, fitting))]
    if not problems and (told := _misplaced(claim, mine, [s for paper in papers for s in _sentences(paper)])):
        problems.append(told)
    return problems


@lru_cache(maxsize=512)
def _of_paper(paper: Paper) -> tuple[Figure, ...]:
    return figures(f"{paper.title} . {paper.abstract} . {paper.year or ''} . {paper.venue or ''}")


def _sentences(paper: Paper) -> list[str]:
    return [paper.title, *(s.text for s in own_sentences(paper.abstract))]


def _problem(
    mine: Figure, claim: str, theirs: Sequence[Figure], near: Sequence[Figure], fitting: Sequence[str]
) -> str | None:
    same = [figure for figure in theirs if _same_value(mine, figure)]
    counts = [f for f in theirs if mine.counted and f.counted == mine.counted and _loosely_alike(mine, f)]
    if mine.weak:
        local = [f for f in near if mine.counted and f.counted == mine.counted and not f.unit]
        if local and len(fitting) == 1 and all(f.value != mine.value and not f.weak for f in local):
            return f"number {mine.written}: the cited abstract has {local[0].written}"
        return None
    if not same:
        small = mine.value <= _SMALL and mine.value == int(mine.value) and not mine.unit
        lists = [claim[mine.end :].partition(":")[2]] if ":" in claim[mine.end :] else [claim, *fitting]
        if small and not counts and any(mine.value in implied(text) for text in lists):
            return None
        if (mine.unit == "%" and _as_share(mine, theirs)) or (mine.unit == "x" and _as_ratio(mine, theirs)):
            return None
        return f"number {mine.bare} not in the cited abstract"
    fits = [figure for figure in same if _units_agree(mine, figure)]
    if not fits and mine.unit == "x" and _as_ratio(mine, theirs):
        return None
    if not fits:
        return f"number {mine.written}: the cited abstract has {same[0].written}"
    # Every figure like it counts something else there, and what it counts here has another figure.
    if counts and all(f.counted for f in fits) and not any(_same_value(mine, f) for f in counts):
        return f"number {mine.written}: the cited abstract has {counts[0].written} of these"
    if mine.bound and all(f.bound and f.bound != mine.bound for f in fits) and not _both_ways(fits):
        return f"number {mine.written} is at {'least' if mine.bound == 'least' else 'most'} that only in the claim"
    return None


def _same_value(mine: Figure, theirs: Figure) -> bool:
    if math.isclose(mine.value, theirs.value, rel_tol=1e-6):
        return True
    if mine.unit == "many":
        return not theirs.unit and mine.value <= theirs.value < mine.value * 1000
    if not (mine.hedged or mine.bound) or not theirs.value or mine.unit != theirs.unit:
        return False
    off = (mine.value - theirs.value) / theirs.value
    if abs(off) > _ROUNDED or _digits(mine.value) >= _digits(theirs.value) + (mine.value % 5 == 0):
        return False
    return not (mine.bound == "least" and off > 0) and not (mine.bound == "most" and off < 0)


def _digits(value: float) -> int:
    """How many digits count: 80 has one, 79 two, 85.1 three."""
    return len(f"{value:g}".replace(".", "").replace("-", "").strip("0").split("e")[0]) or 1


def _units_agree(mine: Figure, theirs: Figure) -> bool:
    if mine.unit == theirs.unit or mine.unit == "many":
        return True
    if not mine.unit:
        return not (theirs.unit in {"%", "point", "x"} and mine.counted and mine.counted == theirs.counted)
    if not theirs.unit and mine.unit in {"%", "point"}:
        return not theirs.counted or theirs.counted in _METRIC or theirs.counted.split("-")[0] in _METRIC
    return False


def _both_ways(fits: Sequence[Figure]) -> bool:
    return len({figure.bound for figure in fits}) > 1


def _loosely_alike(one: Figure, other: Figure) -> bool:
    """Of one unit, or one of them in percent without saying so ("70.6 F1")."""
    return one.unit == other.unit or {one.unit, other.unit} <= {"", "%"}


def _swappable(one: Figure, other: Figure) -> bool:
    """Whether these two could have been taken for each other: 26 F1 and 70.6 %, not 32 examples and 23 %."""
    if one.unit == other.unit:
        return True
    bare = one if not one.unit else other
    return {one.unit, other.unit} == {"", "%"} and bare.counted in _METRIC


def _without_ratios(claim: str, mine: Sequence[Figure], papers: Sequence[Paper]) -> list[Figure]:
    """The figures without "four out of five" where the abstract has 80 %."""
    shares = [f.value for paper in papers for f in _of_paper(paper) if f.unit == "%"]
    left = list(mine)
    for one, other in zip(mine, mine[1:], strict=False):
        between = claim[one.end : other.start].strip()
        if between not in {"out of", "in", "of", "of every", "out of every"} or not other.value > one.value > 0:
            continue
        if any(
            math.isclose(100 * one.value / other.value, share, abs_tol=2.5 if one.hedged else 0.5) for share in shares
        ):
            left = [figure for figure in left if figure not in (one, other)]
    return left


def _as_share(mine: Figure, theirs: Sequence[Figure]) -> bool:
    """ "80 percent" where the abstract has 8 of 10."""
    values = [f.value for f in theirs if not f.unit and f.value >= 1]
    return any(b > a and math.isclose(100 * a / b, mine.value) for a, b in zip(values, values[1:], strict=False))


def _as_ratio(mine: Figure, theirs: Sequence[Figure]) -> bool:
    """ "more than twice" where the abstract has 21.5 % and 10 %."""
    if mine.written[:1].isdigit():
        return False
    ratios = [a.value / b.value for a in theirs for b in theirs if a.unit == b.unit == "%" and b.value]
    top = mine.value * (1.5 if mine.bound == "least" else 1.1)
    return any(mine.value * (1.0 if mine.bound == "least" else 0.9) <= ratio <= top for ratio in ratios)


# --- a figure that stands for something else -----------------------------------------------------------------


def _misplaced(claim: str, mine: Sequence[Figure], sentences: Sequence[str]) -> str | None:
    """Whether the words around a figure are those around another figure of the same kind in the abstract."""
    if "respectively" in claim.casefold():
        return None
    own = [(f, c) for f, c in _surroundings(claim) if not f.weak and f in mine]
    weights = _weights(tuple(sentences))
    theirs = [(f, c) for text in sentences if "respectively" not in text for f, c in _surroundings(text)]
    for figure, here in own:
        home = max((_shared(here, c, weights) for f, c in theirs if _same_value(figure, f)), default=0.0)
        for other, there in theirs:
            if (
                _same_value(figure, other)
                or other.weak
                or figure.unit != other.unit
                or _is_year(figure) != _is_year(other)
            ):
                continue
            if len(own) == 1 and _shared(here, there, weights) > max(1.5, 2.5 * home):
                return f"number {figure.written}: the cited abstract has {other.written} for this"
    return _exchanged(claim, own, theirs, weights)


def _is_year(figure: Figure) -> bool:
    return not figure.unit and not figure.counted and 1900 <= figure.value <= 2100 and figure.value == int(figure.value)


def _exchanged(claim: str, own: _Places, theirs: _Places, weights: Mapping[str, float]) -> str | None:
    """Two figures of the claim that would fit better the other way round."""

    def best(figure: Figure, here: dict[str, float]) -> float:
        return max((_shared(here, there, weights) for f, there in theirs if _same_value(figure, f)), default=0.0)

    for i, (one, one_here) in enumerate(own):
        for other, other_here in own[i + 1 :]:
            if one.value == other.value or not _swappable(one, other) or _is_year(one) != _is_year(other):
                continue
            if _RANGE.fullmatch(claim[one.end : other.start]) or (one.counted and one.counted == other.counted):
                continue  # "40 to 90 percent" is one thing, "1B, 7B and 16B parameters" a list
            straight = best(one, one_here) + best(other, other_here)
            crossed = best(other, one_here) + best(one, other_here)
            both = best(other, one_here) >= best(one, one_here) and best(one, other_here) >= best(other, other_here)
            told = min(best(other, one_here), best(one, other_here)) >= 0.3
            if both and told and crossed > straight + 0.15:
                return f"numbers {one.written} and {other.written} are exchanged in the claim"
    return None


def _weights(sentences: tuple[str, ...]) -> dict[str, float]:
    """How much a word tells: those of every sentence tell little."""
    counts: dict[str, int] = {}
    for text in sentences:
        for name in stems(text):
            counts[name] = counts.get(name, 0) + 1
    return {name: 1.0 / count for name, count in counts.items()}


def _shared(one: Mapping[str, float], other: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(min(near, other[name]) * weights.get(name, 1.0) for name, near in one.items() if name in other)


_RANGE = re.compile(r"\s*(?:-|–|—|to)\s*")
_PARTINGS = frozenset("and or but while whereas versus vs compared against then instead".split())
_ELSEWHERE = 0.25
_Places = Sequence[tuple[Figure, dict[str, float]]]


@lru_cache(maxsize=4096)
def _surroundings(text: str) -> tuple[tuple[Figure, dict[str, float]], ...]:
    """Each figure with the words that belong to it: those up to the last "and", "," or ";" before the next figure. Words
    that belong to another figure of the sentence count for little, the figures themselves for nothing."""
    words, found = read(text), figures(text)
    if not found:
        return ()
    inside = {i for f in found for i, w in enumerate(words) if f.start <= w.start < f.end}
    cuts = [0]
    for left, right in zip(found, found[1:], strict=False):
        between = [i for i, w in enumerate(words) if left.end <= w.start < right.start]
        parting = [i for i in between if words[i].text.casefold() in _PARTINGS]
        parting = parting or [i for i in between if i and words[i].clause != words[i - 1].clause]
        parting = parting or [i for i in between if words[i].text.casefold() == "to" and words[i - 1].text != "up"]
        middle = (
            between[len(between) // 2]
            if between
            else next((i for i, w in enumerate(words) if w.start >= right.start), 0)
        )
        cuts.append(parting[0] if parting else middle)
    cuts.append(len(words))
    places = []
    for k, figure in enumerate(found):
        near: dict[str, float] = {}
        for i, word in enumerate(words):
            if word.content and i not in inside:
                weight = 1.0 if cuts[k] <= i < cuts[k + 1] else _ELSEWHERE
                near[word.stem] = max(near.get(word.stem, 0.0), weight)
        places.append((figure, near))
    return tuple(places)
