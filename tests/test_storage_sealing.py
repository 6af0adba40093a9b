"""Words at rest under a key: in no byte of the file, read with the key, and lost without it."""

import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StoreError
from pipeline.values import Heard, TextNote
from storage.sealing import Seal
from storage.sqlite import SqliteStore
from tests.storing import ANN, KEY, NOON, feeling, voice_note

OTHER = base64.urlsafe_b64encode(bytes(range(32))).decode()
SECRET = "zanzibar"
Trace = Callable[[], bool]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "echomind.db"


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """Whether the secret stands in any file."""
    return lambda: any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())


async def confide(path: Path, key: str | None, words: str = SECRET) -> None:
    """Words of every kind: typed and waiting, said, answered, summed up."""
    async with SqliteStore.open(path, lambda: NOON, words_key=key) as store:
        for number in range(20):
            note = await store.receive(voice_note(ANN, NOON, f"telegram:{number}"))
            await store.record(note, Heard(f"{words} {number} " * 9, "en", feeling()))
            await store.answered(note, f"You said {words}", None)
            await store.settle(note)
        await store.receive(TextNote(ANN, f"{words} typed", NOON, "telegram:typed"))
        await store.summarize(ANN, f"{words} in short", (NOON, NOON))
        await store.begin_checkins(ANN)
        await store.reached(ANN, f"How is {words}?")


async def remembered(path: Path, key: str | None) -> dict[str, list[str]]:
    """All words of Ann, by where they are read."""
    async with SqliteStore.open(path, lambda: NOON, words_key=key) as store:
        kept = await store.export(ANN)
        (waiting,) = await store.pending()
        found = await store.note(waiting.id, ANN)
        assert found is not None and found.words == waiting.words
        history = await store.record(waiting.id, Heard("", None, None))
        exported = [row["words"] for row in (*kept["turns"], *kept["notes"]) if row["words"]]
        return {
            "exported": [*exported, kept["summary"]["words"]],
            "turns": [turn.words for turn in history.turns],
            "others": [waiting.words or "", history.summary],
        }


async def test_no_word_is_in_any_byte_and_all_are_read(path: Path, trace: Trace) -> None:
    await confide(path, KEY)
    assert not trace()
    words = await remembered(path, KEY)
    assert len(words["exported"]) == 20 * 2 + 3  # a check-in, a typed note, the summary
    assert len(words["turns"]) == 40
    assert all(SECRET in said for where in words.values() for said in where)


async def test_while_it_is_open_the_log_holds_no_word_either(path: Path, trace: Trace) -> None:
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY) as store:
        note = await store.receive(TextNote(ANN, SECRET, NOON))
        await store.record(note, Heard(SECRET, "en", None))
        assert path.with_name("echomind.db-wal").stat().st_size > 0
        assert not trace()


async def test_older_plain_words_are_sealed_at_the_next_start(path: Path, trace: Trace) -> None:
    await confide(path, None)
    before = await remembered(path, None)
    assert trace()
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY):
        assert not trace()
    assert await remembered(path, KEY) == before


async def test_a_start_killed_before_the_file_was_rebuilt_is_made_good(
    path: Path, trace: Trace
) -> None:
    await confide(path, KEY)
    with closing(sqlite3.connect(path)) as raw, raw:  # as if an old page were left behind
        raw.execute("UPDATE seal SET rebuilt = 0")
        raw.execute("PRAGMA secure_delete = OFF")
        raw.execute("CREATE TABLE page (x)")
        raw.execute("INSERT INTO page VALUES (?)", (SECRET * 900,))
        raw.execute("DROP TABLE page")
    assert trace()
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY):
        assert not trace()


async def test_plain_rows_among_sealed_ones_are_read_and_sealed(path: Path, trace: Trace) -> None:
    await confide(path, KEY)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE turns SET words = ? WHERE id = 1", (f"plain {SECRET}",))
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY) as store:
        assert (await store.export(ANN))["turns"][0]["words"] == f"plain {SECRET}"
        assert not trace()


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (None, r"echomind\.db: its words are encrypted: set ECHOMIND_WORDS_KEY"),
        ("", "its words are encrypted: set ECHOMIND_WORDS_KEY"),
        (OTHER, "encrypted with another key than the one in ECHOMIND_WORDS_KEY"),
        ("letmein", r"ECHOMIND_WORDS_KEY is no key; `python run_bot\.py key` makes one"),
    ],
)
async def test_a_lost_or_wrong_key_is_told_and_harms_nothing(
    path: Path, key: str | None, told: str
) -> None:
    await confide(path, KEY)
    with pytest.raises(StoreError, match=told) as caught:
        async with SqliteStore.open(path, lambda: NOON, words_key=key):
            pass
    assert "letmein" not in str(caught.value) and OTHER not in str(caught.value)
    assert len((await remembered(path, KEY))["turns"]) == 40


async def test_a_new_key_before_the_old_one_takes_over(path: Path, trace: Trace) -> None:
    await confide(path, KEY)
    before = await remembered(path, f"{OTHER},{KEY}")
    assert await remembered(path, OTHER) == before
    with pytest.raises(StoreError, match="another key"):
        await remembered(path, KEY)
    assert not trace()


async def test_what_was_tampered_with_is_refused_without_a_word(path: Path) -> None:
    await confide(path, KEY)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE turns SET words = substr(words, 1, 60) || 'A' || substr(words, 62)")
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY) as store:
        with pytest.raises(StoreError) as caught:
            await store.export(ANN)
    assert SECRET not in str(caught.value)


async def test_a_forgotten_user_leaves_no_sealed_rows(path: Path) -> None:
    await confide(path, KEY)
    async with SqliteStore.open(path, lambda: NOON, words_key=KEY) as store:
        assert await store.forget(ANN) > 40
    with closing(sqlite3.connect(path)) as raw:
        for table in ("notes", "turns", "summaries", "feelings"):
            assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


whole = st.text(st.characters(exclude_categories=["Cs"]))


@given(whole)
def test_sealed_words_come_back(words: str) -> None:
    seal = Seal(KEY)
    kept = seal.close(words)
    assert kept is not None and seal.open(kept) == words.lstrip("\x01")


@given(whole)
def test_plain_words_are_left_alone_with_and_without_a_key(words: str) -> None:
    kept = Seal().close(words)
    assert kept == words.lstrip("\x01")
    assert Seal().open(kept) == Seal(KEY).open(kept) == kept


def test_nobody_can_type_what_passes_for_sealed() -> None:
    forged = Seal().close("\x01sealed:gAAAAA")
    assert Seal(KEY).open(forged) == "sealed:gAAAAA"
