"""Where this installation keeps its things, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders, database and devices of one installation.

    ``devices`` is None when every device found is to be used.
    """

    home: Path
    data: Path
    database_url: str
    devices: tuple[str, ...] | None

    @property
    def own_database(self) -> Path:
        """The database file in the home, which is the store unless ``database_url`` names another."""
        return self.home / "explorer.db"

    @property
    def locks(self) -> Path:
        """The folder of the lock files that prove a process alive."""
        return self.home / "locks"

    @property
    def logs(self) -> Path:
        """The folder of the log files of runner, workers and dashboard."""
        return self.home / "logs"

    @property
    def runs(self) -> Path:
        """The folder with one folder of checkpoints a run."""
        return self.home / "runs"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``EXPLORER_HOME``, ``EXPLORER_DATA``, ``EXPLORER_DATABASE_URL``, ``EXPLORER_DEVICES``."""
    values = os.environ if environment is None else environment
    home = Path(values.get("EXPLORER_HOME") or ".explorer").expanduser().absolute()
    data = Path(values.get("EXPLORER_DATA") or home / "data").expanduser().absolute()
    names = [name.strip() for name in values.get("EXPLORER_DEVICES", "").split(",")]
    return Settings(
        home=home,
        data=data,
        database_url=values.get("EXPLORER_DATABASE_URL") or f"sqlite:///{home / 'explorer.db'}",
        devices=tuple(name for name in names if name) or None,
    )
