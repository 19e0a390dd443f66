"""Counting tokens never reaches for the network, whatever tiktoken's cache is like."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import tokens
from app.core.tokens import ENCODING, tiktoken_cache_file, token_counter


def words(text: str) -> int:
    return len(text.split())


def test_without_the_encoding_the_count_is_an_estimate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache means an estimate from above, and a note that says so."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    counter = token_counter(words)
    assert not counter.exact
    assert counter.count("one two three four") == 5
    assert ENCODING in counter.note and "estimated" in counter.note


def test_a_damaged_encoding_is_neither_used_nor_fetched_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """tiktoken would delete a damaged file and download another; we leave it alone and estimate."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    file = tiktoken_cache_file()
    assert file is not None and file.parent == tmp_path
    file.write_bytes(b"cut off in the mid")
    assert not token_counter(words).exact
    assert file.read_bytes() == b"cut off in the mid"


def test_a_cache_that_is_switched_off_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder name tells tiktoken to download every time, so nothing is asked of it."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert tiktoken_cache_file() is None
    assert not token_counter(words).exact


def test_the_older_variable_names_the_folder_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """DATA_GYM_CACHE_DIR counts where TIKTOKEN_CACHE_DIR is not set, as in tiktoken."""
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", str(tmp_path))
    file = tiktoken_cache_file()
    assert file is not None and file.parent == tmp_path


def test_address_and_checksum_are_those_of_the_installed_tiktoken() -> None:
    """If tiktoken moves its encoding or changes it, this says so before a person goes online unawares."""
    from tiktoken_ext import openai_public

    source = inspect.getsource(openai_public.o200k_base)
    assert tokens._ENCODING_ADDRESS in source
    assert tokens._ENCODING_SHA256 in source


def test_a_cached_encoding_is_used() -> None:
    """On a computer where tiktoken has been, tokens are counted exactly."""
    if not tokens._is_whole(tiktoken_cache_file()):
        pytest.skip(f"{ENCODING} is not in tiktoken's cache on this computer, and tests do not download it")
    counter = token_counter(words)
    assert counter.exact
    assert counter.count("hello world") == 2
    assert counter.count("<|endoftext|>") > 1


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000))
def test_the_estimate_is_never_below_the_fallback(count: int) -> None:
    """The safety factor only ever adds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        assert token_counter(lambda text: count).count("") >= count
