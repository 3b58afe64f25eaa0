"""The tables of the run store."""

import sqlalchemy as sa

from explorer.storage.columns import Instant, Number

# Names that every database agrees on, so that a later migration can name what it changes.
metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("config", sa.Text, nullable=False),  # JSON of RunConfig or BaselineConfig
    sa.Column("wanted_device", sa.Text, nullable=False),  # of the config, to ask the queue by
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("group", sa.Text),
    sa.Column("device", sa.Text),
    sa.Column("host", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False),  # how often a worker has claimed the run
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
    sa.Column("result", sa.Text),  # JSON of RunResult or BaselineResult
    sa.Column("stage", sa.Text, nullable=False, server_default=sa.text("''")),
    # No foreign key: a run outlives the one that it branched off from, and numbers are never given again.
    sa.Column("parent_run_id", sa.Integer),
    sa.Column("parent_epoch", sa.Integer),  # NULL where the run began by itself
    sa.Column("schedule_from", sa.Integer),
    sa.Column("optimizer_steps", sa.BigInteger),
    sa.Column("changes", sa.Text, nullable=False, server_default=sa.text("'[]'")),  # JSON of Change
    sa.Column("wanted_rate", Number),  # asked for, and not yet taken
    sa.Index(None, "status", "queued_at"),
    sa.Index(None, "group"),
    sqlite_autoincrement=True,  # the number of a deleted run is never given again
)

epochs = sa.Table(
    "epochs",
    metadata,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
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
    sa.Column("layers", sa.Text, nullable=False),  # JSON of LayerMetrics
    # Last: SQLite then reads all the rest without touching the pages of the BLOB.
    sa.Column("predictions", sa.LargeBinary, nullable=False),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("last_step", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_step", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("loss", Number, nullable=False),
    sa.Column("loss_min", Number, nullable=False),
    sa.Column("loss_max", Number, nullable=False),
    sqlite_with_rowid=False,  # rows lie in the order in which the curve is read
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON
)

speeds = sa.Table(
    "speeds",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seconds_per_epoch", Number, nullable=False),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("measured_at", Instant, nullable=False),
)

analyses = sa.Table(
    "analyses",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),  # JSON
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("progress", Number, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # counts the parts of the answer
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),  # bytes of the answer
    # Last: SQLite then reads all the rest without touching the pages of the BLOB.
    sa.Column("answer", sa.LargeBinary),  # safetensors
    sa.Index(None, "state", "touched_at"),
    sa.Index(None, "run_id"),
)

drawings = sa.Table(
    "drawings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("label", sa.Integer, nullable=False),  # 0…9
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("preparation", sa.Text, nullable=False),  # how the drawing became an image, in words
    sa.Column("image", sa.LargeBinary, nullable=False),  # 28×28 bytes, row by row
    sa.Column("raster", sa.LargeBinary),  # as it was drawn: safetensors, packed by zlib
    sqlite_autoincrement=True,  # what is known of a drawing by its number is never said of another
)
