"""WhatsApp's Cloud API as it is played: one number's messages, with its windows and limits.

Sources: Cloud API "Messages", "Error codes", "Throughput"; "Webhooks".
"""

from collections.abc import Iterator, Mapping

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.meta import misbehaved as meta_misbehaved
from bot.simulation.played import Played
from bot.simulation.refusals import Refused, graph_refused
from bot.simulation.webhook import Webhook
from bot.simulation.whatsapp_people import WhatsAppCustomer, WhatsAppSpeaker
from bot.simulation.whatsapp_shapes import whatsapp_faults
from bot.simulation.world import World

WINDOW_SECONDS = 24 * 3600.0
PAIR_SECONDS = 6.0
PAIR_BURST = 45

_DEMO_NUMBER = "100000000000002"


class WhatsApp:
    """graph.facebook.com for the phone numbers of *world*."""

    def __init__(self, world: World) -> None:
        self._world = world
        # When each customer's bucket will be empty again.
        self._filled_until: dict[tuple[str, str], float] = {}

    def attempt(self, call: Call) -> Attempt:
        """Sign in, find the edge, check the body's shape."""
        account = self._account(call)
        match call.method, _steps(call):
            case "POST", [phone, "messages"] if phone == account.page:
                return self._message(call, account)
            case "GET" | "POST", [node, *rest]:
                thread = "/".join((node, *rest))
                return Attempt(call=call, account=account, kind="other", thread=thread)
        raise graph_refused(2500, "Unknown path components", rule="path", detail=call.path)

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as the Cloud API does."""
        if attempt.kind == "other":
            return Taken(body=_about(attempt))
        self._check_rates(attempt)
        self._check_person(attempt)
        message = f"wamid.{self._world.number()}"
        to = {"input": attempt.thread, "wa_id": attempt.thread}
        body: Json = {
            "messaging_product": "whatsapp",
            "contacts": [to],
            "messages": [{"id": message, "message_status": "accepted"}],
        }
        return Taken(body=body, ids=(message,), person=attempt.thread)

    def _account(self, call: Call) -> PlatformAccount:
        account = self._world.account(call.bearer(), "whatsapp")
        if account is None or account.channel != "whatsapp":
            message = "Authentication Error"
            raise graph_refused(190, message, status=401, rule="auth")
        return account

    def _message(self, call: Call, account: PlatformAccount) -> Attempt:
        body = call.json()
        faults = whatsapp_faults(body)
        if faults or not isinstance(body, dict):
            detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
            message = "(#131009) Parameter value is not valid"
            raise graph_refused(131009, message, rule="schema", detail=detail)
        return Attempt(
            call=call,
            account=account,
            kind="reply",
            thread=words(body, "to").removeprefix("+") or words(body, "recipient"),
            text=_said(body),
            outbound_id=words(body, "biz_opaque_callback_data") or None,
            tag="template" if body["type"] == "template" else None,
            body=body,
        )

    def crowd(self, phone: str, customer: str, until: float) -> None:
        """Pretend that *customer* got too much from *phone*, which is made up for *until* then."""
        self._filled_until[phone, customer] = until + PAIR_SECONDS * PAIR_BURST

    def _check_rates(self, attempt: Attempt) -> None:
        now = attempt.call.at
        if self._world.too_fast(attempt.account, now):
            message = "(#130429) Rate limit hit"
            raise graph_refused(130429, message, subcode=2494055, rule="rate")
        pair = (attempt.account.page, attempt.thread)
        filled = max(self._filled_until.get(pair, now), now) + PAIR_SECONDS
        if filled > now + PAIR_SECONDS * PAIR_BURST:
            message = "(#131056) (Business Account, Consumer Account) pair rate limit hit"
            raise graph_refused(131056, message)
        self._filled_until[pair] = filled

    def _check_person(self, attempt: Attempt) -> None:
        world, account = self._world, attempt.account
        person = world.people.get(("whatsapp", account.page, attempt.thread))
        if attempt.tag == "template" or (person is None and world.strangers):
            return
        if person is None or person.blocked:
            rule = "recipient" if person is None else None
            raise graph_refused(131026, "(#131026) Message undeliverable", rule=rule)
        if person.wrote is None or attempt.call.at - person.wrote > WINDOW_SECONDS:
            raise graph_refused(131047, "(#131047) Re-engagement message", rule="window")


def _steps(call: Call) -> list[str]:
    """The path without the version in front."""
    return [step for step in call.path.split("/") if step][1:]


def _said(body: Json) -> str:
    interactive = words(body, "interactive", "body", "text")
    captions = (words(body, kind, "caption") for kind in ("image", "video", "document"))
    return words(body, "text", "body") or interactive or next(filter(None, captions), "")


def _about(attempt: Attempt) -> Json:
    match attempt.thread.split("/"):
        case [_, "subscribed_apps"] if attempt.call.method == "GET":
            return {"data": [{"whatsapp_business_api_data": {"id": "1", "name": "Demo"}}]}
        case [_, "message_templates"]:
            template = {"name": "continue_chat", "language": "zh_TW", "status": "APPROVED"}
            return {"data": [template]}
        case [node] if node == attempt.account.page and attempt.call.method == "GET":
            return {"id": node, "display_phone_number": "+886 2 2345 6789", "status": "CONNECTED"}
        case [node] if attempt.call.method == "GET":
            return {
                "id": node,
                "url": f"https://lookaside.example/{node}",
                "mime_type": "image/jpeg",
            }
    return {"success": True}


def claims(call: Call, world: World) -> bool:
    """Whether a call of the Graph is about a number, or signed in for nothing but WhatsApp."""
    steps = _steps(call)
    if steps and world.of_page("whatsapp", steps[0]) is not None:
        return True
    account = world.account(call.bearer(), "messenger")
    return account is not None and account.channel == "whatsapp"


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """The Cloud API's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return graph_refused(130429, "(#130429) Rate limit hit", headers=headers)
    if kind == "500":
        return graph_refused(131000, "(#131000) Something went wrong", status=500)
    return meta_misbehaved(kind, headers)


def follows(world: World, attempt: Attempt, taken: Taken) -> Iterator[Webhook]:
    """The statuses of what was said."""
    if taken.person is None:
        return
    customer = WhatsAppCustomer(account=attempt.account, phone=taken.person)
    for word, later in (("sent", 0.1), ("delivered", 0.3), ("read", 0.9)):
        yield customer.gets(
            word,
            message=taken.ids[0],
            outbound_id=attempt.outbound_id,
            sent=attempt.call.at + later,
        )


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="phone", otherwise=_DEMO_NUMBER)


PLAYED = Played(
    speakers={"whatsapp": WhatsAppSpeaker},
    account=_account_of,
    claims=claims,
    api=WhatsApp,
    misbehaved=misbehaved,
    follows=follows,
    rates={"whatsapp": 80},
    weights={"whatsapp": 4.0},
)
