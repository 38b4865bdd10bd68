"""Calls to the YouTube Data API: signed in, and paid for from the day's budget."""

from collections.abc import Mapping

from channels.base import Answer, Context
from channels.errors import ChannelUnavailable, DeliveryUnknown
from channels.http import MAX_ANSWER, call_json
from channels.youtube.access import Access
from channels.youtube.answers import taken
from channels.youtube.budget import LIST, Budget, Purpose
from channels.youtube.settings import Settings

# A hundred threads with some replies each.
_MAX_LIST = 16_000_000

Page = Mapping[str, object]


class Calls:
    """The API for one account. Lists raise a SendError, and never DeliveryUnknown."""

    def __init__(self, settings: Settings, context: Context, *, channel: str) -> None:
        self._root = f"{settings.api.rstrip('/')}/youtube/v3"
        self._own = settings.channel
        self._context = context
        self._channel = channel
        self._access = Access(settings, context, channel=channel)
        self.budget = Budget(
            channel=channel,
            account=settings.account,
            daily=settings.daily_units,
            reserve=settings.reserve_units,
            meter=context.meter,
            clock=context.clock,
        )

    async def write(
        self,
        path: str,
        query: Mapping[str, str],
        payload: object = None,
        *,
        units: int,
        purpose: Purpose,
    ) -> Answer:
        """Post *payload*; return what YouTube answers."""
        return await self._call("POST", path, query, payload, units=units, purpose=purpose)

    async def threads(
        self,
        page: str | None = None,
        *,
        status: str = "published",
        purpose: Purpose = Purpose.POLL,
    ) -> Page:
        """Threads of the whole channel, newest first."""
        query = {
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": self._own,
            "moderationStatus": status,
            "order": "time",
            "maxResults": "100",
            "textFormat": "plainText",
        }
        return await self._list("commentThreads", query | _paged(page), purpose=purpose)

    async def these(self, ids: list[str]) -> Page:
        """The threads of *ids*, as far as they are still there."""
        query = {"part": "snippet,replies", "id": ",".join(ids), "textFormat": "plainText"}
        return await self._list("commentThreads", query)

    async def replies(
        self, thread: str, page: str | None = None, *, purpose: Purpose = Purpose.POLL
    ) -> Page:
        """The replies of *thread*, newest first."""
        query = {
            "part": "snippet",
            "parentId": thread,
            "maxResults": "100",
            "textFormat": "plainText",
        }
        return await self._list("comments", query | _paged(page), purpose=purpose)

    async def channels(self, **which: str) -> Page:
        """Channels by *which*: their id, or mine="true"."""
        query = {"part": "snippet", **which}
        return await self._list("channels", query, purpose=Purpose.PERSON)

    async def _list(
        self, path: str, query: Mapping[str, str], *, purpose: Purpose = Purpose.POLL
    ) -> Page:
        try:
            answer = await self._call("GET", path, query, units=LIST, purpose=purpose)
            return taken(answer, channel=self._channel, now=self._context.clock())
        except DeliveryUnknown as exc:
            # Nothing was to be delivered: it can be asked again.
            raise ChannelUnavailable(self._channel, exc.detail) from exc

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        payload: object = None,
        *,
        units: int,
        purpose: Purpose,
    ) -> Answer:
        headers = await self._access.headers()
        await self.budget.spend(units, purpose)
        answer = await call_json(
            self._context.http,
            method,
            f"{self._root}/{path}",
            payload,
            channel=self._channel,
            headers=headers,
            query=query,
            most=_MAX_LIST if method == "GET" else MAX_ANSWER,
        )
        if answer.status == 401 and self._access.refused():
            raise ChannelUnavailable(self._channel, "the access token was refused; making a new")
        return answer


def items(page: Page) -> list[object]:
    """What *page* lists."""
    found = page.get("items")
    return found if isinstance(found, list) else []


def next_page(page: Page) -> str | None:
    """The token of the page after *page*; None if it is the last."""
    token = page.get("nextPageToken")
    return token if isinstance(token, str) and token else None


def _paged(page: str | None) -> dict[str, str]:
    return {} if page is None else {"pageToken": page}
