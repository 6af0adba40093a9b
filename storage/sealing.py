"""Words at rest under the owner's key, sealed and opened inside SQLite as seal() and unseal().

What is sealed: what was typed, said and answered, and summaries of it. Feelings, times, names and
choices are not; without a key the two functions hand words through. Fernet (AES-128-CBC and
HMAC-SHA256) does the work. Several keys may be given: the first seals, all of them open.
"""

import aiosqlite
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from pipeline.errors import StoreError

WORDS = ("notes", "turns", "summaries")
"""Tables whose column `words` is sealed."""
_MARK = "\x01sealed:"
"""Before sealed words; no plain ones begin with its first character."""
_PROOF = b"EchoMind"

_NO_KEY = "ECHOMIND_WORDS_KEY is no key; `python run_bot.py key` makes one"
_LOST = (
    "its words are encrypted: set ECHOMIND_WORDS_KEY to the key they were written with. Without "
    "that key nobody can read them; then move the file aside to begin anew"
)
_OTHER = (
    "its words are encrypted with another key than the one in ECHOMIND_WORDS_KEY: set it to the "
    "key they were written with, or to the new one, a comma and the old one"
)


class Seal:
    """Closes and opens words."""

    def __init__(self, keys: str | None = None) -> None:
        """`keys` as Fernet makes them, with commas between; StoreError where one is none."""
        try:
            fernets = [Fernet(key) for key in (keys or "").replace(",", " ").split()]
        except ValueError:
            raise StoreError(_NO_KEY) from None
        self._newest = fernets[0] if fernets else None
        self._all = MultiFernet(fernets) if fernets else None

    @property
    def has_key(self) -> bool:
        return self._newest is not None

    def close(self, words: str | None) -> str | None:
        """The words as they are kept."""
        if words is None:
            return None
        plain = words.lstrip(_MARK[0])
        if self._newest is None:
            return plain
        return _MARK + self._newest.encrypt(plain.encode()).decode("ascii")

    def open(self, kept: str | None) -> str | None:
        """The words again; plain ones, from before there was a key, as they are."""
        if kept is None or not kept.startswith(_MARK):
            return kept
        if self._all is None:
            raise StoreError(_LOST)
        return self._all.decrypt(kept.removeprefix(_MARK)).decode()

    def proof(self) -> str:
        """Something sealed, by which the key is known again."""
        assert self._newest is not None
        return self._newest.encrypt(_PROOF).decode("ascii")

    def knows(self, proof: str) -> bool:
        """Whether one of the keys sealed it."""
        return self._all is not None and _opens(self._all, proof)

    def is_newest(self, proof: str) -> bool:
        """Whether the first key sealed it."""
        return self._newest is not None and _opens(self._newest, proof)


PLAIN = Seal()
"""No key: words lie in the file as they are."""


def _opens(key: Fernet | MultiFernet, proof: str) -> bool:
    try:
        return key.decrypt(proof) == _PROOF
    except InvalidToken:
        return False


async def install(connection: aiosqlite.Connection, seal: Seal) -> None:
    """Give this connection the functions that the queries use."""
    await connection.create_function("seal", 1, seal.close)
    await connection.create_function("unseal", 1, seal.open)


async def settle(connection: aiosqlite.Connection, seal: Seal) -> bool:
    """Bring all words under the newest key; whether plain or older ones may still lie in the file.

    Raises StoreError where the key is missing or is not the one. Call `settled` once the file was
    rebuilt; until then every start says so again.
    """
    await connection.execute("BEGIN IMMEDIATE")
    found = list(await connection.execute_fetchall("SELECT proof, rebuilt FROM seal"))
    if found and not seal.knows(found[0]["proof"]):
        raise StoreError(_OTHER if seal.has_key else _LOST)
    if seal.has_key:
        known = bool(found) and seal.is_newest(found[0]["proof"])
        if await _seal_all(connection, plain_alone=known) or not known:
            await connection.execute("REPLACE INTO seal VALUES (1, ?, 0)", (seal.proof(),))
    rows = await connection.execute_fetchall("SELECT 1 FROM seal WHERE NOT rebuilt")
    await connection.execute("COMMIT")
    return bool(list(rows))


async def settled(connection: aiosqlite.Connection) -> None:
    """Nothing older lies in the file any more."""
    await connection.execute("UPDATE seal SET rebuilt = 1")


async def _seal_all(connection: aiosqlite.Connection, plain_alone: bool) -> int:
    """Seal what is plain or, where the key is new, everything; how many rows."""
    which = f"substr(words, 1, 1) <> char({ord(_MARK[0])})" if plain_alone else "words IS NOT NULL"
    sealed = 0
    for table in WORDS:
        cursor = await connection.execute(
            f"UPDATE {table} SET words = seal(unseal(words)) WHERE {which}"
        )
        sealed += cursor.rowcount
    return sealed
