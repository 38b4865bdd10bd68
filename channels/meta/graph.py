"""Calls to the Graph API.

https://developers.facebook.com/docs/graph-api/overview
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

from channels.base import Answer, Context
from channels.errors import DeliveryUnknown
from channels.http import call_json, usual_error
from channels.messages import Accepted
from channels.meta.nodes import instant, listed, mapping
from channels.meta.refusals import Kind, refusal
from channels.meta.settings import AppSettings

# Nobody catches up with more: it would take longer than the next outage.
MOST_PAGES = 20


class Graph:
    """The Graph API for one account.

    *kinds* are the error codes that only its platform has, or means in a way of its own.
    """

    def __init__(
        self,
        settings: AppSettings,
        context: Context,
        *,
        channel: str,
        kinds: Mapping[int, Kind] | None = None,
    ) -> None:
        self._root = f"{settings.api.rstrip('/')}/{settings.version}"
        self._token = settings.token
        self._http = context.http
        self._channel = channel
        self._kinds = kinds

    async def post(
        self, path: str, payload: Mapping[str, object], *, token: SecretStr | None = None
    ) -> Answer:
        """Post *payload*, as the account or with another *token*; return what Meta answers."""
        return await self._call("POST", path, payload, token=token)

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        token: SecretStr | None = None,
    ) -> Mapping[str, object]:
        """Read a node or an edge. Raises a SendError."""
        answer = await self._call("GET", path, query=query, token=token)
        return taken(answer, channel=self._channel, kinds=self._kinds)

    @property
    def signed(self) -> dict[str, str]:
        """The header that signs us in as the account."""
        return _signed(self._token)

    async def newest(
        self, path: str, query: Mapping[str, str], *, since: datetime, told_at: str
    ) -> list[Mapping[str, object]]:
        """The items of an edge that lists the newest first, down to *since*.

        *told_at* names their time; an item without one counts as new. Raises a SendError.
        """
        found: list[Mapping[str, object]] = []
        after: Mapping[str, str] = {}
        for _ in range(MOST_PAGES):
            body = await self.get(path, {**query, **after})
            page = listed(body)
            new = [one for one in page if (instant(one.get(told_at)) or since) >= since]
            found += new
            cursors = mapping(mapping(body.get("paging")).get("cursors"))
            if len(new) < len(page) or not page or "next" not in mapping(body.get("paging")):
                break
            after = {"after": str(cursors.get("after", ""))}
        return found

    async def _call(
        self,
        method: str,
        path: str,
        payload: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        token: SecretStr | None = None,
    ) -> Answer:
        return await call_json(
            self._http,
            method,
            f"{self._root}/{path}",
            payload,
            channel=self._channel,
            headers=_signed(token or self._token),
            query=query,
        )


def _signed(token: SecretStr) -> dict[str, str]:
    # Meta also takes the token in the address, where logs would keep it.
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def taken(
    answer: Answer, *, channel: str, kinds: Mapping[int, Kind] | None = None
) -> Mapping[str, object]:
    """The body of an *answer* that says yes; else raise the SendError that it means.

    *kinds* are the codes that only one platform has, or means in a way of its own.
    """
    if (error := usual_error(answer, channel=channel, server_errors=False)) is not None:
        raise error
    if answer.accepted and "error" not in answer.body:
        return answer.body
    raise refusal(answer, channel=channel, kinds=kinds)


def written_to(answer: Answer, *, channel: str) -> Accepted:
    """What the Send API's *answer* names: the message, and the person it went to."""
    body = taken(answer, channel=channel)
    if "message_id" not in body and "recipient_id" not in body:
        raise DeliveryUnknown(channel, "answer names no message")
    recipient = body.get("recipient_id")
    return Accepted(
        ids=(str(body["message_id"]),) if "message_id" in body else (),
        thread=None if recipient is None else str(recipient),
    )
