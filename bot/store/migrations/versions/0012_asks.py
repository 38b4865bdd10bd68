"""Keep the asks and their tallies beside the log that they follow from."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "asks",
        sa.Column(
            "first_message",
            KEY,
            primary_key=True,
            autoincrement=False,
            comment="messages.id",
        ),
        sa.Column(
            "conversation_id",
            KEY,
            sa.ForeignKey("conversations.id", name="fk_asks_conversation_id"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column(
            "ended_at",
            sa.BigInteger,
            comment="answered, withdrawn or expired; NULL while it is open",
        ),
        sa.Column("ask", sa.Text, nullable=False, comment="bot.reports.ask.Ask as JSON"),
    )
    op.create_index("ix_asks_conversation_id", "asks", ["conversation_id"])
    op.create_index("ix_asks_opened_at", "asks", ["opened_at"])
    op.create_index("ix_asks_ended_at", "asks", ["ended_at", "expires_at"])
    op.create_table(
        "ask_tallies",
        sa.Column(
            "day",
            sa.Integer,
            primary_key=True,
            autoincrement=False,
            comment="local, date ordinal",
        ),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("surface", sa.String(16), primary_key=True),
        sa.Column("intent", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(16), primary_key=True),
        sa.Column("measure", sa.String(8), primary_key=True, comment="answer, touch or human"),
        sa.Column("cells", sa.LargeBinary, nullable=False, comment="bot.reports.tally.Tally"),
    )
    op.create_table(
        "ask_upkeep",
        sa.Column(
            "id",
            sa.SmallInteger,
            primary_key=True,
            autoincrement=False,
            comment="always 1",
        ),
        sa.Column("state", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    for table in ("ask_upkeep", "ask_tallies", "asks"):
        op.drop_table(table)
