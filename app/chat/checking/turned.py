"""Whole-library questions put the other way round or in more than one sentence, turned to "Which papers ...?".

"Dialogue or conversation, in any form. Name all papers", "T5 or mT5: which papers?", "what do we have on retrieval?",
"multilingual papers?", "I can keep no old images. Which of these methods avoid storing them?"
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.chat.checking.listing import framed, without_orders

_PAPERS = r"(?:papers?|paper\(s\)|works?|studies|articles?|publications|abstracts|preprints|ones|methods|approaches|contributions|projects)"
_PEOPLE = r"(?:authors|people|researchers|groups|teams|folks)"
_POLITE = r"(?:(?:please|pls|plz|thanks|thank\ you|ok|okay|hi|hello|hey|so|well|and|also|now|(?:can|could|would|will)\ you|kindly)[\s,.!]+)*"
_HERE = r"(?:\s*\b(?:here|in\ here|there|in\ there|(?:in|of|from)\ (?:the|this|my|your|our|these|that)\ (?:whole\ |entire\ )?(?:library|collection|corpus|list|set|pile|papers|abstracts|page)))?"
# What is done with them once they are found.
_NAME_THEM = (
    r"(?:name|list|show|give|cite|tell|find|count)(?:\ (?:me|us))?(?:\ (?:all|every|the|of|them|those|these|any))*"
)

# "T5 or mT5: which papers?", "tools and APIs - who works on that", "sparsity as an idea. where?"
_ASKED_LAST = re.compile(
    rf"""^{_POLITE}(?P<subject>\S.*?\w\S*)(?<!\bthe)(?<!\bthis)(?<!\bour)(?<!\bmy)[\s,;:.?!–—-]+(?:(?:and|so)\s+)?(?:
      (?:in\ )?(?:which|what)(?:\ (?:of|all|the|these|those))*\ {_PAPERS}{_HERE}(?:\ (?:are\ they|are\ there|is\ it|is\ that|(?:do|does|have|has|use|uses|treat|address|study|cover|mention|run|show)(?:\ \w+){{0,3}}?\ (?:that|it|this|them|these|those|so|one)|(?:work|works|are|is)\ (?:on|about)\ (?:it|that|this|them)|run\ experiments\ on\ it))?
     |who(?:\ (?:here|else))?\ (?:works?|is\ working|has|have|does|did|do|uses?|treats?|talks?|writes?|studies|covers|deals?|reports?|offers?|tries|shows?)(?:\ at\ least)?(?:\ (?:talks?|works?))?\ ?(?:on|about|with)?\ ?(?:that|it|this|them|these|those|such\ (?:a\ )?things?|something\ like\ (?:that|this))
     |(?:what|which)\ (?:ones?\ )?(?:do|does)\ (?:we|you|i|the\ library)\ have(?:\ (?:on|for|about)\ (?:that|it|this))?
     |what(?:['’]s|\ is)\ there
     |what\ (?:have|has)\ (?:we|you|i)\ got|(?:what\ )?(?:got|have)\ (?:what|any(?:thing)?)|any
     |everything\ (?:(?:that\ )?(?:we|you|i)\ (?:have|know|hold|got)|there\ is)
     |who(?:\ (?:uses?|does|do|has|have|is\ on))?
     |(?:(?<=papers)|(?<=works)|(?<=introduced)|(?<=released)|(?<=proposed)|(?<=presented)|(?<=published))[\s,;:.?!–—-]+how\ many(?:\ and\ (?:which|names|what)(?:\ ones)?)?
     |what\ is\ in\ (?:here|there|(?:my|the|our|this)\ (?:library|collection))(?:\ (?:on|about|for)\ (?:it|that|this))?
     |where
     |which(?:\ ones?)?(?:\ (?:are\ (?:they|those|these)|is\ it|qualify|qualifies|count|fit))?
     |whose\ (?:papers?|methods?|works?|approach(?:es)?)\ (?:uses?|does|do|has|have|is|treats?|covers?)(?:\ (?:it|that|this|them|so))?
     |(?:which|what)\ (?:titles|holdings|items|entries|documents)(?:\ (?:do\ (?:we|you|i)\ (?:have|hold|own)|are\ there|qualify))?(?:\ (?:on|about|for)\ (?:it|that|this))?
     |(?:an?\ )?overview
     |(?:all|every)(?:\ (?:of\ )?(?:the|these|those))?\ {_PAPERS}{_HERE}
     |{_NAME_THEM}(?:\ {_PAPERS})?(?:\ (?:on|about|for|with)\ (?:it|that|this|them))?
     |anything{_HERE}
    )(?:[\s,]+(?:please|pls|plz|thanks))?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
# "what do we have on X?", "what's there on X", "anything on X?", "is there something for X"
_WHAT_IS_THERE = re.compile(
    rf"""^\W*{_POLITE}(?:
      (?:what|which\ papers)\ (?:all\ )?(?:do|does|did)\ (?:we|you|i|the\ (?:library|collection))\ (?:have|hold|know)
     |what\ (?:all\ )?(?:have|has)\ (?:we|you|i|the\ (?:library|collection))\ got
     |what(?:['’]?s|\ is|\ all\ is)\ (?:there|here|in\ (?:here|there|(?:the|this|my|our)\ library))
     |(?:is|are)\ there\ (?:anything|something|any\ work|some\ work|work|material|literature|stuff)
     |any(?:thing|\ work|\ stuff|\ papers?|\ material)
     |got\ anything
    ){_HERE}\s+(?P<how>on|about|for|of|with|around|regarding|concerning|in|to\ do\ with|related\ to|from|by)\s+(?P<subject>\S(?:(?![.?!]\s).)*)$""",
    re.IGNORECASE | re.VERBOSE,
)
# "what surveys, reviews or books do we have?"
_DO_WE_HAVE = re.compile(rf"^\W*{_POLITE}(?:what|which) (?P<subject>(?:(?!(?:the|these|those|is|are|do|does)\b)[\w/-]+,? ){{1,7}}?)(?:do (?:we|you|i) have|does the (?:library|collection) (?:have|hold|contain)|are (?:there|here)){_HERE}\W*$".replace("\\ ", " "), re.IGNORECASE)  # fmt: skip
# "anything Bayesian?", "any multilingual stuff?", "Bayesian stuff?", "multilingual papers pls"
_ANYTHING = re.compile(
    rf"^\W*{_POLITE}(?:(?:is|are)\ there\ |got\ )?(?:anything|something|any)\ (?!(?:on|about|for|of|with|in|that|which|who|of|to|from|by|else|new|more|other|it|they|you|we|i|he|she|this|these)\b)(?P<subject>(?:[\w/-]+\ ){{0,4}}?[\w/-]+?)(?:\ (?:stuff|papers?|works?|material|things))?{_HERE}(?:[\s,]+(?:please|pls|plz))?\W*$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
_KIND_OF_PAPERS = re.compile(
    rf"^\W*{_POLITE}(?:(?:give|show|list|find|name|get|tell)\ (?:(?:me|us)\ )?(?:all\ |every\ )?(?:the\ |of\ the\ )*)?(?P<subject>(?!(?:which|what|who|how|where|why|when|is|are|do|does|did|has|have|can|the|these|those|this|that|all|any|some|list|show|compare|only|same|other|two|both)\b)(?:(?!(?:that|which|who|whose|the|at|from|by|is|are|has|have)\b)[\w'’/-]+,?\ ){{1,6}}?)(?:papers|works|studies|articles|stuff){_HERE}(?:[\s,:]*(?:please|pls|plz|name\ them(?:\ all)?|list\ them))?\W*$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
# "Where do the authors argue ...?", "where is X mentioned?", "where does X play a role?"
_WHERE_THEY = re.compile(rf"^\W*{_POLITE}(?:and )?where do (?:the |these |those )?(?:{_PEOPLE}|papers|works|they) (?P<verb>\w.*)$", re.IGNORECASE)  # fmt: skip
_WHERE = re.compile(
    rf"^\W*{_POLITE}(?:and )?where (?:is|are|does|do|did|was|were) (?P<subject>.+?) (?:play(?:s|ing)? (?:a|any|some) (?:\w+ )?(?:role|part)|get(?:s)? (?:mentioned|used|applied|discussed)|"
    rf"(?:mentioned|used|studied|applied|discussed|treated|addressed|considered|involved|covered|employed)|(?:come|comes) (?:up|in|into play)|appear|appears|matter|matters|show(?:s)? up|occur|occurs){_HERE}\W*$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
# "Which architectures have several experts?", "whose experiments involve GPT-3?"
_OTHER_NOUN = re.compile(
    rf"^\W*{_POLITE}(?:in )?(?:which|what|whose)(?: of (?:the|these|those))? (?P<noun>{_PEOPLE}|autors|architectures|experiments|data\s?sets|benchmarks|contributions|projects|groups|solutions|techniques|frameworks|algorithms|networks|tools|resources|findings|evaluations)\s+"
    r"(?:(?:here|in here) )?(?P<rest>(?!(?:does|do|did|is it|was it|are the|were the)\b)\w.*)$",
    re.IGNORECASE,
)
_ONLY_PEOPLE = re.compile(rf"(?:{_PEOPLE}|autors|contributions|projects)", re.IGNORECASE)
# "anything that makes inference cheaper?", "does anything deal with law?"
_ANY_THAT = re.compile(
    rf"^\W*{_POLITE}(?:(?:is|are) there |got |(?:show|find|give|tell) me |i (?:need|want) )?(?:anything|something|everything|anyone|anybody|any(?: papers| work)?){_HERE} (?:that|which|who)(?:['’]s| (?:is|are))? (?P<rest>\w.*)$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
_DOES_ANY = re.compile(
    rf"^\W*{_POLITE}(?:does|do|did|is|are|has|have|can) (?:anything|anyone|anybody|something|somebody|any of (?:them|these|those|the papers)){_HERE} (?P<rest>(?!(?:else|new|more|left|wrong)\b)[a-z]+ .*)$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
_ANY_FOR = re.compile(
    rf"^\W*{_POLITE}(?:(?:is|are) there |got |do (?:we|you|i) have )?(?:anything|something|any(?: papers| work)?|what(?: (?:is|do (?:we|you) have|have (?:we|you) got))?){_HERE} (?:that (?:is|could be|would be|may be) )?(?:useful+|relevant|helpful|interesting|good|of (?:use|interest|help)|"
    rf"that (?:would |could |might |may )?(?:help|interest|serve)) ?(?:for|to|on|about|when|if|with)? ?(?:somebody|someone|people|anyone|anybody)? ?(?:working|interested|who works?|dealing)? ?(?:on|in|with|about)? ?(?P<subject>\w.*)$".replace(
        "\\ ", " "
    ),
    re.IGNORECASE,
)
# "What in this collection concerns law?"
_WHAT_IN = re.compile(rf"^\W*{_POLITE}what (?:else )?(?:in|of|from) (?:this|the|my|our|your) (?:library|collection|corpus|set|list) (?P<rest>[a-z]+s\b .*)$", re.IGNORECASE)  # fmt: skip
# "Among the papers on ponds, which ones count frogs?"
_AMONG = re.compile(rf"^\W*{_POLITE}(?:among|amongst|of|from|out of|within) (?:all )?(?:the |these |those |our |my )?(?:{_PAPERS} (?:on|about|that (?:treat|deal with|are (?:on|about))|dealing with|in|concerning) (?P<subject>[^,]{{2,80}})|(?P<kind>[^,]{{2,60}}?) {_PAPERS}),? (?:which|what|how many)(?: of (?:them|these|those))?(?: ones| papers| works)? (?P<rest>\w.*)$", re.IGNORECASE)  # fmt: skip
# "Name every survey, book or position paper": of kinds that are no other word for papers.
_EVERY = re.compile(rf"^\W*{_POLITE}(?:list|name|find|identify|show|give|enumerate|show me|give me|i need|i want) (?:all|every|each|any) (?:of the |the |single )?(?P<subject>(?!(?:details?|information|steps?|results?|numbers?|differences?|the|of|you|that|this|it|them)\b)\w.*)$", re.IGNORECASE)  # fmt: skip
# "Does the library contain any surveys, reviews or books?"
_LIBRARY_HAS = re.compile(rf"^\W*{_POLITE}(?:does|do|has|have|is there in) (?:the|this|my|our|your|that) (?:library|collection|corpus|set|list|page) (?:contain|contains|hold|holds|have|has|include|includes|cover|covers|offer|know|got)? ?(?:any(?:thing)?|some(?:thing)?)?(?: (?:papers|works?|articles|studies))? ?(?:(?:on|about|for|concerning) )?(?P<subject>\w.*)$", re.IGNORECASE)  # fmt: skip
# "surveys in here?"
_KINDS_HERE = re.compile(rf"^\W*{_POLITE}(?:any |the |all |all the )?(?P<subject>(?:(?!(?:the|which|what|these|those|of|do|does|are|is)\b)[\w-]+ ){{0,2}}(?:surveys|reviews|overviews|(?:text)?books|tutorials|position papers)(?:(?:,| or| and|, or) (?:surveys|reviews|overviews|(?:text)?books|tutorials|position papers)){{0,3}})(?: (?:in )?(?:here|there)| in (?:the|this|my|our) (?:library|collection|set|list))?\W*$", re.IGNORECASE)  # fmt: skip
# "biomedical ones?", "only the computer vision ones", "T5 or mT5 users?", "sparsity anywhere?"
ONES = re.compile(
    rf"^\W*{_POLITE}(?:(?:only|just|all|all of|any|and|need|list|show me|give me|find) )*(?:the )?(?P<subject>(?:(?!(?:the|which|what|who|these|those|this|that|of|do|does|are|is|how|why|where|when|any|two|three|four|five|first|second|third|last|next|other|others|"
    r"same|new|newer|newest|old|older|oldest|latest|recent|good|better|best|worse|worst|big|bigger|small|smaller|right|wrong|only|most|more|few|fewer|many|main|real|important|relevant|interesting)\b)[\w/-]+,? ){1,5}?)ones\W*$",
    re.IGNORECASE,
)
_USERS = re.compile(rf"^\W*{_POLITE}(?:any |all |the |all the )?(?P<subject>(?:(?!(?:\d+|the|which|what|who|these|those|of|do|does|are|is|how|why|human|real|and)\b)[\w/-]+ ){{1,5}}?)users\W*$", re.IGNORECASE)  # fmt: skip
_ANYWHERE = re.compile(rf"^\W*{_POLITE}(?:any )?(?P<subject>(?:(?!(?:which|what|who|is|are|do|does|how|why|it|this|that|they)\b)[\w/-]+ ){{1,6}}?)(?:anywhere|somewhere|at all){_HERE}\W*$".replace("\\ ", " "), re.IGNORECASE)  # fmt: skip
# "titles with newt or newts in them"
_TITLES = re.compile(r"\btitles?\s+(?:(?:with|containing|mentioning|including|that (?:contain|have|mention|include|say|use)|contain|mention|include|have)s?)\s+(?:the )?(?:(?:words?|terms?|phrases?)\s+)?(?P<words>(?:(?!(?:release|releases|that|which|and also|do|does|are|is)\b)[^?.!])+?)(?:\s+in (?:them|it))?[\s?.!]*$", re.IGNORECASE)  # fmt: skip
_PART_OF_IT = re.compile(rf"^\W*{_POLITE}(?:(?:give|show|list|find|name|get|tell)(?: me| us)? |what is (?:in )?)?(?:all of )?the (?P<subject>(?:[\w/-]+ ){{1,5}}?)(?:part|portion|side|corner|section|share|end|half|bit)s? of (?:the|this|my|our|your|that|these) (?:whole )?(?:library|collection|corpus|set|list|page|papers)\W*$", re.IGNORECASE)  # fmt: skip
_WHO_HAS = re.compile(rf"^\W*{_POLITE}who (?:(?:here|in here|else|all|of (?:them|these)) (?P<any>(?:has|have|had|is|does|did)\b.+)|(?P<has>(?:had|have) (?!the (?:most|fewest|highest|best|lowest)\b).+))$", re.IGNORECASE)  # fmt: skip
# Of anybody: a verb in the third person, which no single author is asked by.
_WHO = re.compile(
    rf"^\W*{_POLITE}(?:and )?who(?: (?:else|all|here|also|actually|explicitly))* (?P<rest>(?!(?:is|was|has|does|wrote|writes|authors|authored|judges|leads|owns|funds|pays|supervises|runs this)\b)[a-z]{{2,}}s\b(?<!ss).*)$",
    re.IGNORECASE,
)
# "Continual learning methods that keep no old examples, please", "list new datasets people collected"
_THINGS = re.compile(
    rf"^\W*{_POLITE}(?P<lead>(?:list|name|show(?: me)?|give me|find(?: me)?)\s+(?:(?:all|the|any|every|of)\s+)*)?(?P<subject>(?:(?!(?:which|wich|what|who|how|where|why|when|is|are|do|does|did|compare|explain|the|a|an|this|these|one|two|three|four|five|six|number|of|both|everything|anything|something|all|any|every|papers|works|\d+)\b)[\w-]+\s+){{0,4}}"
    rf"(?:methods|approaches|systems|models|(?<=\w )(?<!all )(?<!any )(?<!the )(?<!every )(?<!list )(?<!show )(?<!name )(?<!find )(?<!of )(?<!me )(?:papers|works|studies)|techniques|datasets|benchmarks|algorithms|architectures|llms|tools)\s+(?:(?:that|which|who|where|for|on|with|to|in|about|using)\b|(?!and\b|vs\b|versus\b|or\b)(?=[a-z]+)).+)$",
    re.IGNORECASE,
)
# "X: which papers do Y?": Y alone, or of X where it points at it.
_SUBJECT_FIRST = re.compile(
    rf"^{_POLITE}(?P<subject>\S.*?\w)\s*(?:[:;–—]|\s-|,|\.\.+)\s+(?P<asked>(?:(?:in|from|for|of|with) )?(?:which|what)(?: (?:of|all|the|these|those))* (?:{_PAPERS}|work)\b.+|(?:please |pls )?(?:list|name|show me|give me) (?:all |the |every )*{_PAPERS} .+|who (?:at least |here |else )*(?:does|works|shows|offers|helps|deals|reports|has|uses|tries|studies|solves|treats|claims|talks)\b(?!.*\b(?:its|their)\b).+)$",
    re.IGNORECASE,
)
_WORK = re.compile(rf"^\W*{_POLITE}(?:and )?(?:which|what) (?:work|research)(?: here)? (?:is (?=about\b|on\b))?(?P<rest>(?!(?:best|better|well|has been done|is it|was it)\b)[a-z]+\b.*)$", re.IGNORECASE)  # fmt: skip
_WHICH_DO = re.compile(
    rf"^\W*{_POLITE}(?:and )?which (?P<rest>(?:also |actually |even |explicitly |clearly |openly |only |really )?(?:are(?= (?:[\w/,-]+ ){{0,4}}(?:surveys?|reviews?|overviews?|books?|position|benchmarks?|datasets?)\b)|use|have|release|say|state|mention|name|call|apply|address|tackle|target|give|describe|discuss|admit|argue|criticise|criticize|collect|create|present|contain|include|go|do|don['’]t|make|publish|share|cover|contribute|achieve|reach|keep|avoid|ask|rest|depend|report|rely|build|work|deal|need|show|study|propose|introduce|claim|evaluate|test|train|treat|look|provide|offer|run|learn|merge|combine|compare)\b(?! of\b).+)$",
    re.IGNORECASE,
)
_FROM_WHICH = re.compile(rf"^\W*{_POLITE}(?:in|from|for|of|with|by) (?:which|what)(?: of (?:the|these))? {_PAPERS} (?:(?:do|can|could|would) (?:i|we|you|one) )?(?P<rest>\w.*)$", re.IGNORECASE)  # fmt: skip
_ADJECTIVES = re.compile(
    rf"^\W*{_POLITE}(?:and |so )?(?:(?:which|what|how many)(?: of (?:the|these|those|our|my))?|list all) (?P<subject>(?:(?!(?:the|a|an|of|is|are|was|were|do|does|did|has|have|can|could|will|other|more|new|few|fewer|many|most|two|three|four|five|six|ten|"
    r"different|several|these|those|such|same|first|last|best|good|related|similar|relevant|in|on|for|by|with|from|to|that|who|how|survey|review|overview|position|benchmark|dataset|all|full|names|titles|paper|work|study|article|author|authors|model|method|approach|system|one)\b)[\w/-]+,? ){1,5}?)"
    r"(?:papers|articles|(?<=[a-z]{4} )studies(?! (?:the|a|an|how|on|in)\b)|(?<=[a-z]{4} )works(?! (?:the|a|an|how|on|in|with|best|better|well)\b))\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.?!])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)\s+(?=\S)")
_POINTS = re.compile(r"\b(?:it|this|them|these|those|such|exactly|so|one|me|us|i|my|our)\b|\bthat\W*$|\blike that\b", re.IGNORECASE)  # fmt: skip
_OF_ALL_INSIDE = re.compile(
    rf"^(?:and |so |but )?(?:in )?(?:which|what)(?: (?:of|all|the|these|those))* (?:other )?(?:{_PAPERS}|authors|people|researchers)\b|^(?:and |so )?who (?:(?:does|works|shows|offers|helps|deals|reports|has|uses|tries|studies|solves|treats|claims|warns|says) )(?!.*\b(?:its|their)\b)|^papers (?:that|which|on|about)\b|^(?:is there )?any(?:thing|one|body)\b(?! (?:it|they|you|we)\b)|"
    rf"^(?:what|which) (?:[\w-]+ ){{1,7}}(?:is there|are there|does the (?:library|collection) (?:have|hold|contain))|^(?:please |pls )?(?:name|list|show me|give me) (?:all |the |every )*{_PAPERS}\b|^what (?:do|does) (?:we|you|i|the library) have\b|^from whom\b|^how many (?:of (?:the|these) )?{_PAPERS}\b",
    re.IGNORECASE,
)
# One paper is spoken of, or two are set beside each other.
_OF_ONE_PAPER = re.compile(r"\b(?:the|that|this) (?:[\w'’-]+ ){0,5}?(?:paper|article|study|survey|review|book|preprint|competition|contest)\b|\b(?:vs\.?|versus)\s", re.IGNORECASE)  # fmt: skip
# "Enumerate every work whose authors took part in the study".
_EACH_OF_THEM = re.compile(rf"^\W*{_POLITE}(?:list|name|show|find|enumerate|identify|give|compile)(?:\ (?:me|us))?\ (?:every|all|each|any)\b".replace("\\ ", " "), re.IGNORECASE)  # fmt: skip
_KIND = re.compile(r"^(?:[\w-]+ ){0,2}(?:survey|review|overview|position|opinion|perspective|vision|benchmark|dataset)$(?<!computer vision)|^(?:(?:[\w-]+ ){0,2}(?:surveys?|reviews?|overviews?|(?:text)?books?|tutorials?|position papers?)(?:, | or | and |, or |, and |$)){1,4}$", re.IGNORECASE)  # fmt: skip
_NO_MORE = re.compile(
    rf"\b(?:{_PAPERS}|who|whom|which|what|where|from|in|on|of|with|about|for|the|a|an|all|any|every|some|these|those|this|that|it|them|they|one|please|pls|and|so|do|does|did|is|are|"
    r"have|has|we|you|i|me|us|there|here|name|list|show|give|find|works?|working|deals?|doing|follow|follows|anything|something|somebody|anyone|usable|useful|offer|offers|exactly|like|such)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^(?:which|what|who|how|why|when|is|are|do|does|did|can|compare|explain|summari[sz]e|tell me)\b|[:;,.–—-]\s*(?:which|what) papers\b", re.IGNORECASE)  # fmt: skip
_LIST_OF_PAPERS = re.compile(r"\b(?:papers|works|which|name|list|show)\b", re.IGNORECASE)
_LISTED = re.compile(rf"^list all {_PAPERS}\b", re.IGNORECASE)
_GOES_ON = re.compile(r"^(?:on|about|for|in|of|from|using|concerning|to)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"^(?:that|which|who)\s+", re.IGNORECASE)
# "I'm writing a bit about toads. Which of the papers claim something about that?" asks for what is on toads.
_WRITING = re.compile(
    rf"^\W*{_POLITE}(?:i|we)(?: am|['’]m| are|['’]re| need to| have to| want to| will|['’]ll)? (?:(?:currently|now|just|also) )?(?:writing|write|working|work|preparing|prepare|reading|read|interested|collecting|collect|thinking|doing|do|giving|give)(?: up)?(?: (?:a|an|my|our|the|some|this) (?:\w+ ){{0,3}}?\w+)? (?:about|on|in|for|of) ",
    re.IGNORECASE,
)
_SAYS_IT = re.compile(r"(?:(?:do|does|would|could|can|to|all|also|here) )*(?:claim|say|have|report|show|offer|tell|contain|state|know|find|help|deal|work|write|do|are|fit|cover|treat|mention|discuss|talk|touch)s?(?: (?:something|anything|some results?|results?|stuff|work|me))*(?: (?:about|on|for|of|with|to|upon))? (?:that|it|this|these|those|them|such things?)\W*", re.IGNORECASE)  # fmt: skip
_MOST, _FEW, _NAME = 600, 7, 4


@lru_cache(maxsize=256)
def turned(question: str) -> str:
    """The question as "Which papers ...?" if it asks all papers something in another form; "" if it does not."""
    text = " ".join(question.split())
    if not 0 < len(text) <= _MOST or "[" in text or (_OF_ONE_PAPER.search(text) and not _EACH_OF_THEM.match(text)):
        return ""
    plain = without_orders(text)
    if match := _TITLES.search(plain):
        return f"Which papers have {match['words']} in the title?"
    asked = framed(plain)
    found = _of_several_sentences(asked) or _of_one(asked) or (asked if asked != plain else "")
    if not found and _LIST_OF_PAPERS.search(text[len(plain) :]) and not (_asks(plain) or "?" in plain):
        return _about(plain)
    return found


def _of_one(text: str) -> str:
    for pattern in (
        _LIBRARY_HAS,
        _KINDS_HERE,
        ONES,
        _ANYWHERE,
        _PART_OF_IT,
        _WHAT_IS_THERE,
        _WHERE,
        _DO_WE_HAVE,
        _ANY_FOR,
    ):
        if match := pattern.match(text):
            return _about(match["subject"])
    if match := _USERS.match(text):
        return f"Which papers use {match['subject'].strip()}?"
    if match := _WHERE_THEY.match(text):
        return f"Which papers {match['verb']}"
    if match := _OTHER_NOUN.match(text):
        people = _ONLY_PEOPLE.fullmatch(match["noun"])
        return (
            f"Which papers {match['rest']}"
            if people
            else f"Which papers are about {match['noun']} that {match['rest']}"
        )
    if match := _ANY_THAT.match(text) or _DOES_ANY.match(text) or _WHAT_IN.match(text):
        return f"Which papers {match['rest']}"
    if match := _WHO_HAS.match(text):
        return f"Which papers {match['any'] or match['has']}"
    if match := _WHO.match(text) or _WORK.match(text) or _WHICH_DO.match(text) or _FROM_WHICH.match(text):
        return f"Which papers {match['rest']}"
    if match := _AMONG.match(text):
        return _of_kind(match["subject"] or match["kind"], match["rest"].strip(" ?.!,"))
    if match := _ADJECTIVES.match(text):
        return _of_kind(match["subject"].strip(" ,"), match["rest"].strip(" ?.!,"))
    for pattern in (_ASKED_LAST, _ANYTHING, _KIND_OF_PAPERS):
        if (match := pattern.match(text)) and not _asks(match["subject"]):
            return _about(match["subject"])
    if (match := _SUBJECT_FIRST.match(text)) and not _asks(match["subject"]):
        if not _POINTS.search(_bare(match["asked"])) and not re.search(r"\bthere\b", match["asked"]):
            asked = _of_one(match["asked"]) or match["asked"]
            return f"{asked.rstrip(' ?.!')} ({match['subject']})" if _names_it(match["subject"]) else asked
        rest = _bare(match["asked"]).strip(" ?.!")
        return _about(f"{match['subject']}, {rest}" if len(rest.split()) > _FEW else match["subject"])
    if match := _THINGS.match(text) or (None if _LISTED.match(text) else _EVERY.match(text)):
        return _about(match["subject"])
    return ""


def _of_several_sentences(text: str) -> str:
    """Its last sentence if that asks all papers; with what was said before it where the sentence points at it."""
    sentences = _SENTENCE.split(text)
    if len(sentences) < 2:
        return ""
    for at, sentence in enumerate(sentences):
        if not _OF_ALL_INSIDE.match(sentence):
            continue
        before = " ".join(sentences[:at])
        alone = _of_one(sentence) or sentence
        if at == 0 or not (_POINTS.search(sentence) or _says_no_more(sentence)):
            return alone
        if _says_no_more(sentence):
            whole = before.rstrip(" .?!")
            return _of_one(whole) or (whole if _asks(whole) else _about(before))
        before = _WRITING.sub("", before.rstrip(" .?!"))
        return (
            _about(before)
            if _SAYS_IT.fullmatch(_bare(sentence))
            else f"Which papers are about {before}, {_bare(sentence)}"
        )
    return ""


def _of_kind(kind: str, rest: str) -> str:
    """ "Which lifelong learning papers release code?": papers about one that do the other."""
    if not rest or _GOES_ON.match(rest):
        return _about(f"{kind} {rest}")
    return f"Which papers are about {kind} and also {_RELATIVE.sub('', rest)}?"


def _bare(sentence: str) -> str:
    return re.sub(rf"^(?:and |so )?(?:(?:in )?(?:which|what)(?: (?:of|all|the|these|those))* {_PAPERS}|who|any(?:thing|one|body))\s*", "", sentence, flags=re.IGNORECASE)  # fmt: skip


def _says_no_more(sentence: str) -> bool:
    """ "Name all papers.", "From whom?", "Who works on that?": all that is asked stands before it."""
    rest = _NO_MORE.sub(" ", sentence)
    return not re.search(r"\w", rest)


def _names_it(subject: str) -> bool:
    """Whether a few words before a question are another name of what it asks for: "Instruction tuning: which papers train ...?"."""
    return len(subject.split()) <= _NAME and not re.search(
        r"\b(?:i|we|my|our|you|question|ok|so)\b", subject, re.IGNORECASE
    )


def _asks(subject: str) -> bool:
    return _ASKS.search(subject) is not None


def _about(subject: str) -> str:
    subject = subject.strip(" .,;:?!–—-")
    if _KIND.search(subject):
        return f"Which papers are {subject}?" if subject.endswith("s") else f"Which papers are {subject} papers?"
    return f"Which papers are about {subject}?"
