"""Where Whisper's weights lie, and how they come here. Never reaches for the hub unasked."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import httpx
import huggingface_hub
from huggingface_hub import errors as hub

from pipeline.errors import EngineError

REPOSITORIES = {
    "tiny": "Systran/faster-whisper-tiny",
    "base": "Systran/faster-whisper-base",
    "small": "Systran/faster-whisper-small",
    "medium": "Systran/faster-whisper-medium",
    "large-v3": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}
"""Size → where the hub keeps it in CTranslate2's form."""

_FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
_HUB_SECONDS = 3.0


def known(model: str) -> bool:
    """Whether the name is a size or a hub repository; a folder is looked for on disk."""
    return model in REPOSITORIES or (model.count("/") == 1 and model[0] not in "./~")


def on_disk(model: str) -> Path | None:
    """The folder with the weights of a size, a repository or a folder's own name, if whole."""
    folder = Path(model).expanduser()
    if not folder.is_dir():
        if not known(model):
            return None
        try:
            repository = REPOSITORIES.get(model, model)
            folder = Path(
                huggingface_hub.snapshot_download(
                    repository, allow_patterns=_FILES, local_files_only=True
                )
            )
        except (hub.LocalEntryNotFoundError, ValueError):
            return None
    # Without its tokenizer faster-whisper would ask the hub for one.
    whole = all((folder / name).is_file() for name in ("model.bin", "tokenizer.json"))
    return folder if whole else None


def hub_answers() -> bool:
    """Whether the hub can be reached just now. Blocks for a few seconds at most."""
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        return False

    def ask() -> bool:
        answer = httpx.head(huggingface_hub.constants.ENDPOINT, timeout=_HUB_SECONDS)
        return answer.status_code < 500

    try:
        # Looking up a name has no time limit of its own.
        return _detached(ask).result(_HUB_SECONDS + 1.0)
    except (httpx.HTTPError, TimeoutError):
        return False


def fetch(model: str, stop: threading.Event) -> Path:
    """Bring the weights of a size here, the hub telling of its progress on standard error.

    Blocks for minutes, or until `stop`. Raises EngineError.
    """
    repository = REPOSITORIES.get(model, model)
    fetching = _detached(
        lambda: huggingface_hub.snapshot_download(repository, allow_patterns=_FILES)
    )
    while not stop.is_set():
        try:
            return Path(fetching.result(timeout=0.2))
        except TimeoutError:
            if fetching.done():
                raise EngineError("huggingface.co stopped answering") from None
        except (OSError, ValueError, hub.HTTPError) as error:  # type: ignore[attr-defined]
            raise EngineError("the weights could not be fetched from huggingface.co") from error
    raise EngineError("fetching the weights was given up")


T = TypeVar("T")


def _detached(work: Callable[[], T]) -> Future[T]:
    """Work in a thread that does not keep the process alive: Ctrl-C need not wait for the hub."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 — handed over, as an executor does
            outcome.set_exception(error)

    threading.Thread(target=run, name="hub", daemon=True).start()
    return outcome
