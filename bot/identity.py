"""Names for what we send: UUIDs that grow with time, so that indexes stay compact."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(now: datetime) -> str:
    """A version 7 UUID (RFC 9562 5.7): 48 bits of milliseconds, then chance."""
    milliseconds = int((now - _EPOCH).total_seconds() * 1000) & 0xFFFF_FFFF_FFFF
    chance = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62
    return str(UUID(int=value | chance & 0x3FFF_FFFF_FFFF_FFFF))
