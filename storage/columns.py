"""How values lie in columns: times, texts and JSON, there and back. It knows no table."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from sqlite3 import Row
from typing import Any, TypeVar

from pipeline.errors import StoreError
from pipeline.values import Emotion, Moment, Probabilities, Turn, VoiceProfile

T = TypeVar("T")


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, always of the same length, so that text sorts as time does."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be kept")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(text: str) -> datetime:
    return _read(datetime.fromisoformat, text)


def wall_clock(hour: time) -> str:
    """Hours and minutes; a zone is kept beside it, not in it."""
    return hour.isoformat(timespec="minutes")


def read_wall_clock(text: str) -> time:
    return _read(time.fromisoformat, text)


def read_day(text: str) -> date:
    return _read(date.fromisoformat, text)


def clean(words: str) -> str:
    """The words without lone surrogates, which a chat platform's JSON may hold and UTF-8 cannot."""
    return words.encode("utf-8", "replace").decode("utf-8")


def probabilities(of: Probabilities) -> str:
    return _write({emotion.value: float(p) for emotion, p in of.items()})


def read_probabilities(text: str) -> dict[Emotion, float]:
    return _read(lambda raw: _probabilities(json.loads(raw)), text)


def curve(of: tuple[Moment, ...]) -> str:
    return _write(
        [
            {
                "start": float(window.start),
                "end": float(window.end),
                "probabilities": {e.value: float(p) for e, p in window.probabilities.items()},
            }
            for window in of
        ]
    )


def read_curve(text: str) -> tuple[Moment, ...]:
    def parse(raw: str) -> tuple[Moment, ...]:
        return tuple(
            Moment(one["start"], one["end"], _probabilities(one["probabilities"]))
            for one in json.loads(raw)
        )

    return _read(parse, text)


def profile(of: VoiceProfile) -> str:
    return _write({"notes": of.notes, "mean": [float(value) for value in of.mean], "by": of.by})


def read_profile(text: str) -> VoiceProfile:
    def parse(raw: str) -> VoiceProfile:
        fields = json.loads(raw)
        return VoiceProfile(fields["notes"], tuple(fields["mean"]), fields.get("by", ""))

    return _read(parse, text)


def read_emotion(text: str | None) -> Emotion | None:
    return None if text is None else _read(Emotion, text)


def turn(row: Row) -> Turn:
    """From the columns speaker, words (open), at and telling."""
    return Turn(row["speaker"], row["words"], read_moment(row["at"]), bool(row["telling"]))


def read_json(text: str) -> Any:
    return _read(json.loads, text)


def _probabilities(raw: Mapping[str, float]) -> dict[Emotion, float]:
    return {Emotion(name): p for name, p in raw.items()}


def _write(value: Any) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise StoreError("a number that is not finite cannot be kept") from error


def _read(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # not `from error`: a parser's message may quote the column
        raise StoreError(
            f"a column does not hold what was written ({type(error).__name__})"
        ) from None
