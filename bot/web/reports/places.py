"""Where an ask is found: the number of its page."""

from bot.reports.ask import Ask
from bot.store.logged import row_of


def place_of(ask: Ask) -> int | None:
    """The number under which an ask is found."""
    return row_of(ask.message_ids[0])


def place_of_id(ask_id: str) -> int | None:
    """The same from an ask's id."""
    return row_of(ask_id.rpartition("/")[2])
