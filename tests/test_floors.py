"""Imports run strictly downwards, and each foreign library stays in its room."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import PAGE, draw

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = ("pipeline", "models", "storage", "bot")
PIPELINE = (
    {"values", "errors", "stopwatch", "spelling", "quoting", "second_reading"},
    {"catalogue", "containers", "languages", "phrases", "sentences"},
    {"ports"},
    {"lexicon", "music", "taste", "telling", "understanding", "wishes", "wording"},
    None,  # every other room: pure decisions that do not know one another
    {"listening", "speaking", "looking_back"},
    {"letter", "reviewed"},
)
"""The floors within `pipeline/`, lowest first, under the conversation."""
HOMES = {
    "telegram": ("bot/", "run_bot.py"),
    "torch": ("models/",),
    "sqlite3": ("storage/",),
    "aiosqlite": ("storage/",),
    "cryptography": ("storage/",),
    "faster_whisper": ("models/",),
    "ollama": ("models/",),
    "edge_tts": ("models/",),
    "onnxruntime": ("models/",),
    "pydub": ("pipeline/audio.py",),
    "matplotlib": (
        "bot/picture.py",
        "bot/spectrogram.py",
        "models/emotion/curves.py",
        "models/emotion/pictures.py",
        "models/emotion/synthetic/picture.py",
    ),
}
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*(p for room in ROOMS for p in (ROOT / room).rglob("*.py")), ROOT / "run_bot.py")
)


def floor(module: str) -> int:
    """The floor of a dotted module name; README.md draws the house."""
    room, _, name = module.partition(".")
    above = len(PIPELINE)
    if room in ("models", "storage") or name == "conversation":
        return above
    if room in ("bot", "run_bot"):
        return above + (1 if room == "bot" else 2)
    for number, names in enumerate(PIPELINE):
        if names is not None and name in names:
            return number
    return PIPELINE.index(None)


def module_of(source: str) -> str:
    return source.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(source: str) -> Iterator[str]:
    """Every imported module, `from room import file` resolved to the file."""
    for node in ast.walk(ast.parse((ROOT / source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source} imports relatively"
            module = node.module or ""
            for alias in node.names:
                inner = ROOT / module.replace(".", "/") / f"{alias.name}.py"
                yield f"{module}.{alias.name}" if inner.exists() else module


def allowed(importer: str, imported: str) -> bool:
    if imported.partition(".")[0] not in (*ROOMS, "run_bot"):
        return True
    above, below = floor(importer), floor(imported)
    if above != below:
        return above > below
    room = importer.partition(".")[0]
    return room != "pipeline" and room == imported.partition(".")[0]


@pytest.mark.parametrize("source", SOURCES)
def test_imports_run_downwards(source: str) -> None:
    importer = module_of(source)
    wrong = [name for name in imports(source) if not allowed(importer, name)]
    assert not wrong, f"{source} may not import {wrong}"


@pytest.mark.parametrize("source", SOURCES)
def test_libraries_stay_at_home(source: str) -> None:
    for name in imports(source):
        homes = HOMES.get(name.partition(".")[0])
        assert homes is None or source.startswith(homes), f"{source} may not import {name}"


@pytest.mark.parametrize("source", [path for path in SOURCES if path.endswith("__init__.py")])
def test_packages_say_nothing(source: str) -> None:
    assert not (ROOT / source).read_text(encoding="utf-8").strip()


def test_the_map_shows_the_house_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "run `make map`"


def test_the_readme_leads_the_way() -> None:
    """Every file and folder that the README names is there."""
    named = re.findall(r"`((?:bot|pipeline|models|storage|prompts|tests|docs)/[\w./]*)`", README)
    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_rule_itself_can_fail() -> None:
    assert not allowed("pipeline.mood", "pipeline.conversation")
    assert not allowed("pipeline.mood", "pipeline.recommender")
    assert not allowed("models.whisper", "storage.sqlite")
    assert not allowed("pipeline.conversation", "models.whisper")
    assert not allowed("bot.app", "run_bot")
    assert allowed("models.whisper", "models.ladder")
    assert allowed("pipeline.conversation", "pipeline.mood")
