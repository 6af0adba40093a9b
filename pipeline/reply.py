"""What is said back: which sentences of a model's text are fit to be heard, and in what manner.

A model's text is material, not an answer: it is taken sentence by sentence while it is still
being written, and what is unfit is left out. Where nothing is fit nothing is yielded, and the
next companion on the ladder speaks. The words themselves are never changed here.
"""

import re
from collections.abc import AsyncIterator, Iterator

from pipeline.languages import is_in
from pipeline.sentences import Sentences, Visible, begins_other_turn, clean, is_finished
from pipeline.values import Emotion, Manner, Mood, Person

SENTENCES, WORDS = 4, 90
"""Most of each in one reply: what one can listen to without waiting for its end."""
LONGEST = 45
"""Words; a longer sentence cannot be followed by ear."""
ALIKE = 0.8
"""Share of words in common that makes a sentence a repetition."""
STOP_AFTER_REPEATS = 2
"""A model that repeats itself this often is caught in a loop."""

_REASONING = re.compile(
    r"\bthe user(?:'s)?\b|\b(?:i|we) (?:need|should|must|have) to (?:respond|reply|answer|write|"
    r"keep (?:it|this)|craft|provide a)\b|\bsystem prompt\b|\bmy (?:instructions|guidelines)\b|"
    r"\blet me (?:think|craft|draft|write)\b|\bthe person (?:seems|sounds|is|feels|wants|said)\b",
    re.I,
)
_REFUSAL = re.compile(
    r"\bas an? (?:ai |large )?language model\b|\b(?:can(?:no|')t|can not|unable to|not able to) "
    r"(?:assist|help|comply|engage|fulfill|provide)\b.{0,30}\b(?:with )?(?:that|this|request)\b",
    re.I,
)
_PREFACE = re.compile(
    r"^(?:sure|certainly|absolutely|of course|okay|got it)"
    r"(?:[,!]? (?:i can|i'd be|i will|here)\b.*)?[.!]*$",
    re.I,
)
"""What assistants say before they begin."""
_NEVER = re.compile(
    r"\bi(?:'ve| have)? (?:really |so )?missed you\b|\bas (?:your|a) (?:therapist|doctor|"
    r"psychologist|psychiatrist)\b|\bi(?:'m| am) (?:your|a) (?:therapist|doctor|psychologist)\b"
    r"|\bi(?:'m| am) (?:a )?(?:human|real person)\b",
    re.I,
)


async def spoken(deltas: AsyncIterator[str], language: str) -> AsyncIterator[str]:
    """The sentences of streamed model text that are fit to be heard, each as soon as it ends.

    At most four, at most one of them a question, in `language` (ISO 639-1) or not at all. Closes
    the stream when enough has been said, so that the model stops writing. What the stream
    raises goes through.
    """
    visible, sentences, reply = Visible(), Sentences(), _Reply(language)
    try:
        async for delta in deltas:
            for char in delta:
                for sentence in _step(char, visible, sentences, reply):
                    yield sentence
                if reply.over:
                    return
        for char in visible.end():
            if (unit := sentences.feed(char)) and (sentence := reply.admit(unit)):
                yield sentence
        if not reply.over and (sentence := reply.admit_last(sentences.end())):
            yield sentence
    finally:
        close = getattr(deltas, "aclose", None)
        if close is not None:
            await close()


def _step(char: str, visible: Visible, sentences: Sentences, reply: "_Reply") -> Iterator[str]:
    """What becomes fit to be said by one more character."""
    shown = visible.feed(char)
    if shown is None:
        sentences.drop()
        reply.reasoning = False
        return
    for letter in shown:
        unit = sentences.feed(letter)
        if unit and (sentence := reply.admit(unit)):
            yield sentence
    if visible.over and not reply.over:
        if sentence := reply.admit_last(sentences.end()):
            yield sentence
        reply.over = True
    reply.over = reply.over or sentences.overlong


class _Reply:
    """What has been said so far, and what may still be."""

    def __init__(self, language: str) -> None:
        self.over = False
        self.reasoning = False
        """The model thinks aloud without a tag; only a closing tag ends it."""
        self._language = language
        self._said: list[frozenset[str]] = []
        self._words = 0
        self._asked = False
        self._repeats = 0

    def admit_last(self, unit: str) -> str:
        """The end of the text: an unfinished sentence counts only if it is all there is."""
        return self.admit(unit) if not self._said or is_finished(unit) else ""

    def admit(self, unit: str) -> str:
        """The unit as it is to be said; empty where it is not."""
        if self.over:
            return ""
        if begins_other_turn(unit):
            self.over = True
            return ""
        sentence = clean(unit)
        if not sentence or sentence.endswith((":", "：")) or not self._is_fit(sentence):
            return ""
        words = sentence.split()
        if self._said and self._words + len(words) > WORDS:
            self.over = True
            return ""
        self._said.append(_vocabulary(sentence))
        self._words += len(words)
        self._asked = self._asked or _asks(sentence)
        self.over = len(self._said) >= SENTENCES or self._words >= WORDS
        return sentence if is_finished(sentence) else _ended(sentence, self._language)

    def _is_fit(self, sentence: str) -> bool:
        if _REASONING.search(sentence):
            self.reasoning = True
        if self.reasoning or _NEVER.search(sentence):
            return False
        if not self._said and _PREFACE.match(sentence):
            return False
        if _REFUSAL.search(sentence) or not is_in(sentence, self._language):
            self.over = True
            return False
        if self._is_repetition(sentence):
            self._repeats += 1
            self.over = self._repeats >= STOP_AFTER_REPEATS
            return False
        return len(sentence.split()) <= LONGEST and not (self._asked and _asks(sentence))

    def _is_repetition(self, sentence: str) -> bool:
        """Of an earlier sentence, or of itself."""
        words = _vocabulary(sentence)
        spoken_words = sentence.split()
        if len(spoken_words) >= 8 and len(words) < 0.45 * len(spoken_words):
            return True
        return any(len(words & said) >= ALIKE * len(words | said) for said in self._said)


def _vocabulary(sentence: str) -> frozenset[str]:
    cleaned = (word.strip(".,;:!?…।؟\"'“”«»—-").casefold() for word in sentence.split())
    return frozenset(word for word in cleaned if word)


def _asks(sentence: str) -> bool:
    return "?" in sentence or "؟" in sentence


def _ended(sentence: str, language: str) -> str:
    """With the full stop of its language."""
    return sentence.rstrip(" ,;:–—-") + ("।" if language == "hi" else ".")


_MANNERS = {
    Emotion.SAD: (-0.12, -0.8, -0.12),
    Emotion.FEARFUL: (-0.12, -0.6, -0.1),
    Emotion.ANGRY: (-0.08, -0.6, -0.08),
    Emotion.DISGUST: (-0.06, -0.4, -0.05),
    Emotion.CALM: (-0.04, -0.2, -0.04),
    Emotion.NEUTRAL: (0.0, 0.0, 0.0),
    Emotion.SURPRISED: (0.0, 0.1, 0.0),
    Emotion.HAPPY: (0.03, 0.4, 0.0),
}
"""How a sure feeling changes pace, pitch (semitones) and volume from the voice's usual."""


def manner(mood: Mood | None, person: Person) -> Manner:
    """Slower and softer for who is low or tense; brighter only where nothing has been low."""
    if mood is None:
        return Manner(person.language, person.voice)
    pace, pitch, volume = _MANNERS[mood.emotion]
    share = min(1.0, mood.certainty / 0.7)
    lift = 0.0 if mood.low_days or mood.now.valence <= 0 else 1.0
    return Manner(
        language=person.language,
        voice=person.voice,
        rate=1.0 + share * (pace if pace < 0 else pace * lift),
        pitch=share * (pitch if pitch < 0 else pitch * lift),
        volume=1.0 + share * volume,
    )
