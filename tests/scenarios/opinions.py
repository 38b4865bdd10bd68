"""Models of a brand's own, as a second opinion may be: one that knows, and ones that do not."""

import asyncio
from collections.abc import Collection

asked: list[tuple[str, str | None]] = []


class Knows:
    """Takes every message with a gizmo for a question for the opening hours."""

    async def tell(
        self, text: str, *, language: str | None, intents: Collection[str]
    ) -> tuple[str, float] | None:
        asked.append((text, language))
        assert "store_hours" in intents
        return ("store_hours", 0.9) if "gizmo" in text else None


class Unsure:
    """Names an intent, without much confidence."""

    async def tell(self, text: str, **_: object) -> tuple[str, float] | None:
        return "store_hours", 0.3


class Foreign:
    """Names what is no intent."""

    async def tell(self, text: str, **_: object) -> tuple[str, float] | None:
        return "world_peace", 1.0


class Odd:
    """Gives what is no answer."""

    async def tell(self, text: str, **_: object) -> object:
        return 42


class Broken:
    """Fails."""

    async def tell(self, text: str, **_: object) -> tuple[str, float] | None:
        asked.append(("broken", None))
        raise ConnectionError("no model there")


class Slow:
    """Is never done."""

    async def tell(self, text: str, **_: object) -> tuple[str, float] | None:
        await asyncio.Event().wait()
        return None


class Blocking:
    """Cannot be asked without holding everybody up."""

    def tell(self, text: str, **_: object) -> tuple[str, float] | None:
        return None
