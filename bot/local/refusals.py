"""What the Bot API says when it will not do a thing, in its own codes and words.

Only the words live here; who refuses what, and when, stands with each method.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error answer of the Bot API."""

    code: int
    """HTTP status, and `error_code` in the body."""
    description: str
    retry_after: int | None = None
    """Seconds; goes out as `parameters.retry_after`."""


class Refused(Exception):
    """Carries a refusal from where it arises to the HTTP answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.description)
        self.refusal = refusal


def bad_request(reason: str) -> Refusal:
    """A 400 in Telegram's manner."""
    return Refusal(400, f"Bad Request: {reason}")


def too_many_requests(seconds: int) -> Refusal:
    """A 429: come back after so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", seconds)


UNAUTHORIZED = Refusal(401, "Unauthorized")
MALFORMED_TOKEN = Refusal(404, "Not Found")
UNKNOWN_METHOD = Refusal(404, "Not Found: method not found")
NO_SUCH_FILE = Refusal(404, "Not Found")
UPLOAD_TOO_LARGE = Refusal(413, "Request Entity Too Large")
BAD_GATEWAY = Refusal(502, "Bad Gateway")
HUNG_UP = Refusal(502, "Bad Gateway: the connection was cut")
"""Only ever seen in the log."""
INTERNAL = Refusal(500, "Internal Server Error")
UNREAD_PARSE_MODE = Refusal(501, "Not Implemented: on loopback, parse_mode may only be HTML")

BLOCKED = Refusal(403, "Forbidden: bot was blocked by the user")
DEACTIVATED = Refusal(403, "Forbidden: user is deactivated")

OTHER_POLLER = Refusal(
    409,
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
)
WEBHOOK_ACTIVE = Refusal(
    409,
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first",
)
POLL_ENDED_BY_WEBHOOK = Refusal(409, "Conflict: terminated by setWebhook request")

CHAT_NOT_FOUND = bad_request("chat not found")
NO_CHAT = bad_request("chat_id is empty")
TEXT_EMPTY = bad_request("message text is empty")
TEXT_TOO_LONG = bad_request("message is too long")
CAPTION_TOO_LONG = bad_request("message caption is too long")
NOT_MODIFIED = bad_request(
    "message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)
EDIT_NOT_FOUND = bad_request("message to edit not found")
CANNOT_EDIT = bad_request("message can't be edited")
NO_TEXT_TO_EDIT = bad_request("there is no text in the message to edit")
NO_CAPTION_TO_EDIT = bad_request("there is no caption in the message to edit")
NO_MEDIA_TO_EDIT = bad_request("there is no media in the message to edit")
DELETE_NOT_FOUND = bad_request("message to delete not found")
CANNOT_DELETE = bad_request("message can't be deleted for everyone")
PIN_NOT_FOUND = bad_request("message to pin not found")
UNPIN_NOT_FOUND = bad_request("message to unpin not found")
REACT_NOT_FOUND = bad_request("message to react not found")
REPLY_NOT_FOUND = bad_request("message to be replied not found")
QUERY_TOO_OLD = bad_request("query is too old and response timeout expired or query ID is invalid")
ANSWER_TOO_LONG = bad_request("MESSAGE_TOO_LONG")
BUTTON_DATA = bad_request("BUTTON_DATA_INVALID")
BUTTON_EMPTY = bad_request(
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
)
BUTTON_UNNAMED = bad_request('can\'t parse keyboard button: Field "text" must be of type String')
NOT_JSON = bad_request("can't parse JSON object")
NOT_UTF8 = bad_request("strings must be encoded in UTF-8")
NOT_MULTIPART = bad_request("can't parse multipart/form-data")
MARKUP_NOT_JSON = bad_request("can't parse reply keyboard markup JSON object")
MARKUP_NOT_OBJECT = bad_request("object expected as reply markup")
ROWS_EXPECTED = bad_request("object of type Array of Arrays expected as keyboard")
INLINE_EXPECTED = bad_request("inline keyboard expected")
FILE_TOO_BIG = bad_request("file is too big")
FILE_EMPTY = bad_request("file must be non-empty")
FILE_ID_INVALID = bad_request("invalid file_id")
FILE_ID_MALFORMED = bad_request(
    "wrong remote file identifier specified: Wrong character in the string"
)
IMAGE_UNREADABLE = bad_request("IMAGE_PROCESS_FAILED")
VOICE_FORBIDDEN = bad_request("VOICE_MESSAGES_FORBIDDEN")
ACTION_UNKNOWN = bad_request("wrong parameter action in request")
PARSE_MODE_UNKNOWN = bad_request("unsupported parse_mode")
COMMAND_INVALID = bad_request("BOT_COMMAND_INVALID")
WEBHOOK_NOT_HTTPS = bad_request("bad webhook: An HTTPS URL must be provided for webhook")
