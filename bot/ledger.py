"""Which notes came and which were dealt with, as the bot asks for it; storage/ answers."""

from datetime import timedelta
from typing import Protocol

from pipeline.values import ReceivedNote, TextNote, VoiceNote


class Ledger(Protocol):
    """Which notes came, and which were dealt with. Every method raises StoreError."""

    async def receive(self, note: VoiceNote | TextNote) -> int: ...

    async def note(self, note: int, user: int) -> ReceivedNote | None: ...

    async def pending(self, older_than: timedelta = ...) -> tuple[ReceivedNote, ...]: ...

    async def settle(self, note: int) -> None: ...
