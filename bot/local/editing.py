"""The methods by which a bot changes what was said: edit, delete, pin, react, answer a tap."""

from datetime import timedelta

from bot.local.keyboards import inline_markup
from bot.local.parameters import Parameters, as_fields
from bot.local.refusals import (
    ANSWER_TOO_LONG,
    CANNOT_DELETE,
    CANNOT_EDIT,
    DELETE_NOT_FOUND,
    EDIT_NOT_FOUND,
    NO_CAPTION_TO_EDIT,
    NO_MEDIA_TO_EDIT,
    NO_TEXT_TO_EDIT,
    NOT_MODIFIED,
    PIN_NOT_FOUND,
    QUERY_TOO_OLD,
    REACT_NOT_FOUND,
    UNPIN_NOT_FOUND,
    Refusal,
    Refused,
)
from bot.local.sending import caption_content, dialog_of, file_of, media_content, text_content
from bot.local.state import Json, Message, State

DELETABLE_FOR = timedelta(hours=48)
EXCHANGEABLE = frozenset({"photo", "audio", "document"})
ANSWER_LIMIT = 200
"""Characters of what a tap's answer shows."""


def edit_message_text(state: State, parameters: Parameters) -> Json:
    message = _editable(state, parameters)
    content = text_content(parameters)
    if message.kind != "text":
        raise Refused(NO_TEXT_TO_EDIT)
    return _edited(state, message, content, inline_markup(parameters))


def edit_message_caption(state: State, parameters: Parameters) -> Json:
    message = _editable(state, parameters)
    caption = caption_content(parameters)
    if message.attachment is None:
        raise Refused(NO_CAPTION_TO_EDIT)
    content = {message.kind: message.content[message.kind]} | caption
    return _edited(state, message, content, inline_markup(parameters))


def edit_message_media(state: State, parameters: Parameters) -> Json:
    """Another picture, sound or document in the place of one, or of a text."""
    message = _editable(state, parameters)
    media = parameters.object("media")
    kind = str(media.get("type", ""))
    if kind not in EXCHANGEABLE or message.kind not in {"text", *EXCHANGEABLE}:
        raise Refused(NO_MEDIA_TO_EDIT)
    inner = Parameters(as_fields(media | {kind: media.get("media", "")}), parameters.uploads)
    caption = caption_content(inner)
    file = file_of(state, inner, kind)
    shown = _edited(state, message, media_content(file) | caption, inline_markup(parameters))
    message.attachment = file
    return shown


def edit_message_reply_markup(state: State, parameters: Parameters) -> Json:
    message = _editable(state, parameters)
    return _edited(state, message, message.content, inline_markup(parameters))


def delete_message(state: State, parameters: Parameters) -> bool:
    message = _named(state, parameters, DELETE_NOT_FOUND)
    if state.clock() - message.sent_at > DELETABLE_FOR:
        raise Refused(CANNOT_DELETE)
    message.deleted = True
    if message.id in message.dialog.pinned:
        message.dialog.pinned.remove(message.id)
    state.bell.ring()
    return True


def pin_chat_message(state: State, parameters: Parameters) -> bool:
    message = _named(state, parameters, PIN_NOT_FOUND)
    pinned = message.dialog.pinned
    if message.id in pinned:
        pinned.remove(message.id)
    pinned.append(message.id)
    state.bell.ring()
    return True


def unpin_chat_message(state: State, parameters: Parameters) -> bool:
    """Without a message_id, the newest pin."""
    pinned = dialog_of(state, parameters).pinned
    wanted = parameters.integer("message_id") or (pinned[-1] if pinned else 0)
    if wanted not in pinned:
        raise Refused(UNPIN_NOT_FOUND)
    pinned.remove(wanted)
    state.bell.ring()
    return True


def unpin_all_chat_messages(state: State, parameters: Parameters) -> bool:
    dialog_of(state, parameters).pinned.clear()
    state.bell.ring()
    return True


def set_message_reaction(state: State, parameters: Parameters) -> bool:
    message = _named(state, parameters, REACT_NOT_FOUND)
    message.reactions = [str(kind.get("emoji", "")) for kind in parameters.objects("reaction")]
    state.bell.ring()
    return True


def answer_callback_query(state: State, parameters: Parameters) -> bool:
    tap = state.taps.get(parameters.text("callback_query_id"))
    if tap is None or tap.expired:
        raise Refused(QUERY_TOO_OLD)
    if len(parameters.text("text")) > ANSWER_LIMIT:
        raise Refused(ANSWER_TOO_LONG)
    tap.answer = {
        "text": parameters.text("text"),
        "show_alert": parameters.flag("show_alert"),
        "url": parameters.text("url"),
    }
    state.bell.ring()
    return True


def _named(state: State, parameters: Parameters, absent: Refusal) -> Message:
    message = dialog_of(state, parameters).message(parameters.integer("message_id"))
    if message is None:
        raise Refused(absent)
    return message


def _editable(state: State, parameters: Parameters) -> Message:
    message = _named(state, parameters, EDIT_NOT_FOUND)
    # Telegram keeps messages that brought a reply keyboard as they are.
    fixed = message.markup is not None and "inline_keyboard" not in message.markup
    if not message.from_bot or fixed:
        raise Refused(CANNOT_EDIT)
    return message


def _edited(state: State, message: Message, content: Json, markup: Json | None) -> Json:
    """An edit without a keyboard takes the keyboard away."""
    if content == message.content and markup == message.markup:
        raise Refused(NOT_MODIFIED)
    message.earlier.append(message.content)
    message.content, message.markup = content, markup
    message.edited_at = state.clock()
    state.bell.ring()
    return message.as_json()
