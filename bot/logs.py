"""What may stand in the log: ids, sizes and milliseconds. No words of a user, and no token."""

import logging
from pathlib import Path
from traceback import extract_tb

_LOUDEST = {
    "httpx": logging.WARNING,  # its INFO is every address, and the token is part of each
    "httpcore": logging.WARNING,
    "apscheduler": logging.WARNING,  # its INFO is every look at the clock
    "telegram": logging.INFO,  # its DEBUG is every message
    "faster_whisper": logging.WARNING,  # its INFO is three lines a note
}
_FRAMES = 6


def keep_discreet() -> None:
    """Hold down the libraries that would log a token or a message, whatever the root's level."""
    for name, level in _LOUDEST.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(level, logger.level))


def outline(error: BaseException) -> str:
    """What kind of error arose, where, and from what; its message might quote a user."""
    kinds = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{' from '.join(kinds)} at {places}"
