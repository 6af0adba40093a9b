"""The Bot API: a method's name and parameters in, its result out, or Refused.

The methods that send, edit and tell of the bot have files of their own; here are the bot itself,
its updates and its files. What the table lacks, this server answers as unknown.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.local import editing, profile, sending
from bot.local.courier import is_here
from bot.local.files import DOWNLOAD_LIMIT
from bot.local.parameters import Parameters
from bot.local.refusals import (
    FILE_ID_INVALID,
    FILE_TOO_BIG,
    UNKNOWN_METHOD,
    WEBHOOK_NOT_HTTPS,
    Refused,
)
from bot.local.state import Json, State
from bot.local.updates import Poll

Method = Callable[[State, Parameters], Any]


async def call(state: State, method: str, parameters: Parameters) -> Any:
    """The `result` of one call; names are told apart regardless of case. Raises Refused."""
    name = method.lower()
    if name == "getupdates":
        return await _get_updates(state, parameters)
    if name not in METHODS:
        raise Refused(UNKNOWN_METHOD)
    return METHODS[name](state, parameters)


async def _get_updates(state: State, parameters: Parameters) -> list[Json]:
    poll = Poll(
        offset=parameters.integer("offset"),
        limit=min(100, max(1, parameters.integer("limit", 100))),
        timeout=parameters.seconds("timeout") or 0,
        allowed=_allowed(parameters),
    )
    return await state.updates.poll(poll)


def _allowed(parameters: Parameters) -> tuple[str, ...] | None:
    kinds = parameters.json("allowed_updates")
    # Anything but an array is passed over, as Telegram does.
    return tuple(map(str, kinds)) if isinstance(kinds, list) else None


def _get_me(state: State, _: Parameters) -> Json:
    return state.me | {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _set_webhook(state: State, parameters: Parameters) -> bool:
    """Takes updates away from polling. Without TLS an address must be on this machine."""
    url = parameters.text("url")
    if url and not url.startswith("https://") and not is_here(url):
        raise Refused(WEBHOOK_NOT_HTTPS)
    if parameters.flag("drop_pending_updates"):
        state.updates.drop()
    state.updates.want(_allowed(parameters))
    state.updates.switch_to_webhook(url, parameters.text("secret_token"))
    return True


def _delete_webhook(state: State, parameters: Parameters) -> bool:
    if parameters.flag("drop_pending_updates"):
        state.updates.drop()
    state.updates.switch_to_webhook("")
    return True


def _get_webhook_info(state: State, _: Parameters) -> Json:
    return {
        "url": state.updates.webhook,
        "has_custom_certificate": False,
        "pending_update_count": state.updates.pending,
    }


def _get_file(state: State, parameters: Parameters) -> Json:
    file = state.files.by_id(parameters.text("file_id"))
    if file is None:
        raise Refused(FILE_ID_INVALID)
    if file.size > DOWNLOAD_LIMIT:
        raise Refused(FILE_TOO_BIG)
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def _get_chat(state: State, parameters: Parameters) -> Json:
    dialog = sending.dialog_of(state, parameters)
    chat: Json = dialog.chat | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    pinned = dialog.message(dialog.pinned[-1]) if dialog.pinned else None
    return chat if pinned is None else chat | {"pinned_message": pinned.as_json()}


def _done(_: State, __: Parameters) -> bool:
    return True


METHODS: Mapping[str, Method] = {
    "getme": _get_me,
    "logout": _done,
    "close": _done,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "getfile": _get_file,
    "getchat": _get_chat,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmyname": partial(profile.set_text, "name"),
    "getmyname": partial(profile.get_text, "name"),
    "setmydescription": partial(profile.set_text, "description"),
    "getmydescription": partial(profile.get_text, "description"),
    "setmyshortdescription": partial(profile.set_text, "short_description"),
    "getmyshortdescription": partial(profile.get_text, "short_description"),
    "sendmessage": sending.send_message,
    "sendvoice": sending.send_voice,
    "sendaudio": sending.send_audio,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagemedia": editing.edit_message_media,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "pinchatmessage": editing.pin_chat_message,
    "unpinchatmessage": editing.unpin_chat_message,
    "unpinallchatmessages": editing.unpin_all_chat_messages,
    "setmessagereaction": editing.set_message_reaction,
    "answercallbackquery": editing.answer_callback_query,
}
