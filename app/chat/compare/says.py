"""By which words a sentence of an abstract speaks of a point, and by which it speaks of somebody else's work."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Says:
    """How sentences speak of a point: `pattern` they must fit, `surely` lets them do without likeness; `like` are
    phrases for the point, whose nearness tells sentences apart."""

    pattern: re.Pattern[str]
    like: tuple[str, ...]
    surely: re.Pattern[str] | None = None


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# A sentence by which the authors say what they did, and one on what others did.
OWN = _re(
    r"\b(?:we|our|ours|us)\b|\bth(?:is|e present) (?:paper|work|study|article|survey|review|book|research|thesis|competition)\b|"
    r"\bin this (?:paper|work|study)\b|\bthe (?:proposed|paper|article|aim)\b|\bhere,"
)
OTHERS = _re(
    r"^(?:however|although|though|while|despite|unlike|existing|previous|prior|recent|current|most|many|earlier|traditional|conventional|other)\b|"
    r"\b(?:existing|previous|prior|earlier|current|conventional) (?:\w+ ){0,2}(?:work|works|methods?|approach\w*|studies|models?|techniques?|"
    r"algorithms?|efforts?|retrievers?|benchmarks?|alignment)\b.{0,60}\b(?:fail|struggle|suffer|require|rely|lack|ignore|neglect|address|cannot|can not|"
    r"limit|overlook|focus|often|either|exclude)|\b(?:recent|previous|prior|earlier) (?:work|works|research|studies)\b"
)
PROPOSES = _re(
    r"\b(?:we|this (?:paper|work|study|article)|the (?:paper|article|authors?)|our (?:work|approach|method|key idea|idea|algorithm))\b.{0,50}?"
    r"\b(?:propos|introduc|present|develop|describ|design|build|construct|creat|formali|devis|train|leverag|appl|augment|provid|survey|review|unif|is to)"
    r"\w*|\bis an? (?:\w+[\s-]){0,6}(?:model|framework|method|algorithm|benchmark|dataset|approach|system|technique|mechanism|network|competition|"
    r"ecosystem|review|survey|retriever|transformer|methodology|architecture)\b"
)
FINDS = _re(
    r"\b(?:outperform|achiev|improv|boost|gain|exceed|surpass|beat|reduc|increas|rais|reach|attain|compar(?:able|es)|competitive|superior|"
    r"state[- ]of[- ]the[- ]art|effective|better|faster|results?|experiments?|evaluations?|evaluated|demonstrate|reveal|we (?:find|show|observe)|"
    r"finds?|shows?|indicates?|suggests?|perform|prov(?:es|ed)|advances?|closes?)\w*|\d\s*%"
)
# A sentence on what came out and not on how it works.
OUTCOME = _re(
    r"\b(?:outperform\w*|experiment\w*|empirical\w*|results?|findings|demonstrat\w*|state[- ]of[- ]the[- ]art)\b"
)
# How a sentence begins that goes on with what the one before it says.
GOES_ON = _re(
    r"^(?!the former|the latter|it has been|it is )(?:this|these|it|its|the|our|specifically|in particular|upon|at|during|to|with|by|given|here|"
    r"a set|both|each|every|when|then|first|using)\b"
)
FOUND = _re(
    r"\b(?:outperform\w*|experiment\w*|empirical\w*|our (?:results|findings|evaluation|analysis|experiments)|results? (?:show|indicate|reveal|on|demonstrate)|"
    r"we (?:find|show|observe|demonstrate)|state[- ]of[- ]the[- ]art)\b|\d\s*%|-fold\b"
)
_DATA_NOUN = (
    r"(?:data ?sets?|corpus|corpora|benchmarks?|meta-dataset|collection of|training data|instances|samples|examples|utterances|pairs|triplets|"
    r"demonstrations|images|videos|tasks? instances|test set|abcd|glue)"
)
_NUMBER = r"(?:\d[\d.,]*[kKM+]?|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty)"
_DATA = _re(
    rf"\b{_NUMBER}\b(?:\s+[\w-]+){{0,4}}\s+(?:{_DATA_NOUN}|tasks|languages|papers|participants)\b|"
    rf"\b(?:we|this \w+|our|here|and)\b.{{0,60}}\b(?:collect|compil|creat|introduc|releas|construct|gather|crowd-?sourc|annotat|curat|buil|provid|present)(?:e|ed|es|s|t|ds?)?\b"
    rf".{{0,80}}\b{_DATA_NOUN}\b|"
    rf"\b(?:trained|train|tested|evaluated|evaluate|experiments?|evaluations?|results?|tests?|applied|finetun\w*|fine-tun\w*|benchmark)\b.{{0,60}}\b(?:on|over|across|using|with)\b"
    rf".{{0,60}}\b{_DATA_NOUN}\b|"
    # "... more accurate on CIFAR-100 and ImageNet-R": two names in a row behind "on", or one with a figure in it.
    r"(?-i:\bon (?:the )?(?:[A-Z][\w-]*\d[\w-]*|[A-Z]\w*[A-Z][\w-]*(?:,? and |, )[A-Z][\w-]*[A-Z][\w-]*)\b)|"
    r"(?-i:\b(?:[A-Z][\w-]*\d[\w-]*|[A-Z]{3,}[\w-]*|[A-Z]\w+[A-Z]\w*)\b(?:,? (?:and|or) [\w-]+)? (?:[Dd]ata ?sets?|[Bb]enchmarks?)\b)|"
    r"\b(?:data ?sets?|benchmarks?|examples|instances|demonstrations|utterances|pairs)\b.{0,60}\b(?:collected|compiled|were|is|are) (?:used|built|collected|compiled|supplied|"
    r"released|open|open-sourced|gathered|provided)\b"
)
_TASK = _re(
    r"\b(?:aims?|goal|objective|problem|focus(?:es)?|challeng\w*|task of|address(?:es)?|tackles?|question|difficult|struggle|need|lacks?|lack|fail|"
    r"limited|suffer|costly|inefficien\w*|ambigu\w*|hard|explores?|stud(?:y|ies)|investigat\w+|examin\w+|concerns?|has not been|handles?)\b"
)
_LIMITS = _re(
    r"\b(?:limitations? of (?:our|this|the proposed)|limitations? (?:is|are)|we (?:do not|did not|only|leave|acknowledge|caution)|future (?:work|research|direction)|"
    r"room for (?:\w+ ){0,3}(?:improvement|progress)|(?:still|but) (?:lags?|falls?|stays?|far|behind|struggles?)|far behind|still behind|is still\b.{0,20}\bbehind|"
    r"more work is needed|needs? more work|remains? (?:open|a challenge|challenging|unsolved|difficult)|(?:are|is) (?:unable|not able) to|"
    r"(?:sometimes|even|can\b.{0,20}) (?:detrimental|hurt|worse)|less effective|out of (?:full )?reach|does not always|"
    r"(?:leaves?|with) (?:\w+ ){0,3}(?:much|substantial|significant) room|struggles? with|at the cost of|comes at the expense)\b"
)

# What is hoped for has not been found.
HOPES = _re(r"\b(?:hope\w*|call for|could|may|might|will|would|can also)\b")
RULES: dict[str, Says] = {
    "task": Says(_TASK, ("the problem that is addressed", "the task and the goal of this work", "the challenge is that")),
    "method": Says(PROPOSES, ("we propose a new method that", "the approach works by", "our model consists of")),
    "data": Says(_DATA, ("the dataset used for training and evaluation", "a collection of examples in several languages", "experiments on benchmarks")),
    "results": Says(FINDS, ("experiments show improvements over baselines", "results: it outperforms prior methods"), surely=FOUND),
    "limits": Says(_LIMITS, ("the limitations of this work", "performance is still far behind", "future work is needed")),
    "code": Says(
        _re(r"https?://|github|\bpublicly\b|\bopen[- ]?sourc\w*|\b(?:we|will|to be) (?:\w+ )?releas\w*|\breleased\b|\b(?:code|dataset|models?)\b.{0,50}\bavailable\b|\bfreely\b"),
        ("the code and models are publicly available", "we release the dataset"),
    ),
    "evaluation": Says(
        _re(r"\bevaluat\w*|\bexperiments?\b|\bbenchmarks?\b|\btest(?:ed|s)?\b|\bmetrics?\b|\brecall\b|\bbaselines?\b|\buser study\b|\bparticipants?\b|\bhuman\b|\bsurvey\w*|\bdata ?sets\b"),
        ("we evaluate on benchmarks against baselines", "the evaluation metric and the user study"),
    ),
    "cost": Says(
        _re(r"\bcosts?\b|\bmemory\b|\bstorage\b|\bcomput(?:e|ation|ational|ations)\b|\boverheads?\b|\bGPUs?\b|\bfootprint\b|\bcheap\w*|\bparameters?\b|\d\s?[MG]B\b|"
            r"\binference\b|\befficien\w*|\bresources?\b|\bexpens\w*"),
        ("the computational cost and memory it needs", "lower inference cost", "training overhead"),
    ),
    "speed": Says(
        _re(r"\bfast(?:er|est)?\b|\bspeed\w*|\blatency\b|\bthroughput\b|\bquick\w*|\bslow\w*|\b(?:inference|test|run|decoding) ?time\b|\breal[- ]time\b|\bseconds\b|"
            r"\borders? of magnitude\b|\boverhead\b"),
        ("it is faster than other methods", "speed and latency of inference"),
    ),
    "size": Says(
        _re(rf"\b{_NUMBER}\b|\b\d+(?:\.\d+)?[BMK]\b|\bthousand|million|billion"),
        ("the number of tasks, examples and parameters", "a collection of many instances"),
    ),
    "accuracy": Says(
        _re(r"\baccura\w*|\bF1\b|\bscore\b|\brecall\b|\d\s*%|\bcorrect\w*"),
        ("the accuracy it achieves", "accuracy and F1 score on the benchmark"),
    ),
}  # fmt: skip
