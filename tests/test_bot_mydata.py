"""/privacy, /export and /forget through the real bot, over the real database."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from bot import mydata
from bot.local.chat import Chat
from bot.local.server import LocalServer
from bot.local.state import Message
from bot.mydata import privacy
from bot.settings import Settings
from pipeline.values import (
    Emotion,
    Entry,
    Moment,
    NoteKind,
    Person,
    Rating,
    Turn,
    VoiceProfile,
)
from storage.sqlite import SqliteStore
from tests.chatting import NOTE, Scene, words
from tests.fakes import FakeTranscriber
from tests.storing import KEY, NOON

EN = words().texts("en")
SECRET = "zanzibar"
ADA = 1001
PAGE = (Path(__file__).parents[1] / "docs" / "export.md").read_text(encoding="utf-8")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with LocalServer() as server:
        yield Scene(server)


@pytest.fixture
async def store(scene: Scene, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The database that a bot in the scene writes to; who is in it has been introduced."""
    clock = scene.store.clock
    async with SqliteStore.open(tmp_path / "echomind.db", clock) as opened:
        opened.clock = clock  # type: ignore[attr-defined]
        scene.store = opened  # type: ignore[assignment]
        scene.transcriber = FakeTranscriber(f"I dream of {SECRET}")
        await opened.keep(Person(ADA, name="Ada", introduced=True))
        yield opened


def traces(folder: Path, word: str = SECRET) -> list[str]:
    """The files in which the word stands."""
    return [file.name for file in sorted(folder.iterdir()) if word.encode() in file.read_bytes()]


async def talk(ada: Chat) -> None:
    await ada.send_voice(NOTE)
    await ada.wait_for("voice")
    await ada.send_text(f"I typed {SECRET} as well")
    await ada.wait_for("voice")
    await ada.send_text("/help")  # answered after all that belongs to the notes is done
    await ada.wait_for("text")


# /privacy


@pytest.mark.parametrize(
    ("chosen", "says", "says_not"),
    [
        ({}, {"online_voice", "words_always", "feelings_always", "open"}, {"model", "sealed"}),
        ({"spotify_id": "a", "spotify_secret": "b"}, {"music"}, {"model"}),
        ({"online_voice": False}, {"nothing_else"}, {"music"}),
        ({"words_key": KEY}, {"sealed"}, {"open"}),
        ({"online_voice": False}, {"nothing_else"}, {"online_voice", "model"}),
        ({"ollama_host": "http://10.0.0.7:11434"}, {"model"}, set()),
        ({"ollama_host": "gpu.example.org"}, {"model"}, set()),
        ({"ollama_host": "http://ollama:11434", "model_near": True}, set(), {"model"}),
        ({"ollama_host": "127.0.0.1:11434", "model_near": False}, {"model"}, set()),
        ({"ollama_host": "0.0.0.0:11434"}, set(), {"model"}),
        ({"ollama_host": "[::1]:11434"}, set(), {"model"}),
        ({"ollama_host": ":11434"}, set(), {"model"}),
    ],
)
def test_privacy_tells_what_leaves_as_it_is_set(
    chosen: dict[str, Any], says: set[str], says_not: set[str]
) -> None:
    told = privacy(Settings(_env_file=None, **chosen), Person(ADA), EN)
    for key in says | {"text", "telegram", "rights"}:
        assert EN(f"privacy.{key}") in told, key
    for key in says_not:
        assert EN(f"privacy.{key}") not in told, key


@pytest.mark.parametrize(
    ("own", "owners", "holds"), [(None, 30, 30), (7, 30, 7), (90, 30, 30), (90, None, 90)]
)
def test_privacy_tells_the_term_that_holds(own: int | None, owners: int | None, holds: int) -> None:
    settings = Settings(_env_file=None, words_days=owners, feelings_days=owners)
    told = privacy(settings, Person(ADA, words_days=own, feelings_days=own), EN)
    assert EN("privacy.words_days", days=holds) in told
    assert EN("privacy.feelings_days", days=holds) in told


async def test_privacy_fits_into_one_message(scene: Scene) -> None:
    ada = scene.chat()
    everything: dict[str, Any] = {
        "words_days": 30,
        "feelings_days": 30,
        "ollama_host": "http://10.0.0.7",
    }
    async with scene.bot(**everything):
        await ada.send_text("/privacy")
        told = (await ada.wait_for("text")).text or ""
    assert "Microsoft" in told and "another computer" in told and "after 30 days" in told


# /export


async def exported(ada: Chat) -> tuple[Message, dict[str, Any]]:
    await ada.send_text("/export")
    message = await ada.wait_for("document")
    return message, json.loads(message.data)


def told_at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def read_back(kept: dict[str, Any]) -> dict[str, list[Any]]:
    """The values of the house, from the file alone, as docs/export.md tells to read it."""
    emotions = {emotion.value: emotion for emotion in Emotion}

    def guess(raw: dict[str, float] | None) -> dict[Emotion, float] | None:
        return None if raw is None else {emotions[name]: p for name, p in raw.items()}

    person = {**kept["person"], "id": kept["user"]}
    person["checkin"] = person["checkin"] and time.fromisoformat(person["checkin"])
    profile = person["profile"]
    person["profile"] = profile and VoiceProfile(
        profile["notes"], tuple(profile["mean"]), profile["by"]
    )
    return {
        "person": [Person(**person)],
        "turns": [Turn(t["speaker"], t["words"], told_at(t["at"])) for t in kept["turns"]],
        "entries": [
            Entry(
                id=row["id"],
                at=told_at(row["at"]),
                kind=NoteKind(row["kind"]),
                probabilities=guess(row["probabilities"]),
                correction=emotions.get(row["correction"]),
                score=row["score"],
                curve=tuple(
                    Moment(m["start"], m["end"], guess(m["probabilities"]) or {})
                    for m in row["curve"]
                ),
            )
            for row in kept["feelings"]
        ],
        "ratings": [
            Rating(
                kept["user"],
                row["exercise"],
                row["helped"],
                emotions.get(row["emotion"]),
                told_at(row["at"]),
            )
            for row in kept["ratings"]
        ],
    }


async def test_an_export_reads_back_as_what_was_kept(scene: Scene, store: SqliteStore) -> None:
    ada = scene.server.chat(ADA)
    await store.keep(
        Person(ADA, name="Ada", introduced=True, zone="Europe/Vienna", checkin=time(20, 30))
    )
    rating = Rating(ADA, "box-breathing", True, Emotion.SAD, NOON)
    async with scene.bot():
        await talk(ada)
        await store.rate(rating)
        message, kept = await exported(ada)
    assert message.content["document"]["file_name"] == f"echomind-{kept['exported_at'][:10]}.json"
    assert message.content["document"]["mime_type"] == "application/json"
    back = read_back(kept)
    assert back["person"] == [await store.person(ADA)]
    assert back["ratings"] == [rating]
    assert [(turn.speaker, turn.words) for turn in back["turns"]] == [
        ("user", f"I dream of {SECRET}"),
        ("companion", "I hear you. That sounds heavy."),
        ("user", f"I typed {SECRET} as well"),
        ("companion", "I hear you. That sounds heavy."),
    ]
    (entry,) = back["entries"]
    assert max(entry.probabilities, key=entry.probabilities.get) is Emotion.SAD
    assert len(entry.curve) == 1 and entry.curve[0].end == pytest.approx(1.0, abs=9)
    assert kept["notes"][0]["seconds"] > 0


async def test_what_is_too_large_for_telegram_is_packed(
    scene: Scene, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mydata, "LARGEST", 100)
    ada = scene.server.chat(ADA)
    async with scene.bot():
        await talk(ada)
        await ada.send_text("/export")
        message = await ada.wait_for("document")
    assert message.content["document"]["file_name"].endswith(".json.gz")
    assert json.loads(gzip.decompress(message.data))["user"] == ADA


async def test_nobody_gets_what_is_not_theirs(scene: Scene, store: SqliteStore) -> None:
    ada, ben = scene.server.chat(ADA), scene.server.chat(2, "Ben")
    async with scene.bot():
        await talk(ada)
        await ben.send_text("/export")
        assert (await ben.wait_for("text")).text == EN("export.none")
        await store.keep(Person(2, introduced=True))
        _, kept = await exported(ben)
    assert kept["user"] == 2
    assert SECRET not in json.dumps(kept)


async def test_the_page_names_every_key_of_an_export(scene: Scene, store: SqliteStore) -> None:
    ada = scene.server.chat(ADA)
    async with scene.bot():
        await talk(ada)
        await store.rate(Rating(ADA, "box-breathing", True, Emotion.SAD, NOON))
        await store.summarize(ADA, "short", (NOON, NOON))
        await store.begin_checkins(ADA)
        _, kept = await exported(ada)
    named = set(re.findall(r"^\| `([a-z_]+)`", PAGE, re.MULTILINE))
    keys = set(kept) | {field.name for field in fields(Person)} - {"id"}
    for table in kept.values():
        for row in table if isinstance(table, list) else [table]:
            keys |= set(row) if isinstance(row, dict) else set()
    assert named == keys | {"by", "mean", "start", "end"}


# /forget


async def test_forget_asks_once_and_leaves_no_byte(
    scene: Scene, store: SqliteStore, tmp_path: Path
) -> None:
    ada, ben = scene.server.chat(ADA), scene.server.chat(2, "Ben")
    await store.keep(Person(2, name="timbuktu", introduced=True))
    async with scene.bot():
        await talk(ada)
        assert traces(tmp_path) != []  # the search does find it
        await ada.send_text("/forget")
        asked = await ada.wait_for("text")
        # the person; two notes with two turns each; a feeling; a suggestion or two
        rows = int(re.findall(r"\d+", asked.text or "")[0])
        assert rows >= 8
        assert asked.buttons == [EN("forget.button.yes"), EN("forget.button.no")]
        await ada.tap("forget:yes")
        await ada.until(lambda: asked.text == EN("forget.done", rows=rows))
        assert traces(tmp_path) == []
        assert asked.buttons == []
        await ada.send_text("/forget")
        assert (await ada.wait_for("text")).text == EN("forget.none")
        await ben.send_text("/help")
        await ben.wait_for("text")
    assert traces(tmp_path) == []
    assert traces(tmp_path, "timbuktu") != []
    assert await store.person(ADA) == Person(ADA)


async def test_a_no_deletes_nothing(scene: Scene, store: SqliteStore) -> None:
    ada = scene.server.chat(ADA)
    async with scene.bot():
        await talk(ada)
        before = await store.export(ADA)
        await ada.send_text("/forget")
        asked = await ada.wait_for("text")
        await ada.tap("forget:no")
        await ada.until(lambda: asked.text == EN("forget.kept"))
    after = await store.export(ADA)
    assert {**after, "exported_at": ""} == {**before, "exported_at": ""}


async def test_forgetting_waits_for_the_note_in_hand(
    scene: Scene, store: SqliteStore, tmp_path: Path
) -> None:
    """Else its words would come back after the last row went."""
    slow = FakeTranscriber(f"I dream of {SECRET}")
    slow.seconds = 0.5
    scene.transcriber = slow
    ada = scene.server.chat(ADA)
    async with scene.bot():
        await ada.send_text("/forget")
        asked = await ada.wait_for("text")
        await ada.send_voice(NOTE)
        await ada.until(lambda: slow.calls)
        await ada.tap("forget:yes")
        await ada.tap_data(asked, "forget:yes").answered()  # a second press changes nothing
        await ada.wait_for("voice")
        await ada.until(lambda: (asked.text or "").startswith("Done."))
        assert traces(tmp_path) == []
        assert (await store.export(ADA))["notes"] == []
        assert not (asked.text or "").startswith("Done. I deleted 0 ")


async def test_whoever_comes_back_is_introduced_anew(scene: Scene, store: SqliteStore) -> None:
    ada = scene.server.chat(ADA)
    async with scene.bot():
        await ada.send_text("/forget")
        asked = await ada.wait_for("text")
        await ada.tap("forget:yes")
        await ada.until(lambda: (asked.text or "").startswith("Done."))
        await ada.send_text("hello again")
        assert (await ada.wait_for("text")).text == EN("welcome.introduction")
        await ada.wait_for("voice")
