"""A desk to visit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.agents import Role
from tests.web.site import Site, site


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with an agent (Ann), another one (Bob), a manager (Mia) and an admin (Ada)."""
    async with site(tmp_path) as made:
        await made.hire("Ann")
        await made.hire("Bob")
        await made.hire("Mia", Role.MANAGER)
        await made.hire("Ada", Role.ADMIN)
        yield made
