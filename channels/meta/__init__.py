"""What Meta's platforms share: the app's webhook, direct messages, and the Graph API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from channels.meta.adapter import MetaAdapter
from channels.meta.catch_up import commented, readable
from channels.meta.comments import CommentsAdapter
from channels.meta.direct_adapter import DirectAdapter
from channels.meta.graph import Graph, taken, written_to
from channels.meta.nodes import instant, listed, mapping
from channels.meta.reading import Reading
from channels.meta.refusals import Kind
from channels.meta.settings import AppSettings, PageSettings
from channels.meta.setup import ConnectedAdapter
from channels.meta.webhook import Item, answer_handshake, check_signature, items
from channels.meta.written import content, purpose

__all__ = [
    "AppSettings",
    "CommentsAdapter",
    "ConnectedAdapter",
    "DirectAdapter",
    "Graph",
    "Item",
    "Kind",
    "MetaAdapter",
    "PageSettings",
    "Reading",
    "answer_handshake",
    "check_signature",
    "commented",
    "content",
    "instant",
    "items",
    "listed",
    "mapping",
    "purpose",
    "readable",
    "taken",
    "written_to",
]
