"""Duels over one library, for the command and the page: questions given or made, models asked, what came of it kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from app.adapters.model_servers import USUAL
from app.bootstrap import Service
from app.chat import generate
from app.chat.chain import LONGEST_QUESTION
from app.core.duel import Duel, DuelEvent, DuelReady, Standing
from app.core.errors import InputError, LibraryError
from app.evaluation.duel.contestants import ChainOf, chain_of, check_names, contestant, pick_of
from app.evaluation.duel.run import Duelling
from app.evaluation.duel.scoreboard import rows_of, scoreboard_of, standings
from app.evaluation.made.by_model import Drawn, drawn_by_model
from app.evaluation.made.questions import made_by_rule, sampled, subject_of
from app.evaluation.questions import JudgedQuestion

TYPED = "typed"
_MOST_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class Duels:
    """See the head of the module. `addresses` says whether a model may be named with the address of its server: not by
    whoever opens a page, as it is this computer that would connect there."""

    service: Service
    addresses: bool = True
    opened: ChainOf = chain_of

    def offered(self) -> list[str]:
        """Models that can be named, the one of the settings first, then those found on this machine."""
        llm = self.service.settings.llm.strip()
        own = [llm] if llm and llm.lower() not in ("auto", "extractive") else []
        info = self.service.model()
        named = [f"{info.provider}:{info.name}"] if info.provider != "extractive" and not own else []
        found = [
            f"{server.provider}:{model.name}"
            for server in self.service.servers()
            if server.address == USUAL.get(server.provider)
            for model in server.models[:_MOST_OF_ONE]
        ]
        return list(dict.fromkeys([*own, *named, *found, "extractive"]))

    def made(self, number: int, seed: int = 0) -> tuple[JudgedQuestion, ...]:
        """Questions made by rule. Raises InputError where the library tells nothing that can be asked for."""
        self.service.library.refresh()
        found = made_by_rule(self.service.library.store, self.service.library.keyword, number, seed)
        if not any(question.must_cite for question in found):
            raise InputError(
                "No questions can be made of this library: no abstract states a figure or what its own thing is plainly.",
                "Write questions into a file and name it with --questions, or add papers (askpapers ingest FILE).",
            )
        return found

    def drawn(
        self, model: str, number: int, seed: int = 0, told: Callable[[Drawn], None] = lambda drawn: None
    ) -> tuple[JudgedQuestion, ...]:
        """Questions made by a model, one call a paper until there are so many. Raises ChatModelError, InputError."""
        who = contestant(self.service, model, self.opened)
        if who.error:
            raise who.error
        if who.writer is None or who.writer.quotes:
            raise InputError(f'"{model}" cannot write questions.', "Name a chat model, or leave out --generate-with.")
        self.service.library.refresh()
        store, keyword = self.service.library.store, self.service.library.keyword
        papers = sampled(store, number, seed)
        named = (subject_of(paper, keyword.papers_with_phrase, keyword.terms, silent=True) for paper in papers)
        subjects = [subject for subject in named if subject][: 2 * number]
        asked = who.writer.model

        def ask(system: str, user: str) -> str:
            return generate.whole_text(asked, generate.messages(system, user))

        found: list[JudgedQuestion] = []
        for each in drawn_by_model(subjects, ask, seed, self.service.settings.prompts_dir):
            told(each)
            found += [each.question] if each.question else []
            if len(found) == number:
                break
        if not found:
            raise InputError(
                f'None of the questions that "{model}" wrote could be held against its abstract.',
                "Leave out --generate-with: questions are then made by rule.",
            )
        return tuple(found)

    def duelling(self, models: Sequence[str], questions: Sequence[JudgedQuestion], source: str) -> Duelling:
        """A duel to be fought. Raises InputError for names that cannot be used."""
        names = check_names(models)
        for name in names:
            self._check(name)
        return Duelling(self.service, names, questions, source, self.opened)

    def keep(self, duel: Duel) -> str:
        """Put a whole duel on the scoreboard; why it could not be, in words, or nothing."""
        if duel.interrupted:
            return ""
        try:
            scoreboard_of(self.service.settings).add(rows_of(duel))
        except LibraryError as error:
            return f"Not on the scoreboard: {error}"
        return ""

    def fight(self, models: Sequence[str], typed: str, generated: int = 0, seed: int = 0) -> Iterator[DuelEvent]:
        """For the page: the events of a duel over the question typed, or over `generated` ones; kept when it is over."""
        if generated:
            source, questions = f"{generated} generated questions, seed {seed}", self.made(generated, seed)
        else:
            source, questions = "one question, typed", (_typed(typed),)
        duelling = self.duelling(models, questions, source)
        with closing(_closable(duelling.events())) as events:
            for event in events:
                if isinstance(event, DuelReady) and (note := self.keep(event.duel)):
                    event = DuelReady(replace(event.duel, notes=(*event.duel.notes, note)))
                yield event

    def scoreboard(self) -> list[Standing]:
        """Every model that was compared over this library. Raises LibraryError."""
        return standings(scoreboard_of(self.service.settings).rows())

    def _check(self, name: str) -> None:
        if not self.addresses and pick_of(name).base_url:
            raise InputError(
                f'The model "{name}" names an address, which a page may not choose.',
                "Name the model alone; set ASKPAPERS_LLM_BASE_URL, or use askpapers compare-models in a terminal.",
            )


def _typed(text: str) -> JudgedQuestion:
    plain = " ".join(text.split())
    if not any(character.isalnum() for character in plain):
        raise InputError("The question holds no words.", "Type a question about the papers in your library.")
    if len(plain) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(plain):,} characters; {LONGEST_QUESTION:,} is the most.", "Shorten it."
        )
    return JudgedQuestion("q1", TYPED, (plain,))


def _closable(events: Iterator[DuelEvent]) -> Generator[DuelEvent, None, None]:
    yield from events
