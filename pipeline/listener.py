"""The built-in listener: who answers while no language model is up. Rules, and words from
`prompts/`.

It gives back what it recognised (what the user feels by their own account, what it is about, a
short clause in the second person), puts the feeling in the voice as a guess, and offers the
suggestion or asks one open question. It never judges, never advises, and is quiet at grief.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.catalogue import Texts
from pipeline.phrases import Phrases, clauses, framed, paused, stems, tokens
from pipeline.values import Emotion, Mood, Prompt, Turn

LASTING = 3
"""Low days in a row that are worth a word."""
TREND = 0.06
"""Least valence a day that is worth a word."""
HEAVY, LIGHT = -0.2, 0.3
"""Valence under and over which a mood colours the answer."""
CLAUSE = range(3, 13)
"""Words a clause may have to be given back."""
ASKING = 20
"""Most words of a note that asks what is remembered."""
NAMING = 12
"""Most words of a note that is about a name and nothing more."""
SMALL_TALK = {"bye": 8, "thanks": 7, "hello": 5}
"""Most words of a note that is a greeting and nothing more."""
LOSS = "loss"
PIECES = 4
"""Most pieces of an answer."""


@dataclass(frozen=True, slots=True)
class _Understood:
    """What was recognised in one note."""

    tone: str
    """`hard`, `good` or `even`."""
    named: str | None
    """A feeling that the user named."""
    topic: str | None
    clause: str
    """A clause of the user's own in the second person; may be empty."""
    wants_advice: bool


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
    understood = _understand(prompt, texts)
    opening = _opening(understood, words, texts, pick)
    if prompt.suggestion is not None and understood.topic != LOSS:
        closing = [prompt.suggestion.invitation, prompt.suggestion.reason]
    else:
        closing = [_onward(understood, prompt.turns, texts, pick)]
    closing = [piece for piece in closing if piece]
    voice = () if understood.topic == LOSS else _of_mood(prompt, understood, texts)
    new = [line for lines in voice if (line := pick.fresh(lines))][:1]
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
    if _named(phrases, texts) or _topic(phrases, texts):
        return ()
    found = next((key for key, most in SMALL_TALK.items() if len(words) <= most and holds(key)), "")
    answers = {"bye": ("farewell",), "thanks": ("thanked",), "hello": ("welcome", "ask")}
    return answers.get(found, ())


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


def _understand(prompt: Prompt, texts: Texts) -> _Understood:
    phrases = Phrases(paused(prompt.heard.words), texts.many("listener.words.not"))
    named, topic = _named(phrases, texts), _topic(phrases, texts)
    clause = _clause(prompt.heard.words, named, texts)
    tone = "even"
    if named is not None:
        tone = texts(f"listener.named.{named}.tone")
    elif _denied(phrases, texts) == "good":
        tone = "hard"
    elif prompt.mood is not None and prompt.mood.certainty >= prompt.sureness:
        tone = _tone(prompt.mood)
        if tone == "hard" and topic is None and not clause:
            tone = "even"  # a heavy voice with light words: the voice is put as a guess alone
    advice = phrases.find(texts.many("listener.words.advice")) is not None
    return _Understood(tone, named, topic, clause, advice)


def _tone(mood: Mood) -> str:
    if mood.now.valence < HEAVY:
        return "hard"
    return "good" if mood.now.valence > LIGHT and mood.emotion is not Emotion.CALM else "even"


def _groups(texts: Texts, prefix: str) -> list[str]:
    """Names of the tables under a prefix, in the file's order."""
    inside = (key.removeprefix(prefix) for key in texts.entries if key.startswith(prefix))
    return list(dict.fromkeys(rest.split(".")[0] for rest in inside))


def _named(phrases: Phrases, texts: Texts) -> str | None:
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


def _topic(phrases: Phrases, texts: Texts) -> str | None:
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

    The last one, but rather one that holds the feeling they named.
    """
    pairs = (pair.split("|") for pair in texts.many("listener.reflect.swaps"))
    swaps = {said.casefold(): turned for said, turned in pairs}
    feeling = texts.many(f"listener.named.{named}.words") if named else ()
    found = [
        clause
        for clause in clauses(words, texts.many("listener.reflect.breaks"))
        if _is_reflectable(clause, texts)
    ]
    telling = [clause for clause in found if Phrases(clause).find(feeling) is not None]
    return " ".join(_swapped((telling or found or [()])[-1], swaps))


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


def _opening(
    understood: _Understood, words: Sequence[str], texts: Texts, pick: "_Picker"
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
    if topic is not None:
        lines.append(pick.one(texts.many(f"listener.topic.{topic}.{tone}")))
    generic = "generic" if tone == "even" else f"generic_{tone}"
    return lines or [pick.one(texts.many(f"listener.{generic}"))]


def _of_mood(prompt: Prompt, understood: _Understood, texts: Texts) -> Iterator[tuple[str, ...]]:
    """What can be said of the mood, the most telling first; each in its variants."""
    mood = prompt.mood
    if mood is None:
        return
    if mood.low_days >= LASTING and understood.tone != "good":
        lines = texts.many("listener.mood.low_days")
        yield tuple(line.format(days=mood.low_days) for line in lines)
    is_sure = mood.certainty >= prompt.sureness
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


def _onward(understood: _Understood, turns: Sequence[Turn], texts: Texts, pick: "_Picker") -> str:
    """One open question, or room to go on where one was asked just now."""
    asked = [turn for turn in turns if turn.speaker == "companion"][-1:]
    stay = texts.many("listener.stay_good" if understood.tone == "good" else "listener.stay")
    if asked and any(mark in asked[0].words for mark in "?؟") and pick.coin():
        return pick.one(stay)
    keys = ["listener.ask" if understood.tone == "even" else f"listener.ask_{understood.tone}"]
    if understood.topic is not None:
        keys.insert(0, f"listener.topic.{understood.topic}.ask")
    if understood.named is not None:
        keys.insert(0, f"listener.named.{understood.named}.ask")
    if understood.wants_advice:
        keys.insert(0, "listener.advice_ask")
    if understood.topic == LOSS:
        keys = [f"listener.topic.{LOSS}.ask"]
    return next((line for key in keys if (line := pick.fresh(texts.many(key)))), pick.one(stay))


class _Picker:
    """Chooses among variants by the conversation, so that it varies and can be repeated."""

    def __init__(self, turns: Iterable[Turn], words: str) -> None:
        said = [turn.words for turn in turns if turn.speaker == "companion"]
        self._said = "\n".join(said[-4:])
        self._seed = f"{len(said)}\n{words}"

    def one(self, lines: Sequence[str]) -> str:
        """A variant, one that was not said lately where there is such a one."""
        return self.fresh(lines) or lines[self._number(lines[0]) % len(lines)]

    def fresh(self, lines: Sequence[str]) -> str:
        """A variant that was not said lately; empty where there is none."""
        new = [line for line in lines if line.split("{")[0].strip() not in self._said]
        return new[self._number(new[0]) % len(new)] if new else ""

    def coin(self) -> bool:
        return self._number("coin") % 2 == 0

    def _number(self, salt: str) -> int:
        digest = hashlib.blake2b(f"{salt}\n{self._seed}".encode("utf-8", "replace"), digest_size=4)
        return int.from_bytes(digest.digest(), "big")
