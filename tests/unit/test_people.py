"""Who is meant by a string of names: where one person ends and the next begins, and in which order a name stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sources.people import names_in, one_name, person


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Newt, Ada", ["Ada Newt"]),
        ("Newt,Ada", ["Ada Newt"]),
        ("Lee, Kim", ["Kim Lee"]),
        ("Newt, A.", ["A. Newt"]),
        ("Newt, A. B.", ["A. B. Newt"]),
        ("Newt, A.-B.", ["A.-B. Newt"]),
        ("Newt, AB", ["AB Newt"]),
        ("LI, X.", ["X. LI"]),
        ("Petrov, Yu. A.", ["Yu. A. Petrov"]),
        ("Newt, Ada Maria", ["Ada Maria Newt"]),
        ("van der Berg, Anna", ["Anna van der Berg"]),
        ("Van der Berg, Anna Maria", ["Anna Maria Van der Berg"]),
        ("de Souza e Silva, João Paulo", ["João Paulo de Souza e Silva"]),
        ("Ortega y Gasset, José Luis", ["José Luis Ortega y Gasset"]),
        ("García Márquez, Gabriel", ["Gabriel García Márquez"]),
        ("Beethoven, Ludwig van", ["Ludwig van Beethoven"]),
        ("Ludwig van Beethoven, Jr.", ["Ludwig van Beethoven Jr."]),
        ("Newt, Ada, Jr.", ["Ada Newt Jr."]),
        ("Newt, Jr., Ada", ["Ada Newt Jr."]),
        ("Newt, A., III", ["A. Newt III"]),
        ("Ada Newt, MD", ["Ada Newt MD"]),
        ("Newt, MD", ["MD Newt"]),
        ("University of Ponds, Lakeside", ["University of Ponds, Lakeside"]),
        ("Pondworks, Inc.", ["Pondworks Inc."]),
        ("Ada Newt", ["Ada Newt"]),
        ("Plato", ["Plato"]),
        ("", []),
        (" , ", []),
    ],
)
def test_one_person(text: str, names: list[str]) -> None:
    """A comma within a name parts no people."""
    assert names_in(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Newt, Bo Olm", ["Ada Newt", "Bo Olm"]),
        ("Ada Newt,Bo Olm,Cy Po", ["Ada Newt", "Bo Olm", "Cy Po"]),
        ("A. Newt, B. Olm", ["A. Newt", "B. Olm"]),
        ("Newt A., Olm B.", ["Newt A.", "Olm B."]),
        ("Newt AB, Olm C", ["Newt AB", "Olm C"]),
        ("van der Berg A., de Boer C.", ["van der Berg A.", "de Boer C."]),
        ("Di Wang, Le Chen", ["Di Wang", "Le Chen"]),
        ("Ludwig van Beethoven, Clara de Boer", ["Ludwig van Beethoven", "Clara de Boer"]),
        ("Ada Newt, Jr., Bo Olm", ["Ada Newt Jr.", "Bo Olm"]),
        ("Ada Newt, PhD, Bo Olm, M.D.", ["Ada Newt PhD", "Bo Olm M.D."]),
        ("Newt, A., Olm, B., Po, C.", ["A. Newt", "B. Olm", "C. Po"]),
        ("Newt, A., Olm, B., & Po, C.", ["A. Newt", "B. Olm", "C. Po"]),
        ("Newt, A., Olm, B. and Po, C.", ["A. Newt", "B. Olm", "C. Po"]),
        ("Newt, Ada, Olm, Bo", ["Ada Newt", "Bo Olm"]),
        ("Newt, Ada Maria, van der Berg, Anna", ["Ada Maria Newt", "Anna van der Berg"]),
        ("Newt, A., Bo Olm, Cy Po", ["A. Newt", "Bo Olm", "Cy Po"]),
        ("Newt, A., Jr., Olm, B.", ["A. Newt Jr.", "B. Olm"]),
        ("Plato, Ada Newt, Bo Olm", ["Plato", "Ada Newt", "Bo Olm"]),
        ("Ada, Bo, Cy", ["Ada", "Bo", "Cy"]),
        ("Ada Newt, Bo Olm and Cy Po", ["Ada Newt", "Bo Olm", "Cy Po"]),
        ("Ada Newt, Bo Olm, and Cy Po", ["Ada Newt", "Bo Olm", "Cy Po"]),
        ("Newt, Ada and Olm, Bo", ["Ada Newt", "Bo Olm"]),
        ("García Márquez, Gabriel José and Newt, Ada", ["Gabriel José García Márquez", "Ada Newt"]),
        ("Ada Newt & Bo Olm", ["Ada Newt", "Bo Olm"]),
        ("Newt, Ada; Olm, Bo", ["Ada Newt", "Bo Olm"]),
        ("García Márquez, Gabriel José; Olm, Bo", ["Gabriel José García Márquez", "Bo Olm"]),
        ("Newt, Ada (57190000000); Olm, Bo (12)", ["Ada Newt", "Bo Olm"]),
        ("Newt, Jr; Olm, B. C.; Pondworks, Inc.; Eft,Cy", ["Newt Jr", "B. C. Olm", "Pondworks Inc.", "Cy Eft"]),
        ("Newt, Ada | Olm, Bo", ["Ada Newt", "Bo Olm"]),
        ("Newt, Ada\nOlm, Bo", ["Ada Newt", "Bo Olm"]),
        ("Newt, Ada; Institute of Ponds and Lakes", ["Ada Newt", "Institute of Ponds and Lakes"]),
        ("Newt, A., Olm, B., et al.", ["A. Newt", "B. Olm"]),
        ("Ada Newt and others", ["Ada Newt"]),
        ("张三，李四", ["张三", "李四"]),
        ("张三、李四", ["张三", "李四"]),
        ("Ada Newt, University of Ponds", ["Ada Newt", "University of Ponds"]),
    ],
)
def test_several_people(text: str, names: list[str]) -> None:
    """Semicolons, bars, lines, "and" and "&" part people; commas where they stand between people."""
    assert names_in(text) == names


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("Newt, Ada", "Ada Newt"),
        ("Newt, A., Jr.", "A. Newt Jr."),
        ("Ada Newt, Jr.", "Ada Newt Jr."),
        ("Ada Newt, Bo Olm", "Ada Newt, Bo Olm"),
        ("University of Ponds, Lakeside", "University of Ponds, Lakeside"),
        ("Pondworks, Inc.", "Pondworks Inc."),
        ("a, b, c", "a, b, c"),
        (" Ada Newt ", "Ada Newt"),
    ],
)
def test_an_item_of_a_list(item: str, name: str) -> None:
    """It is one person already: turned round if it can only be that, never cut."""
    assert one_name(item) == name


def test_the_order_of_reference_managers() -> None:
    """Where a format says that the family name comes first, the comma is taken at its word."""
    assert [
        person(text) for text in ("Newt, Ada Maria", "Newt, Ada, Jr.", "Newt Society,", "Ponds,, Lakeside", "")
    ] == [
        "Ada Maria Newt",
        "Ada Newt Jr.",
        "Newt Society",
        "Ponds, Lakeside",
        "",
    ]


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from([*", ;|\n.&", " and ", "Newt", "Ada", "A.", "Jr.", "van", "et al.", "(5)"])).map("".join)
)
def test_any_string(text: str) -> None:
    """No string is an error; no word is lost but those that say there are more, and none is invented."""
    for name in names_in(text):
        assert name.strip()
    assert isinstance(one_name(text), str)
