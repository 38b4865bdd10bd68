"""What agents review, and what they teach the bot."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("verdict IS NULL")
JUDGED = sa.text("verdict IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "agents",
        sa.Column(
            "teaches", sa.Boolean(), nullable=False, server_default=sa.false(), comment="reviews"
        ),
    )
    _taught()
    _taught_intents()
    _lessons()
    _reviews()


def downgrade() -> None:
    for table in ("reviews", "lessons", "taught_intents", "taught"):
        op.drop_table(table)
    op.drop_column("agents", "teaches")


def _foreign(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _taught() -> None:
    op.create_table(
        "taught",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "folded",
            sa.String(length=32),
            nullable=False,
            comment="digest: equal ones are one example",
        ),
        sa.Column("message_id", KEY, comment="whose words it was made from"),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), comment="when a lesson accepted it"),
        sa.Column("refused_at", sa.BigInteger(), comment="when a lesson refused it"),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("withdrawn_by", KEY),
        _foreign("taught", "message_id", "messages.id"),
        _foreign("taught", "agent_id", "agents.id"),
        _foreign("taught", "withdrawn_by", "agents.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught")),
    )
    op.create_index("ix_taught_folded", "taught", ["folded"])
    op.create_index("ix_taught_message_id", "taught", ["message_id"])


def _taught_intents() -> None:
    op.create_table(
        "taught_intents",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("handoff", sa.Boolean(), nullable=False, comment="a person answers it"),
        sa.Column("answers", sa.JSON(), nullable=False, comment="what the bot says, by language"),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("withdrawn_by", KEY),
        _foreign("taught_intents", "agent_id", "agents.id"),
        _foreign("taught_intents", "withdrawn_by", "agents.id"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_taught_intents")),
    )


def _lessons() -> None:
    op.create_table(
        "lessons",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False, comment="the process that learns"),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("accepted", sa.Boolean(), comment="NULL unless it was judged"),
        sa.Column("before", sa.Float(), comment="accuracy without what was new, 0 to 1"),
        sa.Column("after", sa.Float(), comment="accuracy with it"),
        sa.Column("problem", sa.Text(), comment="why nothing came of it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("message_id", KEY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("event_id", KEY, nullable=False, comment="the decision on it, in events"),
        sa.Column(
            "reason",
            sa.String(length=16),
            nullable=False,
            comment="unsure, untapped, again or handed_over",
        ),
        sa.Column(
            "folded",
            sa.String(length=32),
            nullable=False,
            comment="digest: equal ones are one group",
        ),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column(
            "language", sa.String(length=16), nullable=False, comment="empty where nobody knows"
        ),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "verdict",
            sa.String(length=16),
            comment="taught, dismissed or right; NULL while it waits",
        ),
        sa.Column("taught_id", KEY),
        sa.Column("agent_id", KEY),
        sa.Column("judged_at", sa.BigInteger()),
        _foreign("reviews", "message_id", "messages.id"),
        _foreign("reviews", "conversation_id", "conversations.id"),
        _foreign("reviews", "taught_id", "taught.id"),
        _foreign("reviews", "agent_id", "agents.id"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_reviews")),
    )
    op.create_index(
        "ix_reviews_open",
        "reviews",
        ["folded", "message_id", "reason", "language", "channel"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_reviews_reason",
        "reviews",
        ["reason", "language", "channel"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_reviews_judged", "reviews", ["folded"], sqlite_where=JUDGED, postgresql_where=JUDGED
    )
    op.create_index("ix_reviews_conversation_id", "reviews", ["conversation_id"])
    op.create_index("ix_reviews_at", "reviews", ["at"], sqlite_where=OPEN, postgresql_where=OPEN)
