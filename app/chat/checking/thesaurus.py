"""Words of the field that mean the same, or a narrower thing: what makes a sentence on "lifelong learning" one on
"continual learning".

One line a subject: what a question may call it, and after "<" narrower words that only a paper would use; after "=" all
that a paper would say, where the question's own words say too little ("inference"). Written by hand; a subject that is not here is looked for by its own words and by meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.chat.checking.phrases import LINES

_LANGUAGES = (
    "chinese|mandarin|german|french|spanish|arabic|hindi|japanese|korean|russian|portuguese|italian|turkish|vietnamese|indonesian|swahili|yoruba|"
    "african languages?|indic|asian languages?|european languages?|bilingual|low-resourced? languages?|indigenous languages?|non-english"
)
_LINES = r"""
languages? other than english|(?:multiple|several|many|various|different|more than one|a number of) (?:\w+ )?languages?|non-english|(?:any |some |an?)?other languages?|(?:go |goes |going |look |looks |reach |work )?(?:beyond|past|outside(?: of)?|besides|not (?:only |just )?(?:in )?) ?english|several languages|different languages|multilingual\w*|cross-?lingual\w*|many languages < LANGUAGES|\d+ (?:\w+ )?languages
(?:computer )?vision|images?|visual(?:ly|s)?|pictures?|photos? < imagenet\S*|cifar\S*|videos?|image-centric|patch tokens?|pixels?|object detection|segmentation|rgb\S*|captions?
videos?|clips|footage < rgb\S* video
audio|sound|acoustic\w* < music\w*|speech
music\w*|songs? < melod\w+|harmon\w+|jazz|midi
speech(?: recognition)?|spoken|asr|voice < text-to-speech|transcri\w+
text-to-code|code generation|program synthesis|code completion|code language models?|(?:generat|writ|complet|produc)\w+ (?:of )?(?:\w+ )?(?:code|programs)|(?:writ|complet)\w+ (?:source |program )?code|(?:generation|completion) of (?:\w+ )?code < code infilling|fill-in-the-middle|programming
(?:source |program )?code|codes = (?:generat\w+|complet\w+|writ\w+|understand\w+|language models? (?:of|for)|train\w+ (?:models )?(?:on|for)) code|code (?:generation|infilling|completion|intelligence|search|(?:language )?models?|llms?)|programming|program synthesis|software (?:engineering|develop\w+)|coding
programming(?: languages?)?|software(?: engineering| develop\w+)?|coding|developers? < program synthesis|code generation|code completion|python
bio-?medic\w+|medic(?:al|ine)|clinical|health\s?care|health < patients?|disease\w*|drugs?|antibod\w+|virus\w*|diagnos\w+|cancer
biolog\w+|proteins?|genom\w+|molecul\w+|life sciences? < antibod\w+|amino acids?|dna|antigen\w*
chemi\w+|materials? science|molecul\w+ < drug\w*|reaction\w*
law|legal|court\w*|lawyers? < regulations?|statut\w+|contracts?
financ\w+|economic\w*|stock markets?|bank(?:s|ing)? < trading
recruit\w+|human resources|hr(?: domain)?|hiring|job(?:s| adverts?| ads?| advertisements?| postings?| offers?| titles?| descriptions?)? < vacanc\w+
education\w*|teach\w+|students?|classrooms? < tutor\w*
robot\w*|embodied|manipulation < grasping
games?|gaming < minecraft|chess|atari|minerl
climate|weather|meteorolog\w+ < forecasts? of (?:rain|temperature)|precipitation
math\w*|arithmetic|theorem\w* < autoformali[sz]ation|algebra|equations?
regression < ridge
dialogu?e?s?(?: systems?)?|conversation\w*(?: agents?)?|(?:chat-?)?bots?|multi-turn < assistants?
question[- ]answering|qa|answer\w* questions < multiple-choice|multi-hop qa|machine reading|reading comprehension
summari[sz]ation|summari[sz]e\w* < summaries
(?:machine )?translat(?:ion|e\w*|ing) < translated
text generation|natural language generation|nlg < story generation
reasoning|reason(?:s|ing)? < chain[- ]of[- ]thought|multi-step
user stud(?:y|ies)|(?:(?:real|actual|living|human) )?(?:people|humans|persons|users) (?:(?:who|that|were|are|really|actually|also) ){0,2}(?:tak\w+ part|took part|participat\w+|involved|judg\w+|rat(?:e|es|ed|ing)|evaluat\w+)(?: in (?:the |their |an? )?(?:evaluation|experiments?|study|tests?))?|(?:human|user) (?:evaluat\w+|studies|study|raters?|judg\w+|subjects?)|subjective evaluation|human participants|participants < evaluated by humans|listening tests?|volunteers|practitioners|(?:sample|group|panel) of (?:users|developers|experts|designers|people)|(?:useful|preferred|rated|judged) by
(?:reinforcement )?learning from human feedback|human feedback|rlhf|human preferences < preference (?:data|optimi[sz]ation)|reward model\w*
reinforcement learning|rl < reward functions?|policy gradient|ppo
imitation learning|behaviou?ral cloning|demonstrations? of humans|human demonstrations?
in-context (?:\w+ )?learn\w*|in-context|icl
few-?shot(?: learning)?|few examples < few-shot \w+
zero-?shot(?: \w+)?
continual (?:\w+ )?learning|life-?long learning|incremental learning|continual(?:ly)?|class[- ]incremental(?: learning)?|cil < rehearsal-free
class[- ]incremental(?: learning)?|cil|mlcil
catastroph\w+ forgetting|forgetting < overwriting knowledge|backward transfer
parameter-efficient(?: fine-?tuning)?|peft|lora|low-rank adapt\w+ < adapters?|prompt[- ]tuning|prefix[- ]tuning|small subset of parameters|learnable prompts|tiny set of|only a few (?:\w+ )?(?:coefficients|parameters)
lora|low-rank adapt\w+
(?:external |using )?tools?(?: use| usage| invocation| calling| learning)?|tool-?us\w+|apis?|function calling = (?:external|using|invok\w+|call\w*|use of|other|existing) tools?|tool[- ](?:us\w+|invocation|calling|learning|graph)|apis?|function calling|plugins?
(?:autonomous |llm |language )?agents?|agentic
retriev\w+|information retrieval|search engines? < semantic search|web search|web quer\w+
recommend\w+(?: systems?)? < collaborative filtering
knowledge graphs?
graph neural networks?|gnns?|graph learning
(?:make |speed\w* up |fast\w* |efficient |accelerat\w+ |cheap\w* )?(?:the )?(?:llm |language model |model )?inference(?: of (?:\w+ ){0,2}models)?(?: (?:faster|cheaper|more efficient|speed|efficiency|time|cost\w*))? = (?:fast|efficien|speed|accelerat|cost|throughput|latency|overhead)\w*\b.{0,60}\b(?:inference|prefill\w*|decod\w+|test time)|(?:inference|prefill\w*|decoding|test time)\b.{0,60}\b(?:fast|efficien|speed|cost|throughput|latency|overhead)\w*|throughput|latency
(?:computational|compute|computing) (?:cost|overhead|budget|resources)|efficien\w+ < lower inference cost|speed\w*|overhead|memory footprint|memory efficiency|extra computation
memory (?:footprint|efficien\w+|usage|consumption|cost) < storage|memory overhead
multi-?task\w*(?: learning)?|multiple tasks|mtl|several tasks at once < many tasks
merg\w+(?: of)?(?: fine-?tun\w+)? models?|model merging|model fusion|fus\w+ models|merg\w+ < task arithmetic|multiple fine-tunings|weight averaging|model soups?|linearly combin\w+|logits? fusion
(?:merg|combin|fus|join|averag|add)\w+ (?:several|multiple|many|different|two|various|existing|already)?(?: ?(?:fine-?tuned|task-specific|expert|trained|small))* ?(?:models|checkpoints|networks) < merg\w+|multiple fine-tunings|task arithmetic|task vectors?|logits? fusion|series of task-specific
combin\w+ (?:the |their )?(?:weights|parameters|models)|weight (?:averaging|interpolation)|model (?:merging|fusion|soups?) < merg\w+|task arithmetic|parameter blocks|task vectors?
task vectors?|task arithmetic
instruction[- ](?:fine-?)?tun\w+|tuning (?:on|with) instructions|instruct\w* models? < instruction-tuned|instructional prompts|instruction meta-learning|(?:textual|human-\w+|task-specific|natural language|diverse|using|utilizing|from) instructions
(?:natural language |human-?written |textual )?instructions?|instructional < instruction-tun\w+
prompt(?:s|ing|ed)?(?: methods?| engineering| learning| tuning)?|prompt[- ]based
prompt[- ]tuning|prompt[- ]learning|soft prompts?|(?:learn|train|tun|optimi[sz])\w* (?:the |their )?(?:soft |continuous )?prompts?(?: as parameters)?|prompts? (?:that |which )?(?:are |is |as )?(?:learn(?:ed|t|able)|train(?:ed|able)|parameters) < prompt learning|learnable prompts|prompt pool|pool of (?:task-specific )?prompts|prompt pool
chain[- ]of[- ]thought|cot|step[- ]by[- ]step reasoning|decompos\w+
long(?:er)?[- ](?:contexts?|inputs?|sequences?|documents?|prompts?)|context length < length generali[sz]ation|input length|prompt lengths?
length[- ]generali[sz]ation|generali\w+ to longer|extrapolat\w+ to longer < unseen lengths
(?:data|sample|label)[- ]efficien\w+|(?:few|little|limited|scarce) (?:labell?ed |training |annotated )?(?:data|labels|examples)|low-?resourced?(?: \w+)?|scarce(?: data)?|data scarcity|little data|limited data < limited datasets|less data|limited number of|no labeled data|scarce or no
crowd-?sourc\w+|crowd-?work\w+|crowd-generated|annotators?|mechanical turk
hallucinat\w+|factual(?:ity| errors?| consistency)|(?:un)?faithful\w*
bias\w*|fair(?:ness)?|discriminat(?:ion|ory)|stereotyp\w+
privacy|private data|confidential\w* < differential privacy|federated
safe(?:ty)?|harmful\w*|toxic\w*|jailbreak\w* < safety fine-tuning
align\w*(?: with human (?:values|preferences))?|value alignment
security|attacks?|adversarial|prompt injection < poisoning|backdoor
robust(?:ness)?|noise|distribution shift\w*|out-of-distribution|ood < domain shifts?|occlusions?
uncertain\w*|calibrat\w+|confiden\w+|bayesian
interpretab\w+|explainab\w+|mechanistic|internal mechanisms? < probing|skill locali[sz]ation|visualization
locali[sz]\w+|edit\w*|model editing|knowledge editing < subset of parameters|grafting
knowledge distillation|distill\w+ = knowledge distillation|distillation|distill\w* (?:knowledge|from)|teacher-student|teacher model
quanti[sz]\w+|prun\w+|compress\w+|sparsif\w+ < sparse masks?|slimm\w+
diffusion(?: models?)? = diffusion (?:model|process|probabilistic|transformer|prior)\w*|diffusion-based|(?:via|latent|using|text-to-image) diffusion|denois\w+ (?:diffusion|nature)
generative adversarial|gans?|vaes?|variational auto-?encoders?|generative models? < cvae
mixtures?[- ]of[- ]experts?|moe|experts? networks?|multiple experts < task experts?
sparse attention|attention patterns?|efficient attention < sparse pattern
attention(?: mechanisms?)?|self-attention|multi-head < sparse attention
transformers?(?: models?)?|transformer-based
self-?supervised(?: learning)?|self-supervision|unlabell?ed data < masked image modeling|corruption-refinement
semi-?supervised|unsupervised
transfer learning|knowledge transfer|transfer\w+ (?:knowledge|expertise) < cross-task|repurpos\w+|reprogramming
domain adaptation|domain-specific|domain shift\w*|specialis\w+|specializ\w+
data selection|select\w* (?:\w+ )*data|filter\w* (?:\w+ )*data|choos\w+ (?:\w+ )*data
data augmentation|augment\w+|synthetic data < back-instruct|machine-translated
evaluat\w+ metrics?|metrics?
theor\w+|formal\w* analys\w+|proofs?|guarantees? < mathematical formalism|theoretical construction
scaling laws?|model scale|larger models?
embeddings?|sentence representations?|semantic similarity < siamese
(?:large |pre-?trained |small )?language models?|llms?|plms?|lms? < bert\S*|gpt\S*|t5\S*|bloom\S*|opt-\S+
pre-?train\w*
fine-?tun\w*
human motion|pose estimation|motion (?:capture|reconstruction)
3d|three-dimensional
named entit\w+|information extraction|slot[- ]filling|intent detection
time series|forecast\w*
(?:gpt|openai|closed|proprietary|commercial)(?: (?:llms?|language models?|models?))|chatgpt|gpt models < gpt-?[34]\S*
industr\w+(?: applications?| settings?)?|compan(?:y|ies)|enterprise|business\w*|commercial\w* < customer service|recruitment|consumer services|organi[sz]ations
(?:synthetic|generated|artificial|simulated) (?:data|examples|instructions?)|data generation|generat\w+ (?:training )?data < simulate\w* (?:\w+ )?instructions?|back-instruct|machine-translated
unseen tasks|new tasks|generali[sz]\w+ (?:to|across) (?:unseen |new |other |novel )?tasks|cross-task(?: generali[sz]ation)? < held-out tasks|tasks that are unseen|tasks not seen
plan(?:s|ning)?|look-?ahead < action plans
modular\w*|decompos\w+|sub-?tasks?|divid\w+ (?:and conquer|tasks) < task decomposition
syntax|syntactic|grammar\w*|linguistic\w* < part-of-speech|sentence structure
keyboards?|text entry|typing|human-computer interaction|hci|user interfaces?
test-time (?:adaptation|training)|adapt\w* at test time
information theor\w+|divergences?|entropy|kl < kullback-leibler|jensen-shannon|cross-entropy
(?:train\w+ )?loss(?:es)?(?: functions?| terms?)?|training objectives? < (?:\w+-)?\w+ loss|(?:learning|fine-tuning) objectives?
(?:make |making |keep\w* )?(?:the |their |large )?(?:models? |networks? |llms? |transformers? |it |them )?(?:cheap\w*|inexpensive|affordable|less (?:expensive|costly))(?: to (?:run|serve|use|deploy|train))? < efficien\w+|(?:low\w*|reduc\w+|less) (?:\w+ )?(?:cost|overhead|memory)\w*|speed\w*|faster|throughput|compute budget
speed-?ups?|speeding up|accelerat\w+|faster < speed (?:and|improvements?)|speed|throughput
negative results? < detrimental|fail\w*
tabular|spreadsheets?
meta-?learning|learn\w* to learn
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One line: `called` finds it in a question, `said` in a sentence of an abstract."""

    called: re.Pattern[str]
    said: re.Pattern[str]


@cache
def subjects() -> tuple[Subject, ...]:
    """All lines, compiled once."""
    made = []
    for line in f"{_LINES.strip()}\n{LINES.strip()}".replace("LANGUAGES", _LANGUAGES).splitlines():
        called, only, said = line.partition(" = ")
        if not only:
            called, _, narrower = line.partition(" < ")
            said = f"{called}|{narrower}" if narrower else called
        made.append(Subject(_whole_words(called), _whole_words(said)))
    return tuple(made)


def _whole_words(words: str) -> re.Pattern[str]:
    # A hyphen or a space may stand for the other: "long-context", "long context".
    return re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)
