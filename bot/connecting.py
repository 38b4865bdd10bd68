"""Whether the platforms and we can reach each other, account by account."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.config import Config
from channels.base import Channel, Checkup, Finding, Subscriber

PATIENCE = ClientTimeout(total=10, connect=4)
# Platforms sign tokens for minutes, and response times are told in seconds.
MOST_SKEW = timedelta(seconds=30)

Key = tuple[str, str]


class UnknownAccount(Exception):
    """config.yml has no account of that name; write CHANNEL/ACCOUNT."""


def webhook_url(config: Config, channel: Channel) -> str | None:
    """The address that the platform calls for this account; None while web.public_url is unset."""
    if config.web.public_url is None:
        return None
    root = str(config.web.public_url).rstrip("/")
    return f"{root}/webhooks/{channel.name}/{channel.account}"


def chosen(channels: Mapping[Key, Channel], names: Sequence[str]) -> list[Channel]:
    """The accounts that *names* ("line/shop", or "line" for all of a channel) mean; all without.

    Raises UnknownAccount.
    """
    if not names:
        return list(channels.values())
    found = []
    for name in names:
        channel, _, account = name.partition("/")
        meant = [each for each in channels.values() if each.name == channel]
        meant = [each for each in meant if not account or each.account == account]
        if not meant:
            raise UnknownAccount(name)
        found += meant
    return found


async def check(
    config: Config, channel: Channel, http: ClientSession, *, now: datetime
) -> list[Finding]:
    """Everything that can be said about one account without sending a customer anything."""
    findings = []
    settings = _settings(config, channel)
    api = getattr(settings, "api", None)
    if api is not None:
        findings.append(await _clock(api, http, now=now))
    if channel.webhook and api is not None and not hasattr(channel, "poll"):
        findings.append(await _reachable(config, http))
    if isinstance(channel, Checkup):
        findings += await channel.check()
    return findings


async def subscribe(config: Config, channel: Channel) -> list[Finding]:
    """Tell the platform where we are, as far as it takes that from a program."""
    address = webhook_url(config, channel)
    if not isinstance(channel, Subscriber):
        return [_by_hand(channel, address, ours=not hasattr(_settings(config, channel), "api"))]
    if address is None:
        return [_NO_ADDRESS]
    return list(await channel.subscribe(address))


_NO_ADDRESS = Finding(
    name="webhook address",
    ok=False,
    detail="web.public_url is not set, so no platform can call us",
    next_step="set web.public_url in config.yml to the https address that leads here",
)


def _settings(config: Config, channel: Channel) -> object:
    return next(
        each
        for name, each in config.accounts()
        if (name, each.account) == (channel.name, channel.account)
    )


def _by_hand(channel: Channel, address: str | None, *, ours: bool) -> Finding:
    if ours:
        return Finding(name="webhook", ok=True, detail="our own channel needs none")
    if not channel.webhook or hasattr(channel, "poll"):
        return Finding(name="webhook", ok=True, detail="this platform calls nobody; we ask it")
    step = f"enter {address or 'your webhook address'} in the platform's console"
    return Finding(
        name="webhook",
        ok=True,
        detail=f"is set by hand: {step}, see docs/channels/{channel.name}.md",
    )


async def _reachable(config: Config, http: ClientSession) -> Finding:
    """Whether our public address leads to an Antiphon, seen from here."""
    if config.web.public_url is None:
        return _NO_ADDRESS
    address = f"{str(config.web.public_url).rstrip('/')}/healthz"
    try:
        async with http.get(address, timeout=PATIENCE, allow_redirects=False) as answer:
            if answer.status == 200:
                return Finding(name="webhook address", ok=True, detail=f"{address} answers")
            told = f"{address} answers {answer.status}"
    except (ClientError, TimeoutError, OSError) as exc:
        told = f"{address} does not answer: {type(exc).__name__}"
    step = "start the service, and let the proxy in front of it pass /healthz and /webhooks"
    return Finding(name="webhook address", ok=False, detail=told, next_step=step)


async def _clock(api: str, http: ClientSession, *, now: datetime) -> Finding:
    """Whether our clock and the platform's agree; its answer may be any, if only it is dated."""
    try:
        async with http.get(api, timeout=PATIENCE, allow_redirects=False) as answer:
            dated = answer.headers.get("Date", "")
    except (ClientError, TimeoutError, OSError) as exc:
        step = "let this machine reach the platform: name service, firewall, proxy"
        detail = f"{api} does not answer: {type(exc).__name__}"
        return Finding(name="platform", ok=False, detail=detail, next_step=step)
    try:
        skew = now - parsedate_to_datetime(dated).astimezone(UTC)
    except (ValueError, TypeError):
        return Finding(name="platform", ok=True, detail=f"{api} answers")
    seconds = skew.total_seconds()
    ok = abs(skew) <= MOST_SKEW
    return Finding(
        name="clock",
        ok=ok,
        detail=f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} {api}",
        next_step="" if ok else "let this machine keep time: timedatectl set-ntp true",
    )
