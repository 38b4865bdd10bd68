"""How far each account was read whose platform does not call us."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "polls",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column(
            "cursor", sa.Text(), nullable=True, comment="the adapter's own; NULL before the first"
        ),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_polls")),
    )


def downgrade() -> None:
    op.drop_table("polls")
