"""Which spellings may name one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.people import person_key, same_person


@pytest.mark.parametrize(
    ("who", "author"),
    [
        ("Wang", "Jun Wang"),
        ("J. Wang", "Jun Wang"),
        ("Wang, Jun", "Jun Wang"),
        ("Wang J", "Jun Wang"),
        ("Jun Wang", "Wang"),
        ("jun WANG", "Jun Wang"),
        ("Munoz", "José Muñoz"),
        ("Colin A. Raffel", "Colin Raffel"),
        ("C. Raffel", "Raffel CA"),
        ("J.-P. Dupont", "Jean-Pierre Dupont"),
        ("Jean-Pierre Dupont", "Dupont, J.P."),
        ("Junwei Li", "Jun-Wei Li"),
        ("Anna van der Berg", "Berg, Anna van der"),
        ("Berg", "Anna van der Berg"),
        ("Martin King", "King, Martin, Jr."),
        ("李明", "李明"),
    ],
)
def test_spellings_of_one_person(who: str, author: str) -> None:
    """Order, initials, accents, hyphens and what one of the two leaves out do not make two people of one."""
    assert same_person(who, author)
    assert same_person(author, who)


@pytest.mark.parametrize(
    ("who", "author"),
    [
        ("Jing Wang", "Jun Wang"),
        ("W. Wang", "Jun Wang"),
        ("Jun Wang", "Jun Wu"),
        ("Newt AC", "Ada Bea Newt"),
        ("Jun-Ping Li", "Jun-Wei Li"),
        ("", "Jun Wang"),
    ],
)
def test_two_people(who: str, author: str) -> None:
    """Another family name, or a given name that contradicts, makes another person."""
    assert not same_person(who, author)
    assert not same_person(author, who)


@given(st.text(max_size=20))
def test_anybody_is_the_same_as_themselves(name: str) -> None:
    """Whatever a name holds, it names the same person as itself, and its key never fails."""
    assert same_person(name, name)
    assert all(all(parts) for parts in person_key(name)[1])
