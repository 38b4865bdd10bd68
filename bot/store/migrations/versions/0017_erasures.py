"""Remember by digests who was forgotten, so that no export brings them back."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column(
            "digest",
            sa.LargeBinary(32),
            primary_key=True,
            comment="HMAC-SHA-256 of channel/account/name",
        ),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    keys = op.create_table(
        "erasure_keys",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False, comment="always 1"),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
    )
    op.bulk_insert(keys, [{"id": 1, "key": secrets.token_bytes(32)}])


def downgrade() -> None:
    op.drop_table("erasure_keys")
    op.drop_table("erasures")
