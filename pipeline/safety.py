"""The deterministic floor of the crisis path: do these words speak of danger, and what is shown.

It reads words alone, never the sound of a voice, and works with every model down. There are no
scores and no levels of risk. A model may add a hit of its own; nothing may take one away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pipeline.catalogue import Country, DangerKind, Harmless, Helpline, Lexicon, Sign, Texts
from pipeline.second_reading import Meanings, SecondReading
from pipeline.spelling import normalise, replaced
from pipeline.values import Person


@dataclass(frozen=True, slots=True)
class Danger:
    """What the words speak of, to choose fitting words for the card."""

    kind: DangerKind
    certain: bool
    """False shows the card softly: it might be meant otherwise."""
    other: bool = False
    """It is somebody else who is in danger."""
    again: bool = False
    """The card asked, and was told so."""


_URGENCY = (DangerKind.MEDICAL, DangerKind.SUICIDE, DangerKind.HURT, DangerKind.SELF_HARM)

_BY_NAME = {kind.value: kind for kind in DangerKind}

DOUBT = 0.2
"""Probability of the second reading from which a language model, where there is one, is asked."""

_OF_ONESELF = (DangerKind.SUICIDE, DangerKind.SELF_HARM)


def find_danger(
    words: str,
    language: str | None,
    lexicons: Mapping[str, Lexicon],
    second: SecondReading | None = None,
) -> Danger | None:
    """The most pressing danger that the words speak of, or None.

    `language` (ISO 639-1, regions allowed) is read in full; as it may be a wrong guess, what is
    certain in any other language counts too. An unknown language is read in all of them. Where
    no wording is found, a `second` reading may still show the card softly.
    """
    text = normalise(words)
    own = lexicons.get((language or "")[:2].casefold())
    if own is not None and not own.letters.search(text):
        own = None  # the guess is wrong: this is another script
    dangers: list[Danger] = []
    if own is not None:
        reading = _reading(own, text, in_full=True)
        calm = _without_harmless(own, reading)
        dangers += _dangers(calm, own.signs)
        text = text if calm == reading else calm  # an idiom is no danger in any language
    for lexicon in lexicons.values():
        if lexicon is not own and lexicon.letters.search(text):
            signs = [sign for sign in lexicon.signs if own is None or sign.certain]
            reading = _reading(lexicon, text, in_full=own is None)
            if any(sign.wording.search(reading) for sign in signs):
                dangers += _dangers(_without_harmless(lexicon, reading), signs)
    if not dangers and second is not None:
        kind = second.danger(text, _meanings(text, own, lexicons.values()))
        return None if kind is None else Danger(DangerKind(kind), certain=False)
    return min(dangers, key=_pressing, default=None)


def is_doubtful(
    words: str, language: str | None, lexicons: Mapping[str, Lexicon], second: SecondReading
) -> bool:
    """Whether words in which no danger was found are near enough to it for a model's look."""
    text = normalise(words)
    own = lexicons.get((language or "")[:2].casefold())
    return second.danger(text, _meanings(text, own, lexicons.values()), DOUBT) is not None


def seen(verdict: str) -> Danger | None:
    """What a model that was shown the words answered, as a danger to be asked about softly.

    The first kind that it names counts; whatever else it says is nothing.
    """
    named = re.findall(r"[a-z_]+", verdict.casefold().replace("self-harm", "self_harm"))
    kind = next((one for one in named if one == "none" or one in _BY_NAME), "none")
    return None if kind == "none" else Danger(_BY_NAME[kind], certain=False)


def _meanings(text: str, own: Lexicon | None, lexicons: Iterable[Lexicon]) -> Meanings | None:
    """What words mean in the language, or where that is unknown in the one that knows most."""
    able = [own] if own else [one for one in lexicons if one.letters.search(text)]
    if len(able) == 1:
        return able[0].meanings
    known = [(sum(map(len, one.meanings.known(text))), one.meanings) for one in able]
    return max(known, key=lambda one: one[0], default=(0, None))[1]


def _pressing(danger: Danger) -> tuple[bool, bool, int]:
    return not danger.certain, danger.other, _URGENCY.index(danger.kind)


def _reading(lexicon: Lexicon, text: str, in_full: bool) -> str:
    """The text as somebody who knows the language would read it, slips and all."""
    text = replaced(text, lexicon.folds)
    if in_full:
        text = lexicon.guarded.mend(text)
    slips, meant = lexicon.slips
    return slips.sub(lambda slip: meant[slip[0]], text)


def _dangers(text: str, signs: Iterable[Sign]) -> Iterator[Danger]:
    for sign in sorted(signs, key=lambda sign: not sign.other):
        if sign.wording.search(text):
            yield Danger(sign.kind, sign.certain, sign.other)
            if sign.other:  # said of somebody else, it is not to be read again as said of oneself
                text = sign.wording.sub(". ", text)


def _without_harmless(lexicon: Lexicon, text: str) -> str:
    """A full stop in place of idioms and of news, so that no wording reaches across them."""
    plain = [
        sign.wording
        for sign in lexicon.signs
        if sign.certain and not sign.other and sign.kind in _OF_ONESELF
    ]

    def calmed(match: re.Match[str], harmless: Harmless) -> str:
        explained = harmless.of_oneself or not any(one.search(f" {match[0]}") for one in plain)
        return ". " if explained else match[0]

    for harmless in lexicon.harmless:
        if harmless.unless is None or not harmless.unless.search(text):
            text = harmless.wording.sub(partial(calmed, harmless=harmless), text)
    return text


def confirmed(question: str) -> Danger:
    """The danger that an answer to this question of a card (`crisis.ask`) tells of."""
    kind = next((kind for kind in DangerKind if kind == question), DangerKind.SUICIDE)
    return Danger(kind, certain=True, other=question == "other", again=True)


@dataclass(frozen=True, slots=True)
class Card:
    """The fixed answer to danger."""

    written: str
    spoken: tuple[str, ...]
    """Shorter, numbers digit by digit; in parts, so that a slow voice speaks them side by side."""
    buttons: tuple[str, ...]
    """Keys of their texts, in order."""


def card(danger: Danger, person: Person, countries: Mapping[str, Country], texts: Texts) -> Card:
    """The help card in the person's language.

    A country that was not told, or that is not known, gives the international directory.
    """
    country = countries.get(person.country or "")
    lines = _lines_for(danger, person, country)
    heard = texts(f"crisis.heard.{_wording(danger)}")
    asks = texts(f"crisis.ask.{_asking(danger)}")
    directory, choices = texts("crisis.directory"), texts("crisis.choices")
    written = [_written(line, texts) for line in lines]
    spoken = [_spoken(line, texts) for line in lines[:SPOKEN_LINES]]
    emergency, aloud = _emergency(country, texts)
    return Card(
        written="\n\n".join(
            [f"{heard} {asks}", emergency, "\n".join([*written, directory]), choices]
        ),
        spoken=(heard, asks, aloud, *spoken, directory, choices),
        buttons=(*BUTTONS, *(() if country else (ASK_COUNTRY,))),
    )


def numbers(person: Person, countries: Mapping[str, Country], texts: Texts) -> str:
    """Where to turn in the person's country, for those who already have the card."""
    country = countries.get(person.country or "")
    emergency, _ = _emergency(country, texts)
    lines = _lines_for(Danger(DangerKind.SUICIDE, certain=True), person, country)
    written = [_written(line, texts) for line in lines]
    return "\n\n".join([emergency, "\n".join([*written, texts("crisis.directory")])])


BUTTONS = ("crisis.button.grounding", "crisis.button.plan", "crisis.button.safe")
ASK_COUNTRY = "crisis.button.country"
SPOKEN_LINES = 2
"""More numbers than that nobody keeps in mind; all of them are written."""


def _wording(danger: Danger) -> str:
    if danger.again:
        return "again"
    if not danger.certain:
        return "unsure"
    return f"other_{danger.kind}" if danger.other else danger.kind


def _asking(danger: Danger) -> str:
    if danger.again:
        return "again"
    return "other" if danger.other else danger.kind


def _emergency(country: Country | None, texts: Texts) -> tuple[str, str]:
    """The emergency number, written and spoken."""
    if country is None:
        return texts("crisis.emergency_unknown"), texts("crisis.emergency_unknown")
    number = country.emergency
    return (
        texts("crisis.emergency", number=number),
        texts("crisis.emergency", number=_aloud(number)),
    )


def _lines_for(danger: Danger, person: Person, country: Country | None) -> list[Helpline]:
    """The lines that fit first: for a minor the youth lines, for the hurt those for them."""
    if country is None:
        return []
    wanted = ["youth"] if person.adult is False else []
    wanted += ["hurt"] if danger.kind is DangerKind.HURT else []
    wanted += ["everyone"]
    wanted += ["youth"] if person.adult is None else []
    return sorted(
        (line for line in country.lines if line.serves in wanted),
        key=lambda line: wanted.index(line.serves),
    )


def _written(line: Helpline, texts: Texts) -> str:
    ways = ", ".join(texts(f"crisis.how.{how}") for how in line.how)
    number = f"{line.keyword} → {line.number}" if line.keyword else line.number
    hours = f" · {line.hours}" if line.hours else ""
    youth = f" · {texts('crisis.youth')}" if line.serves == "youth" else ""
    return f"{line.name}: {number} ({ways}){hours}{youth}"


def _spoken(line: Helpline, texts: Texts) -> str:
    key = "crisis.say.keyword" if line.keyword else f"crisis.say.{line.how[0]}"
    said = {"name": line.name, "number": _aloud(line.number), "keyword": line.keyword}
    return texts(key, **said)


def _aloud(number: str) -> str:
    """`116 123` → `1 1 6, 1 2 3`, so that a voice says digits and not hundreds."""
    if not any(character.isdigit() for character in number):
        return number
    groups = number.replace("-", " ").split()
    return ", ".join(" ".join(group) for group in groups)
