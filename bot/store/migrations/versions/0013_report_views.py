"""Keep views of the reports, what is mailed of them, and their alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _views()
    _mails()
    _alarms()


def downgrade() -> None:
    for table in ("report_alarms", "report_mails", "report_views"):
        op.drop_table(table)


def _foreign(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _views() -> None:
    op.create_table(
        "report_views",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column(
            "page",
            sa.String(16),
            nullable=False,
            comment="the last word of its address, or empty",
        ),
        sa.Column("filters", sa.JSON(), nullable=False, comment="what its address asks for"),
        sa.Column("agent_id", KEY, nullable=False, comment="who saved it"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("every", sa.String(8), comment="day, week or month; NULL: it is not mailed"),
        sa.Column("hour", sa.SmallInteger(), nullable=False, comment="in the brand's zone"),
        sa.Column("recipients", sa.JSON(), nullable=False, comment="[address, language] each"),
        sa.Column(
            "since",
            sa.BigInteger(),
            nullable=False,
            comment="what was due before is not mailed",
        ),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_views")),
        sa.UniqueConstraint("name", name=op.f("uq_report_views_name")),
        _foreign("report_views", "agent_id", "agents.id"),
    )


def _mails() -> None:
    op.create_table(
        "report_mails",
        sa.Column("view_id", KEY, nullable=False),
        sa.Column(
            "occasion", sa.String(32), nullable=False, comment="the day it was due, or an alarm"
        ),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, comment="waiting, sent or failed"),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column(
            "next_at",
            sa.BigInteger(),
            nullable=False,
            comment="of the next try; while one runs, its end",
        ),
        sa.Column("owner", sa.String(64), comment="who tries just now"),
        sa.Column("reason", sa.Text(), comment="why the last try failed"),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("view_id", "occasion", "address", name=op.f("pk_report_mails")),
        _foreign("report_mails", "view_id", "report_views.id"),
    )
    op.create_index("ix_report_mails_state", "report_mails", ["state", "next_at"])


def _alarms() -> None:
    op.create_table(
        "report_alarms",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("view_id", KEY, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False, comment="the drift's first breach"),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False, comment="what its text says"),
        sa.Column("asks", sa.JSON(), nullable=False, comment="ids of the asks of the drift"),
        sa.Column("agent_id", KEY, comment="who acknowledged it"),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_alarms")),
        _foreign("report_alarms", "view_id", "report_views.id"),
        _foreign("report_alarms", "agent_id", "agents.id"),
    )
    op.create_index("ix_report_alarms_view_id", "report_alarms", ["view_id", "raised_at"])
