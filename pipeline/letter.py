"""The weekly letter: what was, what helped, one look ahead. Pure, and honest where little is known.

It counts nothing, praises nobody for writing and reproaches nobody for silence. What is only
guessed is worded so; danger that was spoken of leaves no room for anything lighter.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.catalogue import Texts
from pipeline.looking_back import Day, Level, LookBack, begins, look_back
from pipeline.values import Emotion, Entry, History

SPAN = 7
"""Days that a letter looks back on."""
GLIMPSE = 2
"""So few known days are a glimpse, and show no best and no worst."""
APART = 0.4
"""Difference of valence between two days that is worth naming them."""
OFTEN = 0.5
"""Share of the known days from which a feeling came back."""
AT_MOST = 2
"""Exercises that are named."""


@dataclass(frozen=True, slots=True)
class Week:
    """What a letter is written from."""

    look: LookBack
    helped: tuple[str, ...] = ()
    """Keys of exercises that helped in this week, the latest first."""
    helped_before: tuple[str, ...] = ()
    """The same, from before it."""
    danger: bool = False
    """There were words of danger that nobody has asked after yet."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, and what hangs on it."""

    paragraphs: tuple[tuple[str, ...], ...]
    """Each a few whole sentences."""
    exercises: tuple[str, ...] = ()
    """Keys of those named as having helped."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, in order."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)

    @property
    def text(self) -> str:
        return "\n\n".join(" ".join(paragraph) for paragraph in self.paragraphs)


def own_words(entries: Sequence[Entry], guesses: bool) -> tuple[Entry, ...]:
    """What a letter may draw on; without `guesses` only what people said of themselves."""
    return tuple(one for one in entries if guesses or one.score or one.correction)


def read_week(history: History, user: int, now: datetime) -> Week:
    """The seven whole days before that of `now` (aware, on the user's own clock), danger aside.

    Today belongs to the next letter, so that every hour is in exactly one.
    """
    since, until = begins(now, SPAN + 1), begins(now, 1)
    felt = [one for one in history.entries if one.at < until]
    own = [one for one in history.ratings if one.user == user and one.at < until]
    # of each exercise the last word counts
    last = {one.exercise: one for one in sorted(own, key=lambda one: one.at)}
    helpful = sorted((one for one in last.values() if one.helped), key=lambda one: one.at)
    week = tuple(one.exercise for one in reversed(helpful) if one.at >= since)
    before = tuple(one.exercise for one in reversed(helpful) if one.at < since)
    yesterday = until - timedelta(days=1)  # on the wall clock, whatever its hours
    return Week(look_back(felt, yesterday.replace(hour=23, minute=59), SPAN), week, before)


def compose(week: Week, texts: Texts) -> Letter:
    """The letter, in the language of the texts."""
    told = (texts("letter.opening"), *_what_was(week.look, texts))
    if week.danger:
        return Letter((told, _ahead("crisis", week, texts)))
    key, helped = "week", _there(week.helped, texts)[:AT_MOST]
    if not helped:
        key, helped = "before", _there(week.helped_before, texts)[:1]
    paragraphs = [told]
    if helped:
        titles = ", ".join(title_of(one, texts) for one in helped)
        paragraphs.append((texts(f"letter.helped.{key}", titles=titles),))
    elif week.look.days:
        paragraphs.append((texts("letter.helped.unknown"),))
    level = week.look.level
    paragraphs.append(_ahead("unknown" if level is None else level, week, texts))
    return Letter(tuple(paragraphs), helped)


def title_of(exercise: str, texts: Texts) -> str:
    """What an exercise is called. Raises KeyError."""
    return texts(f"exercise.{exercise}.title")


def _what_was(look: LookBack, texts: Texts) -> tuple[str, ...]:
    level, days = look.level, look.days
    if level is None:
        return (texts("letter.nothing"),)
    if len(days) <= GLIMPSE:
        return texts("letter.little"), texts(f"letter.level.{level}")
    course = () if look.course is None else (texts(f"letter.course.{look.course}"),)
    often = _often(days)
    most = () if often is None else (texts("letter.most", feeling=texts(f"feeling.{often}")),)
    return texts(f"letter.level.{level}"), *_ends(look, texts), *course, *most


def _ends(look: LookBack, texts: Texts) -> tuple[str, ...]:
    """The brightest day, where one stands out; the heaviest only beside it in a mixed week."""
    heaviest, *_, brightest = sorted(look.days, key=lambda one: one.valence)
    if brightest.valence - heaviest.valence < APART or brightest.valence <= 0:
        return ()
    named = texts.many("letter.weekdays")
    told = texts("letter.brightest", day=named[brightest.day.weekday()])
    if look.level is not Level.MIXED:
        return (told,)
    return told, texts("letter.heaviest", day=named[heaviest.day.weekday()])


def _often(days: Sequence[Day]) -> Emotion | None:
    """The feeling of at least half of the known days, unless it is the ordinary one."""
    counted = Counter(one.emotion for one in days if one.emotion is not None)
    emotion, times = next(iter(counted.most_common(1)), (Emotion.NEUTRAL, 0))
    return emotion if emotion is not Emotion.NEUTRAL and times >= OFTEN * len(days) else None


def _there(keys: Sequence[str], texts: Texts) -> tuple[str, ...]:
    """Those exercises that there still are."""
    return tuple(key for key in keys if f"exercise.{key}.title" in texts.entries)


def _ahead(key: str, week: Week, texts: Texts) -> tuple[str, ...]:
    """One look ahead, another one each week."""
    wordings = texts.many(f"letter.ahead.{key}")
    return (wordings[week.look.last.toordinal() // SPAN % len(wordings)],)
