"""The parameters of one Bot API call, however they came, read as the types they stand for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.local.refusals import Refusal, Refused, bad_request

ATTACHED = "attach://"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file part of a multipart body."""

    name: str
    media_type: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """Fields as text (objects as JSON, as they travel) and the files beside them."""

    fields: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.fields.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        """Anything that is no number counts as not given, as with Telegram."""
        try:
            return int(self.fields[name])
        except (KeyError, ValueError):
            return default

    def seconds(self, name: str) -> int | None:
        """A duration, whole seconds; None where not given."""
        try:
            return int(float(self.fields[name]))
        except (KeyError, ValueError, OverflowError):
            return None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, refusal: Refusal | None = None) -> Any:
        """The decoded value, None where not given; Refused where it is no JSON."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError as error:
            raise Refused(refusal or bad_request(f"can't parse {name} JSON object")) from error

    def object(self, name: str, refusal: Refusal | None = None) -> dict[str, Any]:
        """A JSON object, empty where not given; Refused where it is anything else."""
        value = self.json(name, refusal)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused(refusal or bad_request(f"{name} must be a JSON object"))
        return value

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A JSON array of objects, empty where not given; Refused where it is anything else."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise Refused(bad_request(f"{name} must be a JSON array of objects"))
        return value

    def upload(self, name: str) -> Upload | None:
        """The file sent as this parameter, directly or by attach://; None where a text is sent.

        Raises Refused where attach:// names a part that is not there.
        """
        reference = self.text(name)
        return self.attached(reference) if reference else self.uploads.get(name)

    def attached(self, reference: str) -> Upload | None:
        """The file part that attach:// names; None for a reference of another kind."""
        if not reference.startswith(ATTACHED):
            return None
        found = self.uploads.get(reference.removeprefix(ATTACHED))
        if found is None:
            raise Refused(bad_request(f"there is no file behind {ATTACHED} in the request"))
        return found


def as_fields(values: Mapping[str, Any]) -> dict[str, str]:
    """A JSON body's members as form fields would carry them."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if value is not None
    }
