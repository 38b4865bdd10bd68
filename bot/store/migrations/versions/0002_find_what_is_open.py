"""Find what is open in a conversation, and old bodies, without reading all there is."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_bodies_received_at", "bodies", ["received_at"])
    op.drop_index("ix_outbox_conversation", table_name="outbox")
    op.create_index("ix_outbox_conversation", "outbox", ["conversation_id", "state", "seq"])
