"""The values that flow through the walk of one note. They know nothing of the house.

VoiceNote → Waveform → Heard(words, language, feeling) → History → Mood → Suggestion → SpokenReply
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Emotion(StrEnum):
    """The eight feelings, in the order of the network's outputs."""

    NEUTRAL = "neutral"
    CALM = "calm"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    FEARFUL = "fearful"
    DISGUST = "disgust"
    SURPRISED = "surprised"

    @property
    def affect(self) -> "Affect":
        """Where the feeling lies on the circumplex."""
        return _CIRCUMPLEX[self]


@dataclass(frozen=True, slots=True)
class Affect:
    """A point on the circumplex of affect (Russell, 1980)."""

    valence: float
    """Unpleasant −1 … pleasant +1."""
    arousal: float
    """Still −1 … stirred +1."""


_CIRCUMPLEX = {
    Emotion.NEUTRAL: Affect(0.0, 0.0),
    Emotion.CALM: Affect(0.5, -0.6),
    Emotion.HAPPY: Affect(0.8, 0.5),
    Emotion.SAD: Affect(-0.7, -0.5),
    Emotion.ANGRY: Affect(-0.6, 0.8),
    Emotion.FEARFUL: Affect(-0.7, 0.6),
    Emotion.DISGUST: Affect(-0.6, 0.2),
    Emotion.SURPRISED: Affect(0.2, 0.8),
}

Probabilities = Mapping[Emotion, float]


class NoteKind(StrEnum):
    """How the user said it."""

    VOICE = "voice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A recording that somebody sent, its bytes still to be fetched."""

    user: int
    fetch: Callable[[], Awaitable[bytes]]
    """Brings the audio or video file, its format unknown until it is decoded; may raise
    NoteError or EngineError."""
    sent_at: datetime
    """Aware, UTC."""
    reference: str | None = None
    """Where the chat platform can fetch the note again after a restart."""


@dataclass(frozen=True, slots=True)
class TextNote:
    """What somebody typed."""

    user: int
    words: str
    sent_at: datetime
    """Aware, UTC."""
    reference: str | None = None
    """Where the chat platform can find the message again after a restart."""


@dataclass(frozen=True, slots=True)
class ReceivedNote:
    """What is written down of a note when it comes, enough to take it up again later."""

    id: int
    user: int
    kind: NoteKind
    sent_at: datetime
    """Aware, UTC."""
    received_at: datetime
    """Aware, UTC."""
    reference: str | None = None
    """Where the chat platform can fetch it again."""
    words: str | None = None
    """What was typed, kept until the note is dealt with; None for a voice."""
    settled: bool = False
    """Answered, or given up."""
    seconds: float = 0.0
    """Length of a voice that was heard; 0 until then."""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Decoded sound."""

    samples: NDArray[np.float32]
    """Mono, in [-1, 1], shape (T,)."""
    rate: int = 16_000
    """Hertz."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a transcriber heard."""

    words: str
    """Empty where nothing was said."""
    language: str | None
    """ISO 639-1, where the engine can tell."""
    engine: str
    certainty: float | None = None
    """Probability of the language, where the engine can tell."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The feeling of one window of a note."""

    start: float
    """Seconds from the note's start."""
    end: float
    """Seconds from the note's start."""
    probabilities: Probabilities


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """What is usual for one voice: running statistics, no audio."""

    notes: int
    """How many notes the statistics stand for."""
    mean: tuple[float, ...]
    """Means of the recogniser's own features; only the recogniser knows what each is."""
    by: str = ""
    """The recogniser and its weights; what others measured is another thing."""

    def comparable(self, other: "VoiceProfile") -> bool:
        return self.by == other.by and len(self.mean) == len(other.mean)

    def merged(self, other: "VoiceProfile") -> "VoiceProfile":
        """The profile of both together, each weighted by its notes; they must be comparable."""
        total = self.notes + other.notes
        mean = (
            (a * self.notes + b * other.notes) / total
            for a, b in zip(self.mean, other.mean, strict=True)
        )
        return VoiceProfile(total, tuple(mean), self.by)


class Against(StrEnum):
    """How something compares with what is usual."""

    MORE = "more"
    LESS = "less"
    SAME = "same"


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why a voice was heard as it was."""

    mels: NDArray[np.float32]
    """The stretch that decided, as log-mel frames: (T, mels)."""
    weights: NDArray[np.float32]
    """How much each place of it spoke for the feeling, 0 … 1: (T, mels)."""
    hertz: tuple[float, ...]
    """The middle of each mel."""
    start: float
    """Seconds from the note's start to that stretch."""
    seconds: float
    """Length of the stretch."""
    alone: Emotion
    """What the recogniser by itself takes the note for."""
    compared: tuple[Against, ...] | None = None
    """Pitch, loudness and pace against the voice's usual; None while that is not known."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """A calibrated guess at what a voice (or its words) felt."""

    probabilities: Probabilities
    """Sum to 1 over all eight emotions."""
    engine: str
    curve: tuple[Moment, ...] = ()
    """Overlapping windows in time order; empty for words alone."""
    voice: VoiceProfile | None = None
    """This note's own statistics, to be merged into the user's profile."""

    @property
    def emotion(self) -> Emotion:
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def confidence(self) -> float:
        """Probability of the likeliest emotion."""
        return self.probabilities[self.emotion]

    @property
    def affect(self) -> Affect:
        """The probability-weighted point on the circumplex."""
        return expected_affect(self.probabilities)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said and how; the two listeners side by side."""

    words: str
    language: str | None
    """ISO 639-1."""
    feeling: Feeling | None
    """None where reading is switched off or was not possible."""
    seconds: float = 0.0
    """Length of the voice; 0 for typed words."""
    telling: bool = False
    """The words tell something lasting of the user."""
    called: str | None = None
    """What the user said just now that they want to be called."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One remembered feeling."""

    id: int
    at: datetime
    """Aware, UTC."""
    kind: NoteKind
    probabilities: Probabilities | None = None
    """None for a check-in score alone."""
    correction: Emotion | None = None
    """What the user said it really was; outweighs the guess."""
    score: int | None = None
    """A check-in's answer, 1 (very low) … 5 (very good)."""
    curve: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's words in the conversation."""

    speaker: str
    """`user` or `companion`."""
    words: str
    at: datetime
    """Aware, UTC."""
    telling: bool = False
    """It tells something lasting of the user."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of a user's talk no summary stands for yet, but for the newest turns."""

    user: int
    summary: str
    """Of all before; empty where there is none."""
    since: datetime | None
    """When that began; aware, UTC."""
    turns: tuple[tuple[int, Turn], ...]
    """With their numbers, oldest first."""


@dataclass(frozen=True, slots=True)
class Rating:
    """Whether a suggestion helped somebody."""

    user: int
    exercise: str
    """Key of the exercise."""
    helped: bool
    emotion: Emotion | None
    """What the person felt when it was offered."""
    at: datetime
    """Aware, UTC."""


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered of one user, oldest first."""

    entries: tuple[Entry, ...] = ()
    turns: tuple[Turn, ...] = ()
    """Recent turns in full, without the one being answered."""
    summary: str = ""
    """What older turns were about."""
    told: tuple[Turn, ...] = ()
    """Older turns in which the user told something lasting of themselves."""
    offered: tuple[tuple[str, datetime], ...] = ()
    """Exercise keys lately suggested, and when."""
    ratings: tuple[Rating, ...] = ()
    """Everybody's, for collaborative ranking; `user` tells whose."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How somebody is, read from their history, with the evidence it rests on."""

    now: Affect
    emotion: Emotion
    """The likeliest feeling now."""
    certainty: float
    """0 … 1, how much the evidence says."""
    usual: Affect | None = None
    """The person's own baseline; None while too little is known."""
    trend: float = 0.0
    """Valence a day over the last days; positive is brighter."""
    shifted: bool = False
    """Now is suddenly far from the usual."""
    low_days: int = 0
    """Days in a row that have been low, today included."""
    turned: tuple[Emotion, Emotion] | None = None
    """From what to what the voice changed inside this note."""
    evidence: tuple[int, ...] = ()
    """Ids of the entries it rests on."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One fitting thing to do."""

    key: str
    """Key of the exercise in `prompts/exercises.toml`."""
    title: str
    """In the user's language."""
    invitation: str
    """One spoken sentence that offers it, in the user's language."""
    seconds: int
    """How long it takes."""
    reason: str = ""
    """Why this one, in the user's language; empty where there is nothing honest to say."""


@dataclass(frozen=True, slots=True)
class MusicSearch:
    """Music to look for; none of it is a user's word."""

    genre: str
    """As music services know it."""
    words: str
    skip: int = 0
    """How many finds to pass over."""


@dataclass(frozen=True, slots=True)
class Track:
    """A piece of music, and where it can be heard."""

    title: str
    artist: str
    link: str
    """https."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a user has told the bot or chosen."""

    id: int
    name: str | None = None
    """As the chat platform tells it."""
    language: str = "en"
    """ISO 639-1 interface language."""
    language_chosen: bool = False
    """Chosen by the user rather than taken from the chat platform."""
    country: str | None = None
    """ISO 3166-1 alpha-2; asked, never guessed."""
    adult: bool | None = None
    """None until the user has said."""
    introduced: bool = False
    """Has been told who the bot is and that it reads feelings."""
    reads_feelings: bool = True
    answers: str = "both"
    """`voice`, `text`, `both` or `same` (as I wrote)."""
    voice: str | None = None
    """The speaker's name for the chosen voice; None lets the language decide."""
    profile: VoiceProfile | None = None
    words_days: int | None = None
    """Days to keep what was said; None keeps it as long as the owner lets."""
    feelings_days: int | None = None
    """Days to keep feelings, suggestions and ratings; None keeps them as long as the owner lets."""
    zone: str | None = None
    """IANA name of the time zone; asked, never guessed."""
    checkin: time | None = None
    """The hour of the daily check-in on the wall clock of `zone`; None for no check-ins."""
    called: str | None = None
    """What they asked to be called, which goes before `name`."""
    letter: int | None = None
    """The day of the weekly letter, 0 (Monday) … 6 (Sunday); None for no letters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The last check-in, or the last letter, that went out to somebody."""

    day: date
    """The day it was for, in the calendar of the zone."""
    zone: str
    """IANA."""
    at: datetime
    """Aware, UTC; when it went out."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """When somebody wants to be asked how they are, or to get a letter, and what went before."""

    user: int
    hour: time
    """Of the wall clock."""
    zone: str
    """IANA."""
    since: datetime
    """Aware, UTC; when it was chosen."""
    adult: bool | None = None
    """None until the user has said."""
    asked: Asked | None = None
    crisis_at: datetime | None = None
    """Aware, UTC; of words of danger that no check-in has followed up yet."""
    weekday: int | None = None
    """The one day of the week, 0 (Monday) … 6 (Sunday); None for every day."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long the owner lets anything be kept; a user may want less, never more."""

    words_days: int | None = None
    """Days to keep what was said; None sets no limit."""
    feelings_days: int | None = None
    """Days to keep feelings, suggestions and ratings; None sets no limit."""


@dataclass(frozen=True, slots=True)
class Census:
    """How much the bot is used; counts and nothing else."""

    people: int
    """Everybody who is known."""
    active: int
    """Who sent a note since the time asked about."""
    notes: int
    """Notes since then."""
    seconds: float
    """Of voice that was heard since then."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a reply should be spoken."""

    language: str = "en"
    """ISO 639-1."""
    voice: str | None = None
    """A chosen voice's name; an engine that lacks it uses its own for the language."""
    rate: float = 1.0
    """Times the voice's usual pace."""
    pitch: float = 0.0
    """Semitones above the voice's usual pitch."""
    volume: float = 1.0
    """Times the voice's usual amplitude."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a companion is given to answer with."""

    system: str
    """Persona, rules, mood and suggestion."""
    turns: tuple[Turn, ...]
    """The conversation so far, ending with the words to answer."""
    heard: Heard
    mood: Mood | None
    suggestion: Suggestion | None
    language: str
    """ISO 639-1 of the reply."""
    sureness: float = 0.5
    """The certainty under which a feeling is not named."""
    name: str = ""
    """What the user goes by; letters alone, empty where it is not known."""
    told: tuple[str, ...] = ()
    """What the user told of themselves before, in their own words, the most fitting first."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finished sentence of a reply, fit to be spoken, and who wrote it."""

    text: str
    engine: str


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One sentence made audible, and by whom."""

    waveform: Waveform
    engine: str


@dataclass(frozen=True, slots=True)
class SpokenReply:
    """What goes back to the user."""

    text: str
    voice: bytes | None
    """Ogg/Opus, mono; None where no voice could be made or none was wanted."""
    seconds: float = 0.0
    """Length of the voice."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole walk of one note, as the chat and the command line show it."""

    note: int
    """Id of the note in the store."""
    heard: Heard
    mood: Mood | None
    suggestion: Suggestion | None
    reply: SpokenReply
    crisis: bool = False
    """The fixed help card answers; no model was asked."""
    buttons: tuple[str, ...] = ()
    """Of the help card: the keys of their texts."""
    engines: Mapping[str, str] = field(default_factory=dict)
    """Step → name of the engine that served it."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Step → milliseconds it took."""


def expected_affect(probabilities: Probabilities) -> Affect:
    """The probability-weighted mean of the emotions' places on the circumplex."""
    return Affect(
        sum(p * emotion.affect.valence for emotion, p in probabilities.items()),
        sum(p * emotion.affect.arousal for emotion, p in probabilities.items()),
    )
