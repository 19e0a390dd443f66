"""Which spellings are errors of a word, and which are other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.typos import Edit, edits, name_slip, word_errors


@pytest.mark.parametrize(
    ("typed", "meant", "found"),
    [
        ("abc", "abc", ()),
        ("acb", "abc", (Edit("swapped", 1, 1),)),
        ("abx", "abc", (Edit("other", 2, 2),)),
        ("ac", "abc", (Edit("left out", 1, 1),)),
        ("abcd", "abc", (Edit("added", 3, 3),)),
        ("xyz", "abc", None),
        ("", "abc", None),
    ],
)
def test_edits(typed: str, meant: str, found: tuple[Edit, ...] | None) -> None:
    """Each error with its kind and place; too many are none."""
    assert edits(typed, meant) == found


@given(st.text("abc1", max_size=7), st.text("abc1", max_size=7))
def test_errors_are_counted_alike_both_ways(one: str, two: str) -> None:
    """As many errors lead from one word to the other as back, and none only to itself."""
    there, back = edits(one, two), edits(two, one)
    assert (there is None) == (back is None)
    assert there is None or back is None or (len(there) == len(back) and (len(there) == 0) == (one == two))


@pytest.mark.parametrize(
    ("typed", "meant", "errors"),
    [
        ("alignment", "alignment", 0),
        ("aligment", "alignment", 1),
        ("Atention", "attention", 1),
        ("quantisation", "quantization", 1),
        ("representaitons", "representations", 1),
        ("llava", "llama", None),
        ("sequence42", "sequence43", None),
        ("informer", "performer", None),
    ],
)
def test_words(typed: str, meant: str, errors: int | None) -> None:
    """Short words, digits and first letters are taken as typed."""
    assert word_errors(typed, meant) == errors


@pytest.mark.parametrize(
    "typed",
    ["ReprogBRET", "reprogbert"[::1].replace("pro", "por"), "ReprogBERRT", "RepogBERT", "ReprigBERT", "ReprogBRT"],
)
def test_slips_of_a_name(typed: str) -> None:
    """Swapped, doubled and left out letters, and another letter in a longer part."""
    slip = name_slip(typed, "ReprogBERT")
    assert slip is not None and slip.errors == 1


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("GPT-3", "GPT-4"),
        ("CoOp", "CoCoOp"),
        ("BERT", "ALBERT"),
        ("LLaMA 2", "LLaMA"),
        ("CodeGen3", "CodeGen2"),
        ("ReprogBART", "ReprogBERT"),
        ("InstructCLIP", "InstructBLIP"),
        ("StableVLM", "StableLM"),
        ("PainterX", "Painter"),
        ("Pointer", "Painter"),
        ("Mixtral", "Mistral"),
        ("DeBERTa", "RoBERTa"),
        ("ReprogBERT", "ReprogBERT"),
    ],
)
def test_other_names(typed: str, name: str) -> None:
    """Another digit, another letter in capitals, a letter behind: these are names of their own."""
    assert name_slip(typed, name) is None
