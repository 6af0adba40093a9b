"""The only reader of `prompts/`: bad content fails here, at start, never in a conversation.

prompts/texts/<lang>.toml       every text a user sees or hears
prompts/exercises/<lang>.toml   the exercises' words
prompts/exercises.toml          the exercises' structure
prompts/crisis/<lang>.toml      how danger is said
prompts/memory/<lang>.toml      how people tell lasting things of themselves
prompts/feelings/<lang>.toml    how feelings are put into words
prompts/helplines.toml          where to turn, by country
prompts/music.toml              which music goes with a feeling
prompts/persona.toml            who the language model is asked to be
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

import numpy as np

from pipeline.catalogue import (
    Condition,
    Country,
    Cue,
    Daypart,
    Exercise,
    Helpline,
    Kind,
    Lexicon,
    Persona,
    State,
    Step,
    Texts,
)
from pipeline.errors import ContentError
from pipeline.lexicon import read_lexicon
from pipeline.music import Music, read_music
from pipeline.second_reading import SecondReading
from pipeline.telling import Telling, read_telling
from pipeline.values import Emotion
from pipeline.wording import Vocabulary, read_vocabulary

ENGLISH = "en"
SPEECH_RATE = 2.2
"""Words a second of the slow voice that guides; tells how long a session takes."""
SHORTEST, LONGEST = 60, 300
"""Seconds a guided session may take."""

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """All words and structure, checked against one another."""

    languages: tuple[str, ...]
    """ISO 639-1, English first."""
    exercises: tuple[Exercise, ...]
    """In the file's order."""
    persona: Persona
    by_language: Mapping[str, Texts]
    lexicons: Mapping[str, Lexicon]
    """How danger is said, by ISO 639-1 language."""
    second_reading: SecondReading
    """What learned weights add to the lexicons."""
    countries: Mapping[str, Country]
    """Where to turn, by ISO 3166-1 alpha-2 country."""

    music: Music
    telling: Telling
    """How people tell lasting things of themselves, in all languages together."""
    vocabularies: Mapping[str, Vocabulary]
    """How feelings are put into words, by ISO 639-1 language."""

    def texts(self, language: str) -> Texts:
        """The texts of a language ("pt" or "pt-BR"); English where there are none."""
        return self.by_language.get(language.split("-")[0].lower(), self.by_language[ENGLISH])


def load(folder: Path) -> Content:
    """Everything under `prompts/`. Raises ContentError, naming the file and the key."""
    found = sorted(path.stem for path in (folder / "texts").glob("*.toml"))
    if ENGLISH not in found:
        raise ContentError(f"{folder / 'texts' / 'en.toml'} is missing: it is what others follow")
    if alone := {path.stem for path in (folder / "exercises").glob("*.toml")} - set(found):
        raise ContentError(f"{folder / 'texts'}: no texts for {sorted(alone)}, only exercises")
    languages = (ENGLISH, *(language for language in found if language != ENGLISH))
    by_language = {language: _texts(folder, language) for language in languages}
    english = by_language[ENGLISH]
    for language in languages[1:]:
        _check_translation(folder, by_language[language], english)
    return Content(
        languages=languages,
        exercises=_exercises(folder / "exercises.toml", english),
        persona=_persona(folder / "persona.toml", languages),
        by_language=MappingProxyType(by_language),
        lexicons={
            path.stem: read_lexicon(_table(path))
            for path in sorted((folder / "crisis").glob("*.toml"))
        },
        second_reading=_second_reading(folder / "crisis" / "second_reading.npz"),
        countries=_countries(folder / "helplines.toml"),
        music=read_music(_table(folder / "music.toml")),
        vocabularies={
            path.stem: read_vocabulary(_table(path), f"feelings/{path.name}")
            for path in sorted((folder / "feelings").glob("*.toml"))
        },
        telling=read_telling(_table(path) for path in sorted((folder / "memory").glob("*.toml"))),
    )


def _table(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContentError(f"{path} is missing") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ContentError(f"{path} cannot be read: {error}") from error


def _texts(folder: Path, language: str) -> Texts:
    path = folder / "texts" / f"{language}.toml"
    entries = dict(_flat(path, _table(path)))
    words = folder / "exercises" / f"{language}.toml"
    entries.update(_flat(words, _table(words), "exercise."))
    direction = entries.get("language.direction")
    if direction not in ("ltr", "rtl"):
        raise ContentError(f"{path}: language.direction must be ltr or rtl")
    name = entries.get("language.name")
    if not isinstance(name, str):
        raise ContentError(f"{path}: language.name is missing")
    return Texts(language, name, direction, MappingProxyType(entries))


def _flat(
    path: Path, table: Table, prefix: str = ""
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Dotted keys and their texts; tables may nest, leaves are strings or lists of strings."""
    for key, value in table.items():
        dotted = prefix + key
        if isinstance(value, dict):
            yield from _flat(path, value, dotted + ".")
            continue
        texts = tuple(value) if isinstance(value, list) else (value,)
        if not all(isinstance(text, str) for text in texts):
            raise ContentError(f"{path}: {dotted} must be a text or a list of texts")
        _all_fields(path, dotted, texts)
        yield dotted, (texts if isinstance(value, list) else value)


def _fields(path: Path, key: str, text: str) -> frozenset[str]:
    """The names in a text's {braces}: plain words, so that nothing else can be reached through."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        plain = all(name.isidentifier() for name in names)
    except ValueError as error:
        raise ContentError(f"{path}: {key}: {error}") from error
    if not plain:
        raise ContentError(f"{path}: {key}: a field must be a plain {{name}}")
    return frozenset(names)


def _check_translation(folder: Path, texts: Texts, english: Texts) -> None:
    path = folder / "texts" / f"{texts.language}.toml"
    missing = english.entries.keys() - texts.entries.keys()
    unknown = texts.entries.keys() - english.entries.keys()
    if missing or unknown:
        raise ContentError(
            f"{path} (or exercises/): missing {sorted(missing)}, unknown {sorted(unknown)}"
        )
    for key, original in english.entries.items():
        translated = texts.entries[key]
        if isinstance(original, str) != isinstance(translated, str):
            raise ContentError(f"{path}: {key} must be a text or a list as in English")
        if translated and _all_fields(path, key, translated) != _all_fields(path, key, original):
            raise ContentError(f"{path}: {key} must have the same {{fields}} as in English")


def _all_fields(path: Path, key: str, entry: str | tuple[str, ...]) -> frozenset[str]:
    texts = (entry,) if isinstance(entry, str) else entry
    return frozenset().union(*(_fields(path, key, text) for text in texts))


def _exercises(path: Path, english: Texts) -> tuple[Exercise, ...]:
    table = _table(path)
    exercises = tuple(_exercise(f"{path}: {key}", key, table[key], english) for key in table)
    spoken = {key.split(".")[1] for key in english.entries if key.startswith("exercise.")}
    if unused := spoken - table.keys():
        raise ContentError(f"{path}: there are words but no structure for {sorted(unused)}")
    return exercises


def _exercise(place: str, key: str, table: Table, english: Texts) -> Exercise:
    try:
        exercise = Exercise(
            key=key,
            kind=Kind(table["kind"]),
            seconds=0,
            eases=frozenset(map(Emotion, table["eases"])),
            arousal=float(table["arousal"]),
            times=frozenset(map(Daypart, table["times"])),
            avoid=frozenset(map(_condition, table["avoid"])),
            source=str(table["source"]),
            steps=tuple(_steps(table["steps"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ContentError(f"{place}: {error!r}") from error
    if not (exercise.eases and exercise.source and -1 <= exercise.arousal <= 1):
        raise ContentError(f"{place}: eases, source and an arousal in -1 … 1 are needed")
    _check_words(place, exercise, english)
    seconds = round(sum(map(_cue_seconds, exercise.guided(english))))
    if not SHORTEST <= seconds <= LONGEST:
        raise ContentError(f"{place}: takes {seconds} s, not {SHORTEST} … {LONGEST}")
    return replace(exercise, seconds=seconds)


def _condition(name: str) -> Condition:
    for conditions in (Emotion, Daypart, State):
        if name in set(conditions):
            return conditions(name)
    raise ValueError(f"{name!r} is no feeling, part of the day or state")


def _steps(rows: list[Table]) -> Iterator[Step]:
    """{say, pause}: silence after the cue; {say, lasts}: a beat; {repeat, steps}: a rhythm."""
    for row in rows:
        match row:
            case {"repeat": int(times), "steps": list(inner), **rest} if not rest:
                yield from tuple(_steps(inner)) * times
            case {"say": str(say), "pause": int() | float() as seconds, **rest} if not rest:
                yield Step(say, float(seconds))
            case {"say": str(say), "lasts": int() | float() as seconds, **rest} if not rest:
                yield Step(say, float(seconds), counted=True)
            case _:
                raise ValueError(f"{row!r} is no step")


def _cue_seconds(cue: Cue) -> float:
    speech = len(cue.text.split()) / SPEECH_RATE
    return max(speech, cue.seconds) if cue.counted else speech + cue.seconds


def _check_words(place: str, exercise: Exercise, english: Texts) -> None:
    prefix = f"exercise.{exercise.key}."
    words = {key.removeprefix(prefix) for key in english.entries if key.startswith(prefix)}
    wanted = {"title", "invitation", "caution"} | {f"steps.{step.say}" for step in exercise.steps}
    if words != wanted:
        raise ContentError(
            f"{place}: missing words {sorted(wanted - words)}, unused {sorted(words - wanted)}"
        )
    for key in wanted - {"caution"}:
        if not english(prefix + key).strip():
            raise ContentError(f"{place}: {key} is empty")


def _persona(path: Path, languages: tuple[str, ...]) -> Persona:
    table = dict(_table(path))
    wanted = {field.name for field in fields(Persona)}
    if table.keys() != wanted:
        raise ContentError(f"{path}: keys that are missing or unknown: {table.keys() ^ wanted}")
    for key, value in table.items():
        for text in value.values() if isinstance(value, dict) else _listed(value):
            if not isinstance(text, str):
                raise ContentError(f"{path}: {key} must hold texts alone")
            _fields(path, key, text)
    if unnamed := set(languages) - set(table["languages"]):
        raise ContentError(f"{path}: languages: no English name for {sorted(unnamed)}")
    if unnamed := {emotion.value for emotion in Emotion} - set(table["feelings"]):
        raise ContentError(f"{path}: feelings: no words for {sorted(unnamed)}")
    whole: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Persona(**whole)


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else (value,)


def _countries(path: Path) -> Mapping[str, Country]:
    table = _table(path)
    return MappingProxyType({code: _country(f"{path}: {code}", table[code]) for code in table})


def _country(place: str, table: Any) -> Country:
    try:
        lines = tuple(Helpline(**{**line, "how": tuple(line["how"])}) for line in table["lines"])
        country = Country(str(table["emergency"]), lines)
    except (KeyError, TypeError) as error:
        raise ContentError(f"{place}: {error!r}") from error
    for line in lines:
        known = line.serves in SERVES and line.how and set(line.how) <= WAYS
        if not (known and line.name and line.number and line.source):
            raise ContentError(f"{place}: {line.name or 'a line'} is not in order")
    return country


def _second_reading(path: Path) -> SecondReading:
    try:
        with np.load(path, allow_pickle=False) as kept:
            return SecondReading(
                readings=tuple(str(reading) for reading in kept["readings"]),
                weights=kept["weights"].astype(np.float32),
                bias=float(kept["bias"]),
                kind_weights=kept["kind_weights"].astype(np.float32),
                kind_biases=kept["kind_biases"],
                threshold=float(kept["threshold"]),
            )
    except (OSError, KeyError, ValueError) as error:
        raise ContentError(f"{path}: python -m models.second_reading makes it anew") from error


SERVES = {"everyone", "youth", "hurt"}
WAYS = {"call", "text", "chat"}
