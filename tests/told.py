"""Conversations in which a template was said, as the service logs them, for the pages about it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from bot.replies.source import read_template
from bot.store.tables import conversations, events, messages, outbox

_numbers = count(1)


@dataclass(slots=True, kw_only=True)
class Telling:
    """Writes replies from the template file *file*, as it stands now."""

    connection: Connection
    file: Path
    channel: str = "line"
    name: str | None = "林小姐"
    _ids: Any = field(default_factory=lambda: _numbers)

    def tell(
        self,
        at: datetime,
        variant: int,
        *after: tuple[str, str],
        conversation: int | None = None,
        **more: Any,
    ) -> int:
        """Say *variant* (from 0) at *at*; *after* are (intent or event, words), an hour apart.

        Returns the conversation's id. *more* changes what the log keeps of the reply.
        """
        number = next(self._ids)
        conversation = conversation or self._conversation(number, at)
        template = read_template(self.file)
        said = {
            "template": template.name.partition(".")[0],
            "language": self.file.parent.name,
            "version": template.name,
            "variant": variant,
            "of": len(template.variants),
            "draw": template.draw,
            "wording": 0,
            "choices": len(template.offers.quick_replies),
            "asks": False,
            "outbox": f"out-{number}",
        }
        data = {"message": f"m-{number}", "intent": "greet", "decision": "Respond"}
        self._heard(conversation, f"m-{number}", "哈囉", at)
        said |= {name: value for name, value in more.items() if name in said}
        data |= {name: value for name, value in more.items() if name not in said}
        data.pop("state", None)
        self._log(conversation, "decided", at, {**data, "said": [said]})
        self._left(conversation, number, template.variants[variant].text, at, more.get("state"))
        for hours, (word, text) in enumerate(after, start=1):
            self._then(conversation, word, text, at + timedelta(hours=hours))
        return conversation

    def _then(self, conversation: int, word: str, text: str, at: datetime) -> None:
        if word in {"handoff", "taken"}:
            self._log(conversation, word, at, {})
            return
        id = f"m-{next(self._ids)}"
        intent, _, source = word.partition("/")
        data = {"message": id, "intent": intent, "source": source, "decision": "Respond"}
        self._heard(conversation, id, text, at)
        self._log(conversation, "decided", at, data)

    def _conversation(self, number: int, at: datetime) -> int:
        statement = insert(conversations).values(
            key=f"{self.channel}/shop/told-{number}",
            channel=self.channel,
            account="shop",
            thread=f"told-{number}",
            surface="direct",
            state="bot",
            contact_id=f"told-{number}",
            contact_name=self.name,
            slots={},
            gone=[],
            created_at=at,
        )
        return int(self.connection.scalar(statement.returning(conversations.c.id)) or 0)

    def _heard(self, conversation: int, id: str, text: str, at: datetime) -> None:
        row = {"direction": "in", "author": "customer", "platform_id": id, "text": text}
        self._message(conversation, at, row)

    def _left(
        self, conversation: int, number: int, text: str, at: datetime, state: str | None
    ) -> None:
        id = f"out-{number}"
        row = {
            "id": id,
            "conversation_id": conversation,
            "partition": 0,
            "part": 0,
            "author": "bot",
            "message": {
                "id": id,
                "text": text,
                "action": "reply",
                "channel": self.channel,
                "account": "shop",
                "surface": "direct",
            },
            "flags": {},
            "state": state or "sent",
            "fence": 0,
            "created_at": at,
            "not_before": at,
            "expires_at": at,
        }
        self.connection.execute(insert(outbox).values(row))
        if state is None:
            told = {"direction": "out", "author": "bot", "outbox_id": id, "text": text}
            self._message(conversation, at, told)

    def _message(self, conversation: int, at: datetime, row: dict[str, Any]) -> None:
        usual = {"conversation_id": conversation, "visibility": "public", "kind": "dm.text"}
        times = {"sent_at": at, "received_at": at}
        self.connection.execute(insert(messages).values(usual | times | row))

    def _log(self, conversation: int, type: str, at: datetime, data: dict[str, Any]) -> None:
        row = {"conversation_id": conversation, "type": type, "at": at, "actor": "bot"}
        self.connection.execute(insert(events).values(row | {"data": data}))


def told_brand(folder: Path) -> Path:
    """Write a brand with templates of its own, some of them odd; returns its config.yml."""
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "config.yml"


FILES = {
    "config.yml": """\
brand:
  name: {en: Good Day Goods, zh-Hant: 好日子選物}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
  hours: {monday: ["09:00-18:00"]}
responses: answers
channels:
  webchat: [{account: site}]
variables:
  shop: {url: "https://shop.example", shipping_fee: 80}
answers:
  price: {template: sale}
""",
    "answers/en/greet.j2": """\
---
weights: [1, 1]
quick_replies:
  - {title: Track my order, payload: order_status}
  - {title: Talk to a real person please, payload: human_request}
---
Hello {{ customer.name }}! How can we help?
--- variant
Hi there. What are you looking for today?
""",
    "answers/zh-Hant/greet.j2": """\
---
weights: [1, 1]
quick_replies:
  - {title: 查訂單, payload: order_status}
  - {title: 找真人, payload: human_request}
---
{{ customer.name }}您好，想問什麼呢？
--- variant
嗨，今天想找什麼？
""",
    "answers/en/sale.j2": """\
---
cards:
  - title: Spring tote bag
    text: Canvas, 30 cm
    image: "{{ shop.url }}/tote.jpg"
    buttons:
      - {title: See it, url: "{{ shop.url }}/tote"}
      - {title: How much is it, payload: price}
  - title: Ceramic mug <b>
    text: 300 ml
    buttons:
      - {title: How much is it, payload: price}
---
Our spring sale is on until {{ shop.sale_ends }}. Shipping is {{ shop.shipping_fee }}.
""",
    **{
        f"answers/{language}/visit.j2": """\
---
buttons:
  - {title: See the map, url: "{{ shop.url }}/map"}
  - {title: Book, payload: booking}
---
Come and see us.
"""
        for language in ("en", "zh-Hant")
    },
    "answers/en/season.j2": "Spring is here, {{ custommer.name }}.\n",
}
