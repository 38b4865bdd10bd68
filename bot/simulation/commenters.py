"""What customers do under posts, as the signed webhooks that Meta makes of it.

Shapes: Graph API "Webhooks for Pages" (feed). Ids are the caller's; times are Unix seconds.
"""

from dataclasses import dataclass

from bot.simulation.accounts import PlatformAccount
from bot.simulation.webhook import Webhook, meta_post

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commenter:
    """A person (or the page itself) who comments under *post*, an id like PAGE_1221."""

    account: PlatformAccount
    id: str
    name: str
    post: str

    def adds(
        self, text: str, *, comment: str, sent: float, parent: str | None = None,
        root: str | None = None,
    ) -> Webhook:  # fmt: skip
        """A comment; with *parent* below another comment, whose top-level one is *root*."""
        value = self._value("add", comment, sent=sent, text=text, parent=parent)
        return self._post(
            "comment.add", value, comment, sent=sent, text=text, parent=parent, root=root
        )

    def edits(
        self, comment: str, text: str, *, sent: float, parent: str | None = None,
        root: str | None = None,
    ) -> Webhook:  # fmt: skip
        """The text of *comment* is another now."""
        value = self._value("edited", comment, sent=sent, text=text, parent=parent)
        return self._post(
            "comment.edit", value, comment, sent=sent, text=text, parent=parent, root=root
        )

    def removes(
        self, comment: str, *, sent: float, parent: str | None = None, root: str | None = None
    ) -> Webhook:
        """*comment* is gone; Meta tells neither text nor time."""
        value = self._value("remove", comment, sent=sent, text="", parent=parent)
        value = {key: value[key] for key in value if key not in ("message", "created_time", "post")}
        return self._post(
            "comment.remove", value, comment, sent=sent, text="", parent=parent, root=root
        )

    def hides(self, comment: str, text: str, *, sent: float, hidden: bool = True) -> Webhook:
        """The page hid *comment* or showed it again; its text comes along."""
        verb = "hide" if hidden else "unhide"
        value = self._value(verb, comment, sent=sent, text=text, parent=None)
        value["is_hidden"] = hidden
        return self._post(
            f"comment.{verb}", value, comment, sent=sent, text=text, parent=None, root=None
        )

    def _value(
        self, verb: str, comment: str, *, sent: float, text: str, parent: str | None
    ) -> Json:
        link = f"https://www.facebook.com/{self.account.page}/posts/{self.post.split('_')[-1]}"
        return {
            "from": {"id": self.id, "name": self.name},
            "post": {
                "status_type": "added_photos",
                "is_published": True,
                "permalink_url": link,
                "promotion_status": "inactive",
                "id": self.post,
            },
            "message": text,
            "post_id": self.post,
            "comment_id": comment,
            "created_time": int(sent),
            "item": "comment",
            "parent_id": parent or self.post,
            "verb": verb,
        }

    def _post(
        self, kind: str, value: Json, comment: str, *, sent: float, text: str,
        parent: str | None, root: str | None,
    ) -> Webhook:  # fmt: skip
        change: Json = {"field": "feed", "value": value}
        entry: Json = {"id": self.account.page, "time": int(sent), "changes": [change]}
        body, headers = meta_post(self.account, {"object": "page", "entry": [entry]})
        return Webhook(
            kind=kind,
            account=self.account,
            customer=self.id,
            message=comment,
            sent=sent,
            body=body,
            headers=headers,
            text=text,
            name=self.name,
            post=self.post,
            parent=parent,
            root=root or parent or comment,
        )
