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
    ["[Abstract] ", "(Abstract) ", "**Abstract**: ", "**Abstract:** ", "*Abstract*—", "__Abstract__ ", "# Abstract ", "A B S T R A C T ",
     "a b s t r a c t ", "A B S T R A C T: ", "S U M M A R Y ", "ABSTRACT.", "Abstract.—", "【摘要】", "[Summary]: "],
)  # fmt: skip
def test_a_label_in_brackets_or_spaced(label: str) -> None:
    """The label goes in brackets, between stars or with spaces between its letters as well."""
    assert clean_abstract(f"{label}We follow newts. They swim.") == "We follow newts. They swim."


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("摘要：", "我们研究蝾螈。"),
        ("摘 要: ", "我们研究蝾螈。"),
        ("[摘要] ", "我们研究蝾螈。"),
        ("要旨：", "イモリを調べる。"),
        ("概要: ", "イモリを調べる。"),
        ("초록: ", "도롱뇽을 연구한다."),
        ("Résumé: ", "Nous étudions les tritons."),
        ("RÉSUMÉ : ", "Nous étudions les tritons."),
        ("Re\u0301sume\u0301: ", "nous étudions les tritons."),
        ("Zusammenfassung: ", "Wir zählen Molche."),
        ("Resumen: ", "Contamos tritones."),
        ("Resumo: ", "Contamos tritões."),
        ("Riassunto: ", "Contiamo tritoni."),
        ("Аннотация: ", "Мы считаем тритонов."),
        ("Samenvatting: ", "Wij tellen salamanders."),
        ("<b>Résumé:</b> ", "Nous étudions les tritons."),
    ],
)
def test_the_label_in_other_languages(label: str, text: str) -> None:
    """It goes where a colon or brackets say that it is a label."""
    assert clean_abstract(label + text) == text


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
        "(Abstract) interpretation of newts.",
        "[Abstract] interpretation of newts.",
        "(Abstract) Interpretation of newts.",
        "[Abstract available in French]",
        "*Abstract* interpretation of newts.",
        "Zusammenfassung von Texten ist schwer.",
        "Résumé automatique de textes sur les tritons.",
        "Resumen de los textos de tritones.",
        "摘要生成是一项任务。",
        "要旨を作る。",
        "Аннотация текстов трудна.",
        "A B S testing of newts.",
        "A B cell of newts.",
        "[A] newt swims.",
        "(a) newts swim, (b) they eat.",
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
        "(c) IEEE",
        "(c) IEEE.",
        "(C) Springer-Verlag",
        "(c) Springer-Verlag Berlin Heidelberg 2009",
        "(c) IEEE 2009. All rights reserved.",
        "(c) Elsevier B.V.",
        "(c) 2004 Wiley-Liss, Inc. All rights reserved.",
        "(c) Pond Press 2011. All rights reserved.",
        r"\textcopyright 2020 IEEE",
        r"{\textcopyright} 2020 Elsevier Ltd. All rights reserved.",
        "Copyright is held by the owner/author(s).",
        "Copyright held by the owner/author(s). Publication rights licensed to ACM.",
        "Copyright is held by the author/owner(s).",
        "Copyright is held by the International World Wide Web Conference Committee (IW3C2).",
        "Crown Copyright © 2020 Published by Elsevier Ltd. All rights reserved.",
        "Crown Copyright 2011. Published by Elsevier Inc.",
        "2020 Elsevier B.V. All rights reserved.",
        "2019 The Authors. Published by Elsevier Ltd.",
        "2014 Wiley Periodicals, Inc. All rights reserved.",
        "2017 Pond Society of London. All rights reserved.",
        "Elsevier Ltd. All rights reserved.",
        "Copyright © 2022 Newt et al. This is an open-access article distributed under the terms of the CC BY.",
    ],
)
def test_the_notice_goes(notice: str) -> None:
    """A notice of copyright after an abstract is not part of it."""
    assert clean_abstract(f"{NEWTS} {notice}") == NEWTS


@pytest.mark.parametrize(
    "notice",
    [
        "© 2018 IEEE.",
        "© 2018 IEEE. ",
        "© 2018 IEEE ",
        "© 2020 Elsevier Ltd. ",
        "© 2020 Elsevier B.V. All rights reserved. ",
        "© 2020 Elsevier B.V. ",
        "© The Author(s) 2020. ",
        "© 2016, Springer-Verlag Berlin Heidelberg. ",
        "© 2019 Association for Computing Machinery. ",
        "© 2011 Pond Society Press. ",
        "Copyright © 2014, American Association for Artificial Newts (www.aaan.org). All rights reserved. ",
        "Copyright 2015 The Authors. ",
        "(C) 2009 Elsevier Inc. All rights reserved. ",
        "&copy; 2018 IEEE. ",
        r"\textcopyright{} 2018 IEEE. ",
        "Copyright is held by the owner/author(s). ",
        "Crown Copyright © 2020 Published by Elsevier Ltd. All rights reserved. ",
        "Copyright © 2020 for this paper by its authors. ",
        "Copyright © 2021 for this paper by its authors. Use permitted under Creative Commons License Attribution 4.0 (CC BY 4.0). ",
        "© 2017 by the authors. Licensee MDPI, Basel, Switzerland. ",
        "© 2014 Newt et al.; licensee BioMed Central Ltd. ",
        "© Copyright 2015 IEEE - All rights reserved. ",
        "© 2005 - IOS Press and the authors. All rights reserved. ",
        "© Springer Nature Switzerland AG 2019. ",
    ],
)
def test_the_notice_before_the_text_goes(notice: str) -> None:
    """So it does before an abstract, also behind or before the label."""
    assert clean_abstract(f"{notice}This paper follows newts. They swim.") == "This paper follows newts. They swim."
    assert clean_abstract(f"Abstract: {notice}This paper follows newts.") == "This paper follows newts."
    assert clean_abstract(f"{notice}Abstract: This paper follows newts.") == "This paper follows newts."


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
        "Copyright is a right that newts lack. Authors hold it.",
        "Copyright 2019 Reforms in Europe. We ask what they did.",
        "Copyright law protects IEEE. This paper asks how.",
        "© signs are counted in 300 books. This paper says how many.",
        "(c) the third condition holds. This is shown.",
        "2020 Elsevier papers are read. We find newts.",
        f"{NEWTS} (c) the third condition",
        f"{NEWTS} We show (a) that they swim. (b) They eat. (c) IEEE 802.11 networks reach them.",
        f"{NEWTS} We compare (a) ACM. (b) Springer. (c) IEEE.",
        f"{NEWTS} (c) IEEE standards apply.",
        f"{NEWTS} Copyright is held by poets.",
        f"{NEWTS} Copyright is held by the author in most countries, not by the newt.",
        f"{NEWTS} Crown copyright covers maps, which is a problem.",
        f"{NEWTS} In 2020 Elsevier published 500 papers on newts.",
        f"{NEWTS} 2020 surveys by Elsevier found more.",
        f"{NEWTS} They know that (c) their copyright must count. All rights reserved.",
    ],
)
def test_sentences_about_copyright(text: str) -> None:
    """A sentence about copyright is kept, and so is a notice that is all there is."""
    assert clean_abstract(text) == text
