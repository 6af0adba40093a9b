"""The Bot API on loopback for clients other than python-telegram-bot, and malformed requests."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.local.chat import Chat
from bot.local.media import opus_seconds, picture_size
from bot.local.refusals import Refused
from bot.local.server import LocalServer

Json = dict[str, Any]


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with LocalServer() as running:
        yield running


@pytest.fixture
async def web(server: LocalServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ada(server: LocalServer) -> Chat:
    return server.chat(user_id=1)


def address(server: LocalServer, method: str) -> str:
    return f"{server.base_url}{server.token}/{method}"


async def test_parameters_come_in_four_ways(
    server: LocalServer, web: aiohttp.ClientSession, ada: Chat
) -> None:
    url = address(server, "SENDMESSAGE")
    with aiohttp.MultipartWriter("form-data") as parts:
        parts.append("1").set_content_disposition("form-data", name="chat_id")
        parts.append("parts").set_content_disposition("form-data", name="text")
    await web.get(url, params={"chat_id": "1", "text": "query"})
    await web.post(url, data={"chat_id": "1", "text": "form"})
    await web.post(url, json={"chat_id": 1, "text": "json", "reply_markup": None})
    await web.post(url, data=parts)
    assert [message.text for message in ada.messages] == ["query", "form", "json", "parts"]


async def test_a_file_may_be_attached_under_another_name(
    server: LocalServer, web: aiohttp.ClientSession, ada: Chat
) -> None:
    form = aiohttp.FormData({"chat_id": "1", "document": "attach://part7"})
    form.add_field("part7", b"hello", filename="a.txt", content_type="text/plain")
    async with web.post(address(server, "sendDocument"), data=form) as answer:
        assert (await answer.json())["result"]["document"]["mime_type"] == "text/plain"
    assert ada.messages[0].data == b"hello"
    lost = {"chat_id": "1", "document": "attach://part8"}
    assert await refused(web, address(server, "sendDocument"), lost) == (
        "Bad Request: there is no file behind attach:// in the request"
    )


async def refused(web: aiohttp.ClientSession, url: str, body: Json) -> str:
    async with web.post(url, json=body) as answer:
        assert answer.status == 400
        told = await answer.json()
    assert told["ok"] is False and told["error_code"] == 400
    return str(told["description"])


MALFORMED: dict[str, tuple[str, Json]] = {
    "chat_id is empty": ("sendMessage", {"text": "hi"}),
    "chat not found": ("sendMessage", {"chat_id": "nobody", "text": "hi"}),
    "can't parse reply keyboard markup JSON object": (
        "sendMessage",
        {"chat_id": 1, "text": "hi", "reply_markup": "{"},
    ),
    "object expected as reply markup": (
        "sendMessage",
        {"chat_id": 1, "text": "hi", "reply_markup": "[1]"},
    ),
    "there is no voice in the request": ("sendVoice", {"chat_id": 1}),
    "can't parse commands JSON object": ("setMyCommands", {"commands": "nonsense"}),
}


@pytest.mark.parametrize("reason", MALFORMED)
async def test_malformed_parameters_are_told(
    server: LocalServer, web: aiohttp.ClientSession, ada: Chat, reason: str
) -> None:
    method, body = MALFORMED[reason]
    assert await refused(web, address(server, method), body) == f"Bad Request: {reason}"


async def test_a_body_that_is_no_json(server: LocalServer, web: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"[]"):
        async with web.post(address(server, "getMe"), data=body, headers=headers) as answer:
            assert answer.status == 400


async def test_bodies_that_cannot_be_read(server: LocalServer, web: aiohttp.ClientSession) -> None:
    form, parts = "application/x-www-form-urlencoded", "multipart/form-data"
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n'
    for content_type, body, reason in (
        (form, b"text=\xff", "strings must be encoded in UTF-8"),
        (f"{parts}; boundary=x", part, "strings must be encoded in UTF-8"),
        (parts, b"no boundary", "can't parse multipart/form-data"),
        (f"{parts}; boundary=x", b"--y", "can't parse multipart/form-data"),
    ):
        headers = {"Content-Type": content_type}
        async with web.post(address(server, "getMe"), data=body, headers=headers) as answer:
            assert answer.status == 400
            assert (await answer.json())["description"] == f"Bad Request: {reason}"


def test_a_jpeg_is_measured_by_its_frame_header() -> None:
    app0 = b"\xff\xe0\x00\x04\x00\x00"
    frame = b"\xff\xc2\x00\x0b\x08" + (360).to_bytes(2, "big") + (640).to_bytes(2, "big")
    assert picture_size(b"\xff\xd8" + app0 + frame) == (640, 360)
    for broken in (b"\xff\xd8" + app0, b"\xff\xd8\xff", b"GIF89a"):
        with pytest.raises(Refused):
            picture_size(broken)


def test_an_opus_stream_without_pages_has_no_length() -> None:
    assert opus_seconds(b"") == 0.0
    assert opus_seconds(b"OggS") == 0.0
