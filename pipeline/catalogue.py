"""The shapes of what `prompts/` holds. `pipeline/content.py` fills them; nobody else reads it.

Structure (how long, what for, where it was published) is language-independent; words live in
`Texts`, one per language, under the same keys.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.second_reading import Meanings
from pipeline.spelling import Guarded
from pipeline.values import Emotion


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Everything one language says, by dotted key."""

    language: str
    """ISO 639-1."""
    name: str
    """The language's name in itself, for menus."""
    direction: str
    """`ltr` or `rtl`."""
    entries: Mapping[str, str | tuple[str, ...]] = field(repr=False)

    def __call__(self, key: str, /, **values: object) -> str:
        """The one text under `key`, its {fields} filled in. Raises KeyError."""
        text = self.entries[key]
        if not isinstance(text, str):
            raise KeyError(f"{key} is a list of texts")
        return text.format(**values)

    def many(self, key: str, /) -> tuple[str, ...]:
        """The variants or items under `key`, in the file's order. Raises KeyError."""
        texts = self.entries[key]
        if isinstance(texts, str):
            raise KeyError(f"{key} is a single text")
        return texts


class Kind(StrEnum):
    """What sort of thing an exercise is, and the order of the /relax menu."""

    BREATHING = "breathing"
    GROUNDING = "grounding"
    MUSCLE = "muscle"
    BODY_SCAN = "body_scan"
    SOOTHING = "soothing"
    COMPASSION = "compassion"
    REFRAMING = "reframing"
    ACCEPTANCE = "acceptance"
    WORRY = "worry"
    ANGER = "anger"
    ACTIVATION = "activation"
    SAVOURING = "savouring"
    CONNECTION = "connection"
    SLEEP = "sleep"


class Daypart(StrEnum):
    """The part of a user's own day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"

    @classmethod
    def of(cls, local: datetime) -> "Daypart":
        """Morning from 5, afternoon from 12, evening from 17, night from 22."""
        if 5 <= local.hour < 12:
            return cls.MORNING
        if 12 <= local.hour < 17:
            return cls.AFTERNOON
        return cls.EVENING if 17 <= local.hour < 22 else cls.NIGHT


class State(StrEnum):
    """A state that a mood can be in, beside its feeling, and that an exercise can shun."""

    STIRRED = "stirred"
    """Arousal is high."""
    STILL = "still"
    """Arousal is low."""
    LOW = "low"
    """Valence is low."""
    LASTING_LOW = "lasting_low"
    """Valence has been low for several days."""
    BRIGHT = "bright"
    """Valence is high."""


Condition = Emotion | Daypart | State


@dataclass(frozen=True, slots=True)
class Step:
    """One cue of a guided session, before it has words."""

    say: str
    """Key of the sentence among the exercise's own words."""
    seconds: float
    """Of silence after the sentence; where `counted`, from the sentence's first sound."""
    counted: bool = False
    """The sentence is a beat of a rhythm: a breath of 4 seconds lasts 4 seconds, cue included."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue of a guided session, in a language."""

    text: str
    seconds: float
    """As in Step."""
    counted: bool = False
    """As in Step."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One small thing to do that is known to help."""

    key: str
    kind: Kind
    seconds: int
    """About how long the guided session takes, speech and silence together."""
    eases: frozenset[Emotion]
    arousal: float
    """Where it leads: calms −1 … activates +1."""
    times: frozenset[Daypart]
    """When it fits best; empty for any time."""
    avoid: frozenset[Condition]
    """When it is not to be offered; what only the user can know stands in its caution."""
    source: str
    """The publication it is taken from."""
    steps: tuple[Step, ...]

    def title(self, texts: Texts) -> str:
        """A short name for menus and captions."""
        return texts(f"exercise.{self.key}.title")

    def invitation(self, texts: Texts) -> str:
        """One spoken sentence that offers it; never a question."""
        return texts(f"exercise.{self.key}.invitation")

    def caution(self, texts: Texts) -> str:
        """Who should skip it; empty where nobody needs to."""
        return texts(f"exercise.{self.key}.caution")

    def guided(self, texts: Texts) -> tuple[Cue, ...]:
        """The spoken session: the caution, where there is one, then every step in order."""
        caution = self.caution(texts)
        opening = (Cue(caution, CAUTION_SECONDS),) if caution else ()
        return opening + tuple(
            Cue(texts(f"exercise.{self.key}.steps.{step.say}"), step.seconds, step.counted)
            for step in self.steps
        )


CAUTION_SECONDS = 2.0
"""Silence after a caution, so that there is time to stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Persona:
    """Who the language model is asked to be, and the sentences its system prompt is built from.

    In English, which models follow best, whatever language they answer in.
    """

    character: str
    """Who it is."""
    rules: tuple[str, ...]
    """What binds every answer; field: language."""
    look: str
    """What the model is told where it only looks whether words speak of danger."""
    languages: Mapping[str, str]
    """ISO 639-1 → English name, for every language it may answer in."""
    feelings: Mapping[str, str]
    """Emotion → how it is put to the model."""
    name: str
    """Field: name."""
    feeling: str
    """The feeling is fairly sure; fields: feeling, percent."""
    unsure: str
    """It is not, and must not be named."""
    lower: str
    """Now is lower than this person's usual."""
    brighter: str
    """Now is brighter than this person's usual."""
    sinking: str
    """The trend over the last days."""
    rising: str
    """The trend over the last days."""
    shifted: str
    """Now is suddenly far from the usual."""
    low_days: str
    """A low that lasts; field: days."""
    turned: str
    """A change inside this note; fields: before, after."""
    summary: str
    """What older turns were about, put among the user's turns; field: summary."""
    suggestion: str
    """Fields: invitation, reason."""
    no_suggestion: str
    """There is nothing to suggest."""
    notes: str
    """What a summary of older turns is asked for with."""
    notes_material: str
    """What it is made from; fields: notes, conversation."""
    notes_none: str
    """In place of notes where there are none."""
    notes_person: str
    """Who says the user's lines in it."""
    notes_companion: str
    """Who says the companion's."""
    notes_begin: tuple[str, ...]
    """How a sentence of notes may begin, in small letters."""
    notes_shunned: tuple[str, ...]
    """Phrases that no sentence of notes holds; a star stands for any rest of a word."""


class DangerKind(StrEnum):
    """What words of danger speak of; it chooses the wording of the card and nothing else."""

    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    HURT = "hurt"
    """Being hurt or threatened by somebody."""
    MEDICAL = "medical"
    """A medical emergency."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Wordings that speak of one danger."""

    kind: DangerKind
    certain: bool
    """False where a careful listener would ask before believing it."""
    other: bool
    """Somebody else is in danger, and the speaker worries."""
    wording: re.Pattern[str]
    """Over text that was normalised and read by the lexicon."""


@dataclass(frozen=True, slots=True)
class Harmless:
    """Wordings that only sound like danger."""

    wording: re.Pattern[str]
    unless: re.Pattern[str] | None
    """Found anywhere beside it, nothing here is harmless."""
    of_oneself: bool
    """False for films, news and grief, which explain no plain word of danger about oneself."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """How danger, and what only sounds like it, is said in one language."""

    language: str
    """ISO 639-1."""
    letters: re.Pattern[str]
    """A message without any of these letters is not in this language."""
    folds: Mapping[str, str]
    """Letters that this language writes in two ways, exchanged one after the other."""
    guarded: Guarded
    slips: tuple[re.Pattern[str], Mapping[str, str]]
    """Misspellings and mishearings, and what was meant by each."""
    harmless: tuple[Harmless, ...]
    """Idioms, news and the past."""
    signs: tuple[Sign, ...]
    meanings: Meanings
    """What single words may mean, for the second reading."""


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line that listens."""

    name: str
    number: str
    how: tuple[str, ...]
    """`call`, `text`, `chat`; the number of a chat is its address."""
    hours: str
    """`24/7`, or times of the country's own clock; empty where not known."""
    serves: str
    """`everyone`, `youth`, or `hurt` (people who are being hurt)."""
    source: str
    """Where the number can be verified."""
    checked: str
    """ISO date on which somebody looked; empty where nobody has yet."""
    keyword: str = ""
    """The word to text, where a text line needs one."""


@dataclass(frozen=True, slots=True)
class Country:
    """Where to turn in one country."""

    emergency: str
    lines: tuple[Helpline, ...]
