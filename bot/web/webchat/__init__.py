"""Web chat for the brand's own site: sessions, live frames both ways, and the widget itself.

The package itself is light, since replies go through it before its pages are there.
"""

from bot.web.webchat.delivery import deliver_to, tell_state, tell_typing

__all__ = ["deliver_to", "tell_state", "tell_typing"]
