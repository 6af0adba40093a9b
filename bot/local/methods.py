"""The Bot API: a method's name and parameters in, its result out, or Refused.

The methods that send and edit have files of their own; here are the bot itself, its updates, its
files and its profile. What the table lacks, this server answers as unknown.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.local import editing, sending
from bot.local.files import DOWNLOAD_LIMIT
from bot.local.parameters import Parameters
from bot.local.refusals import (
    COMMAND_INVALID,
    FILE_ID_INVALID,
    FILE_TOO_BIG,
    UNKNOWN_METHOD,
    WEBHOOK_NOT_HTTPS,
    Refused,
)
from bot.local.state import Json, State
from bot.local.updates import Poll

Method = Callable[[State, Parameters], Any]
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


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
    return None if kinds is None else tuple(kinds)


def _get_me(state: State, _: Parameters) -> Json:
    return state.me | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _set_webhook(state: State, parameters: Parameters) -> bool:
    """Takes updates away from polling; this server delivers none to the address."""
    url = parameters.text("url")
    if url and not url.startswith("https://"):
        raise Refused(WEBHOOK_NOT_HTTPS)
    if parameters.flag("drop_pending_updates"):
        state.updates.drop()
    state.updates.want(_allowed(parameters))
    state.updates.switch_to_webhook(url)
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


def _set_my_commands(state: State, parameters: Parameters) -> bool:
    commands = parameters.json("commands") or []
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]) or not command["description"]:
            raise Refused(COMMAND_INVALID)
    state.profile.commands[_scope(parameters)] = commands
    return True


def _get_my_commands(state: State, parameters: Parameters) -> list[Json]:
    return state.profile.commands.get(_scope(parameters), [])


def _delete_my_commands(state: State, parameters: Parameters) -> bool:
    state.profile.commands.pop(_scope(parameters), None)
    return True


def _scope(parameters: Parameters) -> str:
    scope = parameters.json("scope") or {"type": "default"}
    parts = [str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope]
    return ":".join([*parts, parameters.text("language_code")])


def _setter(name: str) -> Method:
    def set_profile(state: State, parameters: Parameters) -> bool:
        key = name, parameters.text("language_code")
        state.profile.descriptions[key] = parameters.text(name)
        return True

    return set_profile


def _getter(name: str) -> Method:
    def get_profile(state: State, parameters: Parameters) -> Json:
        told = state.profile.descriptions
        fallback = told.get((name, ""), "")
        return {name: told.get((name, parameters.text("language_code")), fallback)}

    return get_profile


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
    "setmycommands": _set_my_commands,
    "getmycommands": _get_my_commands,
    "deletemycommands": _delete_my_commands,
    "setmyname": _setter("name"),
    "getmyname": _getter("name"),
    "setmydescription": _setter("description"),
    "getmydescription": _getter("description"),
    "setmyshortdescription": _setter("short_description"),
    "getmyshortdescription": _getter("short_description"),
    "sendmessage": sending.send_message,
    "sendvoice": sending.send_voice,
    "sendaudio": sending.send_audio,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "pinchatmessage": editing.pin_chat_message,
    "unpinchatmessage": editing.unpin_chat_message,
    "unpinallchatmessages": editing.unpin_all_chat_messages,
    "setmessagereaction": editing.set_message_reaction,
    "answercallbackquery": editing.answer_callback_query,
}
