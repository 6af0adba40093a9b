"""The files that users and the bot have sent, held in memory by their file_id."""

import hashlib
from dataclasses import dataclass

DOWNLOAD_LIMIT = 20 * 2**20
"""Bytes; a bot can fetch no larger file."""

_FOLDERS = {
    "voice": ("voice", "oga"),
    "audio": ("music", "mp3"),
    "video_note": ("video_notes", "mp4"),
    "photo": ("photos", "jpg"),
    "sticker": ("stickers", "webp"),
}


@dataclass(frozen=True, slots=True, eq=False)
class StoredFile:
    """One file as Telegram keeps it."""

    file_id: str
    unique_id: str
    kind: str
    path: str
    """Where the bot fetches it, below the file address."""
    data: bytes
    size: int
    """Bytes; as told to the bot."""
    described: dict[str, object]
    """What its JSON says beside ids and size: `duration`, `mime_type`, `file_name` …"""

    def as_json(self) -> dict[str, object]:
        """The Bot API's object for this kind of file."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
            **self.described,
        }


class Files:
    """Every file by id and by path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def keep(
        self, kind: str, data: bytes, described: dict[str, object], size: int | None = None
    ) -> StoredFile:
        """Store bytes under a new file_id; `size` pretends another size than they have."""
        number = len(self._by_id)
        folder, extension = _FOLDERS.get(kind, ("documents", "bin"))
        digest = hashlib.sha256(data).hexdigest()
        stored = StoredFile(
            file_id=f"AwACAgIAAx{kind}{number:06d}{digest[:24]}",
            unique_id=f"AgAD{digest[:12]}",
            kind=kind,
            path=f"{folder}/file_{number}.{extension}",
            data=data,
            size=len(data) if size is None else size,
            described=described,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)
