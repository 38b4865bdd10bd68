"""A brand with one account on each platform, and calls as our adapters make them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.simulation.accounts import PlatformAccount
from bot.simulation.commenters import Commenter
from bot.simulation.customers import LineCustomer, MessengerCustomer

NOW = 1_790_000_000.0
PAGE = "104593217840226"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"
PUSH, REPLY = "/v2/bot/message/push", "/v2/bot/message/reply"
MESSAGES = f"/v25.0/{PAGE}/messages"
HOUR, DAY = 3600.0, 86400.0

MESSENGER = PlatformAccount(
    channel="messenger", account="main", page=PAGE, secret="app secret", token="page-token"
)
COMMENTS = PlatformAccount(
    channel="page_comments", account="main", page=PAGE, secret="app secret", token="page-token"
)
LINE = PlatformAccount(
    channel="line", account="shop", page=BOT, secret="channel secret", token="line-token"
)
ACCOUNTS = (MESSENGER, COMMENTS, LINE)

AMY = MessengerCustomer(account=MESSENGER, id="7318846290154403", name="Demo customer 1")
LIN = LineCustomer(account=LINE, id="U" + "4a" * 16, name="示範客人 2")
MAY = Commenter(account=COMMENTS, id="6955012388417720", name="示範客人 3", post=f"{PAGE}_1221")


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> tuple[int, int | None]:
        """Meta's error code and subcode."""
        return self.body["error"]["code"], self.body["error"].get("error_subcode")


async def post(
    url: str, path: str, body: object, *, token: str | None = None, **headers: str
) -> Answer:
    """Call the platform as the account that *path* belongs to, unless another *token* is given."""
    usual = LINE.token if path.startswith("/v2/") else MESSENGER.token
    sent = {"Authorization": f"Bearer {usual if token is None else token}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url + path, json=body, headers=sent) as response,
    ):
        return Answer(response.status, json.loads(await response.read()), dict(response.headers))


def to_amy(text: str = "您好", **more: object) -> dict[str, object]:
    """A reply to Amy."""
    said: dict[str, object] = {"text": text}
    if "metadata" in more:
        said["metadata"] = more.pop("metadata")
    return {"recipient": {"id": AMY.id}, "messaging_type": "RESPONSE", "message": said, **more}


def to_lin(text: str = "您好") -> dict[str, object]:
    """A push to Lin."""
    return {"to": LIN.id, "messages": [{"type": "text", "text": text}]}


def with_token(token: str, text: str = "您好") -> dict[str, object]:
    """A reply on LINE."""
    return {"replyToken": token, "messages": [{"type": "text", "text": text}]}


def amy_says(*, sent: float = NOW, message: str = "m_1") -> Any:
    """Amy writes."""
    return AMY.says("請問還有貨嗎？", message=message, sent=sent)


def lin_says(*, token: str = "t1", sent: float = NOW, message: str = "501") -> Any:
    """Lin writes."""
    return LIN.says(
        "有開嗎", message=message, event=f"01JX{message:0>22}", sent=sent, reply_token=token
    )


def may_comments(*, comment: str = "1221_900", sent: float = NOW) -> Any:
    """May comments."""
    return MAY.adds("多少錢", comment=comment, sent=sent)
