"""A bot that is killed in the middle of a note answers it after the next start, on a real store."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.app import Parts, build
from bot.local.server import LocalServer
from bot.serving import serve
from bot.settings import Settings
from pipeline.conversation import Conversation, World
from pipeline.listening import Listeners
from pipeline.speaking import Narrator
from storage.sqlite import SqliteStore
from tests.chatting import NOTE, words
from tests.fakes import FakeCompanion, FakeRecognizer, FakeSpeaker, FakeTranscriber

TOKEN = "7000000007:loopback"


async def run(server: str, database: Path, hangs: bool) -> None:
    """The bot until it is stopped or killed; `server` is the Bot API's address."""
    transcriber = FakeTranscriber("work was hard")
    transcriber.seconds = 600.0 if hangs else 0.0
    async with SqliteStore.open(database, lambda: datetime.now(UTC)) as store:
        world = World(
            listeners=Listeners(transcriber, FakeRecognizer()),
            companion=FakeCompanion(),
            narrator=Narrator(FakeSpeaker()),
            store=store,
            people=store,
            content=words(),
            clock=lambda: datetime.now(UTC),
        )
        settings = Settings(_env_file=None, telegram_token=TOKEN, telegram_base_url=server)
        parts = Parts(Conversation(world), words(), store, FakeSpeaker())
        await serve(build(settings, parts), settings, asyncio.Event())


async def test_a_note_survives_the_bots_sudden_death(tmp_path: Path) -> None:
    database = tmp_path / "echomind.db"
    async with LocalServer(token=TOKEN) as server:
        ada = server.chat()
        address = f"http://127.0.0.1:{server.port}"
        command = [sys.executable, "-m", "tests.test_bot_kill", address, str(database)]
        doomed = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[1])
        sent = [await ada.send_voice(NOTE), await ada.send_text("and this")]
        await server.called("download", within=30)
        await ada.until(lambda: ada.actions)
        doomed.kill()
        await doomed.wait()
        reborn = asyncio.create_task(run(address, database, hangs=False))
        answers = [await ada.wait_for("voice", within=20) for _ in sent]
        reborn.cancel()
        await asyncio.gather(reborn, return_exceptions=True)
    assert [answer.reply_to for answer in answers] == sent


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), hangs=True))
