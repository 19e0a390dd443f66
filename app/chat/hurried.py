"""A question as it would be written with care: what people type in a hurry ("ok so whats teh main idea of ur paper, pls") is put
in full, so that the rules that read questions need not know every short form.

Only words that say nothing of a subject are touched: those that hold a question together, and misspelled ones of these that
no paper uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SHORT = {
    "u": "you", "ur": "your", "pls": "please", "plz": "please", "pleas": "please", "thx": "thanks", "gimme": "give me", "lemme": "let me",
    "wanna": "want to", "gonna": "going to", "cuz": "because", "abt": "about", "w/o": "without", "ppl": "people", "sth": "something", "s/he": "they", "smth": "something", "whats": "what is", "wheres": "where is",
    "whos": "who is", "hows": "how is", "thats": "that is", "theres": "there is", "ive": "i have", "dont": "don't",
    "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't", "werent": "weren't", "cant": "can't",
    "couldnt": "couldn't", "wouldnt": "wouldn't", "shouldnt": "shouldn't", "wont": "won't", "havent": "haven't", "hasnt": "hasn't",
    "what's": "what is", "what’s": "what is", "who's": "who is", "who’s": "who is", "where's": "where is", "where’s": "where is",
    "how's": "how is", "how’s": "how is", "i'm": "i am", "i’m": "i am", "i've": "i have", "i’ve": "i have", "there's": "there is", "there’s": "there is",
    "autors": "authors", "thier": "their", "teh": "the", "hte": "the", "adn": "and", "wich": "which", "whch": "which", "whcih": "which", "whih": "which", "wihch": "which", "wht": "what", "wat": "what",
    "waht": "what", "wiht": "with", "w": "with", "em": "them", "params": "parameters", "btwn": "between", "bc": "because",
}  # fmt: skip
# Words that are often cut short; as they stand where a paper uses them so.
_CUT = {
    "nr": "number", "nrs": "numbers", "instr": "instruction", "instrs": "instructions", "biomed": "biomedical", "lang": "language", "langs": "languages",
    "lit": "literature", "perf": "performance", "exps": "experiments", "avg": "average", "acc": "accuracy", "arch": "architecture",
    "archs": "architectures", "dims": "dimensions", "seq": "sequence", "seqs": "sequences", "gov": "government", "devs": "developers", "coef": "coefficient", "coefs": "coefficients",
    "coeffs": "coefficients", "ctx": "context", "hyperparams": "hyperparameters", "bayes": "bayesian", "vocab": "vocabulary", "docs": "documents", "imgs": "images",
    "vids": "videos", "convo": "conversation", "convos": "conversations", "dialog": "dialogue", "qs": "questions", "probs": "probabilities", "lin": "linear", "eval": "evaluation",
    "evals": "evaluations", "config": "configuration", "configs": "configurations", "approx": "approximately", "distrib": "distribution",
    "sys": "system", "summ": "summarization",
    "math": "mathematical", "maths": "mathematical", "bio": "biology", "chem": "chemistry", "stats": "statistics", "pretrain": "pre-training",
    "intro": "introduction", "concl": "conclusion", "contrib": "contribution", "contribs": "contributions", "govt": "government",
    "mcq": "multiple-choice questions", "mcqs": "multiple-choice questions", "slr": "systematic literature review",
}  # fmt: skip
# A misspelled word is taken for one of these if it is one slip away and no paper uses it.
_FRAME = (
    "which what where about paper papers method methods approach approaches study studies work works abstract abstracts author authors "
    "compare comparison compared difference differences different between similar result results main contribution contributions "
    "dataset datasets benchmark benchmarks release released propose proposed introduce introduced evaluate evaluated experiments "
    "experiment training library please explain summarize summary language languages learning performance second first third both other "
    "another available improve improvement their these those there would could should"
).split()
_LETTERS = re.compile(r"(?<![\w@/.#-])[A-Za-z][A-Za-z'’]*(?:/o)?(?![\w@/-])")
_BEFORE = re.compile(
    r"^\W*(?:(?:(?:ok(?:ay)?|hey+|hi+|hello|yo|um+|uh+|hmm+|alright|lol|haha|thanks(?: a lot)?|thank you|quick question)\b(?![\w-])|"
    r"(?:cool|nice|great|perfect|well|right|sorry|interesting)(?=\s*[,.!:;…]|\s+so\b))[\s,.!:;…]*)+(?:(?:so|then|now)\b[\s,]*)?(?=\S+\s+\S)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[\s,.!;–—-]+(?:lol|haha+|lmao|btw|tbh|thanks(?: a lot| in advance)?|thank you|cheers|please|xd|:-?[)D]|;-?\)|"
    r"(?:i am|i['’]?m) (?:a )?(?:bit |little |kinda |so |really |totally )*(?:lost|confused|curious|new (?:here|to this)|not sure)|"
    r"i (?:always |keep |kinda |totally |already )*(?:forgot|forget|forgetting|don['’]t remember|can['’]t remember)(?: it| that| again)?|"
    r"(?:please )?remind me|just (?:curious|wondering)|asap))+(?P<end>[\s?!.]*)$",
    re.IGNORECASE,
)
# "w/ code", "what changes n how", "kindly list, if you please, the papers"
_SIGNS = (
    (
        re.compile(r"\bin context(?=\s+(?:learn|example|demonstration|abilit|adaptation|prompt))", re.IGNORECASE),
        "in-context",
    ),
    (re.compile(r"\b(few|zero|one|many) shot\b", re.IGNORECASE), r"\1-shot"),
    (
        re.compile(r"\b(fine) (?=tun(?:e|ed|es|ing)\b)|\b(multi|cross) (?=task\b)|\b(pre) (?=train)", re.IGNORECASE),
        r"\1\2\3-",
    ),
    (re.compile(r"\bw/\s*(?!o\b)(?=[a-z\d])", re.IGNORECASE), "with "),
    (
        re.compile(
            r"(?<=\w)\s+n\s+(?=(?:how|what|which|why|the|who|where|when|its|their|is|are|do|does|also|then)\b)",
            re.IGNORECASE,
        ),
        " and ",
    ),
    (
        re.compile(
            r",?\s+if you (?:please|would|could|can|don['’]?t mind|have (?:a moment|time))\s*(?:,(?=\s)|(?=[\s?.!]*$))",
            re.IGNORECASE,
        ),
        "",
    ),
)
# "For a methodological appendix, kindly enumerate ...", "As a reviewer for a dialogue venue: which ...": what and who it is for.
_ASKING = r"(?=(?:kindly|please|which|what|list|enumerate|name|give|show|find|identify|i|we|could|can|would|tell|compare|how)\b)"
_PURPOSE = re.compile(
    rf"^\W*(?:(?:speaking )?as an? (?:[\w-]+ ){{0,7}}?[\w-]+(?:\s*[,:]\s+{_ASKING}|\s+(?=(?:i|we)\b))|"
    r"(?:for|as part of|in preparation (?:of|for)|to prepare|while (?:writing|preparing)|in (?:view|the context) of)\s+(?:(?:my|our|a|an|the|some|this)\s+)?(?:[\w-]+\s+){0,3}?"
    r"(?:appendix|review|related work|section|thesis|dissertation|talk|presentation|survey|lecture|report|proposal|seminar|slides?|table|meeting|course|class|chapter|paper|reading (?:group|list)|project|overview|bibliography|introduction)"
    rf"\s*,\s+{_ASKING})",
    re.IGNORECASE,
)
_DIFF = re.compile(r"\bdiff(?=\s+(?:between|of)\b)")
# "Im" is a word of other languages, too.
_I_AM = re.compile(
    r"\bim(?=\s+(?:a|an|not|so|after|looking|interested|trying|lost|confused|curious|new|just|really|sure|working|still|only)\b)"
)
# "I half remember one on traffic lights. What ...?" tells a paper by a description.
_REMEMBERED = re.compile(
    r"^\W*(?:i|we) (?:(?:half|vaguely|dimly|faintly|kind of|sort of|only|just|think i|can|could|also|once|do) )*(?:remember|recall|saw|read|know of|heard of|have seen|have read|look for|am looking for|are looking for|search for|am after)(?: (?:of|reading|seeing|about|that there was|there was))? "
    r"(?:(?:an?|one|some|the|this|that) )?(?:(?:of the|of these) )?(?:one|papers?(?=[ ,])|study|work|article|something)\s+(?=(?:on|about|that|where|which|in which|with|for|using|whose)\b)(?=[^?]*(?:[.,;:–—-]\s+)(?:and |so )?(?:what|how|which|who|when|where|did|does|was|is|were)\b)",
    re.IGNORECASE,
)
# "Could you go through everything and tell me which papers ...": who is asked for it says nothing of the papers.
_TELL_ME = re.compile(
    r"^\W*(?:(?:could|can|would|will) you (?:please |kindly )?|please |i (?:would|should) (?:really )?(?:like|love) (?:you )?to |i(?:['’]d) (?:like|love) (?:you )?to |i (?:want|need) (?:you )?to |i was wondering |do you know |kindly )"
    r"(?:(?:look|go|read|search|check|skim) (?:through|thru|over|into|at)? ?(?:everything|(?:all )?(?:the |of the |these |my |our )?(?:papers|abstracts|library|collection|list)|them all|all of (?:them|it)) (?:and |to )?)?(?:then )?"
    r"(?:(?:tell|show|let) me(?: know)? |know |find out |see |learn |work out |determine |identify |establish |check |specify |indicate |point out |say )?(?=(?:(?:in|from|for) )?(?:which|what|how many)(?: (?:of|the|these|those|all))* (?:papers|works|ones|studies|abstracts|articles|methods|approaches|documents)\b)",
    re.IGNORECASE,
)
# What a person says of themselves after the question: "I'm the only vision person in my lab, so give me all of it".
_OWN = re.compile(
    r"(?:(?:and|so|but|because|as|since|for|sorry|well)\s+)?(?:(?:i|we)(?: am|['’]m| are|['’]re)? (?:(?:really|just|also|still|kind of|currently|only) )?(?:need|have to|has to|want|wanted|would like|would love|must|will|should|the|a|an|writing|preparing|working|new|doing|trying|giving|asking|reading|curious|supposed|about to|collecting|putting)|"
    r"(?:i|we)['’](?:d|ll) |need|have to|want to|would like to|would love to|got to|gotta|trying to|writing|working on|preparing|asking for|(?:it['’]s |it is |this is )?(?:for|to put in|to go in) (?:my|our|a|an|the) (?:\w+[ -]){0,3}(?:work|section|thesis|talk|slides?|paper|proposal|presentation|report|project|class|lecture|exam|meeting|review|students?|supervisor|boss|professor))\b",
    re.IGNORECASE,
)
_MEANS_IT = re.compile(r"\?|\b(?:which|what|who|whose|where|when|why|how|compare|list|name|explain|paper|papers|one|ones|study|work|works|article)\b", re.IGNORECASE)  # fmt: skip
_OWN_WORK = re.compile(r"\b(?:my|our)\s+(?:[\w-]+\s+)?(?:work|paper|study|article)\b", re.IGNORECASE)
_ALL_OF_IT = re.compile(r"(?:^|[\s,.;!?–—-]+)(?:(?:so|and|please|just)\s+)*(?:give|show|send|tell|list|get)\s+(?:me|us)\s+(?:all of (?:it|them|those)|the (?:whole )?lot|the whole thing|everything|them all|all)(?=[\s.!?]*$)", re.IGNORECASE)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.?!…])\s+(?=\S)")
_SHORTEST, _LONGEST = 5, 400


def in_full(text: str, known: Callable[[str], bool]) -> str:
    """The question in full words; as it is where nothing of it would be left. `known` says whether any paper uses a word."""
    if len(text) > _LONGEST:
        return text
    full = _I_AM.sub("i am", _PURPOSE.sub("", text))
    for sign, words in _SIGNS:
        full = sign.sub(words, full)
    full = _DIFF.sub("difference", _LETTERS.sub(lambda match: _full(match.group(), known), full))
    full = _REMEMBERED.sub("The paper ", full)
    bare = _TELL_ME.sub("", _without_own(_AFTER.sub(r"\g<end>", _BEFORE.sub("", full))))
    return bare.strip() if len(re.findall(r"\w+", bare)) > 1 else full


def _without_own(text: str) -> str:
    """The question without what its asker says of themselves, and of how much they want, after it."""
    text = _ALL_OF_IT.sub("", text)
    sentences = _SENTENCE.split(text)
    while len(sentences) > 1 and _OWN.match(sentences[-1]) and not _MEANS_IT.search(_OWN_WORK.sub("", sentences[-1])):
        sentences.pop()
    return " ".join(sentences)


def _full(word: str, known: Callable[[str], bool]) -> str:
    low = word.lower()
    # "U" and "IM" may well be names.
    if low in _SHORT and not word.isupper():
        full = _SHORT[low]
        return full[0].upper() + full[1:] if word[0].isupper() else full
    if word == low and low in _CUT and not known(low):
        return _CUT[low]
    if len(low) < _SHORTEST or not low.isalpha() or word != low or low in _FRAME or known(low):
        return word
    near = [frame for frame in _FRAME if abs(len(frame) - len(low)) <= 1 and _one_slip(low, frame)]
    return near[0] if near else word


def _one_slip(word: str, frame: str) -> bool:
    """Whether one letter is left out, doubled, wrong, or two change places (Damerau, "A technique for computer detection and
    correction of spelling errors", 1964)."""
    start = next(
        (at for at, (one, other) in enumerate(zip(word, frame, strict=False)) if one != other),
        min(len(word), len(frame)),
    )
    one, other = word[start:], frame[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[:2] == other[1::-1] and len(one) > 1 and one[2:] == other[2:])
    )
