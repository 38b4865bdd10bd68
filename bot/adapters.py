"""The adapters that we have: a brand's config names them, and only those are imported."""

import importlib
from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel

from channels.base import Capabilities, Channel, Context

# One line for each, in alphabetical order: its word in config.yml, its module and its class.
ADAPTERS: Mapping[str, str] = {
    "instagram": "channels.instagram:Instagram",
    "instagram_comments": "channels.instagram:InstagramComments",
    "line": "channels.line:Line",
    "messenger": "channels.messenger:Messenger",
    "own_app": "channels.own_app:OwnApp",
    "page_comments": "channels.page_comments:PageComments",
    "telegram": "channels.telegram:Telegram",
    "webchat": "channels.webchat:WebChat",
    "whatsapp": "channels.whatsapp:WhatsApp",
    "x": "channels.x:XDirect",
    "x_posts": "channels.x:XPosts",
    "youtube": "channels.youtube:YouTube",
}


class AdapterClass(Protocol):
    """What every adapter's class is: called with its Settings and a Context, it makes a Channel."""

    name: str
    webhook: str
    capabilities: Capabilities

    def __call__(self, settings: Any, context: Context) -> Channel: ...


def adapter(name: str) -> AdapterClass:
    """The class of adapter *name*, imported now."""
    module, _, class_name = ADAPTERS[name].partition(":")
    found: AdapterClass = getattr(importlib.import_module(module), class_name)
    return found


def settings(name: str) -> type[BaseModel]:
    """The Settings of adapter *name*: one account in config.yml."""
    model: type[BaseModel] = importlib.import_module(ADAPTERS[name].partition(":")[0]).Settings
    return model


def unconfigured(name: str, context: Context) -> Channel:
    """Adapter *name* for an account that nobody has: good enough to parse and to judge answers.

    Every required setting is the word "none", an *api* an address of that name; an adapter whose
    settings take no such word offers `Settings.specimen()`.
    """
    model = settings(name)
    specimen = getattr(model, "specimen", None)
    if specimen is not None:
        return adapter(name)(specimen(), context)
    required = {key: "none" for key, field in model.model_fields.items() if field.is_required()}
    if "api" in required:
        required["api"] = "http://none"
    return adapter(name)(model.model_validate(required), context)
