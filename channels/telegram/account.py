"""Whether a bot is set up right, and how it is told where to post."""

from collections.abc import Sequence

from channels.base import Finding
from channels.errors import SendError
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


async def checked(api: Api, *, username: str | None) -> Sequence[Finding]:
    """What Telegram says of the bot and of its webhook."""
    try:
        bot, webhook = await api.ask("getMe"), await api.ask("getWebhookInfo")
    except SendError as exc:
        step = "Copy the token anew from @BotFather."
        return [Finding(name="token", ok=False, detail=str(exc), next_step=step)]
    own, url = str(bot.get("username") or ""), str(webhook.get("url") or "")
    fault = str(webhook.get("last_error_message") or "")
    waiting = webhook.get("pending_update_count")
    return [
        Finding(name="token", ok=True, detail=f"@{own}"),
        Finding(
            name="username",
            ok=(username or "").casefold() == own.casefold(),
            detail=username or "not set: groups reach the bot by replies only",
            next_step=f"Set username: {own}.",
        ),
        Finding(name="webhook", ok=bool(url), detail=url, next_step="Set the webhook."),
        Finding(
            name="delivery",
            ok=not fault,
            detail=f"{fault} ({waiting} waiting)" if fault else f"{waiting} waiting",
            next_step="Look whether Telegram reaches web.public_url, and the secret is the same.",
        ),
    ]


async def subscribed(api: Api, *, webhook_url: str, secret: str) -> Sequence[Finding]:
    """Tell Telegram where to post, and the secret that it shows there."""
    try:
        await api.ask("setWebhook", url=webhook_url, secret_token=secret, allowed_updates=UPDATES)
    except SendError as exc:
        return [Finding(name="webhook", ok=False, detail=str(exc), next_step="Check the address.")]
    return [Finding(name="webhook", ok=True, detail=webhook_url)]
