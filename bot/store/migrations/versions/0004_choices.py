"""What the bot's last reply offered to choose from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversations",
        sa.Column(
            "choices", sa.JSON(), nullable=False, server_default="[]", comment="title, payload"
        ),
    )


def downgrade() -> None:
    op.drop_column("conversations", "choices")
