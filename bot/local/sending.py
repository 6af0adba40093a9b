"""The methods by which a bot says something: text, voice, audio, picture, document, chat action."""

from typing import Any

from bot.local.files import StoredFile
from bot.local.keyboards import reply_markup
from bot.local.markup import parsed
from bot.local.media import described
from bot.local.parameters import Parameters
from bot.local.refusals import (
    ACTION_UNKNOWN,
    BLOCKED,
    CAPTION_TOO_LONG,
    CHAT_NOT_FOUND,
    FILE_EMPTY,
    FILE_ID_MALFORMED,
    NO_CHAT,
    REPLY_NOT_FOUND,
    TEXT_EMPTY,
    TEXT_TOO_LONG,
    Refused,
    bad_request,
)
from bot.local.state import Action, Dialog, Json, Message, State

TEXT_LIMIT = 4096
"""Characters, after the markup is read."""
CAPTION_LIMIT = 1024
"""Characters, after the markup is read."""
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(state: State, parameters: Parameters) -> Json:
    return _posted(state, parameters, text_content(parameters), None)


def send_voice(state: State, parameters: Parameters) -> Json:
    return _sent_file(state, parameters, "voice")


def send_audio(state: State, parameters: Parameters) -> Json:
    return _sent_file(state, parameters, "audio")


def send_photo(state: State, parameters: Parameters) -> Json:
    return _sent_file(state, parameters, "photo")


def send_document(state: State, parameters: Parameters) -> Json:
    return _sent_file(state, parameters, "document")


def send_chat_action(state: State, parameters: Parameters) -> bool:
    dialog = writable_dialog(state, parameters)
    name = parameters.text("action")
    if name not in _ACTIONS:
        raise Refused(ACTION_UNKNOWN)
    dialog.actions.append(Action(name, state.clock()))
    state.bell.ring()
    return True


def dialog_of(state: State, parameters: Parameters) -> Dialog:
    """The chat that a call names. Raises Refused (400) for an unknown one."""
    if not parameters.text("chat_id"):
        raise Refused(NO_CHAT)
    dialog = state.dialogs.get(parameters.integer("chat_id"))
    if dialog is None:
        raise Refused(CHAT_NOT_FOUND)
    return dialog


def writable_dialog(state: State, parameters: Parameters) -> Dialog:
    """As dialog_of, and the user has not blocked the bot (403)."""
    dialog = dialog_of(state, parameters)
    if dialog.blocked:
        raise Refused(BLOCKED)
    return dialog


def text_content(parameters: Parameters) -> Json:
    """`text` and its entities, within Telegram's limits. Raises Refused (400)."""
    text, entities = _words(parameters, "text", "entities")
    if not text:
        raise Refused(TEXT_EMPTY)
    if len(text) > TEXT_LIMIT:
        raise Refused(TEXT_TOO_LONG)
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_content(parameters: Parameters) -> Json:
    """`caption` and its entities, or nothing. Raises Refused (400)."""
    caption, entities = _words(parameters, "caption", "caption_entities")
    if len(caption) > CAPTION_LIMIT:
        raise Refused(CAPTION_TOO_LONG)
    content: Json = {"caption": caption} if caption else {}
    return content | ({"caption_entities": entities} if entities else {})


def media_content(file: StoredFile) -> Json:
    """The field that shows a file in a message; a photo comes as a list of sizes."""
    shown = file.as_json()
    return {file.kind: [shown] if file.kind == "photo" else shown}


def _words(parameters: Parameters, name: str, entities: str) -> tuple[str, list[Json]]:
    text, found = parsed(parameters.text(name), parameters.text("parse_mode"))
    return text, found or parameters.objects(entities)


def _sent_file(state: State, parameters: Parameters, wanted: str) -> Json:
    writable_dialog(state, parameters)
    caption = caption_content(parameters)
    file = file_of(state, parameters, wanted)
    return _posted(state, parameters, media_content(file) | caption, file)


def file_of(state: State, parameters: Parameters, wanted: str) -> StoredFile:
    """The file to send: a new upload, or one already there by its file_id. Raises Refused."""
    upload = parameters.upload(wanted)
    if upload is not None:
        if not upload.data:
            raise Refused(FILE_EMPTY)
        shown = described(wanted, upload, parameters)
        return state.files.keep(shown.kind, upload.data, shown.fields)
    if not parameters.text(wanted):
        raise Refused(bad_request(f"there is no {wanted} in the request"))
    known = state.files.by_id(parameters.text(wanted))
    if known is None:
        raise Refused(FILE_ID_MALFORMED)
    if known.kind != wanted:
        raise Refused(
            bad_request(f"can't use file of type {_titled(known.kind)} as {_titled(wanted)}")
        )
    return known


def _titled(kind: str) -> str:
    return {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.capitalize())


def _posted(
    state: State, parameters: Parameters, content: Json, attachment: StoredFile | None
) -> dict[str, Any]:
    dialog = writable_dialog(state, parameters)
    markup = reply_markup(parameters)
    replied = _replied(dialog, parameters)
    message = state.post(dialog, state.me, content)
    message.attachment, message.markup, message.reply_to = attachment, markup, replied
    state.bell.ring()
    return message.as_json()


def _replied(dialog: Dialog, parameters: Parameters) -> Message | None:
    """The message that is replied to; None where there is none and that is allowed."""
    reply = parameters.object("reply_parameters")
    named = reply.get("message_id", parameters.integer("reply_to_message_id"))
    wanted = named if isinstance(named, int) else 0
    found = dialog.message(wanted)
    lenient = reply.get("allow_sending_without_reply", False)
    if wanted and found is None and not lenient:
        raise Refused(REPLY_NOT_FOUND)
    return found
