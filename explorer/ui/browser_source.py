"""The source of a component's browser part: files beside this one, joined to one inline script or style."""

from pathlib import Path

_HERE = Path(__file__).parent
_CHARTS = ("chart_frame.js", "chart_stage.js")


def source(*names: str) -> str:
    """These files, joined: the browser loads nothing from anywhere else."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


def chart_source(*names: str) -> str:
    """The scripts that all charts share, and then these."""
    return source(*_CHARTS, *names)
