"""Actions as brands write them, good and bad, for the tests of the runner."""

import asyncio
import sys
import threading
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import AllSlotsReset, ConversationPaused, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

STARTED = threading.Semaphore(0)
GO_ON = threading.Event()


class Hello(Action):  # type: ignore[misc] # rasa-sdk has no types
    def name(self) -> str:
        return "hello"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        assert domain
        dispatcher.utter_message(
            text="哈囉",
            buttons=[{"title": "查訂單", "payload": '/order_status{"order_number": "1"}'}],
            image="https://shop.example/a.png",
        )
        dispatcher.utter_message(response="utter_anything_else", name="小美")
        return [SlotSet("size", "M"), SlotSet("requested_slot", "colour"), ConversationPaused()]


class Other(Hello):
    def name(self) -> str:
        return "other"


class Blocking(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "blocking"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        STARTED.release()
        GO_ON.wait(10)
        dispatcher.utter_message(text="done")
        return []


class Meddling(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "meddling"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        dispatcher.utter_message(text=",".join(tracker.slots["basket"]))
        tracker.slots["basket"].append("stolen")
        tracker.slots["size"] = "XXL"
        domain["slots"]["size"] = "XXL"
        return None


class Endless(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "endless"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        await asyncio.Event().wait()


class Raising(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "raising"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        dispatcher.utter_message(text="half a reply")
        raise ConnectionError("the customer's phone is 0912345678")


class RaisingInThread(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "raising_in_thread"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        raise StopIteration


class Exiting(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "exiting"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        sys.exit(1)


class ExitingInThread(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "exiting_in_thread"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        sys.exit(1)


class Rejecting(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "rejecting"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        raise ActionExecutionRejection("rejecting")


class Unkeepable(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "unkeepable"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return [SlotSet("size", object())]


class Forgetting(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "forgetting"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return [AllSlotsReset(), {"event": "followup", "name": "other"}, "nonsense"]


class Needy(Action):  # type: ignore[misc]
    def __init__(self, shop: str) -> None:
        self.shop = shop

    def name(self) -> str:
        return "needy"


class Crooked:
    def name(self) -> str:
        return "crooked"

    async def run(self, dispatcher: Any) -> Any:
        return None
