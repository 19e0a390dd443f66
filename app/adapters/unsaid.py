"""What is asked for and cannot stand in an abstract's sentences: then quoting them would only look like an answer.

Two kinds. Properties that papers give in their full text and abstracts seldom do (the learning rate, who paid for the
work): asked for in so many words, they are unsaid unless a sentence speaks of such a thing. And numbers: "how many
annotators" needs a figure that counts something of the like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.adapters.strange import asked_words, strange_share
from app.adapters.unnamed import unnamed
from app.core.errors import EmbedderAwayError
from app.core.names import name_key
from app.core.ports import KeywordIndex, MakesVectors

_FIGURE = (
    r"(?:\d[\d.,]*\s?(?:[kKMBT]\b|%|x\b|×)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|"
    r"dozens?|half|third|quarter|hundreds?|thousands?|millions?|billions?|single|double|twice)\b)"
)
HAS_FIGURE = re.compile(_FIGURE, re.IGNORECASE)
ASKS_FIGURE = re.compile(
    r"\bhow (?:many|much|large|big|long|often|fast|far|deep)\b|per ?cent|%|\bnumbers? of\b|\bcounts?\b|\bsizes?\b|\bfigures?\b|"
    r"\bwhat (?:share|fraction|rate|accuracy|score|improvement|gain|speed-?up)",
    re.IGNORECASE,
)
_HARDWARE = r"\bGPUs?\b|\bTPUs?\b|\bCPUs?\b|\bA100|\bH100|\bV100|\bRTX|\bhardware|\bdevices?\b|\bcluster|\bmachines?\b"
_PEOPLE = r"annotat|\braters?\b|participant|volunteer|crowd|\bworkers?\b|\busers?\b|listener|\bhumans?\b|\bpeople\b|experts?\b|respondent|subjects\b|students?\b|patients?\b"

# What a question asks for, and what a sentence that could answer it has in it.
_PROPERTIES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asks, re.IGNORECASE), re.compile(says, re.IGNORECASE))
    for asks, says in (
        (r"\blearning[- ]rates?\b|\bwarm-?up (?:steps?|schedule)", r"learning[- ]rate|warm-?up"),
        (r"\bbatch(?:es)? sizes?\b|\bmini-?batch", r"\bbatch"),
        (r"\boptimi[sz]er\b", r"optimi[sz]er|\bAdam|\bSGD\b|gradient descent|optimi[sz]"),
        (r"\bepochs?\b|\btraining steps\b|\bhow many (?:steps|iterations)", r"\bepoch|\bsteps?\b|\biteration"),
        (r"\bweight decay\b", r"weight decay"),
        (r"\bdrop-?out\b", r"drop-?out"),
        (r"\b(?:random )?seeds?\b", r"\bseeds?\b"),
        (r"\bhyper-?parameters?\b", r"hyper-?parameter"),
        (r"\b(?:softmax|sampling) temperature\b|\bwhat temperature\b", r"temperature"),
        (r"\b(?:LoRA|adapter) ranks?\b|\bwhat rank\b", r"\brank"),
        (r"\bloss functions?\b|\bwhich loss\b|\bwhat loss\b", r"\bloss|\bobjective|\bentropy|\blikelihood"),
        (r"\bhidden (?:size|dimension|units?)|\b(?:embedding|latent) dimension|\bdimension\w* (?:of|does|has|have)\b.{0,40}\b(?:latent|hidden|embedding|vector|space|representation)", r"\bdimension|\bhidden"),
        (r"\b(?:how many|number of) (?:\w+ )?(?:layers?|heads?|blocks?)\b", r"\blayers?\b|\bheads?\b|\bblocks?\b"),
        (r"\bparameter counts?\b|\b(?:how many|number of) (?:\w+ )?parameters\b|\bhow many (?:billions?|millions?) of parameters", r"\d[\d.]*\s?(?:[BM]\b|billion|million)|\d\S* (?:\w+ )?parameters|parameters.{0,20}\d"),
        (r"\b(?:which|what) (?:\w+ )?(?:databases?|search engines?|digital librar\w+)\b|\bwhere did (?:they|the authors|he|she) (?:search|look)\b|\bsearched? (?:in|for (?:the )?papers)\b", r"database|scopus|anthology|google scholar|web of science|pubmed|ieee|\bacm\b|librar"),
        (r"\b(?:vocabulary|vocab) sizes?\b", r"\bvocab"),
        (r"\bcontext[- ](?:windows?|sizes?|lengths?)\b|\bhow (?:long|large|big) (?:is|are|was) .{0,40}\bcontext\b", r"\bcontext[- ](?:window|size|length)|\blong(?:er)?[- ]context|\btokens?\b"),
        (r"\bGPUs?\b|\bTPUs?\b|\bhardware\b|\bwhat machines?\b|\bon what (?:device|machine|card)", _HARDWARE),
        (
            r"\bhow long (?:did|does|do|was|is|were|will)\b.{0,60}\b(?:train|fine-?tun|run|take|took|pretrain|experiment)|\btraining time\b|"
            r"\b(?:GPU|TPU|CPU|compute)[- ](?:hours?|days?)\b|\bwall-?clock|\bhow many (?:hours|days|weeks|minutes)\b",
            r"\b(?:hours?|days?|weeks?|minutes?|seconds?|ms|faster|speed-?ups?|slower|wall-?clock|times)\b",
        ),
        (r"\b(?:in|how many) (?:milli)?seconds\b|\bin ms\b|\blatency in\b", r"\d\s?(?:ms\b|milli|s\b|seconds)|\bseconds\b"),
        (r"\bin (?:hours|days|weeks|minutes)\b", r"\b(?:hours?|days?|weeks?|minutes?)\b"),
        (r"\b(?:memory|VRAM|RAM|disk)\b.{0,30}\b(?:need|use|usage|footprint|require|take)|\bhow much (?:memory|VRAM|RAM)\b", r"\bmemory|\bVRAM|\bRAM\b|\d\s?GB"),
        (r"\b(?:carbon|CO2|emission|energy consum|electricity|kWh)\w*", r"carbon|CO2|emission|energy|electric|kWh"),
        (
            r"\bfund(?:ed|ing|er|ers|s)?\b|\bgrants?\b|\bsponsor|\bfinanc(?:ed|ial support)|\bwho paid\b|\backnowledg",
            r"\bfund(?:ed|ing)|\bgrant|\bsponsor|financ",
        ),
        (
            r"\baffiliat|\bwhich (?:university|universities|institut\w+|compan(?:y|ies)|labs?|laborator(?:y|ies)|hospitals?|country)\b|\bwhat (?:university|institution|company|lab|laboratory)\b|"
            r"\b(?:where|which \w+) do the authors work|\bauthors? (?:from|based)\b|\bemail\b|\bcorresponding author",
            r"universit|institut|affiliat|\bcompany|\blab\b|@",
        ),
        (r"\blicen[cs]e", r"licen[cs]e|\bCC[- ]BY|\bMIT\b|Apache"),
        (r"\bhow much (?:did|does|do|would) .{0,50}\bcost|\bwhat (?:does|did|do|would|will|is|was) .{0,50}\bcosts?\b(?! function)|\bin (?:dollars|euros|USD)\b|\bprice\b|\bAPI costs?\b|\bhow expensive\b", r"\$|€|dollar|USD|\bcosts?\b|\bpric|\bcheap|\bexpensive|\bpaid\b|\bwage"),
        (r"\bpaid\b(?! attention)|\b(?:pay|paying|payments?|salar\w+|wages?|hourly|remunerat\w+|compensated)\b|\bprizes?\b|\breward money\b|\bmoney\b", r"\bpaid\b|\bpay(?:s|ment|ments|ing)?\b|\bwage|\bsalar|\bprize|\bmoney\b|\$|€|remunerat|compensat"),
        (r"\bwho (?:won|came first|took first)\b|\b(?:which|what|whose) (?:\w+ )?(?:teams?|groups?|person|participants?|submissions?|entr(?:y|ies)|solutions?|agents?) (?:won|came first|scored best|was (?:the )?best)\b|\bwinn(?:er|ers|ing)\b|\bawards?\b", r"\bw[io]n\b|\bwinn|\baward|\bfirst place|\bprize"),
        (r"\bconferences?\b|\bvenues?\b|\bjournals?\b|\b(?:accepted|presented|published) (?:at|in|to|by) (?:which|what)|\b(?:which|what) (?:conference|workshop|journal|venue|publisher)|\bwhen was .{0,40}\b(?:accepted|presented|submitted)", r"conference|workshop|journal|venue|proceedings|accepted"),
        (r"\b(?:how old|ages?|gender|female|male|nationalit\w+|demograph\w+|education level|native language)\b(?=.*\b(?:participants?|users?|annotators?|people|subjects|workers|patients|volunteers|speakers|listeners|developers|raters)\b)", r"\bage[sd]?\b|gender|female|male\b|women|\bmen\b|nationalit|demograph|years old|native"),
        (r"\b(?:which|what) (?:countr\w+|cit(?:y|ies)|regions?)\b|\bwhere (?:do|did|does|are|were) .{0,40}\b(?:live|based|located|come from|recruited)\b", r"countr|\bcity\b|cities|region|\bUSA?\b|Europe|Africa|Asia|China|India|Germany|Canada|Japan|Kingdom"),
        (r"\b(?:which|what) versions?\b|\bversion of\b|\b(?:install|dependenc\w+|requirements\.txt|docker|pip|conda)\b", r"\bversions?\b|\binstall|dependenc|docker"),
        (r"\bpatent", r"\bpatent"),
        (r"\bethic\w* (?:approval|review|board|committee)|\bIRB\b|\bconsent\b", r"ethic|\bIRB\b|consent"),
        (r"\b(?:resolution|frame ?rates?|fps|sampl\w+ rates?)\b", r"resolution|frame ?rate|\bfps\b|\bHz\b|sampl\w+ rate|\d\s?px|pixels"),
        (r"\bfuture work\b|\bfuture plans\b|\bplan(?:s|ned|ning)? (?:to do )?next\b|\bdo next\b", r"\bfuture|\bnext\b|\bhope\b|will (?:be|enable|allow|release|present)|\bscope for"),
        (r"\b(?:inter-?)?annotator agreement|\binter-?rater|\bkappa\b", r"agreement|kappa"),
        (r"\bhow many (?:\w+ )?(?:annotators?|raters?|participants?|volunteers?|crowd ?workers?|judges|experts|people|students|subjects|labell?ers|clinicians|patients)\b|\bwho (?:annotated|labell?ed)\b", _PEOPLE),
        (r"\bconfidence intervals?\b|\bp-?values?\b|\bstandard deviations?\b|\berror bars?\b|\bstatistical(?:ly)? signific", r"confidence interval|p\s?[<=]|deviation|signific|±"),
        (r"\bablat", r"\bablat|\bcomponent|\bwithout\b|\bremov"),
        (r"\bhow (?:often|many times) .{0,40}\bcited\b|\bcitations? (?:count|does it have)\b|\bhow many citations\b", r"\bcited\b|citation"),
        (r"\b(?:reviewers?|review scores?|rebuttal)\b", r"review"),
        (r"\bhow many pages\b|\bpage count\b|\bappendi(?:x|ces)\b|\b(?:which|what) (?:figure|table|section|equation)\b", r"\bpages?\b|appendi|\bfigure|\btable|\bsection"),
        (r"\bprogramming language\b|\bwritten in (?:python|c\+\+|rust|java)|\b(?:pytorch|tensorflow|jax)\b|\bwhich (?:framework|library) (?:was|is|did)\b", r"pytorch|tensorflow|\bjax\b|python|c\+\+|\blibrary\b|\bframework\b|\bjava\b|\brust\b"),
        (r"\btokeni[sz]er\b", r"tokeni[sz]|byte-?pair|\bBPE\b|wordpiece|sentencepiece"),
        (r"\bdata augmentations?\b|\baugmentation strategy", r"augment"),
        (r"\btrain(?:ing)?[-/ ]test split|\bvalidation split|\bhow (?:was|were) the (?:data|dataset) split", r"\bsplit"),
        (r"\bprompt templates?\b|\bexact prompts?\b", r"\bprompt"),
        (r"\bsystem prompts?\b", r"system prompt"),
    )
)  # fmt: skip

# Measures by their names: who asks for one wants its figure, and the paper must speak of it.
_MEASURE = re.compile(
    r"\b(?:BLEU|chrF|ROUGE|METEOR|BERT-?score|COMET|perplexity|F-?1|F-score|AUC|AUROC|ROC|mAP|mIoU|IoU|Dice|PSNR|SSIM|LPIPS|FID|inception score|WER|CER|word error rate|"
    r"Elo|exact match|pass@\d+|pass@k|MRR|nDCG|recall@\d+|precision@\d+|hits@\d+|RMSE|MSE|MAE|MPJPE|FVD|FLOPs?|"
    r"cross-entropy|bits per (?:byte|character)|Pearson|Spearman|Cohen['’]s|MMLU|GSM8K|HumanEval|GLUE|SuperGLUE|SQuAD)(?![\w-])"
)
_NO_CAPITALS = re.compile(
    r"\b(?:bleu|rouge|perplexity|auc|auroc|iou|miou|wer|cer|fid|psnr|ssim|mpjpe|rmse|bertscore|chrf|flops?)\b"
)


def unsaid_measure(question: str, said: str) -> bool:
    """Whether a measure or test is asked for by its name that `said` does not have: "what BLEU does it reach?"."""
    asked = [match.group() for pattern in (_MEASURE, _NO_CAPITALS) for match in pattern.finditer(question)]
    have = [name_key(word) for word in re.findall(r"[\w@-]+", said)]
    return bool(asked) and not any(word.startswith(name_key(measure.split()[0])) for measure in asked for word in have)


def unsaid_property(question: str, said: str) -> bool:
    """Whether the question asks for a property that abstracts seldom give, and `said` does not speak of it either."""
    asked = [says for asks, says in _PROPERTIES if asks.search(question)]
    return bool(asked) and not any(says.search(said) for says in asked)


_COUNT = re.compile(r"\bhow many (?P<what>[^?.,;]+)|\bnumber of (?P<of>[^?.,;]+)", re.IGNORECASE)
_END_OF_COUNTED = re.compile(
    r"\b(?:do|does|did|are|is|was|were|has|have|had|can|could|will|would|used|use|in|on|of|for|by|with|to|from|that|which|per|at|when|than|"
    r"got|get|it|they|we|the|there|beat|contain|include|cover|need|require)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"{_FIGURE}[- ]*(?:of (?:the |all )?)?(?=(?P<what>(?:[\w-]+ ?){{0,4}}))", re.IGNORECASE)
_SAME_THING = (
    (re.compile(r"\b(?:networks|nets|neural networks)\b", re.IGNORECASE), "models"),
    (re.compile(r"\b(?:articles|publications|works|studies)\b", re.IGNORECASE), "papers"),
    (re.compile(r"\b(?:samples|instances|items)\b", re.IGNORECASE), "examples"),
)
_MODELS = re.compile(r"\b(?:pre-trained )?(?:L|P)?LMs\b")
# Below this cosine two short phrases are not of the like: "annotators" and "tasks".
_OF_THE_LIKE = 0.33
_LONGEST_THING = 4


def asked_count(question: str) -> str:
    """What the question asks the number of: "annotators" of "how many annotators did they use?", else nothing."""
    match = _COUNT.search(question)
    if not match:
        return ""
    words = match["what"] or match["of"] or ""
    end = _END_OF_COUNTED.search(words)
    return words[: end.start()].strip() if end else words.strip()


def _one_word(text: str) -> str:
    """Things that are counted under several names, under one."""
    for sign, word in _SAME_THING:
        text = sign.sub(word, text)
    return text


def uncounted(question: str, said: Sequence[str], embedder: MakesVectors) -> bool:
    """Whether the question asks how many of something there are and no figure of `said` counts anything of the like."""
    what = asked_count(question)
    if not what:
        return False
    what = _one_word(what)
    spelled = (_one_word(_MODELS.sub("language models", text)) for text in said)
    counted = {match["what"].strip() for text in spelled for match in _COUNTED.finditer(text)} - {""}
    if not counted:
        return not any(HAS_FIGURE.search(text) for text in said)
    # Where the thing ends and its verb begins ("people took part") no rule tells, so each beginning may be it.
    words = what.split()
    if any(
        name_key(words[-1]).rstrip("s") in [name_key(word).rstrip("s") for word in other.split()] for other in counted
    ):
        return False
    things = [" ".join(words[:end]) for end in range(1, min(len(words), _LONGEST_THING) + 1)]
    vectors = embedder.embed([*things, *sorted(counted)])
    return float((vectors[len(things) :] @ vectors[: len(things)].T).max()) < _OF_THE_LIKE


_ASKS_FOR_CODE = re.compile(r"\b(?:source )?code\b|github|\brepo(?:sitory)?\b", re.IGNORECASE)
_SPEAKS_OF_CODE = re.compile(r"\bcod(?:e|ebase|ing)\b|github|https?://|open.?sourc|\brepositor", re.IGNORECASE)
_ASKS_AMOUNT = re.compile(
    r"\bhow much\b|\b(?:what|which) percentages?\b|\bexact (?:value|number|figure|percentage|amount|score)s?\b|\bpercent of\b",
    re.IGNORECASE,
)
# "What exact accuracy does it reach?" wants a figure in digits, which is no part of a name ("GPT-4", "T5").
_ASKS_RESULT = re.compile(
    r"\b(?:which|what|the) (?:(?:exact|precise|final|best|overall|average|mean|top) )*(?:accurac(?:y|ies)|scores?|speed-?ups?(?: factors?)?|precision|error rates?|success rates?|win rates?)\b(?! of (?:the )?(?:papers|works))"
    r"(?=.{0,80}\b(?:does|do|did|is|are|was|were|reach|reache[sd]|obtain|achiev|get|gets|got|score|scored|report|emerge)\w*)|\bexact(?:ly)? (?:[\w-]+ ){0,3}(?:accuracy|scores?|speed-?ups?|factors?|thresholds?|numbers?|values?|figures?|percentages?|rates?)\b|"
    r"\b(?:speed-?up|scaling|compression) factors?\b|\bthreshold values?\b",
    re.IGNORECASE,
)
_RESULT = re.compile(r"(?<![\w.-])[~+]?\d[\d.,]*\s?(?:%|percent|x\b|×|times\b|points?\b|k\b)?(?![\w)-])", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+")


# A yes or no is asked of things: if the paper has nothing for most of them and no sentence comes near, its abstract does not
# say. What asks by "what" or "how" does so in words of its own too often ("which parts have to be altered?").
_YES_OR_NO = re.compile(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?)[\s,]+)*(?:is|are|was|were|does|do|did|can|could|has|have|will|would)\b",
    re.IGNORECASE,
)
_MOST, _FAR = 0.6, 0.3
# "Does it beat specialists?" is answered by what it is compared with, however that is called.
_COMPARES_WELL = re.compile(
    r"\b(?:beat|outperform|surpass|exceed|outdo|(?:better|worse|faster|slower|stronger|weaker) than|superior|inferior|competitive|on par|compar|match(?:es)?\b|state-of-the-art)\w*",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?:[-\d]\w*)?\b")


def _unknown_names(asked: str, text: str) -> bool:
    """Whether the question is for something by its name ("Japanese", "Wikipedia") that the text does not have."""
    have = name_key(text)
    return any(name_key(name) not in have for name in _CAPITAL.findall(asked))


def unspoken(asked: str, title: str, said: Sequence[str], keyword: KeywordIndex, embedder: MakesVectors) -> bool:
    """Whether a yes or no is asked on things that a paper's abstract does not speak of, `asked` without its name: "does it work
    on audio?" of a paper on pictures. Questions for a figure or for code have rules of their own."""
    if not _YES_OR_NO.match(asked) or ASKS_FIGURE.search(asked) or _ASKS_FOR_CODE.search(asked):
        return False
    if _COMPARES_WELL.search(asked) and any(_COMPARES_WELL.search(sentence) for sentence in said):
        return False
    if _unknown_names(asked, " ".join((title, *said))):
        return True
    words = asked_words(asked, keyword)
    try:
        if not words or strange_share(words, [title, *said], keyword, embedder) < _MOST:
            return False
        vectors = embedder.embed([asked, *said])
    except EmbedderAwayError:
        return False
    return float((vectors[1:] @ vectors[0]).max()) < _FAR


def could_answer(question: str, said: Sequence[str], embedder: MakesVectors, own: str = "") -> bool:
    """False only where what is asked for cannot stand in these sentences of the papers it is asked of; whether it does
    is otherwise left to the reader of the quotes. `own` are the names these papers go by."""
    text = " ".join(said)
    if _ASKS_FOR_CODE.search(question) and not _SPEAKS_OF_CODE.search(text):
        return False
    plain = [_ADDRESS.sub(" ", sentence) for sentence in said]
    if _ASKS_AMOUNT.search(question) and not any(HAS_FIGURE.search(sentence) for sentence in plain):
        return False
    if _ASKS_RESULT.search(question) and not any(_RESULT.search(sentence) for sentence in plain):
        return False
    if unsaid_property(question, text) or unsaid_measure(question, text) or unnamed(question, plain, own):
        return False
    try:
        return not uncounted(question, plain, embedder)
    except EmbedderAwayError:
        return True
