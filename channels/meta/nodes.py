"""Reading what the Graph API tells: nodes, edges and their times."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast


def listed(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The items of an edge."""
    data = body.get("data")
    return [mapping(one) for one in data] if isinstance(data, list) else []


def instant(told: object) -> datetime | None:
    """The time that Graph writes as 2026-09-28T08:00:01+0000; None where it is none."""
    try:
        read = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return None if read is None or read.tzinfo is None else read.astimezone(UTC)


def mapping(value: object) -> Mapping[str, object]:
    """*value* where it is an object; else an empty one."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}
