"""Whether a bot is set up right, and how it is told where to post."""

from collections.abc import Mapping, Sequence

from channels.base import Finding
from channels.errors import Rejected, SendError, Unauthorized
from channels.telegram.api import Api

# Without message_reaction Telegram sends no reactions; the others are named so that nothing that
# it invents later is sent unasked.
UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)


async def check(api: Api, *, username: str | None) -> Sequence[Finding]:
    """Look at the token, the bot's name and its webhook. Raises nothing."""
    try:
        bot, webhook = await api.ask("getMe"), await api.ask("getWebhookInfo")
    except SendError as exc:
        return [_failed(exc)]
    own = str(bot.get("username") or "")
    return [
        Finding(name="token", ok=True, detail=f"of @{own}"),
        _named(own, username or ""),
        _webhook(webhook),
    ]


async def subscribe(api: Api, *, webhook_url: str, secret: str) -> Sequence[Finding]:
    """Tell Telegram where to post, and the secret that it is to show there. Raises nothing."""
    try:
        await api.ask("setWebhook", url=webhook_url, secret_token=secret, allowed_updates=UPDATES)
    except SendError as exc:
        return [_failed(exc)]
    return [Finding(name="webhook", ok=True, detail=f"Telegram posts to {webhook_url}")]


def _named(own: str, username: str) -> Finding:
    ok = username.casefold() == own.casefold()
    detail = f"@{username}" if username else "not set: groups reach the bot by replies only"
    step = "" if ok else f"set username: {own}"
    return Finding(name="username", ok=ok, detail=detail, next_step=step)


def _webhook(told: Mapping[str, object]) -> Finding:
    url, fault = str(told.get("url") or ""), str(told.get("last_error_message") or "")
    if not url:
        step = "antiphon channels subscribe telegram"
        return Finding(name="webhook", ok=False, detail="not set", next_step=step)
    detail = f"{url}, {told.get('pending_update_count', 0)} updates waiting"
    if not fault:
        return Finding(name="webhook", ok=True, detail=detail)
    step = (
        "if it goes on: is the secret the one that Telegram was told? antiphon channels subscribe"
    )
    return Finding(name="webhook", ok=False, detail=f"{detail}, last: {fault}", next_step=step)


def _failed(exc: SendError) -> Finding:
    if isinstance(exc, Unauthorized):
        step = "copy the token anew from @BotFather"
        return Finding(name="token", ok=False, detail=str(exc), next_step=step)
    if isinstance(exc, Rejected):
        step = "Telegram wants an https address on port 443, 80, 88 or 8443"
        return Finding(name="webhook", ok=False, detail=str(exc), next_step=step)
    step = "let this machine reach the platform: name service, firewall, proxy"
    return Finding(name="platform", ok=False, detail=str(exc), next_step=step)
