"""The methods by which a bot tells what it is: commands, name and descriptions, by language."""

import re

from bot.local.parameters import Parameters
from bot.local.refusals import COMMAND_INVALID, Refused
from bot.local.state import Json, State

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


def set_my_commands(state: State, parameters: Parameters) -> bool:
    commands = parameters.objects("commands")
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/")
        if not _COMMAND.fullmatch(name) or not command.get("description"):
            raise Refused(COMMAND_INVALID)
    state.profile.commands[_scope(parameters)] = commands
    return True


def get_my_commands(state: State, parameters: Parameters) -> list[Json]:
    return state.profile.commands.get(_scope(parameters), [])


def delete_my_commands(state: State, parameters: Parameters) -> bool:
    state.profile.commands.pop(_scope(parameters), None)
    return True


def set_text(name: str, state: State, parameters: Parameters) -> bool:
    """One of `name`, `description` and `short_description`."""
    state.profile.texts[name, parameters.text("language_code")] = parameters.text(name)
    return True


def get_text(name: str, state: State, parameters: Parameters) -> Json:
    """As told for the language, else as told for all."""
    texts = state.profile.texts
    told = texts.get((name, parameters.text("language_code"))) or texts.get((name, ""), "")
    return {name: told}


def _scope(parameters: Parameters) -> str:
    scope = parameters.object("scope") or {"type": "default"}
    parts = [str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope]
    return ":".join([*parts, parameters.text("language_code")])
