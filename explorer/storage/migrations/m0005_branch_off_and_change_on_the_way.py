"""Adds where a run branched off from another, and what was changed while it trained."""

import sqlalchemy as sa
from alembic import op

from explorer.storage.columns import Number

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds the columns to ``runs``; every run there is began by itself, and was never changed."""
    for name in ("parent_run_id", "parent_epoch", "schedule_from"):
        op.add_column("runs", sa.Column(name, sa.Integer))
    op.add_column("runs", sa.Column("optimizer_steps", sa.BigInteger))
    op.add_column("runs", sa.Column("changes", sa.Text, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("runs", sa.Column("wanted_rate", Number))
