"""What was used of platforms' quotas, and what the bot said in public."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("name", sa.String(length=128), nullable=False, comment="channel/account"),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_quotas")),
    )
    op.create_table(
        "public_replies",
        sa.Column("outbox_id", sa.String(length=36), nullable=False, comment="its first part"),
        sa.Column("post", sa.String(length=32), nullable=False, comment="digest of where"),
        sa.Column("author", sa.String(length=32), nullable=False, comment="digest of to whom"),
        sa.Column("said", sa.String(length=32), nullable=False, comment="digest of the words"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_public_replies")),
    )
    op.create_index("ix_public_replies_said", "public_replies", ["post", "said"])
    op.create_index("ix_public_replies_post", "public_replies", ["post", "at"])
    op.create_index("ix_public_replies_author", "public_replies", ["author", "at"])


def downgrade() -> None:
    op.drop_table("public_replies")
    op.drop_table("quotas")
