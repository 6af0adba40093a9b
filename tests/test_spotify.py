"""The Jukebox over real spotipy and a Spotify that is played by an HTTP transport."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from models.music import REST, Credentials, Spotify
from pipeline.errors import Declined, EngineError
from pipeline.values import MusicSearch, Track

requests = pytest.importorskip("requests")
pytest.importorskip("spotipy", reason="the [music] extra is not installed")

Adapter: Any = requests.adapters.BaseAdapter
SLOW_BLUES = MusicSearch("blues", "slow blues")
CREDENTIALS = Credentials("an id", "a deep secret")


def find(number: int, **other: Any) -> dict[str, Any]:
    return {
        "name": f"Song {number}",
        "artists": [{"name": "A Band"}, {"name": "A Guest"}],
        "external_urls": {"spotify": f"https://open.spotify.com/track/{number}"},
        **other,
    }


class Stage(Adapter):  # type: ignore[misc]  # requests has no types
    """Plays Spotify: a token, then `finds` for each query; `trouble` is raised or answered."""

    def __init__(self) -> None:
        super().__init__()
        self.finds: Callable[[str], list[Any]] = lambda _: [find(n) for n in range(10)]
        self.token: Any = {"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}
        self.trouble: Callable[[str], tuple[int, Any]] | None = None
        self.asked: list[dict[str, list[str]]] = []
        self.tokens = 0
        self.timeouts: list[Any] = []

    def send(self, request: Any, timeout: Any = None, **_: Any) -> Any:
        self.timeouts.append(timeout)
        address = urlsplit(request.url)
        wants_token = address.hostname == "accounts.spotify.com"
        if self.trouble is not None and not wants_token:
            return self._answer(request, *self.trouble(request.url))
        if wants_token:
            self.tokens += 1
            if isinstance(self.token, int):
                return self._answer(request, self.token, {"error": "invalid_client"})
            return self._answer(request, 200, self.token)
        query = parse_qs(address.query)
        self.asked.append(query)
        return self._answer(request, 200, {"tracks": {"items": self.finds(query["q"][0])}})

    def close(self) -> None: ...

    def _answer(self, request: Any, status: int, body: Any) -> Any:
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return response


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def now() -> list[float]:
    """Seconds, to be moved by the test."""
    return [1000.0]


@pytest.fixture
def spotify(stage: Stage, now: list[float]) -> Iterator[Spotify]:
    with requests.Session() as session:
        session.mount("https://", stage)
        yield Spotify(CREDENTIALS, session, clock=lambda: now[0])


async def test_a_track_is_found_within_the_genre(spotify: Spotify, stage: Stage) -> None:
    track = await spotify.find(SLOW_BLUES)
    assert track == Track("Song 0", "A Band", "https://open.spotify.com/track/0")
    assert [query["q"] for query in stage.asked] == [['slow blues genre:"blues"']]
    assert all(timeout is not None for timeout in stage.timeouts)


async def test_a_check_asks_spotify_itself(spotify: Spotify, stage: Stage) -> None:
    assert (await spotify.check()).ready
    assert (stage.tokens, len(stage.asked)) == (1, 1)
    stage.trouble = lambda _: (503, {})
    found = await spotify.check()
    assert not found.ready and "503" in found.note


async def test_a_check_tells_of_wrong_credentials(spotify: Spotify, stage: Stage) -> None:
    stage.token = 400
    found = await spotify.check()
    assert not found.ready and "credentials" in found.note


async def test_another_one_is_further_down_the_list(spotify: Spotify, stage: Stage) -> None:
    assert (await spotify.find(MusicSearch("blues", "slow blues", 3))).title == "Song 3"
    assert (await spotify.find(MusicSearch("blues", "slow blues", 14))).title == "Song 4"
    assert [query["offset"] for query in stage.asked] == [["0"], ["10"]]
    assert stage.tokens == 1


async def test_without_a_find_in_the_genre_the_words_decide(spotify: Spotify, stage: Stage) -> None:
    stage.finds = lambda query: [] if "genre:" in query else [find(7)]
    assert (await spotify.find(SLOW_BLUES)).title == "Song 7"


async def test_what_cannot_be_shown_or_opened_is_passed_over(
    spotify: Spotify, stage: Stage
) -> None:
    stage.finds = lambda _: [
        None,
        {},
        find(1, name="  "),
        find(2, artists=[]),
        find(3, external_urls={}),
        find(4, external_urls={"spotify": "https://example.org/track/4"}),
        find(5, name=None),
        find(6),
    ]
    assert (await spotify.find(SLOW_BLUES)).title == "Song 6"


def _unreachable(_: str) -> tuple[int, Any]:
    raise requests.ConnectionError("no route to host")


def _slow(_: str) -> tuple[int, Any]:
    raise requests.ReadTimeout("too slow")


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (_unreachable, "cannot be reached"),
        (_slow, "cannot be reached"),
        (lambda _: (500, {"error": {"message": "oops"}}), "answered 500"),
        (lambda _: (429, {"error": {"message": "slow down"}}), "answered 429"),
        (lambda _: (403, b"<html>"), "answered 403"),
        (lambda _: (401, {"error": "a string where there was a table"}), "not understood"),
        (lambda _: (200, b"<html>no JSON"), "not understood"),
        (lambda _: (200, {"tracks": None}), "not understood"),
        (lambda _: (200, []), "not understood"),
    ],
)
async def test_every_trouble_is_an_engine_error(
    spotify: Spotify,
    stage: Stage,
    now: list[float],
    trouble: Callable[[str], tuple[int, Any]],
    told: str,
) -> None:
    stage.trouble = trouble
    with pytest.raises(EngineError, match=told):
        await spotify.find(SLOW_BLUES)
    stage.trouble = None
    now[0] += REST + 1
    assert (await spotify.find(SLOW_BLUES)).title == "Song 0"


# spotipy asks again in an old way when a token is not what it thought
@pytest.mark.filterwarnings("ignore:You're using 'as_dict:DeprecationWarning")
@pytest.mark.parametrize("token", [400, 401, {}, [], "t0ken"])
async def test_a_wrong_or_broken_login_is_an_engine_error(
    spotify: Spotify, stage: Stage, token: Any
) -> None:
    stage.token = token
    with pytest.raises(EngineError) as raised:
        await spotify.find(SLOW_BLUES)
    assert CREDENTIALS.secret not in str(raised.value)


async def test_it_is_given_up_when_it_takes_too_long(stage: Stage) -> None:
    over = threading.Event()

    def hang(_: str) -> tuple[int, Any]:
        over.wait(5)
        return 200, {}

    stage.trouble = hang
    with requests.Session() as session:
        session.mount("https://", stage)
        try:
            with pytest.raises(EngineError, match="longer than"):
                await Spotify(CREDENTIALS, session, seconds=0.2).find(SLOW_BLUES)
        finally:
            over.set()


async def test_no_token_is_logged_or_written_to_disk(
    spotify: Spotify,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        await spotify.find(SLOW_BLUES)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 — two files at most
    assert "t0ken" not in caplog.text and CREDENTIALS.secret not in caplog.text
    assert CREDENTIALS.secret not in repr(CREDENTIALS)


async def test_after_a_failure_it_is_left_alone_for_a_while(
    stage: Stage, now: list[float], spotify: Spotify
) -> None:
    stage.trouble = _unreachable
    with pytest.raises(EngineError, match="cannot be reached"):
        await spotify.find(SLOW_BLUES)
    stage.trouble, asked = None, len(stage.timeouts)
    now[0] += REST - 1
    with pytest.raises(Declined):
        await spotify.find(SLOW_BLUES)
    assert len(stage.timeouts) == asked
    now[0] += 2
    assert (await spotify.find(SLOW_BLUES)).title == "Song 0"


async def test_a_search_without_finds_is_no_failure(spotify: Spotify, stage: Stage) -> None:
    stage.finds = lambda _: []
    with pytest.raises(Declined, match="found nothing"):
        await spotify.find(SLOW_BLUES)
    stage.finds = lambda _: [find(1)]
    assert (await spotify.find(SLOW_BLUES)).title == "Song 1"


async def test_without_spotipy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spotipy", None)
    with pytest.raises(EngineError, match=r"echomind\[music\]"):
        await Spotify(CREDENTIALS).find(SLOW_BLUES)
