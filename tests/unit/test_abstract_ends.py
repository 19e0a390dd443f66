"""What stands before and after an abstract: the word "Abstract", notices of copyright; and sentences that only hold
such words."""

from __future__ import annotations

import pytest

from ingest.normalize import clean_abstract

NEWTS = "Newts swim in ponds at night."


@pytest.mark.parametrize(
    "label",
    ["Abstract: ", "Abstract. ", "ABSTRACT ", "ABSTRACT: ", "Abstract\n", "abstract: ", "Abstract—", "Abstract | ", "Summary. ",
     "Abstract - ", "<b>Abstract</b> ", "Abstract:\u00a0", "Abstract:Abstract: "],
)  # fmt: skip
def test_the_label_goes(label: str) -> None:
    """The label before an abstract is not part of it, however it is written."""
    assert clean_abstract(f"{label}We follow newts. They swim.") == "We follow newts. They swim."


@pytest.mark.parametrize(
    "label",
    ["ABSTRACT", "Abstract", "Summary"],
)
def test_a_label_glued_to_the_text(label: str) -> None:
    """A label that lost the space after it goes as well."""
    assert clean_abstract(f"{label}The newts of ponds swim.") == "The newts of ponds swim."


@pytest.mark.parametrize(
    "text",
    [
        "Abstract Meaning Representation is a graph of a sentence.",
        "Abstract interpretation gives sound results.",
        "Abstract reasoning remains hard.",
        "Abstract Wikipedia holds facts.",
        "Abstractive summaries are short.",
        "Abstraction helps newts.",
        "Summary statistics of ponds are given.",
        "Summaries of long texts are short.",
        "Abstracts of papers are read here.",
        "ABSTRACTION NETWORKS learn.",
    ],
)
def test_words_that_begin_like_the_label(text: str) -> None:
    """A sentence that begins with the word, or a longer one, is kept whole."""
    assert clean_abstract(text) == text


@pytest.mark.parametrize(
    "notice",
    [
        "© 2021 Elsevier Ltd. All rights reserved.",
        "(c) 2019 The Authors. Published by Elsevier Inc.",
        "Copyright 2019 The Authors.",
        "Copyright © 2020, The Author(s), under exclusive licence to Springer.",
        "Copyright (c) 2018 by the authors.",
        "©2013 AACR.",
        "© The Author(s) 2020.",
        "&copy; 2004 Wiley-Liss, Inc.",
        "All rights reserved.",
        "Published by Elsevier B.V.",
        "Published by Elsevier Ltd. All rights reserved.",
        "© 2016 The Authors. Inside the Pond published by Wiley Periodicals, Inc.",
        "This article is protected by copyright. All rights reserved.",
        "(PsycINFO Database Record (c) 2016 APA, all rights reserved).",
        "[arXiv admin note: text overlap with arXiv:1234.56789]",
        "© 2021 Pond Press. All rights reserved. © 2021 Pond Press.",
    ],
)
def test_the_notice_goes(notice: str) -> None:
    """A notice of copyright after an abstract is not part of it."""
    assert clean_abstract(f"{NEWTS} {notice}") == NEWTS


@pytest.mark.parametrize(
    "text",
    [
        f"{NEWTS} We ask who holds the copyright of their songs.",
        f"{NEWTS} Models must not reproduce works protected by copyright.",
        f"{NEWTS} The atlas was published by the Pond Society.",
        f"{NEWTS} © signs are counted in 300 books, and we report how many are wrong.",
        f"{NEWTS} Copyright 2019 reforms are discussed as they are seen by poets.",
        "Copyright is a right. We study it.",
        "All rights reserved.",
        "© 2021 Pond Press.",
        f"{NEWTS} Cases (a), (b) and (c) follow.",
    ],
)
def test_sentences_about_copyright(text: str) -> None:
    """A sentence about copyright is kept, and so is a notice that is all there is."""
    assert clean_abstract(text) == text
