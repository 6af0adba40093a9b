"""Spotify as a Jukebox: a real track for a search, where the owner has credentials.

Needs the `[music]` extra (spotipy). It reads the public catalogue and knows no user's account; what
leaves the house is a genre and a search out of prompts/music.toml.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.ladder import Readiness
from models.worker import Worker
from pipeline.errors import Declined, EngineError
from pipeline.values import MusicSearch, Track

if TYPE_CHECKING:
    from requests import Session

log = logging.getLogger(__name__)

REQUEST_SECONDS = 4.0
"""How long Spotify may take over one request, of which a search makes up to three."""
SEARCH_SECONDS = 8.0
"""How long a search may take; somebody waits for what they tapped."""
REST = 60.0
"""Seconds for which it is left alone after it failed."""
FINDS = 10
"""The most that Spotify hands to a new application at once."""
_TRACK = "https://open.spotify.com/track/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of the owner's application at developer.spotify.com."""

    id: str
    secret: str = field(repr=False)


class Spotify:
    """Finds tracks, one search at a time; after a failure it is left alone for a while."""

    def __init__(
        self,
        credentials: Credentials,
        session: "Session | None" = None,
        seconds: float = SEARCH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`session` is the HTTP client, None spotipy's own; `clock` counts seconds."""
        self._credentials = credentials
        self._session = session
        self._seconds = seconds
        self._clock = clock
        self._rests_until = clock()
        self._client: Any = None
        self._worker = Worker("spotify", places=4)

    async def check(self) -> Readiness:
        """Whether tracks can be found, asked of Spotify itself."""

        def work(_: threading.Event) -> Any:
            return self._ask("chill", 0)

        try:
            await self._worker.run(work, self._seconds)
        except EngineError as error:
            return Readiness(False, str(error))
        return Readiness(True, "its catalogue answers")

    async def find(self, search: MusicSearch) -> Track:
        """Raises EngineError; Declined, at once, where too many wait or it failed lately."""
        if self._clock() < self._rests_until:
            raise Declined("Spotify failed lately")

        def work(stop: threading.Event) -> Track:
            return self._find(search, stop)

        try:
            return await self._worker.run(work, self._seconds)
        except Declined:
            raise
        except EngineError as error:
            self._rests_until = self._clock() + REST
            log.warning("%s; searches are linked to for %.0f s", error, REST)
            raise

    def _find(self, search: MusicSearch, stop: threading.Event) -> Track:
        """Within the genre, or else by the words alone: together they may find nothing."""
        for query in (f'{search.words} genre:"{search.genre}"', search.words):
            page, place = divmod(search.skip, FINDS)
            if tracks := self._tracks(query, page * FINDS):
                return tracks[place % len(tracks)]
            if stop.is_set():
                break
        raise Declined("Spotify found nothing")

    def _tracks(self, query: str, offset: int) -> list[Track]:
        """One page of finds. Raises EngineError."""
        match self._ask(query, offset):
            case {"tracks": {"items": [*items]}}:
                return [track for item in items if (track := _track(item)) is not None]
        raise EngineError("Spotify's answer was not understood")

    def _ask(self, query: str, offset: int) -> Any:
        """Spotify's answer as parsed JSON. Raises EngineError."""
        try:
            import requests  # noqa: PLC0415 — optional
            import spotipy  # noqa: PLC0415 — optional
        except ImportError as error:
            raise EngineError("spotipy is missing: pip install echomind[music]") from error
        try:
            self._client = self._client or self._connect()
            return self._client.search(q=query, limit=FINDS, offset=offset, type="track")
        except spotipy.SpotifyOauthError as error:
            # from None: the token request, which spotipy quotes, is nobody's business
            raise EngineError(f"Spotify rejects the credentials ({error.error})") from None
        except spotipy.SpotifyException as error:
            raise EngineError(f"Spotify answered {error.http_status}") from None
        except requests.RequestException as error:
            raise EngineError(f"Spotify cannot be reached ({type(error).__name__})") from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EngineError("Spotify's answer was not understood") from error

    def _connect(self) -> Any:
        import spotipy  # noqa: PLC0415 — optional
        from spotipy.cache_handler import MemoryCacheHandler  # noqa: PLC0415 — optional

        # at DEBUG it writes the token into the log, and its errors are told here
        logging.getLogger("spotipy").setLevel(logging.CRITICAL)
        session: Any = True if self._session is None else self._session
        manager = spotipy.SpotifyClientCredentials(
            client_id=self._credentials.id,
            client_secret=self._credentials.secret,
            requests_session=session,
            requests_timeout=REQUEST_SECONDS,
            cache_handler=MemoryCacheHandler(),  # the usual one writes a file
        )
        return spotipy.Spotify(
            auth_manager=manager,
            requests_session=session,
            requests_timeout=REQUEST_SECONDS,
            retries=0,
            status_retries=0,
        )


def _track(item: Any) -> Track | None:
    """A find that can be named and opened; None for anything else."""
    match item:
        case {
            "name": str(title),
            "artists": [{"name": str(artist)}, *_],
            "external_urls": {"spotify": str(link)},
        } if title.strip() and artist.strip() and link.startswith(_TRACK):
            return Track(title.strip(), artist.strip(), link)
    return None
