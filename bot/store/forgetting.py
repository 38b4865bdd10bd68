"""Drops what waits to be reviewed when a customer's words go."""

from sqlalchemy import Connection, and_, delete, select, update

from bot.store.tables import messages, reviews, taught


def forget_review(
    connection: Connection, *, conversation_id: int, message_id: int | None = None
) -> None:
    """Drop what was to be reviewed of a message, or of a conversation; what was taught stays.

    Call it after the words are gone: whoever is looking through the log waits for that.
    """
    ours = reviews.c.conversation_id == conversation_id
    source = select(messages.c.id).where(messages.c.conversation_id == conversation_id)
    if message_id is not None:
        ours = and_(ours, reviews.c.message_id == message_id)
        source = source.where(messages.c.id == message_id)
    connection.execute(delete(reviews).where(ours))
    connection.execute(
        update(taught).where(taught.c.message_id.in_(source)).values(message_id=None)
    )
