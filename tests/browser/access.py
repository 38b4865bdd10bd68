"""What axe finds against a page."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import pytest
from playwright.async_api import Frame, Page

# What a law asks for: WCAG 2.2 A and AA.
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Half a change of colour has no contrast that anybody reads by.
_STILL = "() => Promise.allSettled(document.getAnimations().map((each) => each.finished))"
_FOUND = """(levels) => axe.run(document, levels.length ? { runOnly: levels } : {}).then((found) =>
  found.violations.map((one) => `${one.id}: ${one.nodes.map((each) => each.html.slice(0, 160))}`))
"""


async def violations(page: Page | Frame, levels: Sequence[str] = ()) -> list[str]:
    """What breaks a rule of *levels*, or of all that axe knows, once nothing moves any more."""
    await page.evaluate(_STILL)
    await page.evaluate(_axe())
    found: list[str] = await page.evaluate(_FOUND, list(levels))
    return found


@cache
def _axe() -> str:
    package = pytest.importorskip("axe_playwright_python").__name__
    return (files(package) / "axe.min.js").read_text(encoding="utf-8")
