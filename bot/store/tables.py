"""The tables. One definition serves SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    literal_column,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return _counted(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return _told(value)

    # Past the decorator's own call around each value: a message has dozens of them.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        return _counted

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[int | None], datetime | None]:
        return _told


def _counted(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // MICROSECOND


def _told(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + MICROSECOND * int(value)


# SQLite gives only INTEGER PRIMARY KEY the row id, and it has 64 bits there anyway.
Key = BigInteger().with_variant(Integer, "sqlite")

bodies = Table(
    "bodies",
    metadata,
    Column("id", LargeBinary(32), primary_key=True, comment="SHA-256 of the body"),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_bodies_received_at", bodies.c.received_at)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("event_id", String(512), nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("conversation", Text, nullable=False, comment="channel/account/thread"),
    Column("kind", String(32), nullable=False),
    Column("event", Text, comment="the ChannelEvent as JSON; NULL once it is done"),
    Column("body", LargeBinary(32), comment="bodies.id, kept until the event is done"),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False, comment="pending, done or parked"),
    Column("tries", SmallInteger, nullable=False, default=0),
    Column("not_before", Instant, comment="a failed message waits until then"),
    Column("reason", Text),
    UniqueConstraint("channel", "account", "event_id"),
)
# Few rows among all that were ever stored. A query that names this very term finds them by its
# index; SQLite sees that only where the values are written out.
INBOX_OPEN = inbox.c.state != literal_column("'done'")
Index(
    "ix_inbox_open",
    inbox.c.state,
    inbox.c.id,
    sqlite_where=INBOX_OPEN,
    postgresql_where=INBOX_OPEN,
)

partitions = Table(
    "partitions",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("owner", String(64)),
    Column("epoch", Integer, nullable=False, default=0),
    Column("leased_until", Instant),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True, comment="its node's name, then its own"),
    Column("seen_at", Instant, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True, comment="channel/account/thread"),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("thread", Text, nullable=False),
    Column("surface", String(16), nullable=False),
    Column("state", String(16), nullable=False, comment="bot, waiting, agent or closed"),
    Column("fence", Integer, nullable=False, default=0, comment="raised by every take-over"),
    Column("agent_id", ForeignKey("agents.id")),
    Column("contact_id", Text, nullable=False),
    Column("contact_name", Text),
    Column("language", String(16)),
    Column("misses", SmallInteger, nullable=False, default=0, comment="unsure answers in a row"),
    Column("slots", JSON, nullable=False, default=dict),
    Column("asked_slot", String(64), comment="the slot that the bot just asked for"),
    Column("asked_by", String(64), comment="the action that asked for it"),
    Column(
        "choices", JSON, nullable=False, default=list, server_default="[]", comment="title, payload"
    ),
    Column("post", Text),
    Column("gone", JSON, nullable=False, default=list, comment="ids deleted before they came"),
    Column("opted_out_at", Instant),
    Column("disclosed_at", Instant),
    Column("last_in_at", Instant, comment="the customer's last message, platform time"),
    Column("last_out_at", Instant),
    Column("last_agent_at", Instant),
    Column("waiting_since", Instant, comment="when it was handed over; NULL unless waiting"),
    Column("handoff_reason", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("import_id", Key, comment="the import that made it, if one did"),
)
Index("ix_conversations_queue", conversations.c.state, conversations.c.waiting_since)
Index(
    "ix_conversations_import_id",
    conversations.c.import_id,
    sqlite_where=conversations.c.import_id.is_not(None),
    postgresql_where=conversations.c.import_id.is_not(None),
)

labels = Table(
    "labels",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("label", String(64), primary_key=True),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("inbox_id", Key, comment="the inbox row that brought it"),
    Column("outbox_id", String(36), comment="the outbox item that sent it"),
    Column("direction", String(8), nullable=False, comment="in or out"),
    Column("author", String(16), nullable=False, comment="customer, bot or agent"),
    Column("agent_id", ForeignKey("agents.id")),
    Column("contact_id", Text, comment="which customer, where a comment thread has several"),
    Column("visibility", String(16), nullable=False, comment="public, private_reply or note"),
    Column("kind", String(32), nullable=False),
    Column("platform_id", Text),
    Column("text", Text),
    Column("attachments", JSON),
    Column("post", Text),
    Column("root", Text),
    Column("reply_to", Text),
    Column("ack", Boolean, nullable=False, default=False),
    Column("handoff", Boolean, nullable=False, default=False),
    Column("expects_reply", Boolean, nullable=False, default=False),
    Column("answerable", Boolean, nullable=False, default=True),
    Column("sent_at", Instant, nullable=False, comment="platform time; ours where it tells none"),
    Column("received_at", Instant, nullable=False, comment="our time"),
    Column("import_id", Key, comment="the import that brought it"),
    Column("agent_name", Text, comment="of an export; no agent of ours"),
    Column("broadcast", Boolean, nullable=False, server_default=false(), comment="went to many"),
)
Index(
    "ix_messages_import_id",
    messages.c.import_id,
    sqlite_where=messages.c.import_id.is_not(None),
    postgresql_where=messages.c.import_id.is_not(None),
)
Index("ix_messages_conversation", messages.c.conversation_id, messages.c.id)
Index("ix_messages_platform", messages.c.platform_id)

imports = Table(
    "imports",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("format", String(32), nullable=False),
    Column("fingerprint", String(64), nullable=False, comment="which export, by what it holds"),
    Column("resolution_seconds", Integer, nullable=False),
    Column("conversations", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, comment="NULL while it is on its way, or was cut off"),
    Column("undone_at", Instant),
)
Index("ix_imports_fingerprint", imports.c.fingerprint)

erasures = Table(
    "erasures",
    metadata,
    Column(
        "digest", LargeBinary(32), primary_key=True, comment="HMAC-SHA-256 of channel/account/name"
    ),
    Column("erased_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

erasure_keys = Table(
    "erasure_keys",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="always 1"),
    Column("key", LargeBinary(32), nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id")),
    Column("type", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False, comment="customer, bot, system or agent:ID"),
    Column("data", JSON, nullable=False),
)
Index("ix_events_conversation", events.c.conversation_id, events.c.id)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("inbox_id", Key, comment="the inbox row that it answers; NULL for an agent's message"),
    Column("part", SmallInteger, nullable=False, default=0),
    Column("author", String(16), nullable=False, comment="bot or agent"),
    Column("agent_id", ForeignKey("agents.id")),
    Column("message", JSON, nullable=False, comment="the OutboundMessage"),
    Column("flags", JSON, nullable=False, comment="ack, handoff, expects_reply, template"),
    Column("state", String(16), nullable=False),
    Column("fence", Integer, nullable=False, comment="conversations.fence when it was decided"),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("window_until", Instant),
    Column("tries", SmallInteger, nullable=False, default=0),
    Column(
        "doubtful", Boolean, nullable=False, default=False, comment="a try may have got through"
    ),
    Column("claimed_by", String(64)),
    Column("claimed_at", Instant),
    Column("settled_at", Instant),
    Column("platform_id", Text),
    Column("reason", Text),
    UniqueConstraint("inbox_id", "part"),
)
OUTBOX_OPEN = outbox.c.state.in_(
    [literal_column(f"'{state}'") for state in ("queued", "sending", "unknown")]
)
Index(
    "ix_outbox_open",
    outbox.c.state,
    outbox.c.author,
    outbox.c.seq,
    sqlite_where=OUTBOX_OPEN,
    postgresql_where=OUTBOX_OPEN,
)
Index("ix_outbox_conversation", outbox.c.conversation_id, outbox.c.state, outbox.c.seq)

accounts = Table(
    "accounts",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("paused_at", Instant),
    Column("reason", Text),
)

polls = Table(
    "polls",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("cursor", Text, comment="the adapter's own; NULL before the first"),
    Column("next_at", Instant, nullable=False),
    Column("owner", String(64)),
    Column("leased_until", Instant),
)

profiles = Table(
    "profiles",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("contact_id", String(512), primary_key=True),
    Column("name", Text),
    Column("username", Text),
    Column("picture_url", Text),
    Column("language", Text),
    Column("found", Boolean, nullable=False),
    Column("fetched_at", Instant, nullable=False),
)

quotas = Table(
    "quotas",
    metadata,
    Column("name", String(128), primary_key=True, comment="channel/account"),
    Column("period", String(32), nullable=False),
    Column("used", Integer, nullable=False),
)

public_replies = Table(
    "public_replies",
    metadata,
    Column("outbox_id", String(36), primary_key=True, comment="its first part"),
    Column("post", String(32), nullable=False, comment="digest of where"),
    Column("author", String(32), nullable=False, comment="digest of to whom"),
    Column("said", String(32), nullable=False, comment="digest of the words"),
    Column("at", Instant, nullable=False),
)
Index("ix_public_replies_said", public_replies.c.post, public_replies.c.said)
Index("ix_public_replies_post", public_replies.c.post, public_replies.c.at)
Index("ix_public_replies_author", public_replies.c.author, public_replies.c.at)

thread_names = Table(
    "thread_names",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("thread", Text, nullable=False, comment="the one in the conversation's key"),
    Column("sure", Boolean, nullable=False, comment="no other customer will ever have it"),
)
Index(
    "ix_thread_names_thread",
    thread_names.c.channel,
    thread_names.c.account,
    thread_names.c.thread,
)

agents = Table(
    "agents",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False, comment="agent, manager or admin"),
    Column("password_hash", Text, nullable=False),
    Column("language", String(16)),
    Column("active", Boolean, nullable=False, default=True),
    Column(
        "teaches", Boolean, nullable=False, default=False, server_default=false(), comment="reviews"
    ),
    Column("created_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", LargeBinary(32), primary_key=True, comment="SHA-256 of the cookie"),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("name", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant, comment="to the minute"),
    Column("revoked_at", Instant),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", String(32), nullable=False),
    Column("language", String(16), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("key", "language"),
)

files = Table(
    "files",
    metadata,
    Column("id", String(32), primary_key=True, comment="192 random bits, in its public address"),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("mime_type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_files_conversation_id", files.c.conversation_id)
Index("ix_files_expires_at", files.c.expires_at)

chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("id", LargeBinary(32), primary_key=True, comment="SHA-256 of the visitor's token"),
    Column("account", String(64), nullable=False),
    Column("thread", String(64), nullable=False, unique=True),
    Column("language", String(16)),
    Column("user_id", Text, comment="set when the brand signed the visitor's identity"),
    Column("created_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

chat_frames = Table(
    "chat_frames",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=True),
    Column("thread", String(64), nullable=False),
    Column("message_id", String(64), nullable=False, comment="ours, or the browser's for theirs"),
    Column("frame", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("thread", "message_id"),
    # A browser counts on the numbers: one that was shown must not come again after a deletion.
    sqlite_autoincrement=True,
)
Index("ix_chat_frames_thread", chat_frames.c.thread, chat_frames.c.seq)

taught = Table(
    "taught",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("intent", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("folded", String(32), nullable=False, comment="digest: equal ones are one example"),
    Column("message_id", ForeignKey("messages.id"), comment="whose words it was made from"),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("used_at", Instant, comment="when a lesson accepted it"),
    Column("refused_at", Instant, comment="when a lesson refused it"),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ForeignKey("agents.id")),
)
Index("ix_taught_folded", taught.c.folded)
Index("ix_taught_message_id", taught.c.message_id)

taught_intents = Table(
    "taught_intents",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("handoff", Boolean, nullable=False, comment="a person answers it"),
    Column("answers", JSON, nullable=False, comment="what the bot says, by language"),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", ForeignKey("agents.id")),
)

lessons = Table(
    "lessons",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(64), nullable=False, comment="the process that learns"),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("accepted", Boolean, comment="NULL unless it was judged"),
    Column("before", Float, comment="accuracy without what was new, 0 to 1"),
    Column("after", Float, comment="accuracy with it"),
    Column("problem", Text, comment="why nothing came of it"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("event_id", Key, nullable=False, comment="the decision on it, in events"),
    Column("reason", String(16), nullable=False, comment="unsure, untapped, again or handed_over"),
    Column("folded", String(32), nullable=False, comment="digest: equal ones are one group"),
    Column("intent", String(64), nullable=False),
    Column("language", String(16), nullable=False, comment="empty where nobody knows"),
    Column("channel", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("verdict", String(16), comment="taught, dismissed or right; NULL while it waits"),
    Column("taught_id", ForeignKey("taught.id")),
    Column("agent_id", ForeignKey("agents.id")),
    Column("judged_at", Instant),
)
REVIEW_OPEN = reviews.c.verdict.is_(None)
# All that the queue is grouped and filtered by; then what it is counted by.
Index(
    "ix_reviews_open",
    reviews.c.folded,
    reviews.c.message_id,
    reviews.c.reason,
    reviews.c.language,
    reviews.c.channel,
    sqlite_where=REVIEW_OPEN,
    postgresql_where=REVIEW_OPEN,
)
Index(
    "ix_reviews_reason",
    reviews.c.reason,
    reviews.c.language,
    reviews.c.channel,
    sqlite_where=REVIEW_OPEN,
    postgresql_where=REVIEW_OPEN,
)
Index(
    "ix_reviews_judged",
    reviews.c.folded,
    sqlite_where=reviews.c.verdict.is_not(None),
    postgresql_where=reviews.c.verdict.is_not(None),
)
Index("ix_reviews_conversation_id", reviews.c.conversation_id)
Index("ix_reviews_at", reviews.c.at, sqlite_where=REVIEW_OPEN, postgresql_where=REVIEW_OPEN)

asks = Table(
    "asks",
    metadata,
    Column("first_message", Key, primary_key=True, autoincrement=False, comment="messages.id"),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant, comment="answered, withdrawn or expired; NULL while it is open"),
    Column("ask", Text, nullable=False, comment="bot.reports.ask.Ask as JSON"),
)
Index("ix_asks_conversation_id", asks.c.conversation_id)
Index("ix_asks_opened_at", asks.c.opened_at)
Index("ix_asks_ended_at", asks.c.ended_at, asks.c.expires_at)

ask_tallies = Table(
    "ask_tallies",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False, comment="local, date ordinal"),
    Column("channel", String(32), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("surface", String(16), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("measure", String(8), primary_key=True, comment="answer, touch or human"),
    Column("cells", LargeBinary, nullable=False, comment="bot.reports.tally.Tally"),
)

ask_upkeep = Table(
    "ask_upkeep",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="always 1"),
    Column("state", JSON, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", String(16), primary_key=True, comment="96 random bits, in its public address"),
    Column("outbox_id", String(36), nullable=False, comment="the reply that it stands in"),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("target", Text, comment="where it leads; NULL once it has ended or was erased"),
    Column("public", Boolean, nullable=False, comment="everybody reads the reply"),
    Column("author", String(16), nullable=False, comment="bot or agent"),
    Column("template", String(64)),
    Column("intent", String(64)),
    Column("language", String(16)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
LINK_LEADS = links.c.target.is_not(None)
Index("ix_links_created_at", links.c.created_at)
Index("ix_links_conversation_id", links.c.conversation_id)
Index(
    "ix_links_expires_at", links.c.expires_at, sqlite_where=LINK_LEADS, postgresql_where=LINK_LEADS
)

clicks = Table(
    "clicks",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("link_id", ForeignKey("links.id"), nullable=False),
    Column("at", Instant, comment="NULL once its customer was erased"),
    # A number that the brand's site was told must never be another click's.
    sqlite_autoincrement=True,
)
Index("ix_clicks_link_id", clicks.c.link_id)

conversions = Table(
    "conversions",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("number", String(100), nullable=False, unique=True, comment="the brand's own"),
    Column("click_id", ForeignKey("clicks.id"), nullable=False),
    Column("value", String(20), comment="a decimal number"),
    Column("currency", String(3)),
    Column("signed", Boolean, nullable=False, comment="by the brand; else a browser told it"),
    Column("at", Instant, comment="NULL once its customer was erased"),
)
Index("ix_conversions_click_id", conversions.c.click_id)

conversion_refusals = Table(
    "conversion_refusals",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False, comment="local, date ordinal"),
    Column("verdict", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

report_views = Table(
    "report_views",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("page", String(16), nullable=False, comment="the last word of its address, or empty"),
    Column("filters", JSON, nullable=False, comment="what its address asks for"),
    Column("agent_id", ForeignKey("agents.id"), nullable=False, comment="who saved it"),
    Column("created_at", Instant, nullable=False),
    Column("every", String(8), comment="day, week or month; NULL: it is not mailed"),
    Column("hour", SmallInteger, nullable=False, comment="in the brand's zone"),
    Column("recipients", JSON, nullable=False, comment="[address, language] each"),
    Column("since", Instant, nullable=False, comment="what was due before is not mailed"),
    Column("watched", Boolean, nullable=False),
    Column("alarm_times", Float, comment="so much worse than usual; NULL: as usual"),
    Column("quiet_hours", SmallInteger, comment="after an alarm; NULL: as usual"),
)

report_mails = Table(
    "report_mails",
    metadata,
    Column("view_id", ForeignKey("report_views.id"), primary_key=True),
    Column("occasion", String(32), primary_key=True, comment="the day it was due, or an alarm"),
    Column("address", String(254), primary_key=True),
    Column("language", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(8), nullable=False, comment="waiting, sent or failed"),
    Column("tries", SmallInteger, nullable=False),
    Column("next_at", Instant, nullable=False, comment="of the next try; while one runs, its end"),
    Column("owner", String(64), comment="who tries just now"),
    Column("reason", Text, comment="why the last try failed"),
    Column("ended_at", Instant),
)
Index("ix_report_mails_state", report_mails.c.state, report_mails.c.next_at)

report_alarms = Table(
    "report_alarms",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("view_id", ForeignKey("report_views.id"), nullable=False),
    Column("began_at", Instant, nullable=False, comment="the drift's first breach"),
    Column("raised_at", Instant, nullable=False),
    Column("facts", JSON, nullable=False, comment="what its text says"),
    Column("asks", JSON, nullable=False, comment="ids of the asks of the drift"),
    Column("agent_id", ForeignKey("agents.id"), comment="who acknowledged it"),
    Column("acknowledged_at", Instant),
)
Index("ix_report_alarms_view_id", report_alarms.c.view_id, report_alarms.c.raised_at)
