"""Names for what we send: UUIDs that grow with time, so that indexes stay compact."""

import os
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHANCE_BYTES = 10
_POOL_BYTES = 4096
_pool = bytearray()
# A forked process must not hand out its parent's chances again.
os.register_at_fork(after_in_child=_pool.clear)


def new_id(now: datetime) -> str:
    """A version 7 UUID (RFC 9562 5.7): 48 bits of milliseconds, then chance."""
    milliseconds = int((now - _EPOCH).total_seconds() * 1000) & 0xFFFF_FFFF_FFFF
    chance = int.from_bytes(_chance()) & (1 << 74) - 1
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62
    spelled = f"{value | chance & 0x3FFF_FFFF_FFFF_FFFF:032x}"
    return "-".join((spelled[:8], spelled[8:12], spelled[12:16], spelled[16:20], spelled[20:]))


def _chance() -> bytes:
    # Asking the system for every name costs more than making it.
    if len(_pool) < _CHANCE_BYTES:
        _pool.extend(os.urandom(_POOL_BYTES))
    taken = bytes(_pool[-_CHANCE_BYTES:])
    del _pool[-_CHANCE_BYTES:]
    return taken
