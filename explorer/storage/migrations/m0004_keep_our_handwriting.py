"""Creates the table of digits that people drew here."""

import sqlalchemy as sa
from alembic import op

from explorer.storage.columns import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates ``drawings``."""
    op.create_table(
        "drawings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("preparation", sa.Text, nullable=False),
        sa.Column("image", sa.LargeBinary, nullable=False),
        sa.Column("raster", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_drawings"),
        sqlite_autoincrement=True,
    )
