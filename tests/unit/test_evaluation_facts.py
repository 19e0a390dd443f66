"""A fact stands in a text as whole tokens, however it is spelt there, or it does not stand there."""

from __future__ import annotations

import pytest

from app.evaluation.facts import missing_facts


def stands(fact: str, *texts: str) -> bool:
    return not missing_facts([[fact]], texts)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("24", "It takes 24 hours."),
        ("24", "It takes 24."),
        ("24", "between 10-24, it says"),
        ("24", "(24%)"),
        ("24", "**24** of them"),
        ("24.7", "by 24.7 %"),
        ("24.7%", "by 24.7 % [1]"),
        ("24.7%", "by 24.7 percent"),
        ("24.7 %", r"by 24.7\% or more"),
        ("1,000", "1000 listeners"),
        ("32000", "32,000 tasks"),
        ("jazz", "It plays Jazz."),
        ("jazz", "| jazz | blues |"),
        ("GPT-4", "by GPT\u20114, it says"),
        ("Anticipatory Music Transformer", "the *anticipatory* music\ntransformer"),
        ("don't", "they don\u2019t"),
        ("fi", "\ufb01 is a ligature"),
    ],
)
def test_it_stands(fact: str, text: str) -> None:
    """Case, emphasis, line ends, thousands, kinds of hyphens and of percent do not matter."""
    assert stands(fact, text)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("24", "24.7 hours"),
        ("24", "124 hours"),
        ("24", "240 hours"),
        ("24", "0.24 hours"),
        ("24", "3,24 hours"),
        ("24", "24,000 hours"),
        ("24", "24B parameters"),
        ("24", "it says so [24]"),
        ("24", "it says so [1, 24] [20-24]"),
        ("4", "by GPT-4"),
        ("GPT-4", "by GPT-4.1 and GPT-4o"),
        ("BERT", "ReprogBERT"),
        ("jazz", "jazzy"),
        ("24%", "24 hours"),
        ("jazz music", "music and jazz"),
    ],
)
def test_it_does_not(fact: str, text: str) -> None:
    """A part of another figure, of a word or of a name is not the fact, nor is a marker."""
    assert not stands(fact, text)


def test_wordings_and_texts() -> None:
    """One wording of a fact in one of the texts is enough; a fact does not begin in one text and end in the next."""
    facts = [["24.7"], ["jazz", "jazzy"], ["blues"]]
    assert missing_facts(facts, ["jazzy tunes", "24.7 %"]) == [["blues"]]
    assert missing_facts(facts, []) == facts
    assert not stands("jazz music", "jazz", "music")
