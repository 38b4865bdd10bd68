"""Passwords: hashed slowly, checked off the loop, equally slow for people who do not exist."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256

# Each check takes 64 MiB; more at once would let log-ins exhaust the machine.
_AT_ONCE = 2
_hasher = PasswordHasher()


class UnfitPassword(Exception):
    """The password is too short or too long."""


class Passwords:
    """Checks and hashes, a few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def right(self, password: str, stored: str | None) -> bool:
        """Whether *password* is the one behind *stored*; None costs the same time and is False."""
        async with self._turns:
            return await asyncio.to_thread(_right, password, stored)

    async def hashed(self, password: str) -> str:
        """The hash to store. Raises UnfitPassword."""
        async with self._turns:
            return await asyncio.to_thread(hashed, password)


def hashed(password: str) -> str:
    """The hash to store; takes about 50 ms. Raises UnfitPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UnfitPassword
    return _hasher.hash(password)


def fresh() -> str:
    """A password nobody has chosen: 96 bits in 16 characters."""
    return secrets.token_urlsafe(12)


def _right(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
