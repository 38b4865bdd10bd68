"""What an action is shown of a conversation: rasa-sdk's tracker."""

import json
from typing import Any

from bot.conversation import Conversation
from bot.slots import answer_to_question
from channels.messages import InboundMessage
from intents.match import Entity, IntentMatch


def tracker(
    conversation: Conversation, message: InboundMessage, match: IntentMatch
) -> dict[str, Any]:
    """The tracker of *conversation* as *message* found it, of JSON's types alone.

    The slot that was asked for holds the customer's answer already.
    """
    slots = {**conversation.slots, "requested_slot": conversation.asked_slot}
    answer = answer_to_question(match, message, conversation)
    if conversation.asked_slot is not None and answer is not None:
        slots[conversation.asked_slot] = answer
    return {
        "sender_id": conversation.key,
        "slots": slots,
        "latest_message": {
            "text": message.text or "",
            "intent": {"name": match.intent, "confidence": match.confidence},
            "intent_ranking": [
                {"name": intent, "confidence": score} for intent, score in match.ranking
            ],
            "entities": [
                *_tapped(match),
                *map(_shown, match.entities),
            ],
            "metadata": {"channel": conversation.channel, "language": conversation.language},
        },
        "latest_input_channel": conversation.channel,
        "latest_action_name": "action_listen",
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {"name": conversation.asked_by} if conversation.asked_slot else {},
    }


def _shown(entity: Entity) -> dict[str, Any]:
    told = entity.told()
    return {"entity": told.pop("name"), **told}


def _tapped(match: IntentMatch) -> list[dict[str, Any]]:
    """The entities that a chosen button carries, as in ``order{"size": "large"}``."""
    if match.source != "payload" or "{" not in match.evidence[0]:
        return []
    try:
        given = json.loads(match.evidence[0][match.evidence[0].index("{") :])
    except ValueError:
        return []
    return [{"entity": name, "value": value} for name, value in given.items()]
