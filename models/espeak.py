"""espeak-ng through ctypes: text in, sound out, in the library that espeakng-loader ships.

A binding and no more; `speech.py` makes a Speaker of it. The library holds one global voice, so
one lock guards it, and a call blocks: run it in a thread. espeak-ng is under the GPL-3, which is
why nothing else in the house depends on it.
"""

import ctypes
import os
import threading
from dataclasses import dataclass
from functools import cache

import espeakng_loader
import numpy as np

from pipeline.errors import EngineError
from pipeline.values import Waveform

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound goes to the callback, in the caller's thread
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: a missing voice folder must not end the process
_UTF8 = 1  # espeakCHARS_UTF8: plain text, neither SSML nor phonemes are looked for in it
_OK = 0
_LONGEST_PATH = 140
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True, slots=True)
class Voicing:
    """How espeak-ng is to speak, in its own units."""

    voice: str
    """As `espeak-ng --voices` lists them, with `+variant` if wanted: `en-us+f3`."""
    rate: int = 160
    """Words a minute, 80 … 450."""
    volume: int = 100
    """Percent of its usual amplitude, 0 … 200."""
    pitch: int = 50
    """0 … 100."""
    range: int = 50
    """How much the pitch moves: 0 is monotone, 100 lively."""


_lock = threading.Lock()


def espeak() -> "Espeak":
    """The one espeak-ng of this process. Raises EngineError where it does not start."""
    with _lock:
        return _started()


@cache
def _started() -> "Espeak":
    return Espeak()


class Espeak:
    """The loaded library: global to the process, and stuck if it is started twice."""

    def __init__(self) -> None:
        """Raises EngineError where the library or its data are not there."""
        try:
            self._library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = _short(espeakng_loader.get_data_path()).encode()
        except (OSError, RuntimeError) as error:
            raise EngineError("espeak-ng's library or its data cannot be found") from error
        self._declare()
        self._collected: list[bytes] = []
        self._keep = _Callback(self._collect)  # the library keeps a bare pointer to it
        self._hertz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self._hertz <= 0:
            raise EngineError("espeak-ng does not start with its data")
        self._library.espeak_SetSynthCallback(self._keep)

    def speak(self, text: str, voicing: Voicing) -> Waveform:
        """The text as sound, mono, at the library's own rate (22,050 Hz). Raises EngineError."""
        plain = text.replace("\0", " ").encode()
        with _lock:
            if self._library.espeak_SetVoiceByName(voicing.voice.encode()) != _OK:
                raise EngineError(f"espeak-ng has no voice {voicing.voice}")
            self._set(voicing)
            self._collected.clear()
            failed = self._library.espeak_Synth(
                plain, len(plain) + 1, 0, 1, 0, _UTF8, None, None
            ) or (self._library.espeak_Synchronize())
            pcm = b"".join(self._collected)
            self._collected.clear()
        if failed != _OK or not pcm:
            raise EngineError("espeak-ng made no sound")
        return Waveform(np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0, self._hertz)

    def _set(self, voicing: Voicing) -> None:
        values = {
            _RATE: min(max(voicing.rate, 80), 450),
            _VOLUME: min(max(voicing.volume, 0), 200),
            _PITCH: min(max(voicing.pitch, 0), 100),
            _RANGE: min(max(voicing.range, 0), 100),
        }
        for parameter, value in values.items():
            self._library.espeak_SetParameter(parameter, value, 0)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: object) -> int:
        """Called by the library with a piece of sound; 0 asks for more."""
        if count > 0 and samples:
            self._collected.append(ctypes.string_at(samples, count * 2))
        return 0

    def _declare(self) -> None:
        """Sizes matter: without them a 64-bit pointer is cut to an int."""
        size, text = ctypes.c_size_t, ctypes.c_char_p
        self._library.espeak_SetVoiceByName.argtypes = [text]
        self._library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, text, ctypes.c_int]
        self._library.espeak_SetSynthCallback.argtypes = [_Callback]
        self._library.espeak_SetSynthCallback.restype = None
        self._library.espeak_Synth.argtypes = [
            *(text, size, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
            *(ctypes.POINTER(ctypes.c_uint), ctypes.c_void_p),
        ]


def _short(folder: str) -> str:
    """Another name of the folder where its own is too long: espeak-ng has 160 bytes for it."""
    if len(folder.encode()) < _LONGEST_PATH:
        return folder
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}"  # open for as long as the library is
