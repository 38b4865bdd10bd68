"""Facebook Messenger: direct messages of a Page.

https://developers.facebook.com/docs/messenger-platform
"""

from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities, Handle
from channels.messages import OutboundMessage, Surface
from channels.meta import PageSettings as Settings

__all__ = ["Messenger", "Settings"]

# https://developers.facebook.com/docs/messenger-platform/send-messages/saving-assets
_FORMATS = frozenset(
    {"image/png", "image/jpeg", "image/gif", "audio/mpeg", "video/mp4", "application/pdf"}
)


class Messenger(meta.DirectAdapter[Settings]):
    """Direct messages of one Page."""

    name: ClassVar[str] = "messenger"
    webhook: ClassVar[str] = "page"
    about: ClassVar[str] = "page"
    platform: ClassVar[str] = "messenger"
    # Page comments have an adapter of their own, which reads them from the same webhook.
    elsewhere: ClassVar[frozenset[str]] = frozenset({"feed", "mention", "ratings"})
    profile_fields: ClassVar[str] = "name,profile_pic,locale"
    fields: ClassVar[tuple[str, ...]] = (
        "messages",
        "message_echoes",
        "messaging_postbacks",
        "message_deliveries",
        "message_reads",
        "message_edits",
        "message_reactions",
        "messaging_referrals",
        "messaging_optins",
        "messaging_handovers",
        "messaging_policy_enforcement",
        "standby",
    )
    permissions: ClassVar[tuple[str, ...]] = (
        "pages_messaging",
        "pages_manage_metadata",
        "pages_show_list",
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=2000,
        max_quick_replies=13,
        max_buttons=3,
        max_text_beside=640,
        link_buttons=True,
        max_cards=10,
        media=frozenset({"image", "audio", "video", "file"}),
        media_formats=_FORMATS,
        max_media=8_000_000,
        reply_window=timedelta(hours=24),
        agent_window=timedelta(days=7),
        handle=Handle.ECHO,
        rate=300.0,
    )

    def _content(self, message: OutboundMessage) -> dict[str, object]:
        # The echo brings our id back.
        return meta.content(message, metadata=message.id)
