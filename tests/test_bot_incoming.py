"""What is written down of a note is enough to have it again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.ext import ApplicationBuilder, ExtBot

from bot.incoming import Origin, again
from pipeline.values import NoteKind, ReceivedNote, TextNote, VoiceNote

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@given(st.integers(), st.integers(0), st.text(st.characters(codec="ascii"), max_size=120))
def test_an_origin_is_read_back_as_it_was_written(chat: int, message: int, file_id: str) -> None:
    origin = Origin(chat, message, file_id)
    assert Origin.read(str(origin)) == origin


@pytest.mark.parametrize("reference", [None, "", "telegram:1:2", "telegram:a:2:x", "page:1:2:x"])
def test_what_telegram_did_not_write_is_no_origin(reference: str | None) -> None:
    assert Origin.read(reference) is None


@pytest.fixture
def bot() -> ExtBot[None]:
    return ApplicationBuilder().token("7:loopback").build().bot


def received(kind: NoteKind, reference: str | None, words: str | None = None) -> ReceivedNote:
    return ReceivedNote(1, 7, kind, NOW, NOW, reference, words)


def test_a_spoken_note_is_fetched_by_its_file(bot: ExtBot[None]) -> None:
    note = again(received(NoteKind.VOICE, "telegram:7:3:AwAC"), bot)
    assert isinstance(note, VoiceNote)
    assert (note.user, note.sent_at, note.reference) == (7, NOW, "telegram:7:3:AwAC")


def test_a_typed_note_has_its_words(bot: ExtBot[None]) -> None:
    assert again(received(NoteKind.TEXT, "telegram:7:3:", "hello"), bot) == TextNote(
        7, "hello", NOW, "telegram:7:3:"
    )


def test_what_cannot_be_had_again_is_none(bot: ExtBot[None]) -> None:
    assert again(received(NoteKind.TEXT, "telegram:7:3:"), bot) is None
    assert again(received(NoteKind.VOICE, None), bot) is None
