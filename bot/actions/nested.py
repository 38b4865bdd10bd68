"""What an action in our process may ask for while it runs: another action, by its name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from bot.actions.call import ActionFailed, Answered


class Asked(Protocol):
    """Runs other actions of the same brand, wherever they run."""

    @property
    def names(self) -> frozenset[str]:
        """The actions that there are."""

    async def ask(
        self, name: str, *, tracker: Mapping[str, Any], domain: Mapping[str, Any]
    ) -> Answered:
        """Run action *name*. Raises ActionFailed."""


_ASKED: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def answered_by(asked: Asked) -> Iterator[None]:
    """Let *asked* run what actions ask for within the block."""
    token = _ASKED.set(asked)
    try:
        yield
    finally:
        _ASKED.reset(token)


def known(name: str) -> bool:
    """Whether there is an action *name* to ask."""
    asked = _ASKED.get()
    return asked is not None and name in asked.names


async def ask(name: str, *, tracker: Mapping[str, Any], domain: Mapping[str, Any]) -> Answered:
    """What action *name* answers. Raises ActionFailed."""
    asked = _ASKED.get()
    if asked is None or name not in asked.names:
        raise ActionFailed(f"there is no action {name}")
    return await asked.ask(name, tracker=tracker, domain=domain)
