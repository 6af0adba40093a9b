"""What the built-in listener recognises in one note: listed words are found, nothing is understood.

A feeling by the user's own account, what it is about, whether it is hard or good, and a short
clause to give back in the second person. What is answered to it, listener.py says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.catalogue import Texts
from pipeline.phrases import Phrases, clauses, paused
from pipeline.values import Emotion, Mood, Prompt, Turn

HEAVY, LIGHT = -0.2, 0.3
"""Valence under and over which a mood colours the answer."""
CLAUSE = range(3, 13)
"""Words a clause may have to be given back."""
LOSS = "loss"
LINGERS = 5
"""Notes after one of a loss that are heard as still speaking of it,"""
BESIDE = (None, "leisure", "family", "friends", "love", "change")
"""where they come to nothing else: a burial is no walk in the forest."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was recognised in one note."""

    tone: str
    """`hard`, `good` or `even`."""
    named: str | None
    """A feeling that the user named."""
    topic: str | None
    clause: str
    """A clause of the user's own in the second person; may be empty."""
    wants_advice: bool
    grieves: bool
    """It speaks of a loss, or goes on about one."""


def understand(prompt: Prompt, texts: Texts) -> Understood:
    """What is recognised in the note that a prompt is about."""
    phrases = _searched(paused(prompt.heard.words), texts)
    named, topic = named_feeling(phrases, texts), topic_of(phrases, texts)
    clause = _clause(prompt.heard.words, named, texts)
    tone = _tone_of(phrases, named, prompt, texts)
    if named is None and tone == "hard" and _sounds_only(phrases, topic, clause, texts):
        tone = "even"  # a heavy voice with light words: the voice is put as a guess alone
    advice = phrases.find(texts.many("listener.words.advice")) is not None
    grieves = is_grieving(prompt.heard.words, prompt.turns[:-1], texts)
    return Understood(tone, named, topic, clause, advice, grieves)


def is_grieving(words: str, before: Sequence[Turn], texts: Texts) -> bool:
    """Whether somebody tells of a death, or did just now and speaks of nothing else."""
    phrases = _searched(paused(words), texts)
    topic, named = topic_of(phrases, texts), named_feeling(phrases, texts)
    if topic not in BESIDE or (named and texts(f"listener.named.{named}.tone") == "good"):
        return topic == LOSS
    earlier = [turn.words for turn in before if turn.speaker == "user"][-LINGERS:]
    return any(topic_of(_searched(paused(one), texts), texts) == LOSS for one in earlier)


def _tone_of(phrases: Phrases, named: str | None, prompt: Prompt, texts: Texts) -> str:
    """By what was named, then by what was told, then by the mood."""
    if named is not None:
        return texts(f"listener.named.{named}.tone")
    if _denied(phrases, texts) == "good" or _is_heavy(phrases, texts):
        return "hard"
    if prompt.mood is None or prompt.mood.certainty < prompt.sureness:
        return "even"
    return _tone(prompt.mood)


def _sounds_only(phrases: Phrases, topic: str | None, clause: str, texts: Texts) -> bool:
    """Whether the words themselves hold nothing hard."""
    is_told = _denied(phrases, texts) == "good" or _is_heavy(phrases, texts)
    return not is_told and topic is None and not clause


def _is_heavy(phrases: Phrases, texts: Texts) -> bool:
    return phrases.find(texts.many("listener.words.heavy")) is not None


def _tone(mood: Mood) -> str:
    if mood.now.valence < HEAVY:
        return "hard"
    return "good" if mood.now.valence > LIGHT and mood.emotion is not Emotion.CALM else "even"


def _groups(texts: Texts, prefix: str) -> list[str]:
    """Names of the tables under a prefix, in the file's order."""
    inside = (key.removeprefix(prefix) for key in texts.entries if key.startswith(prefix))
    return list(dict.fromkeys(rest.split(".")[0] for rest in inside))


def named_feeling(phrases: Phrases, texts: Texts) -> str | None:
    """The feeling that the user names last, since people come to the point at the end."""
    places = {
        name: phrases.find(texts.many(f"listener.named.{name}.words"))
        for name in _groups(texts, "listener.named.")
    }
    return _last(places)


def _denied(phrases: Phrases, texts: Texts) -> str | None:
    """The tone of a feeling that the user says is not there."""
    for name in _groups(texts, "listener.named."):
        if phrases.denies(texts.many(f"listener.named.{name}.words")):
            return texts(f"listener.named.{name}.tone")
    return None


def topic_of(phrases: Phrases, texts: Texts) -> str | None:
    """What the note is about, loss before all else.

    Whoever does not talk with their mother talks about her: only a loss can be denied.
    """
    places = {}
    for name in _groups(texts, "listener.topic."):
        group = f"listener.topic.{name}"
        if phrases.last(texts.many(f"{group}.unless")) is None:
            look = phrases.find if name == LOSS else phrases.last
            places[name] = look(texts.many(f"{group}.words"))
    return LOSS if places.get(LOSS) is not None else _last(places)


def _last(places: dict[str, int | None]) -> str | None:
    found = {name: place for name, place in places.items() if place is not None}
    return max(found, key=found.__getitem__) if found else None


def _clause(words: str, named: str | None, texts: Texts) -> str:
    """A clause of the user's own that can be given back, turned to the second person.

    The last one, but rather one that holds the feeling they named; what they say that they do
    not feel is not worth it.
    """
    pairs = (pair.split("|") for pair in texts.many("listener.reflect.swaps"))
    swaps = {said.casefold(): turned for said, turned in pairs}
    feeling = texts.many(f"listener.named.{named}.words") if named else ()
    found = [
        clause
        for clause in clauses(words, texts.many("listener.reflect.breaks"))
        if _is_reflectable(clause, texts) and not _denied(_searched(clause, texts), texts)
    ]
    telling = [clause for clause in found if Phrases(clause).find(feeling) is not None]
    return " ".join(_swapped((telling or found or [()])[-1], swaps))


def _searched(words: Sequence[str], texts: Texts) -> Phrases:
    return Phrases(words, texts.many("listener.words.not"))


def _is_reflectable(clause: Sequence[str], texts: Texts) -> bool:
    starts, shunned = (texts.many(f"listener.reflect.{key}") for key in ("starts", "not_if"))
    folded = [word.casefold() for word in clause]
    begins = any(" ".join(folded).startswith(f"{start.casefold()} ") for start in starts)
    return begins and len(clause) in CLAUSE and set(folded).isdisjoint(shunned)


def _swapped(clause: Sequence[str], swaps: dict[str, str]) -> Iterator[str]:
    """The other person's words; the rest stays as it was written, but for a capital in front."""
    folded = [word.casefold() for word in clause]
    place = 0
    while place < len(clause):
        pair = " ".join(folded[place : place + 2])
        if pair in swaps and place + 1 < len(clause):
            yield swaps[pair]
            place += 2
        else:
            as_written = clause[place] if place else clause[place].lower()
            yield swaps.get(folded[place], as_written)
            place += 1
