"""What Meta's platforms share: the app's webhook, direct messages, and the Graph API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from channels.meta.adapter import MetaAdapter
from channels.meta.direct import DirectReading
from channels.meta.graph import Graph, content, refusal, taken, written_to
from channels.meta.reading import Reading
from channels.meta.settings import AppSettings, PageSettings
from channels.meta.webhook import Item, answer_handshake, check_signature, items

__all__ = [
    "AppSettings",
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
    "refusal",
    "taken",
    "written_to",
]
