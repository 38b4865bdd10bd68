"""Keep views of the reports, what is mailed of them, and their alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "report_views",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("page", sa.String(16), nullable=False),
        sa.Column("filters", sa.JSON, nullable=False),
        sa.Column(
            "agent_id",
            sa.BigInteger,
            sa.ForeignKey("agents.id", name="fk_report_views_agent_id"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("every", sa.String(8)),
        sa.Column("hour", sa.SmallInteger, nullable=False),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("watched", sa.Boolean, nullable=False),
        sa.UniqueConstraint("name", name="uq_report_views_name"),
    )
    _mails()
    _alarms()


def _mails() -> None:
    op.create_table(
        "report_mails",
        sa.Column(
            "view_id",
            sa.BigInteger,
            sa.ForeignKey("report_views.id", name="fk_report_mails_view_id"),
            primary_key=True,
        ),
        sa.Column("occasion", sa.String(32), primary_key=True),
        sa.Column("address", sa.String(254), primary_key=True),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("reason", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("ix_report_mails_state", "report_mails", ["state", "next_at"])


def _alarms() -> None:
    op.create_table(
        "report_alarms",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column(
            "view_id",
            sa.BigInteger,
            sa.ForeignKey("report_views.id", name="fk_report_alarms_view_id"),
            nullable=False,
        ),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("asks", sa.JSON, nullable=False),
        sa.Column(
            "agent_id",
            sa.BigInteger,
            sa.ForeignKey("agents.id", name="fk_report_alarms_agent_id"),
        ),
        sa.Column("acknowledged_at", sa.BigInteger),
    )
    op.create_index("ix_report_alarms_view_id", "report_alarms", ["view_id", "raised_at"])


def downgrade() -> None:
    for table in ("report_alarms", "report_mails", "report_views"):
        op.drop_table(table)
