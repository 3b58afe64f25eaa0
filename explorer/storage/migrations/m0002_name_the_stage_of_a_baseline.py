"""Adds what a baseline is doing, beside how far it is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds ``runs.stage``; empty for every run there is."""
    op.add_column("runs", sa.Column("stage", sa.Text, nullable=False, server_default=sa.text("''")))
