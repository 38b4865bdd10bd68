"""The managers' pages: how many were answered, how fast, and the messages behind every figure."""

from bot.web.reports.routes import setup

__all__ = ["setup"]
