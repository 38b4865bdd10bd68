"""Let a history that a platform exported stand in the log, and be taken out again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BROUGHT = sa.text("import_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column(
            "fingerprint", sa.String(64), nullable=False, comment="which export, by what it holds"
        ),
        sa.Column("resolution_seconds", sa.Integer, nullable=False),
        sa.Column("conversations", sa.Integer, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, comment="NULL while it is on its way, or was cut off"),
        sa.Column("undone_at", sa.BigInteger),
    )
    op.create_index("ix_imports_fingerprint", "imports", ["fingerprint"])
    op.add_column(
        "conversations", sa.Column("import_id", KEY, comment="the import that made it, if one did")
    )
    op.add_column("messages", sa.Column("import_id", KEY, comment="the import that brought it"))
    op.add_column(
        "messages", sa.Column("agent_name", sa.Text, comment="of an export; no agent of ours")
    )
    op.add_column(
        "messages",
        sa.Column(
            "broadcast",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="went to many",
        ),
    )
    _index("messages")
    _index("conversations")


def downgrade() -> None:
    for table in ("conversations", "messages"):
        op.drop_index(f"ix_{table}_import_id", table_name=table)
    for column in ("broadcast", "agent_name", "import_id"):
        op.drop_column("messages", column)
    op.drop_column("conversations", "import_id")
    op.drop_table("imports")


def _index(table: str) -> None:
    name = f"ix_{table}_import_id"
    op.create_index(name, table, ["import_id"], sqlite_where=BROUGHT, postgresql_where=BROUGHT)
