"""The brand that is measured: the demo's, with two Pages on Messenger and an action that naps."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import yaml

from bot.simulation.accounts import PlatformAccount
from bot.simulation.customers import MessengerCustomer
from bot.simulation.webhook import Webhook

SHOP = PlatformAccount(
    channel="messenger", account="shop", page="1", secret="bench-secret", token="bench-token"
)
SECOND = replace(SHOP, account="second", page="2", token="second-token")
CONVERSATIONS = 1000
# Texts that the classifier has to work on, none of which calls a person.
TEXTS = (
    "how much is shipping to Tainan?",
    "運費怎麼算呢",
    "可以超商取貨嗎？",
    "what payment methods do you take",
    "hello there, anyone in?",
    "哈囉你好～",
    "謝謝你喔！",
    "thanks so much for the help",
    "請問你們幾點打烊",
    "幾天會到貨？",
    "how long does delivery usually take",
    "可以開統編嗎",
    "do you have any discount codes",
    "怎麼下單",
)


def path(account: PlatformAccount) -> str:
    """Where the service takes webhooks for *account*."""
    return f"/webhooks/{account.channel}/{account.account}"


def chat(account: PlatformAccount, messages: int, *, name: str) -> list[Webhook]:
    """So many signed webhooks, by customers in turn; *name* sets them apart from other rounds."""
    return list(_chat(account, messages, name))


def order_question(number: int) -> str:
    """A text that the napping action answers."""
    return f"track my order A{number}"


def write(folder: Path, url: str, accounts: Sequence[PlatformAccount] = (SHOP, SECOND)) -> Path:
    """Write the brand's config.yml; the platform is at *url*."""
    return serving(folder, {"messenger": [_page(account, url) for account in accounts]})


def serving(folder: Path, channels: Mapping[str, object], **sections: object) -> Path:
    """Write a config.yml of the demo's brand with other *channels* and *sections*."""
    demo = yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))
    demo |= {"channels": channels, **sections}
    demo["actions"] = ["benchmarks.actions:ActionNap"]
    demo["answers"]["order_status"] = {"action": "action_nap"}
    file = folder / "config.yml"
    file.write_text(yaml.safe_dump(demo, allow_unicode=True), encoding="utf-8")
    return file


def _chat(account: PlatformAccount, messages: int, name: str) -> Iterator[Webhook]:
    sent = time.time()
    for number, text in enumerate(islice(cycle(TEXTS), messages)):
        customer = MessengerCustomer(account=account, id=f"{name}-{number % CONVERSATIONS}")
        yield customer.says(text, message=f"m_{name}_{number}", sent=sent)


def _page(account: PlatformAccount, url: str) -> dict[str, object]:
    return {
        "account": account.account,
        "page": account.page,
        "secret": account.secret,
        "verify_token": "bench-verify",
        "token": account.token,
        "api": url,
        # The pipeline is measured, not the platform's own limit for one Page.
        "rate": 1_000_000,
    }
