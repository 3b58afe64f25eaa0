"""Creates the tables of the first version."""

import sqlalchemy as sa
from alembic import op

from explorer.storage.columns import Instant, Number

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates runs, their epochs and steps, settings and measured speeds."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("wanted_device", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("group", sa.Text),
        sa.Column("device", sa.Text),
        sa.Column("host", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("total_steps", sa.BigInteger, nullable=False),
        sa.Column("samples_per_second", Number, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("queued_at", Instant, nullable=False),
        sa.Column("started_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("heartbeat_at", Instant),
        sa.Column("result", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_status_queued_at", "runs", ["status", "queued_at"])
    op.create_index("ix_runs_group", "runs", ["group"])
    op.create_table(
        "epochs",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("images_seen", sa.BigInteger, nullable=False),
        sa.Column("train_loss", Number, nullable=False),
        sa.Column("train_accuracy", Number, nullable=False),
        sa.Column("validation_loss", Number),
        sa.Column("validation_accuracy", Number),
        sa.Column("test_loss", Number),
        sa.Column("test_accuracy", Number),
        sa.Column("learning_rate", Number, nullable=False),
        sa.Column("seconds", Number, nullable=False),
        sa.Column("layers", sa.Text, nullable=False),
        sa.Column("predictions", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "epoch", name="pk_epochs"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_epochs_run_id", ondelete="CASCADE"),
    )
    op.create_table(
        "steps",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("first_step", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("loss", Number, nullable=False),
        sa.Column("loss_min", Number, nullable=False),
        sa.Column("loss_max", Number, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "last_step", name="pk_steps"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_steps_run_id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
    op.create_table(
        "speeds",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("seconds_per_epoch", Number, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("measured_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_speeds"),
    )
