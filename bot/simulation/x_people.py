"""What people do on X, as the signed webhooks that it makes of it.

Shapes: X Activity API "Event payloads". Ids are the caller's; times are Unix seconds.
"""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.simulation.accounts import PlatformAccount
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook

Json = dict[str, object]


def x_webhook(account: PlatformAccount, payload: object) -> tuple[bytes, dict[str, str]]:
    """Body and headers as X sends them."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    signature = base64.b64encode(hmac.digest(account.secret.encode(), body, "sha256")).decode()
    return body, {
        "content-type": "application/json",
        "x-twitter-webhooks-signature": f"sha256={signature}",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class XPerson:
    """Somebody on X, or with the account's own id the brand itself."""

    account: PlatformAccount
    id: str
    name: str = ""

    def writes(self, text: str, *, message: str, sent: float) -> Webhook:
        """A direct message to the brand."""
        return self._direct("dm.received", text, message=message, sent=sent, to=self.account.page)

    def hears(self, text: str, *, message: str, sent: float) -> Webhook:
        """The brand's direct message to this person, as X shows it to the brand."""
        brand = XPerson(account=self.account, id=self.account.page)
        return brand._direct("dm.sent", text, message=message, sent=sent, to=self.id)

    def posts(
        self, text: str, *, post: str, sent: float, conversation: str | None = None,
        parent: str | None = None, kind: str = "post.mention.create",
    ) -> Webhook:  # fmt: skip
        """A post that mentions the brand; with *parent* a reply to a post of the brand's."""
        us = self.account.page
        named: Json = {"start": 0, "end": 6, "username": "brand", "id": us}
        payload: Json = {
            "id": post,
            "author_id": self.id,
            "text": text,
            "created_at": datetime.fromtimestamp(sent, UTC).isoformat().replace("+00:00", "Z"),
            "conversation_id": conversation or post,
            "edit_history_tweet_ids": [post],
            "entities": {"mentions": [named]},
        }
        if parent is not None:
            payload["in_reply_to_user_id"] = us
            payload["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
        users: Json = {"users": [{"id": self.id, "name": self.name, "username": "customer"}]}
        return self._webhook(
            "comment.add", kind, payload, message=post, sent=sent, text=text,
            post=conversation or post, parent=parent, includes=users,
        )  # fmt: skip

    def answers(
        self, text: str, *, post: str, sent: float, conversation: str, parent: str, to: str
    ) -> Webhook:
        """A post of the brand's own that answers *parent*, by person *to*."""
        payload: Json = {
            "id": post,
            "author_id": self.id,
            "text": f"@customer {text}",
            "created_at": datetime.fromtimestamp(sent, UTC).isoformat(),
            "conversation_id": conversation,
            "in_reply_to_user_id": to,
            "referenced_tweets": [{"type": "replied_to", "id": parent}],
            "entities": {"mentions": [{"start": 0, "end": 9, "username": "customer", "id": to}]},
        }
        return self._webhook(
            "comment.echo", "post.create", payload, message=post, sent=sent, text=text
        )

    def _direct(self, kind: str, text: str, *, message: str, sent: float, to: str) -> Webhook:
        event: Json = {
            "type": "message_create",
            "id": message,
            "created_timestamp": str(round(sent * 1000)),
            "message_create": {
                "target": {"recipient_id": to},
                "sender_id": self.id,
                "message_data": {"text": text, "entities": {"urls": []}},
            },
        }
        user: Json = {"data": {"id": self.id, "name": self.name, "username": "customer"}}
        payload: Json = {"direct_message_events": [event], "users": {self.id: user}}
        ours = "dm.text" if kind == "dm.received" else "dm.echo"
        return self._webhook(ours, kind, payload, message=message, sent=sent, text=text)

    def _webhook(
        self, ours: str, kind: str, payload: Json, *, message: str, sent: float, text: str,
        post: str | None = None, parent: str | None = None, includes: Json | None = None,
    ) -> Webhook:  # fmt: skip
        data: Json = {
            "event_uuid": message,
            "filter": {"user_id": self.account.page},
            "event_type": kind,
            "tag": "antiphon",
            "payload": payload,
        }
        body, headers = x_webhook(
            self.account, {"data": data | ({"includes": includes} if includes else {})}
        )
        return Webhook(
            kind=ours,
            account=self.account,
            customer=self.id,
            message=message,
            sent=sent,
            body=body,
            headers=headers,
            text=text,
            name=self.name,
            opens_window=ours == "dm.text",
            post=post,
            parent=parent,
            root=message if post else None,
        )


class _Speaker:
    """Somebody whose words X neither edits nor takes back in our sight."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        self._person = XPerson(account=account, id=_number(ids), name=name)
        self.thread = self._person.id

    def sticks(self) -> None:
        """Nothing: X has no stickers."""

    def edits(self, said: Webhook, text: str) -> None:
        """Nothing."""

    def unsends(self, said: Webhook) -> None:
        """Nothing: X does not tell."""

    def again(self, said: Webhook) -> Webhook:
        """X delivers *said* once more: the very same bytes."""
        return said


class XDirectSpeaker(_Speaker):
    """Somebody who writes in private."""

    def says(self, text: str) -> Webhook:
        """A direct message."""
        return self._person.writes(text, message=_number(self._ids), sent=time.time())


class XPostSpeaker(_Speaker):
    """Somebody who mentions the brand, and goes on in the same conversation."""

    _conversation: str | None = None

    def says(self, text: str) -> Webhook:
        """A post."""
        post = _number(self._ids)
        said = self._person.posts(
            f"@brand {text}", post=post, sent=time.time(), conversation=self._conversation
        )
        if self._conversation is None:
            self._conversation = post
        return said


def _number(ids: Ids) -> str:
    """An id of at most 19 digits, too large for a JSON number to keep."""
    return f"{ids.run}{ids.next():06d}"
