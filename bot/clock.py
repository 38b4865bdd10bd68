"""The one clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)
