"""The words behind `cues`: opposites by kind, words of negation, and words that deny without one ("lacks", "unknown")."""

from __future__ import annotations

import re

from app.chat.claims.words import Word

# Each line is one kind of opposites: what points up, what points down.
_OPPOSITES = """
better: outperform beat beaten beating surpass exceed superior better best improve improvement enhance boost strengthen ahead advance gain benefit beneficial help outdo outdid outdoes excel win winning good well | underperform worse worst inferior degrade degradation deteriorate hurt harm harmful weaken lose losing loss behind trail lag decline detrimental suffer worsen impair poor poorly bad badly damage
amount: increase raise grow growth growing rise rising rose more higher high highly larger large largely greater great expand amplify maximize maximise longer long many elevate upregulate most bigger wide widely broad extensive widen lengthen | decrease reduce reduction lower lowering low fewer less smaller small shrink shrinks drop dropped dropping diminish cut cutting minimize minimise shorter short few lessen downregulate least narrow limited negligible little fall falling fell falls dwindle shorten down
speed: fast faster fastest quick quicker quickly rapid rapidly accelerate sooner speed speedup | slow slower slowest slowly slowdown delay
ease: easy easier easily simple simpler straightforward | hard harder difficult complex complicated challenging
cost: cheap cheaper cheapest inexpensive | expensive costly costlier
strength: strong stronger strongest strengthen robust robustly | weak weaker weakest weaken fragile brittle
often: always often frequently usually commonly | never rarely seldom
sign: positive positively | negative negatively
alike: same similar identical alike comparable | different differ differing dissimilar opposite incomparable
success: succeed success successful successfully manage | fail failing failure unable
accompany: with | without
time: before | after
place: above beyond | below beneath
bound: maximum max upper | minimum min lower
supervision: supervised | unsupervised
label: labeled labelled | unlabeled unlabelled
scope: global globally | local locally
access: open public publicly free | closed private privately proprietary
moment: online | offline
change: static fixed statically | dynamic adaptive dynamically
filling: dense densely | sparse sparsely
period: early earlier earliest | late later latest
wording: explicit explicitly | implicit implicitly
enough: sufficient enough sufficiently | insufficient insufficiently
able: possible able capable | impossible unable incapable
need: necessary essential required needed crucial requires needs require need | unnecessary needless irrelevant unimportant
economy: efficient efficiently | inefficient inefficiently
steady: stable consistent | unstable inconsistent
agreement: agree agreement support confirm | disagree disagreement contradict refute oppose
cause: promote activate activation induce stimulate trigger enable allow facilitate encourage | inhibit inhibition suppress block prevent hinder impede forbid discourage
being: presence present exist | absence absent lack missing
response: sensitive sensitivity | resistant resistance
majority: majority | minority
freshness: new novel | old existing
keep: keep preserve retain maintain retaining | discard lose losing destroy forget
add: add adding include including included append insert | remove removing drop exclude excluding omit eliminate
join: combine merge unify together jointly | separate separately split
accuracy: accurate accurately precise precisely correct correctly | inaccurate inaccurately imprecise incorrect incorrectly wrong wrongly
spread: diverse diversity varied heterogeneous | uniform homogeneous uniformity
bond: independent independently | dependent interdependent
hold: tighten tightening tight | loosen loosening loose relax
ease2: alleviate mitigate relieve ease | exacerbate aggravate intensify
course: linear linearly | quadratic quadratically exponential exponentially
view: accept | reject
frequency: common frequent | rare infrequent
size2: major | minor
part: full fully entire complete completely | partial partially partly incomplete incompletely
meeting: converge | diverge
way: automatic automatically automated | manual manually
freeze: freeze frozen | update unfreeze
order: first | last
width: widen broaden | narrow
"""

NEGATORS = frozenset(
    "not no never without neither nor none cannot can't don't doesn't didn't isn't aren't wasn't weren't won't hardly "
    "nobody nothing fail fails failed failing unable lack lacks lacking".split()
)
ADDS_ONLY = frozenset({"only", "just", "merely", "solely", "least", "most", "doubt"})
_SOFT = frozenset(
    """lack lacks lacking absent absence missing free avoid avoids eliminate eliminates drop drops instead rather unlike
    only few little less fewer least difficult hard suppress prevent prevents limit limits limited exclude ignore neglect
    nothing scarce shortage far remain remains stay unclear unsolved yet insufficient poorly rarely seldom beyond
    removes remove skip skips needless out minus negligible unable worse dispense obviate waive fail fails failed failing failure omits omit rid against behind
    stumble struggle struggles struggled obstacle exceed too impractical unproductive objects""".split()
)


def _kinds() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for line in _OPPOSITES.strip().splitlines():
        kind, _, words = line.partition(": ")
        for sign, side in zip((1, -1), words.split(" | "), strict=True):
            for word in side.split():
                for form in _forms(word):
                    if (kind, sign) not in found.setdefault(form, []):
                        found[form].append((kind, sign))
    return {word: tuple(pairs) for word, pairs in found.items()}


def _forms(word: str) -> set[str]:
    """A word with its endings as a verb; the few that are no words hurt nobody."""
    base = word[:-1] if word.endswith("e") else word
    return {word, f"{word}s", f"{word}es", f"{base}ed", f"{base}ing", *({f"{word[:-1]}ies"} if word[-1] == "y" else ())}


KINDS = _kinds()


_ONLY_LOOK_SO = frozenset(
    """under understand understands understanding unique uniquely uniform unified unify unifies unifying universal distribution
    distributions display displays discover discovers discovery distance distances discuss discusses discussed district
    distinct distinctive disease diseases dissect discourse distill distillation distilled""".split()
)


def is_soft(word: Word) -> bool:
    """Whether the word denies something by itself: "lacks", "unknown"."""
    low = word.text.casefold()
    if low in _SOFT or re.search(r"^(?:under|non|un)-|-(?:free|less)$", word.whole.casefold()):
        return True
    return (
        len(low) > 5
        and low.startswith(("un", "non", "dis", "impossib", "insuffic", "inabil"))
        and low not in _ONLY_LOOK_SO
    )
