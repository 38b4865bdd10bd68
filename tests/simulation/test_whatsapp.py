"""WhatsApp as it is played holds us to its rules: schema, window, limits, who can be written to."""

from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.simulation.accounts import PlatformAccount
from bot.simulation.platform import FakePlatform
from bot.simulation.whatsapp import PAIR_BURST
from bot.simulation.whatsapp_people import WhatsAppCustomer
from bot.simulation.whatsapp_shapes import whatsapp_faults
from tests.channels.schemas import faults

ACCOUNT = PlatformAccount(channel="whatsapp", account="shop", page="1065", secret="s", token="t")
LIN = WhatsAppCustomer(account=ACCOUNT, phone="886912345678", user="TW.1")
NOW = 1_790_582_401.0
TO = {"messaging_product": "whatsapp", "to": "+886912345678"}
TEXT: dict[str, Any] = {**TO, "type": "text", "text": {"body": "a"}}
SCHEMA = "whatsapp/derived/SendMessage.composed.schema.json"

words = st.sampled_from(["", "a", "字" * 20, "字" * 21, "字" * 1024, "字" * 1025, "字" * 4097])
odd: st.SearchStrategy[Any] = words | st.none() | st.integers() | st.just([]) | st.just({})
reply = st.fixed_dictionaries(
    {"type": st.just("reply"), "reply": st.fixed_dictionaries({"id": words, "title": words})}
)
row = st.fixed_dictionaries({"id": words, "title": words}, optional={"description": words})
section = st.fixed_dictionaries({"rows": st.lists(row, max_size=11)})
action = st.fixed_dictionaries({"buttons": st.lists(reply, max_size=4)}) | st.fixed_dictionaries(
    {"button": words, "sections": st.lists(section, max_size=2)}
)
interactive = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["button", "list"]),
        "body": st.fixed_dictionaries({"text": words}),
        "action": action,
    }
)
media = st.fixed_dictionaries({"link": st.sampled_from(["https://a.example/x", "x"])}) | odd
bodies = st.fixed_dictionaries(
    {
        "messaging_product": st.sampled_from(["whatsapp", "sms"]),
        "type": st.sampled_from(["text", "image", "interactive", "template", "poll"]),
    },
    optional={
        "to": words,
        "recipient": words,
        "text": st.fixed_dictionaries({"body": words}) | odd,
        "image": media,
        "interactive": interactive | odd,
        "biz_opaque_callback_data": words,
        "x": odd,
    },
)


@settings(deadline=None)
@given(bodies)
def test_a_body_passes_here_that_the_platform_refuses(body: dict[str, Any]) -> None:
    assert whatsapp_faults(body) or faults(SCHEMA, body) == []


def test_the_usual_text_is_refused() -> None:
    assert whatsapp_faults(TEXT) == []


async def send(platform: FakePlatform, http: aiohttp.ClientSession, **more: Any) -> tuple[int, int]:
    """Send a text; returns the status and the error's code."""
    url = f"{platform.url}/v25.0/1065/messages"
    headers = {"Authorization": "Bearer t"}
    told = TO | more if "type" in more else TEXT | more
    async with http.post(url, json=told, headers=headers) as answer:
        said = await answer.json()
        return answer.status, said.get("error", {}).get("code", 0)


async def test_whatsapp_takes_what_it_must_refuse() -> None:
    now = [NOW]
    async with (
        FakePlatform([ACCOUNT], clock=lambda: now[0]) as platform,
        aiohttp.ClientSession() as http,
    ):
        assert await send(platform, http) == (400, 131026)
        platform.note(LIN.says("hello", message="w", sent=NOW))
        assert await send(platform, http) == (200, 0)
        assert await send(platform, http, text={"body": ""}) == (400, 131009)
        now[0] += 25 * 3600
        assert await send(platform, http) == (400, 131047)
        parameters = [{"type": "text", "text": "a"}]
        template: dict[str, Any] = {"name": "a", "language": {"code": "en"}}
        template["components"] = [{"type": "body", "parameters": parameters}]
        assert await send(platform, http, type="template", template=template) == (200, 0)
        platform.block("whatsapp", LIN.phone)
        assert await send(platform, http) == (400, 131026)
        assert [one.rule for one in platform.violations] == ["recipient", "schema", "window"]


async def test_one_customer_gets_more_than_the_burst() -> None:
    async with (
        FakePlatform([ACCOUNT], clock=lambda: NOW) as platform,
        aiohttp.ClientSession() as http,
    ):
        platform.note(LIN.says("hello", message="w", sent=NOW))
        platform.world.rates["whatsapp"] = 1000

        codes = [await send(platform, http) for _ in range(PAIR_BURST + 1)]

        assert codes == [(200, 0)] * PAIR_BURST + [(400, 131056)]


@pytest.mark.parametrize(("token", "known"), [("t", True), ("x", False)])
async def test_anybody_may_ask_about_a_number(token: str, known: bool) -> None:
    async with FakePlatform([ACCOUNT]) as platform, aiohttp.ClientSession() as http:
        for path in ("1065", "65463453", "1022/subscribed_apps", "1022/message_templates"):
            headers = {"Authorization": f"Bearer {token}"}
            async with http.get(f"{platform.url}/v25.0/{path}", headers=headers) as answer:
                assert (answer.status == 200) is known
