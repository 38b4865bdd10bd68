"""What programs read: the figures and lists of the reports, behind tokens."""

from bot.web.api.routes import setup

__all__ = ["setup"]
