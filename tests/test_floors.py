"""Imports run strictly downwards, and each foreign library stays in its room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("pipeline", "models", "storage", "bot")
GROUND = {"values", "errors", "catalogue", "containers", "stopwatch"}
CORRIDOR = {"listening", "speaking"}
HOMES = {
    "telegram": ("bot/", "run_bot.py"),
    "torch": ("models/",),
    "sqlite3": ("storage/",),
    "aiosqlite": ("storage/",),
    "faster_whisper": ("models/",),
    "ollama": ("models/",),
    "edge_tts": ("models/",),
    "onnxruntime": ("models/",),
    "pydub": ("pipeline/audio.py",),
}
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*(p for room in ROOMS for p in (ROOT / room).rglob("*.py")), ROOT / "run_bot.py")
)


def floor(module: str) -> int:
    """The floor of a dotted module name; see DESIGN in the README."""
    room, _, name = module.partition(".")
    if room == "run_bot":
        return 6
    if room == "bot":
        return 5
    if room in ("models", "storage") or name == "conversation":
        return 4
    if name in CORRIDOR:
        return 3
    return 1 if name in GROUND else 2


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
    same_room = importer.partition(".")[0] == imported.partition(".")[0]
    if above == below:
        return (same_room and importer.partition(".")[0] != "pipeline") or _stated_by_ports(imported)
    return above > below


def _stated_by_ports(imported: str) -> bool:
    """The ports are what the pure rooms and their users agree on."""
    return imported == "pipeline.ports"


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


def test_the_rule_itself_can_fail() -> None:
    assert not allowed("pipeline.mood", "pipeline.conversation")
    assert not allowed("pipeline.mood", "pipeline.recommender")
    assert not allowed("models.whisper", "storage.sqlite")
    assert not allowed("pipeline.conversation", "models.whisper")
    assert not allowed("bot.app", "run_bot")
    assert allowed("models.whisper", "models.ladder")
    assert allowed("pipeline.conversation", "pipeline.mood")
