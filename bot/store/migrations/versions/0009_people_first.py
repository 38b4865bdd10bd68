"""Find what people wrote before what the bot wrote, however much of the latter waits."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('queued', 'sending', 'unknown')")


def upgrade() -> None:
    _index(["state", "author", "seq"])


def downgrade() -> None:
    _index(["state", "seq"])


def _index(columns: list[str]) -> None:
    op.drop_index("ix_outbox_open", table_name="outbox")
    op.create_index("ix_outbox_open", "outbox", columns, sqlite_where=OPEN, postgresql_where=OPEN)
