"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column(
            "name", sa.String(length=64), nullable=False, comment="its node's name, then its own"
        ),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "accounts",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_accounts")),
    )
    op.create_table(
        "agents",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False, comment="agent, manager or admin"),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("email", name=op.f("uq_agents_email")),
    )
    op.create_table(
        "bodies",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the body"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "canned_replies",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("key", "language", name=op.f("uq_canned_replies_key")),
    )
    op.create_table(
        "chat_frames",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column(
            "message_id",
            sa.String(length=64),
            nullable=False,
            comment="ours, or the browser's for theirs",
        ),
        sa.Column("frame", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_chat_frames")),
        sa.UniqueConstraint("thread", "message_id", name=op.f("uq_chat_frames_thread")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("chat_frames", schema=None) as batch_op:
        batch_op.create_index("ix_chat_frames_thread", ["thread", "seq"], unique=False)

    op.create_table(
        "chat_sessions",
        sa.Column(
            "id",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="SHA-256 of the visitor's token",
        ),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column(
            "user_id",
            sa.Text(),
            nullable=True,
            comment="set when the brand signed the visitor's identity",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_sessions")),
        sa.UniqueConstraint("thread", name=op.f("uq_chat_sessions_thread")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=512), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False, comment="channel/account/thread"),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "event",
            sa.Text(),
            nullable=True,
            comment="the ChannelEvent as JSON; NULL once it is done",
        ),
        sa.Column(
            "body",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="bodies.id, kept until the event is done",
        ),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="pending, done or parked"),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column(
            "not_before",
            sa.BigInteger(),
            nullable=True,
            comment="a failed message waits until then",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "account", "event_id", name=op.f("uq_inbox_channel")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_open",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("state != 'done'"),
            postgresql_where=sa.text("state != 'done'"),
        )

    op.create_table(
        "partitions",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partitions")),
    )
    op.create_table(
        "conversations",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False, comment="channel/account/thread"),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="bot, waiting, agent or closed"
        ),
        sa.Column("fence", sa.Integer(), nullable=False, comment="raised by every take-over"),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("misses", sa.SmallInteger(), nullable=False, comment="unsure answers in a row"),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column(
            "asked_slot",
            sa.String(length=64),
            nullable=True,
            comment="the slot that the bot just asked for",
        ),
        sa.Column(
            "asked_by", sa.String(length=64), nullable=True, comment="the action that asked for it"
        ),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("gone", sa.JSON(), nullable=False, comment="ids deleted before they came"),
        sa.Column("opted_out_at", sa.BigInteger(), nullable=True),
        sa.Column("disclosed_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "last_in_at",
            sa.BigInteger(),
            nullable=True,
            comment="the customer's last message, platform time",
        ),
        sa.Column("last_out_at", sa.BigInteger(), nullable=True),
        sa.Column("last_agent_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "waiting_since",
            sa.BigInteger(),
            nullable=True,
            comment="when it was handed over; NULL unless waiting",
        ),
        sa.Column("handoff_reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_conversations_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("key", name=op.f("uq_conversations_key")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index("ix_conversations_queue", ["state", "waiting_since"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the cookie"),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_sessions_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="customer, bot, system or agent:ID"),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_events_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_conversation", ["conversation_id", "id"], unique=False)

    op.create_table(
        "labels",
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_labels_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_labels")),
    )
    op.create_table(
        "messages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "inbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the inbox row that brought it",
        ),
        sa.Column(
            "outbox_id", sa.String(length=36), nullable=True, comment="the outbox item that sent it"
        ),
        sa.Column("direction", sa.String(length=8), nullable=False, comment="in or out"),
        sa.Column("author", sa.String(length=16), nullable=False, comment="customer, bot or agent"),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id",
            sa.Text(),
            nullable=True,
            comment="which customer, where a comment thread has several",
        ),
        sa.Column(
            "visibility",
            sa.String(length=16),
            nullable=False,
            comment="public, private_reply or note",
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("attachments", sa.JSON(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("ack", sa.Boolean(), nullable=False),
        sa.Column("handoff", sa.Boolean(), nullable=False),
        sa.Column("expects_reply", sa.Boolean(), nullable=False),
        sa.Column("answerable", sa.Boolean(), nullable=False),
        sa.Column(
            "sent_at",
            sa.BigInteger(),
            nullable=False,
            comment="platform time; ours where it tells none",
        ),
        sa.Column("received_at", sa.BigInteger(), nullable=False, comment="our time"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_messages_agent_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_conversation", ["conversation_id", "id"], unique=False)
        batch_op.create_index("ix_messages_platform", ["platform_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column(
            "inbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the inbox row that it answers; NULL for an agent's message",
        ),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False, comment="bot or agent"),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("message", sa.JSON(), nullable=False, comment="the OutboundMessage"),
        sa.Column(
            "flags", sa.JSON(), nullable=False, comment="ack, handoff, expects_reply, template"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "fence", sa.Integer(), nullable=False, comment="conversations.fence when it was decided"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("window_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False, comment="a try may have got through"),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_outbox_agent_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outbox_conversation_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
        sa.UniqueConstraint("inbox_id", "part", name=op.f("uq_outbox_inbox_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_conversation", ["conversation_id", "seq"], unique=False)
        batch_op.create_index(
            "ix_outbox_open",
            ["state", "seq"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        )


def downgrade() -> None:
    op.drop_table("workers")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_open",
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
        )
        batch_op.drop_index("ix_outbox_conversation")

    op.drop_table("outbox")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_platform")
        batch_op.drop_index("ix_messages_conversation")

    op.drop_table("messages")
    op.drop_table("labels")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_conversation")

    op.drop_table("events")
    op.drop_table("sessions")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index("ix_conversations_queue")

    op.drop_table("conversations")
    op.drop_table("partitions")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_open",
            sqlite_where=sa.text("state != 'done'"),
            postgresql_where=sa.text("state != 'done'"),
        )

    op.drop_table("inbox")
    op.drop_table("chat_sessions")
    with op.batch_alter_table("chat_frames", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_frames_thread")

    op.drop_table("chat_frames")
    op.drop_table("canned_replies")
    op.drop_table("bodies")
    op.drop_table("agents")
    op.drop_table("accounts")
