"""HTTP in: the four ways in which the Bot API takes parameters, read in memory."""

import json

from aiohttp import BodyPartReader, web

from bot.local.parameters import Parameters, Upload, as_fields
from bot.local.refusals import UPLOAD_TOO_LARGE, Refused, bad_request


async def read_parameters(request: web.Request, limit: int) -> Parameters:
    """Query string, form, JSON or multipart. Raises Refused (413) for bodies over `limit` bytes.

    aiohttp's own form reader would put uploads into temporary files.
    """
    fields = dict(request.query)
    if request.content_type == "multipart/form-data":
        return await _multipart(request, fields, limit)
    if request.content_type == "application/json":
        return Parameters(fields | _json(await request.read()))
    form = await request.post()
    return Parameters(fields | {name: str(value) for name, value in form.items()})


def _json(body: bytes) -> dict[str, str]:
    try:
        values = json.loads(body or b"{}")
    except ValueError as error:
        raise Refused(bad_request("can't parse JSON object")) from error
    if not isinstance(values, dict):
        raise Refused(bad_request("can't parse JSON object"))
    return as_fields(values)


async def _multipart(request: web.Request, fields: dict[str, str], limit: int) -> Parameters:
    uploads: dict[str, Upload] = {}
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytearray()
        while chunk := await part.read_chunk(2**16):
            total += len(chunk)
            # Beyond the limit the rest is read and dropped: the sender listens only at its end.
            if total <= limit:
                data += chunk
        if part.filename is None:
            fields[part.name] = data.decode()
        else:
            media_type = part.headers.get("Content-Type")
            uploads[part.name] = Upload(part.filename, media_type, bytes(data))
    if total > limit:
        raise Refused(UPLOAD_TOO_LARGE)
    return Parameters(fields, uploads)
