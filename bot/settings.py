"""What the owner sets: `ECHOMIND_…` in the environment or in `.env`, checked at start."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from secrets import token_bytes
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.values import Keeping

_PREFIX = "ECHOMIND_"
_KEY_BYTES = 32
_HERE = (None, "127.0.0.1", "localhost", "::1", "0.0.0.0")
"""Ollama's own variable may name the address it listens on."""

Users = Annotated[frozenset[int], NoDecode]
"""Telegram user ids, written with commas or spaces between them."""


class Settings(BaseSettings):
    """Every setting, its default and its bounds; `.env.example` tells them to the owner."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    telegram_token: SecretStr | None = None
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_base_file_url: str | None = None
    webhook_url: str | None = None
    webhook_listen: str = "127.0.0.1"
    webhook_port: int = Field(8443, ge=1, le=65535)
    webhook_secret: SecretStr | None = None

    database: Path = Path("data/echomind.db")
    words_key: SecretStr | None = None
    """Encrypts words in the database; with a comma and the one before, a new key takes over."""
    words_days: int | None = Field(None, ge=1, le=36500)
    """The longest that words are kept; None sets no limit."""
    feelings_days: int | None = Field(None, ge=1, le=36500)
    """The longest that feelings are kept; None sets no limit."""
    whisper_model: str | None = None
    whisper_device: Literal["auto", "cpu", "cuda"] = "auto"
    emotion_device: Literal["cpu", "cuda"] = "cpu"
    ollama_host: str = Field(
        "http://127.0.0.1:11434",
        validation_alias=AliasChoices("ECHOMIND_OLLAMA_HOST", "OLLAMA_HOST"),
    )
    ollama_model: str = "llama3.2:3b"
    model_near: bool | None = None
    """Whether it is on this machine, where its address does not tell."""
    online_voice: bool = True
    """Whether edge-tts may be asked, which sends the reply's text out of the house."""
    voice: str | None = None
    piper_voice: Path | None = None
    spotify_id: str | None = None
    spotify_secret: SecretStr | None = None
    """With its id: tracks for /music; without them it links to a search."""

    allowed_users: Users = frozenset()
    owners: Users = frozenset()
    daily_quota: float = Field(0, ge=0, le=86_400)
    """Seconds of a user's voice that are listened to within a day; 0 sets no limit."""
    longest_note: float = Field(10, gt=0, le=60)
    """Minutes."""
    sureness: float = Field(0.5, ge=0, le=1)
    """The confidence under which a feeling is asked about rather than told."""
    words_feeling: Literal["off", "text", "both"] = "text"
    """Whether words say of a feeling: never, typed ones alone, or beside a voice as well."""
    health_port: int | None = Field(None, ge=1, le=65535)
    """Where a supervisor on this machine may ask how the bot is."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _ours(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Leave out what other programs keep in the same .env; a misspelt name of ours stays."""
        return {
            name: value
            for name, value in values.items()
            if name in cls.model_fields or name.lower().startswith(("echomind_", "ollama_host"))
        }

    @field_validator("allowed_users", "owners", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return value.replace(",", " ").split()

    @field_validator("words_key")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        for key in value.get_secret_value().replace(",", " ").split() if value else ():
            if not _is_key(key):
                raise ValueError("is no key; `python run_bot.py key` makes one")
        return value

    @field_validator("telegram_base_url", "telegram_base_file_url", "webhook_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("ECHOMIND_WEBHOOK_SECRET is needed with ECHOMIND_WEBHOOK_URL")
        if (self.spotify_id is None) is not (self.spotify_secret is None):
            raise ValueError("ECHOMIND_SPOTIFY_ID and ECHOMIND_SPOTIFY_SECRET need one another")
        return self

    @property
    def keeping(self) -> Keeping:
        return Keeping(self.words_days, self.feelings_days)

    @property
    def model_is_near(self) -> bool:
        """Whether the language model is asked on this machine, so that no conversation leaves."""
        if self.model_near is not None:
            return self.model_near
        host = self.ollama_host
        return urlsplit(host if "//" in host else f"//{host}").hostname in _HERE

    @property
    def bot_api(self) -> tuple[str, str]:
        """Where methods are called and files are fetched, each up to the token.

        The address of a server alone is enough: both paths follow Telegram's own.
        """
        server = self.telegram_base_url.rstrip("/").removesuffix("/bot")
        files = self.telegram_base_file_url or f"{server}/file/bot"
        return f"{server}/bot", f"{files.rstrip('/').removesuffix('/file/bot')}/file/bot"


def complaints(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a plain line each, by the names that the owner wrote."""
    told = []
    for problem in error.errors():
        name = "_".join(str(part) for part in problem["loc"]).upper().removeprefix(_PREFIX)
        if problem["type"] == "extra_forbidden":
            told.append(_no_setting(name))
        else:
            said = problem["msg"].removeprefix("Value error, ")
            told.append(f"{_PREFIX}{name}: {said}" if name else said)
    return told


def misspelt(environment: Iterable[str]) -> list[str]:
    """Names in the environment that look like settings and are none, a plain line each.

    Unlike those in .env they do not stop the bot: they may be somebody else's.
    """
    named = (name.removeprefix(_PREFIX) for name in environment if name.startswith(_PREFIX))
    unknown = (name for name in named if name.lower() not in Settings.model_fields)
    return [_no_setting(name) for name in sorted(unknown) if not name.startswith("TEST_")]


def _no_setting(name: str) -> str:
    near = get_close_matches(name.lower(), Settings.model_fields, n=1)
    meant = f"; did you mean {_PREFIX}{near[0].upper()}?" if near else ""
    return f"{_PREFIX}{name} is no setting{meant}"


def new_key() -> str:
    """For ECHOMIND_WORDS_KEY: 32 random bytes in URL-safe base64."""
    return urlsafe_b64encode(token_bytes(_KEY_BYTES)).decode("ascii")


def _is_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text.encode("ascii"))) == _KEY_BYTES
    except ValueError:
        return False
