"""Creates the table of questions about runs and their answers."""

import sqlalchemy as sa
from alembic import op

from explorer.storage.columns import Instant, Number

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates ``analyses``."""
    op.create_table(
        "analyses",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("run_id", sa.Integer),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("progress", Number, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("touched_at", Instant, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("key", name="pk_analyses"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_analyses_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_analyses_state_touched_at", "analyses", ["state", "touched_at"])
    op.create_index("ix_analyses_run_id", "analyses", ["run_id"])
