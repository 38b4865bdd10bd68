"""The managers' pages about templates: as customers read them, and what came of each variant."""

from aiohttp import web

from bot.web.template_pages import figures, pages

__all__ = ["setup"]


def setup(app: web.Application) -> None:
    """Add the routes."""
    pages.setup(app)
    figures.setup(app)
