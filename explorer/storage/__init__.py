"""The run store: runs with their curves and checkpoints, on SQLite or any SQLAlchemy database."""
