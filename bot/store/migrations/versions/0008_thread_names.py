"""By which names a platform knows a thread, where a customer's name there may change."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_names",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False, comment="the one in the conversation's key"),
        sa.Column(
            "sure", sa.Boolean(), nullable=False, comment="no other customer will ever have it"
        ),
        sa.PrimaryKeyConstraint("channel", "account", "name", name=op.f("pk_thread_names")),
    )
    op.create_index("ix_thread_names_thread", "thread_names", ["channel", "account", "thread"])


def downgrade() -> None:
    op.drop_table("thread_names")
