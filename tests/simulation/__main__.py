"""`make simulate`: every policy in every world, written to docs/recommender.md and its picture."""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from pipeline import recommender
from pipeline.content import Content, load
from pipeline.values import Emotion, History, Mood, Rating
from tests.simulation.policies import POLICIES
from tests.simulation.report import Floats, Result, comparison, draw, table
from tests.simulation.trial import live
from tests.simulation.users import START, Society, World, make

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SEEDS = range(5)
FEWER = range(4)
"""Seeds of the other worlds."""
PLAIN = World(users=80)
SMALL = World(users=40, notes=20, days=30)
OTHERS = {
    "as above, with 40 users who stay half as long": SMALL,
    "the sources mislead (nothing helps more where it is meant to)": replace(SMALL, meant=0.0),
    "no groups: every taste is its own": replace(SMALL, group_taste=0.0, own_taste=0.9),
    "two groups, far apart": replace(SMALL, groups=2, group_taste=1.2),
    "all alike: no tastes at all": replace(SMALL, group_taste=0.0, own_taste=0.0),
    "ratings are rare (1 in 4) and careless (1 in 5 slips)": replace(SMALL, rated=0.25, slips=0.2),
    "a handful: 8 users": replace(SMALL, users=8),
}


def try_all(content: Content, world: World, seeds: range) -> Mapping[str, Result]:
    """Every policy in the same societies."""
    texts = content.texts("en")
    helped: dict[str, list[Floats]] = {name: [] for name in POLICIES}
    newcomers: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in seeds:
        society = make(world, content.exercises, seed)
        for name, policy in POLICIES.items():
            by_note, first = _arrange(society, live(society, policy, texts))
            helped[name].append(by_note)
            newcomers[name].append(first)
    return {name: Result(np.array(helped[name]), np.array(newcomers[name])) for name in POLICIES}


def _arrange(society: Society, chances: Floats) -> tuple[Floats, float]:
    """Means by how many notes the user wrote; and of the first five of late joiners."""
    nth = np.array([visit.nth for visit in society.visits])
    by_note = np.bincount(nth, chances) / np.bincount(nth)
    late = START + timedelta(days=society.world.days * 2 / 3)
    joined = {visit.user: visit.at for visit in reversed(society.visits)}
    new = [visit.nth < 5 and joined[visit.user] > late for visit in society.visits]
    return by_note, float(chances[np.array(new)].mean())


def speed(content: Content) -> Mapping[int, float]:
    """Number of ratings in the history → processor milliseconds of one suggestion, best of five."""
    now, chance = datetime(2026, 3, 1, 18, tzinfo=UTC), np.random.default_rng(0)
    exercises = content.exercises
    mood = Mood(now=Emotion.SAD.affect, emotion=Emotion.SAD, certainty=0.7)
    taken = {}
    for size in (0, 2_500, 100_000):
        drawn = chance.integers([5000, len(exercises), 2, len(Emotion)], size=(size, 4)).tolist()
        ratings = tuple(
            Rating(user, exercises[item].key, bool(helped), tuple(Emotion)[felt], now)
            for user, item, helped, felt in drawn
        )
        occasion = recommender.Occasion(now, 0, content.texts("en"), seed=1, asked=True)
        times = []
        for _ in range(5):
            start = time.process_time()
            recommender.suggest(exercises, mood, History(ratings=ratings), occasion)
            times.append(1000 * (time.process_time() - start))
        taken[size] = min(times)
    return taken


def main() -> None:
    began = time.monotonic()
    content = load(ROOT / "prompts")
    results = try_all(content, PLAIN, SEEDS)
    worlds = {name: try_all(content, world, FEWER) for name, world in OTHERS.items()}
    DOCS.mkdir(exist_ok=True)
    draw(results, DOCS / "recommender.svg")
    words = (Path(__file__).parent / "recommender.md").read_text(encoding="utf-8")
    written = words.format(
        world=PLAIN,
        seeds=len(SEEDS),
        fewer=len(FEWER),
        exercises=len(content.exercises),
        table=table(results),
        comparison=comparison(worlds),
        speed="\n".join(f"| {size:,} | {taken:.1f} ms |" for size, taken in speed(content).items()),
    )
    (DOCS / "recommender.md").write_text(written, encoding="utf-8")
    sys.stdout.write(f"{written}\n{time.monotonic() - began:.0f} s; written to {DOCS}\n")


if __name__ == "__main__":
    main()
