"""Whether an account is set up right."""

from collections.abc import Sequence

from channels.base import Finding
from channels.errors import SendError
from channels.youtube.budget import Purpose
from channels.youtube.calls import Calls, items
from channels.youtube.payloads import told
from channels.youtube.settings import Settings

_CONSENT = "let the channel's owner give consent once more, with the scope youtube.force-ssl"


async def findings(calls: Calls, settings: Settings) -> Sequence[Finding]:
    """What is right and wrong; costs two units."""
    return [await _channel(calls, settings), await _comments(calls), await _units(calls, settings)]


async def _channel(calls: Calls, settings: Settings) -> Finding:
    try:
        own = [told(one, "id") for one in items(await calls.channels(mine="true"))]
    except SendError as exc:
        return Finding(name="token", ok=False, detail=str(exc), next_step=_CONSENT)
    if settings.channel in own:
        return Finding(name="token", ok=True, detail=f"speaks for {settings.channel}")
    return Finding(
        name="token",
        ok=False,
        detail=f"speaks for {', '.join(map(str, own)) or 'no channel'}",
        next_step=f"give consent as the owner of {settings.channel}, or correct `channel`",
    )


async def _comments(calls: Calls) -> Finding:
    try:
        await calls.threads(purpose=Purpose.PERSON)
    except SendError as exc:
        step = "switch the YouTube Data API v3 on in the project, and look at `channel`"
        return Finding(name="comments", ok=False, detail=str(exc), next_step=step)
    return Finding(name="comments", ok=True)


async def _units(calls: Calls, settings: Settings) -> Finding:
    used = await calls.budget.used()
    return Finding(
        name="units",
        ok=used < settings.daily_units - settings.reserve_units,
        detail=f"{used} of {settings.daily_units} used today",
        next_step="the rest is for people until midnight in California; ask Google for more quota",
    )
