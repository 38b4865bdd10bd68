"""What a form says after something else was answered meanwhile: its question again."""

from dataclasses import replace

from bot.actions import ActionResult, ActionRunner
from bot.conversation import Conversation, Decision, Respond
from bot.router import keeps_question
from channels.messages import InboundMessage
from intents.match import IntentMatch

# After these the question is off: the customer said so.
_CALLED_OFF = frozenset({"never_mind", "opted_out"})


def leaves_open(decision: Decision, before: Conversation, actions: ActionRunner | None) -> bool:
    """Whether *decision* answers something else while a form waits for an answer of its own."""
    if before.asked_by is None or actions is None or not actions.judges_answers(before.asked_by):
        return False
    return (
        isinstance(decision, Respond)
        and decision.template is not None
        and decision.template not in _CALLED_OFF
        and not keeps_question(decision)
    )


async def asked_again(
    actions: ActionRunner, message: InboundMessage, before: Conversation, match: IntentMatch
) -> ActionResult | None:
    """What the form in *before* asks again; None if it has nothing to ask, or failed.

    It hears nothing: the words were about something else.
    """
    result = await actions.run(
        before.asked_by or "",
        conversation=before,
        message=replace(message, text=None),
        match=replace(match, entities=()),
    )
    asks = result.failed is None and not result.pauses and result.asked_slot is not None
    return result if asks else None
