"""What Meta's platforms share: the app's webhook and the Graph API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from channels.meta.graph import Graph, Kind, content, refusal, taken, written_to
from channels.meta.settings import AppSettings, PageSettings
from channels.meta.webhook import Item, answer_handshake, check_signature, items

__all__ = [
    "AppSettings",
    "Graph",
    "Item",
    "Kind",
    "PageSettings",
    "answer_handshake",
    "check_signature",
    "content",
    "items",
    "refusal",
    "taken",
    "written_to",
]
