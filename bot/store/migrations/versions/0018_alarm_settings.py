"""Let each saved view say how much worse than usual raises an alarm, and how long is quiet then."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "report_views",
        sa.Column("alarm_times", sa.Float(), comment="so much worse than usual; NULL: as usual"),
    )
    op.add_column(
        "report_views",
        sa.Column("quiet_hours", sa.SmallInteger(), comment="after an alarm; NULL: as usual"),
    )


def downgrade() -> None:
    for column in ("quiet_hours", "alarm_times"):
        op.drop_column("report_views", column)
