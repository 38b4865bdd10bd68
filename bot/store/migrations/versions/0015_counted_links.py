"""Count links in replies, and what the brand's site reports of them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column(
            "id", sa.String(16), primary_key=True, comment="96 random bits, in its public address"
        ),
        sa.Column(
            "outbox_id", sa.String(36), nullable=False, comment="the reply that it stands in"
        ),
        sa.Column(
            "conversation_id",
            KEY,
            sa.ForeignKey("conversations.id", name="fk_links_conversation_id"),
            nullable=False,
        ),
        sa.Column(
            "target", sa.Text, comment="where it leads; NULL once it has ended or was erased"
        ),
        sa.Column("public", sa.Boolean, nullable=False, comment="everybody reads the reply"),
        sa.Column("author", sa.String(16), nullable=False, comment="bot or agent"),
        sa.Column("template", sa.String(64)),
        sa.Column("intent", sa.String(64)),
        sa.Column("language", sa.String(16)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    leads = sa.text("target IS NOT NULL")
    op.create_index("ix_links_created_at", "links", ["created_at"])
    op.create_index("ix_links_conversation_id", "links", ["conversation_id"])
    op.create_index(
        "ix_links_expires_at", "links", ["expires_at"], sqlite_where=leads, postgresql_where=leads
    )
    op.create_table(
        "clicks",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column(
            "link_id",
            sa.String(16),
            sa.ForeignKey("links.id", name="fk_clicks_link_id"),
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger, comment="NULL once its customer was erased"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_clicks_link_id", "clicks", ["link_id"])
    op.create_table(
        "conversions",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("number", sa.String(100), nullable=False, comment="the brand's own"),
        sa.Column(
            "click_id",
            KEY,
            sa.ForeignKey("clicks.id", name="fk_conversions_click_id"),
            nullable=False,
        ),
        sa.Column("value", sa.String(20), comment="a decimal number"),
        sa.Column("currency", sa.String(3)),
        sa.Column(
            "signed", sa.Boolean, nullable=False, comment="by the brand; else a browser told it"
        ),
        sa.Column("at", sa.BigInteger, comment="NULL once its customer was erased"),
        sa.UniqueConstraint("number", name="uq_conversions_number"),
    )
    op.create_index("ix_conversions_click_id", "conversions", ["click_id"])
    op.create_table(
        "conversion_refusals",
        sa.Column(
            "day", sa.Integer, primary_key=True, autoincrement=False, comment="local, date ordinal"
        ),
        sa.Column("verdict", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("conversion_refusals", "conversions", "clicks", "links"):
        op.drop_table(table)
