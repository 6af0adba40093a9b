"""HTTP in: the four ways in which the Bot API takes parameters, read in memory."""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from bot.local.parameters import Parameters, Upload, as_fields
from bot.local.refusals import (
    NOT_JSON,
    NOT_MULTIPART,
    NOT_UTF8,
    UPLOAD_TOO_LARGE,
    Refused,
)


async def read_parameters(request: web.Request, limit: int) -> Parameters:
    """Query string, form, JSON or multipart. Raises Refused (413) for bodies over `limit` bytes.

    aiohttp's own form reader would put uploads into temporary files.
    """
    fields = dict(request.query)
    if request.content_type == "multipart/form-data":
        return await _multipart(request, fields, limit)
    try:
        body = (await request.read()).decode()
    except web.HTTPRequestEntityTooLarge as error:
        raise Refused(UPLOAD_TOO_LARGE) from error
    except UnicodeDecodeError as error:
        raise Refused(NOT_UTF8) from error
    if request.content_type == "application/json":
        return Parameters(fields | _json(body))
    return Parameters(fields | dict(parse_qsl(body, keep_blank_values=True)))


def _json(body: str) -> dict[str, str]:
    try:
        values = json.loads(body or "{}")
    except ValueError as error:
        raise Refused(NOT_JSON) from error
    if not isinstance(values, dict):
        raise Refused(NOT_JSON)
    return as_fields(values)


async def _multipart(request: web.Request, fields: dict[str, str], limit: int) -> Parameters:
    uploads: dict[str, Upload] = {}
    total = 0
    async for part in _parts(request):
        name = part.name or ""
        data = bytearray()
        while chunk := await part.read_chunk(2**16):
            total += len(chunk)
            # Beyond the limit the rest is read and dropped: the sender listens only at its end.
            if total <= limit:
                data += chunk
        if part.filename is None:
            fields[name] = _decoded(data)
        else:
            media_type = part.headers.get("Content-Type")
            uploads[name] = Upload(part.filename, media_type, bytes(data))
    if total > limit:
        raise Refused(UPLOAD_TOO_LARGE)
    return Parameters(fields, uploads)


async def _parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                yield part
    except ValueError as error:
        raise Refused(NOT_MULTIPART) from error


def _decoded(data: bytearray) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused(NOT_UTF8) from error
