"""The last rung of the chat: a walk shown on a terminal, as text to read or as JSON to pass on."""

import json
from collections.abc import Iterable, Sequence
from textwrap import fill

from pipeline.values import Answer, Emotion, Feeling, Mood, Probabilities, Suggestion

LABEL = 12
WIDTH = 96


def answer_text(answer: Answer, voice: str | None) -> str:
    """The whole walk for a person to read; `voice` is the path written, if any."""
    heard = answer.heard
    rows = [("transcript", f"{heard.words}  [{heard.language or '?'}]")]
    if heard.feeling is not None:
        rows.append(("feeling", feeling_words(heard.feeling.probabilities)))
        if len(heard.feeling.curve) > 1:
            rows.append(("over time", _curve_words(heard.feeling)))
    if answer.mood is not None:
        rows.append(("mood", mood_words(answer.mood)))
    if answer.suggestion is not None:
        rows.append(("suggestion", _suggestion_words(answer.suggestion)))
    if answer.crisis:
        rows.append(("help card", "words of danger: the fixed, reviewed answer"))
    rows.append(("reply", answer.reply.text))
    if voice is not None:
        rows.append(("voice", f"{voice}  ({answer.reply.seconds:.1f} s, Ogg/Opus)"))
    return "\n".join([*(_row(label, text) for label, text in rows), "", _steps(answer)])


def answer_json(answer: Answer, voice: str | None) -> str:
    """The same as one JSON object on one line."""
    feeling = answer.heard.feeling
    return _json(
        {
            "transcript": answer.heard.words,
            "language": answer.heard.language,
            "emotion": feeling and feeling.emotion,
            "confidence": feeling and round(feeling.confidence, 4),
            "probabilities": feeling and _rounded(feeling.probabilities),
            "mood": answer.mood and _mood(answer.mood),
            "suggestion": answer.suggestion and _suggestion(answer.suggestion),
            "reply": answer.reply.text,
            "crisis": answer.crisis,
            "engines": dict(answer.engines),
            "timings_ms": dict(answer.timings_ms),
            "voice": voice,
        }
    )


def feeling_text(file: str, feeling: Feeling, milliseconds: float) -> str:
    """One line for one file."""
    words = feeling_words(feeling.probabilities)
    return f"{file}  {feeling.emotion}  {words}  ({milliseconds:.1f} ms)"


def feeling_json(file: str, feeling: Feeling, milliseconds: float) -> str:
    """One JSON object for one file."""
    return _json(
        {
            "file": file,
            "emotion": feeling.emotion,
            "confidence": round(feeling.confidence, 4),
            "probabilities": _rounded(feeling.probabilities),
            "milliseconds": round(milliseconds, 2),
        }
    )


def feeling_words(probabilities: Probabilities) -> str:
    """Every feeling with its probability, likeliest first."""
    ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{emotion} {probability:.0%}" for emotion, probability in ranked)


def mood_words(mood: Mood) -> str:
    """The mood and what it rests on, in one line."""
    parts = [
        f"{mood.emotion} (certainty {mood.certainty:.0%}), "
        f"valence {mood.now.valence:+.2f}, arousal {mood.now.arousal:+.2f}"
    ]
    if mood.usual is not None:
        parts.append(f"usual {mood.usual.valence:+.2f}, {mood.usual.arousal:+.2f}")
        parts.append(f"trend {mood.trend:+.2f} a day")
    if mood.shifted:
        parts.append("a sudden shift")
    if mood.low_days:
        parts.append(f"low for {mood.low_days} day{'s' if mood.low_days > 1 else ''}")
    if mood.turned is not None:
        parts.append(f"turned from {mood.turned[0]} to {mood.turned[1]}")
    return "; ".join(parts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they must be, the last as long as it likes."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    )


def _row(label: str, text: str) -> str:
    indent = " " * LABEL
    return fill(text, WIDTH, initial_indent=label.ljust(LABEL), subsequent_indent=indent)


def _steps(answer: Answer) -> str:
    rows = (
        (step, f"{milliseconds:.0f}", answer.engines.get(step, ""))
        for step, milliseconds in answer.timings_ms.items()
    )
    return table(("step", "ms", "engine"), rows)


def _curve_words(feeling: Feeling) -> str:
    likeliest = (
        (moment, max(moment.probabilities, key=moment.probabilities.__getitem__))
        for moment in feeling.curve
    )
    return ", ".join(f"{moment.start:.0f} s {emotion}" for moment, emotion in likeliest)


def _suggestion_words(suggestion: Suggestion) -> str:
    reason = f" {suggestion.reason}" if suggestion.reason else ""
    return f"{suggestion.title} ({suggestion.seconds} s).{reason}"


def _mood(mood: Mood) -> dict[str, object]:
    return {
        "emotion": mood.emotion,
        "certainty": round(mood.certainty, 4),
        "now": {"valence": round(mood.now.valence, 4), "arousal": round(mood.now.arousal, 4)},
        "usual": mood.usual
        and {"valence": round(mood.usual.valence, 4), "arousal": round(mood.usual.arousal, 4)},
        "trend": round(mood.trend, 4),
        "shifted": mood.shifted,
        "low_days": mood.low_days,
        "turned": mood.turned and list(mood.turned),
    }


def _suggestion(suggestion: Suggestion) -> dict[str, object]:
    return {
        "key": suggestion.key,
        "title": suggestion.title,
        "invitation": suggestion.invitation,
        "seconds": suggestion.seconds,
        "reason": suggestion.reason,
    }


def _rounded(probabilities: Probabilities) -> dict[str, float]:
    return {emotion.value: round(probabilities.get(emotion, 0.0), 4) for emotion in Emotion}


def _json(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False)
