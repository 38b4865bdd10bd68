"""A brand's own actions, written for rasa-sdk and run in our process."""

from bot.actions.result import ActionResult, Utterance
from bot.actions.runner import ActionRunner, UnknownAction

__all__ = ["ActionResult", "ActionRunner", "UnknownAction", "Utterance"]
