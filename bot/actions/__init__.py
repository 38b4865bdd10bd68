"""A brand's own actions, written for rasa-sdk and run in our process or on a server."""

from bot.actions.local import UnknownAction
from bot.actions.result import ActionResult, Utterance
from bot.actions.runner import ActionRunner

__all__ = ["ActionResult", "ActionRunner", "UnknownAction", "Utterance"]
