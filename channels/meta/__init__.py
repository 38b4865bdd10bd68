"""What Meta's platforms share: the app's webhook, direct messages, and the Graph API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from channels.meta.adapter import MetaAdapter
from channels.meta.comments import CommentsAdapter
from channels.meta.direct import DirectReading
from channels.meta.graph import Graph, refusal, taken, written_to
from channels.meta.reading import Reading
from channels.meta.settings import AppSettings, PageSettings
from channels.meta.webhook import Item, answer_handshake, check_signature, items
from channels.meta.written import content, purpose

__all__ = [
    "AppSettings",
    "CommentsAdapter",
    "DirectReading",
    "Graph",
    "Item",
    "MetaAdapter",
    "PageSettings",
    "Reading",
    "answer_handshake",
    "check_signature",
    "content",
    "items",
    "purpose",
    "refusal",
    "taken",
    "written_to",
]
