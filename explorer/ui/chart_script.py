"""The browser part of a chart: its own files behind what all charts share, as one inline script."""

from pathlib import Path

_HERE = Path(__file__).parent
_SHARED = ("chart_frame.js", "chart_stage.js")


def chart_script(*names: str) -> str:
    """The shared files and then these, joined: the browser loads nothing from anywhere else."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in (*_SHARED, *names))


def chart_style(name: str) -> str:
    """The style sheet of a chart."""
    return (_HERE / name).read_text(encoding="utf-8")
