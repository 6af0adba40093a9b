"""Milliseconds of each step of the walk, and of the emotion model alone: `make bench`.

Protocol: one fixed clip (tests/data/jfk.wav, 11 s), answered again and again by the engines that
serve on this machine, one walk at a time, over a fresh database; the first walk loads the engines
and is left out. The emotion model is timed on the clip's first 3 s, on one thread: features and
network together, and the whole recogniser around them. Danger is looked for in one ordinary
sentence and in the words of ten minutes. Nothing else should run meanwhile.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import terminal
from bot.settings import Settings
from models.emotion.recognizer import CnnLstmRecognizer
from pipeline import audio, safety
from pipeline.values import VoiceNote, Waveform
from run_bot import House, clock

SENTENCE = "I went to the shop, and then my sister called, and I did not know what to say to her. "
CLIP = Path(__file__).parent / "data" / "jfk.wav"
WARMING = 10
"""First takes of the emotion model, left out."""


async def walks(house: House, count: int) -> tuple[Mapping[str, list[float]], Mapping[str, str]]:
    """Milliseconds by step over `count` walks, and who served each."""
    data = CLIP.read_bytes()

    async def fetch() -> bytes:
        return data

    taken: dict[str, list[float]] = defaultdict(list)
    engines: Mapping[str, str] = {}
    async with house.conversation() as conversation:
        for number in range(count + 1):
            answer = await conversation.answer(VoiceNote(0, fetch, clock()))
            engines = answer.engines
            for step, milliseconds in answer.timings_ms.items() if number else ():
                taken[step].append(milliseconds)
    return taken, engines


async def feelings(house: House, count: int) -> list[float]:
    """Milliseconds of the whole recogniser on 3 s of speech."""
    waveform = three_seconds()
    taken = []
    for _ in range(count + WARMING):
        started = time.perf_counter()
        await house.recognizer.recognize(waveform, None)
        taken.append((time.perf_counter() - started) * 1000)
    return taken[WARMING:]


def hearing(count: int) -> list[float]:
    """Milliseconds of features and network on 3 s of speech."""
    samples, recognizer = three_seconds().samples, CnnLstmRecognizer()
    taken = []
    for _ in range(count + WARMING):
        started = time.perf_counter()
        recognizer.hear(samples, None)
        taken.append((time.perf_counter() - started) * 1000)
    return taken[WARMING:]


def three_seconds() -> Waveform:
    whole = audio.decode(CLIP.read_bytes())
    return Waveform(whole.samples[: 3 * whole.rate], whole.rate)


def dangers(house: House, words: str, count: int) -> list[float]:
    """Milliseconds of looking for danger in some words, wordings and second reading."""
    content = house.content
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        safety.find_danger(words, "en", content.lexicons, content.second_reading)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def row(step: str, taken: Sequence[float], engine: str = "") -> tuple[str, str, str, str]:
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    return step, f"{statistics.median(taken):.1f}", f"{p95:.1f}", engine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walks", type=int, default=20, help="walks to time (default 20)")
    count = parser.parse_args().walks
    with tempfile.TemporaryDirectory() as folder:
        house = House(Settings(database=Path(folder) / "bench.db"))
        taken, engines = asyncio.run(walks(house, count))
        alone = asyncio.run(feelings(house, 200))
    rows = [row(step, times, engines.get(step, "")) for step, times in taken.items()]
    rows.append(row("features and network, 3 s", hearing(200), house.recognizer.engine))
    rows.append(row("feel, 3 s alone", alone, house.recognizer.engine))
    rows.append(row("danger, a sentence", dangers(house, SENTENCE, 200)))
    rows.append(row("danger, ten minutes", dangers(house, 100 * SENTENCE, 20)))
    print(f"{count} walks over {CLIP.name}, milliseconds\n")
    print(terminal.table(("step", "P50", "P95", "engine"), rows))


if __name__ == "__main__":
    main()
