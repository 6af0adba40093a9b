"""What a test has arranged to go wrong, and the log of what the bot has asked."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.local.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot and how it was answered."""

    method: str
    """As the bot wrote it; `download` for the fetching of a file."""
    parameters: Mapping[str, str]
    uploads: Mapping[str, int]
    """Bytes of each file that came along."""
    at: datetime
    """When it was answered."""
    code: int
    """HTTP status."""
    description: str = ""
    """Of a refusal."""

    @property
    def chat(self) -> int | None:
        """The chat it was about, if it named one."""
        raw = self.parameters.get("chat_id", "")
        return int(raw) if raw.removeprefix("-").isdigit() else None


class Trouble(NamedTuple):
    """What shall happen to a call instead of its work."""

    refusal: Refusal | None = None
    """The answer; None lets the call through (late, if there is a delay)."""
    delay: float = 0.0
    """Seconds before anything is answered."""
    hang_up: bool = False
    """Cut the connection without an answer."""


@dataclass(slots=True)
class _Arranged:
    method: str
    chat: int | None
    trouble: Trouble
    left: int | None


class Script:
    """Arranged troubles in the order they were arranged, each for so many calls."""

    def __init__(self) -> None:
        self._arranged: list[_Arranged] = []

    def arrange(
        self, method: str, trouble: Trouble, chat: int | None = None, times: int | None = 1
    ) -> None:
        """For the next so many calls of a method (`*` for any), None for all from now on."""
        self._arranged.append(_Arranged(method.lower(), chat, trouble, times))

    def clear(self) -> None:
        """Nothing is arranged any more."""
        self._arranged.clear()

    def trouble_for(self, method: str, chat: int | None) -> Trouble | None:
        """The trouble that meets this call, counted as used."""
        for arranged in self._arranged:
            if arranged.method not in {"*", method.lower()}:
                continue
            if arranged.chat not in {None, chat}:
                continue
            if arranged.left is not None:
                arranged.left -= 1
                self._arranged = [each for each in self._arranged if each.left != 0]
            return arranged.trouble
        return None


class Log:
    """The latest calls, oldest first; a bounded number, so that a server can run for days."""

    def __init__(self, limit: int = 50_000) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)
        self._counts: Counter[str] = Counter()

    def add(self, call: Call) -> None:
        self._calls.append(call)
        self._counts[call.method.lower()] += 1

    def count(self, method: str) -> int:
        """How often a method was called since the server began."""
        return self._counts[method.lower()]

    def calls(self, method: str | None = None, chat: int | None = None) -> list[Call]:
        """Those of one method and about one chat, where given."""
        return [
            call
            for call in self._calls
            if (method is None or call.method.lower() == method.lower())
            and (chat is None or call.chat == chat)
        ]
