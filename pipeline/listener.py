"""The built-in listener: who answers while no language model is up. Rules, and words from
`prompts/`.

It gives back what understanding.py recognised (what the user feels by their own account, what it
is about, a short clause in the second person), puts the feeling in the voice as a guess, and offers
the suggestion or asks one open question. It never judges, never advises, and is quiet at grief.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.catalogue import Texts
from pipeline.phrases import END, Phrases, framed, stems, tokens
from pipeline.understanding import LOSS, Understood, named_feeling, topic_of, understand
from pipeline.values import Emotion, Prompt, Turn
from pipeline.wishes import wished_kinds

LASTING = 3
"""Low days in a row that are worth a word."""
TREND = 0.06
"""Least valence a day that is worth a word."""
ASKING = 20
"""Most words of a note that asks what is remembered."""
NAMING = 12
"""Most words of a note that is about a name and nothing more."""
SMALL_TALK = {"bye": 8, "thanks": 7, "hello": 5}
"""Most words of a note that is a greeting and nothing more."""
PIECES = 4
"""Most pieces of an answer."""
LATELY = 6
"""Replies in which a line that was said is not fresh."""


_STAY = {"hard": "listener.stay", "even": "listener.stay_even", "good": "listener.stay_good"}
_FIELD = re.compile(r"\{\w+\}")


def listen(prompt: Prompt, texts: Texts) -> list[str]:
    """One to four pieces of one or two short sentences, at most one of them a question.

    The same prompt gives the same answer; another turn of the same conversation another one.
    """
    pick = _Picker(prompt.turns, prompt.heard.words)
    words = tokens(prompt.heard.words)
    if remembered := _remembered(prompt, words, texts, pick):
        return remembered
    if small := _small_talk(prompt.heard.words, texts):
        return [_greeting(key, prompt.name, texts, pick) for key in small]
    understood = understand(prompt, texts)
    is_asked = wished_kinds(prompt.heard.words, texts) is not None
    if prompt.suggestion is not None and (is_asked or not understood.grieves):
        closing = [prompt.suggestion.invitation, prompt.suggestion.reason]
    else:
        closing = [_onward(understood, prompt.turns, texts, pick)]
        is_asked = False
    if is_asked and understood.topic != LOSS:
        return [pick.one(texts.many("listener.asked")), *filter(None, closing)]
    opening = _opening(understood, words, texts, pick)
    closing = [piece for piece in closing if piece]
    mood = () if understood.grieves else _of_mood(prompt, understood, texts)
    new = [line for lines in mood if (line := pick.fresh(lines))][:1]
    return [*opening[:1], *(new + opening[1:])[: PIECES - 1 - len(closing)], *closing]


def _small_talk(said: str, texts: Texts) -> tuple[str, ...]:
    """Keys of the answer to a note that only greets, thanks, parts, or says yes or no."""
    words, phrases = tokens(said), Phrases(framed(said))

    def holds(key: str) -> bool:
        return phrases.find(texts.many(f"listener.words.{key}")) is not None

    if len(words) <= 12 and holds("identity"):
        return ("identity",)
    if " ".join(words) in texts.many("listener.words.brief"):
        return "brief", "brief_ask"
    if topic := topic_of(phrases, texts) or named_feeling(phrases, texts):
        return ("farewell",) if topic != LOSS and _parts(phrases, words, texts) else ()
    found = next((key for key, most in SMALL_TALK.items() if len(words) <= most and holds(key)), "")
    answers = {"bye": ("farewell",), "thanks": ("thanked",), "hello": ("welcome", "ask")}
    return answers.get(found, ())


def _parts(phrases: Phrases, words: Sequence[str], texts: Texts) -> bool:
    """Whether a short note ends with a farewell, whatever it is about before."""
    byes = (bye.removesuffix(f" {END} {END}") for bye in texts.many("listener.words.bye"))
    is_last = phrases.last([f"{bye} {END} {END}" for bye in byes]) is not None
    return is_last and len(words) <= SMALL_TALK["bye"]


def _greeting(key: str, name: str, texts: Texts, pick: "_Picker") -> str:
    """A welcome now and then holds the name."""
    if key == "welcome" and name and pick.coin():
        key = "welcome_name"
    return pick.one(texts.many(f"listener.{key}")).format(name=name)


def _remembered(prompt: Prompt, words: Sequence[str], texts: Texts, pick: "_Picker") -> list[str]:
    """The answer to a note that gives a name, or asks what is remembered; empty for any other."""

    def line(key: str, **values: str) -> str:
        return pick.one(texts.many(f"listener.{key}")).format(**values)

    phrases = Phrases(words)
    if len(words) > ASKING:
        return []
    if phrases.find(texts.many("listener.words.my_name")) is not None:
        return [line("your_name", name=prompt.name) if prompt.name else line("no_name")]
    if _asks_for_memories(phrases, texts):
        told = _told(prompt, texts)
        return [line("recall", words=told) if told else line("no_recall")]
    if prompt.heard.called and len(words) <= NAMING:
        return [line("noted_name", name=prompt.name), line("ask")]
    return []


def _asks_for_memories(phrases: Phrases, texts: Texts) -> bool:
    """Whether something is asked that somebody may have told: "what is my point" is not."""
    recall, of, thing = (
        phrases.find(texts.many(f"listener.words.{key}")) is not None
        for key in ("recall", "recall_of", "recall_thing")
    )
    return recall or (of and thing)


def _told(prompt: Prompt, texts: Texts) -> str:
    """What the user told before that answers their question; empty where nothing does."""
    asked = stems(prompt.heard.words)
    asking = (texts.many(f"listener.words.{key}") for key in ("recall", "recall_of"))
    about = asked - stems(" ".join(word for words in asking for word in words))
    fitting = [told for told in prompt.told if stems(told) & (about or asked)]
    if not about:  # asked for anything at all
        fitting += prompt.told
    return fitting[0] if fitting else ""


def _opening(
    understood: Understood, words: Sequence[str], texts: Texts, pick: "_Picker"
) -> list[str]:
    """What shows that the note was heard, the most telling first."""
    if not words:
        return [pick.one(texts.many("listener.wordless"))]
    tone, topic, named = understood.tone, understood.topic, understood.named
    lines = []
    if topic == LOSS:
        return [pick.one(texts.many(f"listener.topic.{LOSS}.{tone}"))]
    if understood.wants_advice:
        lines.append(pick.one(texts.many("listener.advice")))
    elif understood.clause and (tone == "hard" or (tone == "even" and topic is None)):
        template = pick.one(texts.many("listener.reflect.lines"))
        lines.append(template.format(clause=understood.clause))
    if named is not None:
        lines.append(pick.one(texts.many(f"listener.named.{named}.lines")))
    if understood.grieves:
        return lines or [pick.one(texts.many(f"listener.topic.{LOSS}.after"))]
    if topic is not None and not (topic == "leisure" and lines and tone == "hard"):
        lines.append(pick.one(texts.many(f"listener.topic.{topic}.{tone}")))
    generic = "generic" if tone == "even" else f"generic_{tone}"
    return lines or [pick.one(texts.many(f"listener.{generic}"))]


def _of_mood(prompt: Prompt, understood: Understood, texts: Texts) -> Iterator[tuple[str, ...]]:
    """What can be said of the mood, the most telling first; each in its variants."""
    mood, is_voice = prompt.mood, prompt.heard.seconds > 0
    if mood is None:
        return
    if mood.low_days >= LASTING and understood.tone != "good":
        lines = texts.many("listener.mood.low_days")
        yield tuple(line.format(days=mood.low_days) for line in lines)
    is_sure = mood.certainty >= prompt.sureness and is_voice  # how it sounded, and no typed words
    if is_sure and mood.turned is not None and understood.named is None:
        before, after = (emotion.affect.valence for emotion in mood.turned)
        yield texts.many(f"listener.mood.turned_{'heavier' if after < before else 'lighter'}")
    if is_sure and mood.shifted and mood.usual is not None:
        side = "low" if mood.now.valence < mood.usual.valence else "bright"
        yield texts.many(f"listener.mood.shifted_{side}")
    if is_sure and understood.named is None and mood.emotion is not Emotion.NEUTRAL:
        yield texts.many(f"listener.guess.{mood.emotion}")
    if mood.trend >= TREND and understood.tone != "hard":
        yield texts.many("listener.mood.rising")
    if mood.trend <= -TREND and understood.tone == "hard":
        yield texts.many("listener.mood.sinking")


def _onward(understood: Understood, turns: Sequence[Turn], texts: Texts, pick: "_Picker") -> str:
    """One open question, or room to go on where one was asked just now."""
    asked = [turn for turn in turns if turn.speaker == "companion"][-1:]
    stay = texts.many(_STAY["hard" if understood.grieves else understood.tone])
    if asked and any(mark in asked[0].words for mark in "?؟") and pick.coin():
        return pick.one(stay)
    keys = ["listener.ask_on" if understood.tone == "even" else f"listener.ask_{understood.tone}"]
    if understood.topic is not None:
        keys.insert(0, f"listener.topic.{understood.topic}.ask")
    if understood.named is not None:
        keys.insert(0, f"listener.named.{understood.named}.ask")
    if understood.wants_advice:
        keys.insert(0, "listener.advice_ask")
    if understood.grieves:
        keys = [f"listener.topic.{LOSS}.ask"]
    return next((line for key in keys if (line := pick.fresh(texts.many(key)))), pick.one(stay))


class _Picker:
    """Chooses among variants by the conversation, so that it varies and can be repeated."""

    def __init__(self, turns: Iterable[Turn], words: str) -> None:
        self._said = [turn.words for turn in turns if turn.speaker == "companion"]
        self._seed = f"{len(self._said)}\n{words}"

    def one(self, lines: Sequence[str]) -> str:
        """A variant that was not said lately; where all were, the one that was said longest ago."""
        return self.fresh(lines) or max(lines, key=self._age)

    def fresh(self, lines: Sequence[str]) -> str:
        """A variant that was not said lately; empty where there is none."""
        new = [line for line in lines if self._age(line) > LATELY]
        return new[self._number(new[0]) % len(new)] if new else ""

    def _age(self, line: str) -> int:
        """How many replies ago it was said last, counted from 1."""
        stem = max(_FIELD.split(line), key=len).strip()
        ages = (age for age, reply in enumerate(reversed(self._said), 1) if stem in reply)
        return next(ages, len(self._said) + LATELY + 1)

    def coin(self) -> bool:
        return self._number("coin") % 2 == 0

    def _number(self, salt: str) -> int:
        digest = hashlib.blake2b(f"{salt}\n{self._seed}".encode("utf-8", "replace"), digest_size=4)
        return int.from_bytes(digest.digest(), "big")
