"""The map of the house, drawn from each file's own charter: `make map` writes docs/house.md."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "house.md"
ROOMS = {
    "pipeline": "the walk of a note, and the pure decisions on its way",
    "models": "everything learned or synthesised: one file a port, its engines and their fallbacks",
    "models/emotion": "the bot's ear: features, network, training, evaluation, weights",
    "models/emotion/studies": "what the report sets beside the network, figures and all",
    "models/emotion/synthetic": "voices put into other feelings, and whether it helps",
    "storage": "what is remembered, in one SQLite file",
    "bot": "the chat: updates in, replies out, what the owner sets",
    "bot/local": "the Bot API on loopback: the same bot without Telegram",
}


def draw() -> str:
    """The page: every room, every file in it, and the first sentence of its charter."""
    lines = ["# The house, file by file", "", "Drawn by `make map` from the files themselves.", ""]
    lines += ["`run_bot.py`: " + charter(ROOT / "run_bot.py"), ""]
    for room, purpose in ROOMS.items():
        lines += [f"## {room}/", "", f"{purpose[0].upper()}{purpose[1:]}.", ""]
        lines += ["| file | what it is |", "| --- | --- |"]
        files = sorted((ROOT / room).glob("*.py"))
        lines += [f"| `{file.name}` | {charter(file)} |" for file in files if charter(file)]
        lines.append("")
    return "\n".join(lines)


def charter(file: Path) -> str:
    """The first sentence of a file's docstring; empty for a package that says nothing."""
    whole = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(whole.partition("\n\n")[0].split())
    sentence, end, _ = first.partition(". ")
    return (sentence + end.strip()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
