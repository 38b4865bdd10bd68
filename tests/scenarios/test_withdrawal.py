"""A customer who asks Meta to be forgotten is, and is shown that it happened."""

import hmac
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.house import House, account, house
from tests.scenarios.scene import logged, said

SECRET = account().secret.encode()
ANN = "7318846290154403"


def spelled(content: bytes) -> str:
    """Base64 as Meta writes it."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def request(user: object, *, secret: bytes = SECRET, **changes: Any) -> bytes:
    """The form that Meta posts."""
    told = {"algorithm": "HMAC-SHA256", "issued_at": 1790582401, "user_id": user} | changes
    payload = spelled(json.dumps(told).encode())
    signature = spelled(hmac.digest(secret, payload.encode(), "sha256"))
    return urlencode({"signed_request": f"{signature}.{payload}"}).encode()


async def posted(h: House, body: bytes, what: str = "deletion") -> tuple[int, Any]:
    """Status and answer."""
    url = f"{h.url}/webhooks/messenger/shop/{what}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with h.http.post(url, data=body, headers=headers) as answer:
        content = await answer.read()
        return answer.status, json.loads(content) if content[:1] == b"{" else content


async def test_somebody_asks_in_vain_or_sees_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.says(ANN, "我住在光復南路七號")
        await h.says("bob", "hello")
        await h.settled()

        status, told = await posted(h, request(ANN))

        assert status == 200
        assert told["url"].endswith(f"/deletions/{told['confirmation_code']}")
        assert await said(h, ANN) == []
        assert len(await said(h, "bob")) == 2
        for language, word in (("en", "has been deleted"), ("zh-Hant", "都已刪除")):
            async with h.http.get(f"{told['url']}?lang={language}") as shown:
                assert shown.status == 200
                assert word in await shown.text()
        _, nothing = await posted(h, request("nobody"))
        async with h.http.get(f"{nothing['url']}?lang=en") as shown:
            assert "keep nothing" in await shown.text()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(ANN, secret=b"another"), 401),
        (request(ANN, algorithm="none"), 401),
        (request(None), 400),
        (b"signed_request=", 401),
        (b"signed_request=a.b", 401),
        (b"\xff" * 100, 401),
        (b"", 401),
    ],
)
async def test_anybody_may_have_others_forgotten(tmp_path: Path, body: bytes, status: int) -> None:
    async with house(tmp_path) as h:
        await h.says(ANN, "hello")
        await h.settled()

        assert (await posted(h, body))[0] == status
        assert await said(h, ANN)


async def test_a_channel_without_consent_or_a_guessed_page_breaks(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for path in ("/webhooks/line/shop/deletion", "/webhooks/messenger/other/deletion"):
            async with h.http.post(h.url + path, data=request(ANN)) as answer:
                assert answer.status == 404
        async with h.http.get(f"{h.url}/deletions/{'a' * 22}") as answer:
            assert answer.status == 404


async def test_the_end_of_an_authorisation_is_not_noted(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        assert (await posted(h, request(ANN), "deauthorisation"))[0] == 200

        [line] = await logged(h, "deauthorised")
        assert line.data == {"channel": "messenger", "account": "shop"}
