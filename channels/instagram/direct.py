"""Instagram's direct messages.

https://developers.facebook.com/docs/instagram-platform
"""

from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities, LengthUnit
from channels.instagram.account import InstagramAccount
from channels.instagram.comment_events import FIELDS
from channels.instagram.settings import Settings
from channels.messages import Surface


class Instagram(InstagramAccount, meta.DirectAdapter[Settings]):
    """Direct messages of one professional account. Its echoes do not carry our id."""

    name: ClassVar[str] = "instagram"
    platform: ClassVar[str] = "instagram"
    elsewhere: ClassVar[frozenset[str]] = FIELDS
    profile_fields: ClassVar[str] = "name,username,profile_pic"
    fields: ClassVar[tuple[str, ...]] = (
        "messages",
        "messaging_postbacks",
        "messaging_seen",
        "message_reactions",
        "messaging_referral",
        "message_edit",
        "messaging_handover",
        "standby",
    )
    permissions: ClassVar[tuple[str, ...]] = ("instagram_basic", "instagram_manage_messages")
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=1000,
        unit=LengthUnit.UTF8,
        title_unit=LengthUnit.CHARACTERS,
        max_quick_replies=13,
        max_buttons=3,
        max_text_beside=640,
        link_buttons=True,
        max_cards=10,
        media=frozenset({"image", "audio", "video", "file"}),
        media_formats=frozenset(
            {"image/png", "image/jpeg", "image/gif", "video/mp4", "application/pdf"}
        ),
        max_media=8_000_000,
        reply_window=timedelta(hours=24),
        agent_window=timedelta(days=7),
        rate=100.0,
    )
