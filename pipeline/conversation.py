"""The corridor: one note walks from its bytes to a spoken answer. It knows ports, never adapters.

receive → fetch → decode → (transcribe ∥ feel) → safety → record → decide → reply ∥ speak → encode
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from pipeline import (
    adaptation,
    audio,
    fusion,
    mood,
    prompt,
    recollection,
    recommender,
    reply,
    safety,
    schedule,
    understanding,
    wishes,
    wording,
)
from pipeline.catalogue import Kind
from pipeline.content import Content
from pipeline.errors import EngineError, StoreError
from pipeline.listening import Listeners
from pipeline.ports import Clock, Companion, Judge, People, Store
from pipeline.reviewed import Reviewed
from pipeline.speaking import Narrator
from pipeline.stopwatch import Stopwatch
from pipeline.values import (
    Answer,
    Feeling,
    Heard,
    History,
    Mood,
    Person,
    Suggestion,
    TextNote,
    VoiceNote,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """All that the walk meets on its way."""

    listeners: Listeners
    companion: Companion
    narrator: Narrator
    store: Store
    people: People
    content: Content
    clock: Clock
    longest_note: float = 600.0
    """Seconds."""
    sureness: float = 0.5
    """The confidence under which a feeling is asked about rather than told."""
    words_feeling: str = "off"
    """Whether words tell a feeling: `off`, `text` (typed ones alone) or `both` (beside a voice)."""
    judge: Judge | None = None
    """Who is asked about words that may be of danger."""


class Conversation:
    """Answers notes; one object serves everybody, one call one note."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reviewed = Reviewed(world.content, world.narrator)

    async def answer(self, note: VoiceNote | TextNote) -> Answer:
        """The whole walk. The caller keeps one user's notes in order, and settles each.

        Raises NoteError, EngineError (nobody could listen, or nobody could answer) and StoreError;
        words of danger are answered with the help card even where the store is broken.
        """
        watch = Stopwatch()
        try:
            number = await self._world.store.receive(note)
            person = await self._world.people.person(note.user)
        except StoreError:
            card = await self.guard(note)
            if card is None:
                raise
            return card
        heard = await self._hear(note, person, watch)
        person = self._addressed(person, heard)
        if (danger := await self._danger(heard, watch)) is None:
            # words of danger are never among what is told back
            heard = recollection.noted(heard, self._world.content.telling)
            heard = self._worded(heard, person)
            person = replace(person, called=heard.called or person.called)
            answer = await self._reply(number, heard, _speaks(person, note), watch)
        else:
            await self._remember(number, heard)
            answer = await self._reviewed.card(danger, heard, person, watch)
        await self._keep(number, answer.reply.text, answer.suggestion)
        return replace(answer, note=number, timings_ms=watch.total())

    async def guard(self, note: VoiceNote | TextNote) -> Answer | None:
        """The help card where the words are of danger; nothing is kept, no feeling is read.

        For those whom an allow-list, a quota or a broken store would turn away.
        Raises NoteError and EngineError.
        """
        watch = Stopwatch()
        person = await self._unread(note.user)
        heard = await self._hear(note, person, watch)
        if (danger := await self._danger(heard, watch)) is None:
            return None
        return await self._reviewed.card(danger, heard, self._addressed(person, heard), watch)

    async def aside(self, note: VoiceNote | TextNote) -> Answer:
        """An answer where others listen: no feeling is read, nothing is recalled, nothing is kept.

        Raises NoteError and EngineError.
        """
        watch = Stopwatch()
        person = replace(await self._unread(note.user), answers="same")
        heard = await self._hear(note, person, watch)
        person = self._addressed(person, heard)
        if (danger := await self._danger(heard, watch)) is not None:
            return await self._reviewed.card(danger, heard, person, watch)
        situation = prompt.Situation(
            heard,
            History(),
            mood=None,
            suggestion=None,
            person=_speaks(person, note),
            language=person.language,
            at=self._world.clock(),
        )
        return replace(await self._say(situation, watch), timings_ms=watch.total())

    async def _unread(self, user: int) -> Person:
        """The person, as far as the store can tell, without leave to read a feeling."""
        try:
            known = await self._world.people.person(user)
        except StoreError:
            known = Person(user)
        return replace(known, reads_feelings=False)

    async def _hear(self, note: VoiceNote | TextNote, person: Person, watch: Stopwatch) -> Heard:
        """Words, and a feeling where there is a voice to read it from."""
        if isinstance(note, TextNote):
            return Heard(note.words, None, None)
        with watch.step("fetch"):
            data = await note.fetch()
        with watch.step("decode"):
            waveform = await asyncio.to_thread(audio.decode, data, longest=self._world.longest_note)
            audio.require_sound(waveform)
        return await self._world.listeners.hear(waveform, person, watch)

    def _addressed(self, person: Person, heard: Heard) -> Person:
        """The person in the language to answer in."""
        languages = self._world.content.languages
        return replace(person, language=prompt.answer_language(heard, person, languages))

    async def _danger(self, heard: Heard, watch: Stopwatch) -> safety.Danger | None:
        """The floor decides; where it is in doubt, a model may add danger and take none away."""
        content, judge = self._world.content, self._world.judge
        said = (heard.words, heard.language, content.lexicons, content.second_reading)
        with watch.step("safety"):
            found = safety.find_danger(*said)
            if found is not None or judge is None or not safety.is_doubtful(*said):
                return found
        with watch.step("second look"):
            try:
                return safety.seen(await judge.judge(content.persona.look, heard.words))
            except EngineError as error:
                log.info("no second look at words in doubt: %s", error)
                return None

    def _worded(self, heard: Heard, person: Person) -> Heard:
        """Typed words with the feeling that they name, where it may be read."""
        if heard.seconds or not person.reads_feelings or self._world.words_feeling == "off":
            return heard
        return replace(heard, feeling=self._in_words(heard, person))

    def _in_words(self, heard: Heard, person: Person) -> Feeling | None:
        vocabularies = self._world.content.vocabularies
        return wording.feeling(heard.words, vocabularies.get(heard.language or person.language))

    async def _keep(self, number: int, text: str, suggestion: Suggestion | None) -> None:
        """Keep what was answered; a store that breaks only now does not take the answer back."""
        exercise = None if suggestion is None else suggestion.key
        try:
            await self._world.store.answered(number, text, exercise)
        except StoreError:
            log.exception("note %d was answered, and this could not be written down", number)

    async def _remember(self, number: int, heard: Heard) -> None:
        """Keep what was heard before the card is shown; a broken store does not stop the card."""
        try:
            await self._world.store.record(number, heard)
        except StoreError:
            log.exception("words of danger could not be kept")

    async def _reply(self, number: int, heard: Heard, person: Person, watch: Stopwatch) -> Answer:
        """What is known becomes a mood, a suggestion and a prompt; the prompt becomes a voice."""
        world = self._world
        with watch.step("record"):
            history = await world.store.record(number, heard)
        answer = await self._reviewed.after_card(heard, history, person, watch)
        if answer is not None:
            return answer
        with watch.step("decide"):
            # the store keeps the guess as it was made; from here on it is read as this user's
            learned = adaptation.learn_from(history.entries)
            heard = adaptation.reheard(heard, learned)
            history = adaptation.reread(history, learned)
            if world.words_feeling == "both":
                words = self._in_words(heard, person)
                heard, history = fusion.fused(heard, words, history)
            situation = self._situation(number, heard, person, history)
        texts = world.content.texts(person.language)
        if wishes.wants_music(heard.words, texts):  # what finds it hangs under the answer
            answer = await self._reviewed.say("music.asked", heard, person, watch)
            return replace(answer, mood=situation.mood)
        return await self._say(situation, watch)

    async def _say(self, situation: prompt.Situation, watch: Stopwatch) -> Answer:
        """The companion's answer to a situation, spoken unless it is to be read."""
        world, person = self._world, situation.person
        sentences = world.companion.reply(prompt.compose(world.content.persona, situation))
        if person.answers == "text":
            spoken = await world.narrator.write(sentences, watch)
        else:
            manner = reply.manner(situation.mood, person)
            spoken = await world.narrator.narrate(sentences, manner, watch)
        return Answer(
            note=0,
            heard=situation.heard,
            mood=situation.mood,
            suggestion=situation.suggestion,
            reply=spoken,
            engines=watch.engines,
            timings_ms=watch.total(),
        )

    def _situation(
        self, number: int, heard: Heard, person: Person, history: History
    ) -> prompt.Situation:
        """Mood and suggestion for one note, by the person's own day."""
        now = schedule.wall_clock(self._world.clock(), person.zone)
        content = self._world.content
        feels = mood.read_mood(history, now)
        occasion = recommender.Occasion(
            at=now, user=person.id, texts=content.texts(person.language), seed=number
        )
        suggestion = self._suggested(heard, feels, history, occasion)
        return prompt.Situation(
            heard,
            history,
            feels,
            suggestion,
            person,
            language=person.language,
            at=now,
            sureness=self._world.sureness,
            told=recollection.recalled(history, heard.words, content.telling),
        )

    def _suggested(
        self, heard: Heard, feels: Mood | None, history: History, occasion: recommender.Occasion
    ) -> Suggestion | None:
        """What is asked for; or what there is time for, but at a loss nothing."""
        wished = wishes.wished_kinds(heard.words, occasion.texts)
        if wished is not None:
            # what is asked for may not suit the moment; then what calms, then anything
            kinds = (wished, wishes.CALMING, frozenset[Kind]())
            occasions = [replace(occasion, asked=True, kinds=one) for one in kinds]
        else:
            grieves = understanding.is_grieving(heard.words, history.turns, occasion.texts)
            occasions = [] if grieves else [occasion]
        exercises = self._world.content.exercises
        offers = (recommender.suggest(exercises, feels, history, one) for one in occasions)
        return next((one for one in offers if one is not None), None)


def _speaks(person: Person, note: VoiceNote | TextNote) -> Person:
    """The person with "as I wrote" settled for this note."""
    if person.answers != "same":
        return person
    return replace(person, answers="text" if isinstance(note, TextNote) else "both")
