"""Which part of a date is the day, found out from all dates of an export."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from bot.exports.errors import AmbiguousDates
from bot.exports.formats import DateOrder

Parts: TypeAlias = tuple[int, int, int]
_PLACES: dict[DateOrder, Parts] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
# Days change about thirty times as often as months; so much more often is no accident.
_CHANGES = 4


def order_of(dates: Iterable[Iterable[Parts]]) -> DateOrder:
    """Find the order in which every date exists and, within each chat, time goes forward.

    *dates* are those of each chat as they stand. Raises AmbiguousDates.
    """
    chats = [list(chat) for chat in dates]
    if any(parts[0] > 31 for chat in chats for parts in chat):
        return "ymd"
    possible = [order for order in _ORDERS[:2] if _all_exist(chats, order)]
    if not possible:
        # Two digits for the year may stand first, too.
        return "ymd"
    if len(possible) == 2:
        back = {order: _steps_back(chats, order) for order in possible}
        if back["dmy"] != back["mdy"]:
            return min(possible, key=lambda order: back[order])
        return _by_changes(chats)
    return possible[0]


def day_of(parts: Parts, order: DateOrder) -> date | None:
    """Make a date; two digits are a year of this century. None if there is no such day."""
    year, month, day = (parts[place] for place in _PLACES[order])
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except (ValueError, OverflowError):
        return None


def _all_exist(chats: list[list[Parts]], order: DateOrder) -> bool:
    return all(day_of(parts, order) for chat in chats for parts in chat)


def _steps_back(chats: list[list[Parts]], order: DateOrder) -> int:
    days = [[day_of(parts, order) for parts in chat] for chat in chats]
    return sum(
        one is not None and other is not None and other < one
        for chat in days
        for one, other in pairwise(chat)
    )


def _by_changes(chats: list[list[Parts]]) -> DateOrder:
    pairs = [pair for chat in chats for pair in pairwise(chat)]
    first, second = (sum(one[place] != other[place] for one, other in pairs) for place in (0, 1))
    if first == second == 0 and all(parts[0] == parts[1] for chat in chats for parts in chat):
        return "dmy"
    if first >= _CHANGES and first >= 3 * second:
        return "dmy"
    if second >= _CHANGES and second >= 3 * first:
        return "mdy"
    example = "/".join(str(part) for part in next(parts for chat in chats for parts in chat))
    raise AmbiguousDates(
        f"{example} may be a day first or a month first; say which: --date-order dmy or "
        "--date-order mdy"
    )
